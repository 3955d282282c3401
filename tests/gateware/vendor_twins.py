"""Proof that a component is another one, made of a vendor's cells, for all inputs."""

from amaranth.back import rtlil

from shiftconv.flow.tools import run_yosys
from shiftconv.gateware.family import FamilyPlatform

__all__ = ["prove_equal"]

PROOF = """\
miter -equiv -flatten -make_outputs plain{n} vendor{n} miter{n}
sat -verify -prove trigger 0 -set-def-inputs miter{n}
"""


def prove_equal(pairs, family, cell, work):
    """Prove with Yosys' SAT solver and its models of the family's cells.

    Parameters
    ----------
    pairs : list of (component, component)
        Of one signature and without a clock; the second is elaborated for the family.
    cell : str
        Type of a cell that each of the second ones must hold.
    work : Path
        Folder for files.

    Raises
    ------
    ToolError
        If a pair differs.
    """
    designs, instances = [], []
    for n, (plain, vendor) in enumerate(pairs):
        for name, component, platform in [
            (f"plain{n}", plain, None),
            (f"vendor{n}", vendor, FamilyPlatform(family)),
        ]:
            design = rtlil.convert(component, name=name, platform=platform, emit_src=False)
            assert (f"cell \\{cell} " in design) == (platform is not None)
            designs.append(design)
            instances.append(f"{name} {name} ();")
    (work / "designs.il").write_text("".join(designs))
    # One module on top of all: of a family's models only those beneath it are elaborated.
    (work / "all.v").write_text("\n".join(["module all;", *instances, "endmodule", ""]))
    script = [
        f"read_verilog -defer -overwrite +/{family}/cells_sim.v",
        "read_rtlil designs.il",
        "read_verilog all.v",
        "hierarchy -top all",
        "proc",
        *(PROOF.format(n=n) for n in range(len(pairs))),
    ]
    run_yosys("\n".join(script), work)
