"""Proof that a component is its portable twin where its family's primitives stand in."""

from amaranth.back import rtlil

from shiftconv.flow.tools import run_yosys
from shiftconv.gateware.family import FamilyPlatform

__all__ = ["prove_twins"]

PROOF = """\
miter -equiv -flatten -make_outputs portable{n} {family}{n} miter_{family}{n}
sat -verify -prove trigger 0 -set-def-inputs miter_{family}{n}
"""


def prove_twins(make_components, families, work):
    """Prove with Yosys' SAT solver and its models of the vendor's cells, for all inputs.

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
            assert ("LUT6" in design) == (family is not None)
            designs.append(design.replace("\\top.", f"\\{name}."))
            names.append(name)
        proofs += [PROOF.format(n=n, family=family) for family in families]
    (work / "designs.il").write_text("".join(designs))
    # Without one module on top of all, Yosys would work on every cell that has a model.
    instances = "".join(f"{name} {name} ();\n" for name in names)
    (work / "all.v").write_text(f"module all;\n{instances}endmodule\n")
    run_yosys(
        "\n".join(
            [
                "read_verilog +/xilinx/cells_sim.v",
                "read_rtlil designs.il",
                "read_verilog all.v",
                "hierarchy -top all",
                "proc",
                *proofs,
            ]
        ),
        work,
    )
