"""Try synthesis recipes on a few designs, and keep the best."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

from boards import FAMILIES
from shiftconv.flow.component_designs import ComponentDesign
from shiftconv.flow.component_designs.conv import ConvDesign
from shiftconv.flow.component_designs.pe import PeDesign
from shiftconv.flow.synthesis.measurements import Measurements
from shiftconv.flow.synthesis.synthesize import RECIPES, recipe_of
from shiftconv.flow.tools import ToolError
from shiftconv.flow.verilog import emit_verilog
from shiftconv.target import Target

__all__ = ["PRESENT", "RecipeTrial", "candidate_recipes", "search_recipes"]

PRESENT = "present"

# What each family's command takes that may change the number of LUTs.
OPTIONS: Mapping[str, Sequence[str]] = {
    "xcup": ("-nowidelut", "-dff"),
    "xc7": ("-nowidelut", "-dff"),
    "ecp5": ("-nowidelut", "-dff"),
    "ice40": ("-dff", "-noabc", "-dffe_min_ce_use 4"),
    "gowin": ("-nowidelut", "-nodffe"),
    "nexus": ("-nowidelut", "-dff"),
}

# Registers and flat logic, without which no pass sees what is in use.
PREPARED = ("proc", "flatten", "opt_expr", "opt_clean", "wreduce", "opt_clean")

# Commands before the family's own, and before its mapping to cells.
AT_FIRST: Mapping[str, Sequence[str]] = {
    "abc9 -D 20 ns": ("scratchpad -set abc9.D 20000",),
    "abc9 if -a": (
        "scratchpad -set abc9.script +&scorr;&sweep;&dc2;&dch,-f;&ps;&if,-a,{{W}},{{R}};&mfs",
    ),
    "abc9 twice": (
        "scratchpad -set abc9.script "
        "+&scorr;&sweep;&dc2;&dch,-f;&ps;&if,{{W}},{{D}},{{R}};&mfs;&st;&dch,-f;&if,{{W}},{{R}};&mfs",
    ),
    "booth": ("hierarchy -auto-top", "proc", "booth"),
}
WHEN_COARSE: Mapping[str, Sequence[str]] = {
    "arith_tree fa": ("alumacc", "arith_tree -strategy fa", "opt_clean"),
    "arith_tree 42": ("alumacc", "arith_tree -strategy 42", "opt_clean"),
    "share": ("share -aggressive", "opt -full"),
    "opt -full": ("opt -full", "wreduce", "opt_share", "opt -full"),
}


def candidate_recipes(family: str) -> dict[str, tuple[str, ...]]:
    """Recipes by name; the first one is the present one.

    Raises
    ------
    ValueError
        If the family is unknown.
    """
    if family not in FAMILIES:
        raise ValueError(f"Family must be one of {', '.join(FAMILIES)}, not {family!r}")
    present = RECIPES[family]
    recipes = {PRESENT: recipe_of(family)}
    for option in OPTIONS[family]:
        if option in present:
            recipes[f"without {option}"] = (
                f"{present.replace(option, '').replace('  ', ' ')} -top {{top}}",
            )
        else:
            recipes[option] = (f"{present} {option} -top {{top}}",)
    for name, commands in AT_FIRST.items():
        recipes[name] = (*commands, f"{present} -top {{top}}")
    for name, commands in WHEN_COARSE.items():
        recipes[name] = (
            f"{present} -top {{top}} -run begin:coarse",
            *PREPARED,
            *commands,
            f"{present} -top {{top}} -run coarse:",
        )
    return recipes


def sample_designs(family: str) -> dict[str, ComponentDesign]:
    """What the recipes are tried on: dot products of 32 lanes and a convolution engine."""
    best = Target(family=family)
    designs: dict[str, ComponentDesign] = {}
    for width, act_width in ((2, 8), (3, 8), (2, 16)):
        draft = PeDesign(
            weight_width=width, act_width=act_width, signed=True, family=family, lanes=32
        )
        structure = best.structure_for(draft.codebook, draft.act_format, draft.lanes)
        name = f"{structure}, exponent width {width}, {act_width} bits"
        designs[name] = replace(draft, structure=structure)
    designs["convolution engine"] = ConvDesign(
        in_shape=(16, 16, 8), out_channels=8, window="column", in_par=4, out_par=2, family=family
    )
    return designs


@dataclass(frozen=True)
class RecipeTrial:
    """A recipe on the sample designs.

    Parameters
    ----------
    name : str
    recipe : tuple of str
    lut : mapping of str to int
        LUTs of each design.
    failed : str or None
        What Yosys said if it broke off; then ``lut`` is not complete.
    """

    name: str
    recipe: tuple[str, ...]
    lut: Mapping[str, int]
    failed: str | None = None

    @property
    def total(self) -> int:
        """LUTs of all designs."""
        return sum(self.lut.values())


def search_recipes(
    family: str,
    *,
    store: Measurements,
    n_parallel: int = 1,
    on_trial: Callable[[str], None] = lambda what: None,
    on_count: Callable[[int, int], None] = lambda n_done, n_all: None,
) -> list[RecipeTrial]:
    """Every candidate on every sample design, the fewest LUTs in all first; failures last.

    ``on_trial`` is told what a candidate came to, ``on_count`` how many candidates are done, and
    how many there are.

    Raises
    ------
    ValueError
        If the family is unknown.
    """
    recipes = candidate_recipes(family)
    verilog = {
        name: emit_verilog(design.component(), name="design", family=family)
        for name, design in sample_designs(family).items()
    }

    def attempt(name: str) -> RecipeTrial:
        lut: dict[str, int] = {}
        for design, text in verilog.items():
            try:
                found = store.measure(text, top="design", family=family, recipe=recipes[name])
            except ToolError as error:
                return RecipeTrial(name, recipes[name], lut, str(error).splitlines()[-1])
            lut[design] = found.area.lut
            on_trial(f"{family}, {name}, {design}: {found.area.lut} LUT")
        return RecipeTrial(name, recipes[name], lut)

    with ThreadPoolExecutor(n_parallel) as pool:
        trials = []
        for trial in pool.map(attempt, recipes):
            trials.append(trial)
            on_count(len(trials), len(recipes))
    return sorted(trials, key=lambda trial: (trial.failed is not None, trial.total))
