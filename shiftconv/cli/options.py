"""Options that several commands share, and what they stand for."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from boards import FAMILIES, find_board
from quant import zoo
from quant.codebook import MAX_EXPONENT_WIDTH
from quant.datasets import load_dataset
from quant.quantizers import QUANTIZERS, make_quantizer
from shiftconv.cli.completion import complete_scheme
from shiftconv.cli.report import ClickShape
from shiftconv.flow.component_designs.conv import ConvDesign
from shiftconv.gateware.dot_products import DOT_PRODUCTS

__all__ = [
    "BUILD",
    "BoardList",
    "CountOrAll",
    "FamilyList",
    "FilePath",
    "FolderPath",
    "NumberList",
    "SchemeList",
    "conv_design",
    "conv_options",
    "exponent_option",
    "images_of",
    "lane_options",
    "options",
    "output_option",
    "scheme_options",
    "shape_options",
    "structure_option",
]

BUILD = Path("build")

FolderPath = click.Path(path_type=Path, file_okay=False)
FilePath = click.Path(path_type=Path)


class CountOrAll(click.ParamType):
    """A number of images, or ``all`` of them, which becomes None."""

    name = "number|all"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> int | None:
        if value == "all":
            return None
        try:
            count = int(value)
        except ValueError:
            self.fail(f"{value!r} is neither a number nor all", param, ctx)
        if count < 1:
            self.fail(f"{count} images are too few; give a positive number, or all", param, ctx)
        return count


def options(*decorators: Callable) -> Callable:
    """Several click options as one decorator."""

    def decorate(command: Callable) -> Callable:
        for decorator in reversed(decorators):
            command = decorator(command)
        return command

    return decorate


class NumberList(click.ParamType):
    """Numbers with commas between, such as ``1,2,3``.

    Parameters
    ----------
    kind : type
        ``int`` or ``float``; neither may have a sign.
    """

    name = "numbers"

    def __init__(self, kind: type[int] | type[float] = int):
        self.kind = kind

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[float, ...]:
        if isinstance(value, tuple):
            return value
        parts = [part.strip() for part in str(value).split(",")]
        point = "." if self.kind is float else ""
        if not all(part.replace(point, "", 1).isdecimal() for part in parts):
            self.fail(f"must be numbers with commas between, not {value!r}", param, ctx)
        return tuple(self.kind(part) for part in parts)


class BoardList(click.ParamType):
    """Boards and devices with commas between."""

    name = "boards"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, ...]:
        if isinstance(value, tuple):
            return value
        return tuple(find_board(name).name for name in str(value).split(","))


class SchemeList(click.ParamType):
    """Weight schemes with commas between; a scheme's options have commas too."""

    name = "schemes"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, ...]:
        if isinstance(value, tuple):
            return value
        # What follows a comma is an option of the scheme before if it looks like one.
        schemes = tuple(re.split(r",(?![^,:]*=)", str(value)))
        for scheme in schemes:
            kind = QUANTIZERS.get(scheme.partition(":")[0])
            make_quantizer(scheme, kind.all_bits[0] if kind else 0)
        return schemes


class FamilyList(click.ParamType):
    """Families of devices with commas between, or ``all``."""

    name = "families"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, ...]:
        if isinstance(value, tuple):
            return value
        names = FAMILIES if value == "all" else tuple(str(value).split(","))
        for name in names:
            if name not in FAMILIES:
                self.fail(f"{name!r} is not one of {', '.join(FAMILIES)}, or all", param, ctx)
        return tuple(names)


scheme_options = options(
    click.option(
        "--scheme",
        shell_complete=complete_scheme,
        default="nearest",
        show_default=True,
        help=f"{', '.join(QUANTIZERS)}; options as in clip-q:prune=0.3, see `shiftconv schemes`.",
    ),
    click.option("--bits", type=int, default=4, show_default=True, help="Bits of a weight."),
    click.option("--act-width", type=int, default=8, show_default=True, help="Bits."),
)
structure_option = click.option(
    "--structure",
    type=click.Choice(list(DOT_PRODUCTS)),
    help="Lanes and adders of the processing elements; the family's best without it.",
)
output_option = click.option("--output", "-o", type=FolderPath, help="Build folder.")
lane_options = options(
    click.option("--act-width", type=int, default=8, show_default=True, help="Bits, 2 to 16."),
    click.option("--signed", is_flag=True, help="Signed activations."),
    click.option("--family", type=click.Choice(FAMILIES), help="Of devices; any without it."),
    structure_option,
    output_option,
)
exponent_option = click.option(
    "--exponent-width",
    "weight_width",
    type=click.IntRange(0, MAX_EXPONENT_WIDTH),
    default=2,
    show_default=True,
    help="Bits of a weight's exponent field.",
)
codebook_option = click.option(
    "--codebook",
    "weights",
    help="Name of the weights' codebook, instead of --exponent-width: two-term:0,2,4+1,3,5:shared.",
)
shape_options = options(
    click.option("--lanes", type=int, default=16, show_default=True, help="Of each element."),
    click.option("--folds", type=int, default=16, show_default=True, help="Folds of a window."),
)

conv_options = options(
    click.option("--input", "in_shape", type=ClickShape(3), default="32x32x16", show_default=True),
    click.option("--out-channels", type=int, default=32, show_default=True),
    click.option("--kernel", type=ClickShape(2), default="3", show_default=True),
    click.option("--stride", type=ClickShape(2), default="1", show_default=True),
    click.option(
        "--padding",
        type=ClickShape(4, low=0),
        default="1",
        show_default=True,
        help="One number, or top,left,bottom,right.",
    ),
    click.option("--window", help="pixel, column, sliding or whole; with --in-par, --out-par."),
    click.option("--in-par", type=int, help="Channels per input beat."),
    click.option("--out-par", type=int, help="Output channels at once."),
    click.option("--max-cycles", type=int, help="Cycles per frame, instead of --window."),
)


def conv_design(
    window: str | None, in_par: int | None, out_par: int | None, max_cycles: int | None, **rest: Any
) -> ConvDesign:
    """A design with the folding asked for, or the cheapest one that is fast enough."""
    if window is None:
        if in_par or out_par:
            raise click.UsageError("--in-par and --out-par go with --window")
        return ConvDesign.planned(max_cycles=max_cycles, **rest)
    if max_cycles is not None:
        raise click.UsageError("Give --window or --max-cycles, not both")
    return ConvDesign(window=window, in_par=in_par or 1, out_par=out_par or 1, **rest)


def images_of(model: str, data: Path | None) -> tuple[Any, Any]:
    """Labelled images from a folder, or those that ship with a network."""
    if data is not None:
        return load_dataset(data)
    if model not in (*zoo.names(), *zoo.retrained_names()):
        raise click.UsageError(f"No images ship for {model}; name some with --data")
    samples = zoo.load_samples(model)
    return samples.images, samples.labels
