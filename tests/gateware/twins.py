"""Proof that a component is its portable twin where its family's primitives stand in."""

from amaranth.back import rtlil

from shiftconv.flow.tools import run_yosys
from shiftconv.gateware.family import FamilyPlatform
from shiftconv.gateware.primitives import PORTABLE, modules_of

__all__ = ["prove_equal", "prove_twins"]

MODELS = {"xcup": "xilinx", "xc7": "xilinx"}
"""Yosys' folder with the models of a family's cells, where it has another name."""

PROOF = """\
miter -equiv -flatten -make_outputs plain{n} vendor{n} miter{n}
sat -verify -prove trigger 0 -set-def-inputs miter{n}
"""


def prove_twins(make_components, families, work):
    """Prove that components are the same with and without primitives of AMD's families.

    Parameters
    ----------
    make_components : list of callable
        Each makes a component that has no clock.
    families : iterable of str
    work : Path
        Folder for files.
    """
    for family in families:
        prove_equal([(make(), make()) for make in make_components], family, "LUT6_2", work)


def prove_equal(pairs, family, cell, work):
    """Prove it with Yosys' SAT solver and its models of the family's cells, for all inputs.

    Where a component uses our own modules of cells, what simulators see of them is proved too.

    Parameters
    ----------
    pairs : list of (component, component)
        Of one signature and without a clock; the second is elaborated for the family.
    cell : str
        Type of a cell that each of the second ones must hold, unless in a module of ours.
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
            has_cells = bool(modules_of(design)) or f"cell \\{cell} " in design
            assert has_cells == (platform is not None)
            designs.append(design.replace("\\top.", f"\\{name}."))
            instances.append(f"{name} {name} ();")
    own_modules = modules_of("".join(designs))
    (work / "designs.il").write_text("".join(designs))
    (work / "modules.v").write_text(own_modules)
    # One module on top of all: of a family's models only those beneath it are elaborated.
    (work / "all.v").write_text("\n".join(["module all;", *instances, "endmodule", ""]))
    for reading in ("", f"-D {PORTABLE}") if own_modules else ("",):
        script = [
            f"read_verilog -defer -overwrite +/{MODELS.get(family, family)}/cells_sim.v",
            f"read_verilog {reading} modules.v",
            "read_rtlil designs.il",
            "read_verilog all.v",
            "hierarchy -top all",
            "proc",
            *(PROOF.format(n=n) for n in range(len(pairs))),
        ]
        run_yosys("\n".join(script), work)
