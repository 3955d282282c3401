"""Proof that a component is its portable twin where its family's primitives stand in."""

from amaranth.back import rtlil

from shiftconv.flow.tools import run_yosys
from shiftconv.gateware.family import FamilyPlatform
from shiftconv.gateware.primitives import PORTABLE, modules_of

__all__ = ["prove_twins"]

PROOF = """\
miter -equiv -flatten -make_outputs portable{n} {family}{n} miter_{family}{n}
sat -verify -prove trigger 0 -set-def-inputs miter_{family}{n}
"""


def prove_twins(make_components, families, work):
    """Prove it with Yosys' SAT solver, for all inputs.

    Both of what uses the vendor's cells, with Yosys' models of them, and of what simulators see.

    Parameters
    ----------
    make_components : list of callable
        Each makes a component that has no clock.
    families : iterable of str
        Whose cells those of AMD are.
    work : Path
        Folder for files.

    Raises
    ------
    ToolError
        If one differs.
    """
    designs, names, proofs = [], [], []
    for n, make in enumerate(make_components):
        for family in (None, *families):
            name = f"{family or 'portable'}{n}"
            platform = FamilyPlatform(family) if family else None
            design = rtlil.convert(make(), name=name, platform=platform, emit_src=False)
            assert (family is not None) == bool(modules_of(design) or "LUT6_2" in design)
            designs.append(design.replace("\\top.", f"\\{name}."))
            names.append(name)
        proofs += [PROOF.format(n=n, family=family) for family in families]
    (work / "designs.il").write_text("".join(designs))
    (work / "primitives.v").write_text(modules_of("".join(designs)))
    # Without one module on top of all, Yosys would work on every cell that has a model.
    instances = "".join(f"{name} {name} ();\n" for name in names)
    (work / "all.v").write_text(f"module all;\n{instances}endmodule\n")
    for read in ("read_verilog", f"read_verilog -D {PORTABLE}"):
        script = [
            "read_verilog +/xilinx/cells_sim.v",
            f"{read} primitives.v",
            "read_rtlil designs.il",
            "read_verilog all.v",
            "hierarchy -top all",
            "proc",
            *proofs,
        ]
        run_yosys("\n".join(script), work)
