"""Schemes side by side, with the accuracy that the hardware will have:
``python -m tests.benchmarks.schemes --data DIR``.

Top-1 of the golden integers on every test image, for networks that ship and quantized files, with
the bits of a stored weight and the LUTs of a product: those of a processing element with the
codebook of the layer that has the most products, no DSP. A scheme's own rule stands beside what a
search finds with the same levels (``fit=outputs``).
"""

import argparse
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from quant import zoo
from quant.calibration import make_calibration
from quant.codebook import Codebook, codebook_from_name
from quant.convert import convert
from quant.convert.equalization import equalized
from quant.datasets import pixel_values
from quant.evaluate import top1
from quant.float_network.graph import FloatNetwork
from quant.layers._weighted import WeightedLayer
from quant.network import Network
from quant.onnx_io import read_quantized
from quant.quantizers import QUANTIZERS, make_quantizer
from shiftconv.flow.comparison.lane_area import lane_area
from shiftconv.flow.comparison.scheme_plot import plot_schemes
from shiftconv.flow.synthesis.measurements import Measurements
from tests.benchmarks.images import images_for
from tests.benchmarks.kept_rows import KeptRows

SCHEMES = (
    "nearest",
    "n-bq-nn",
    "gsnq",
    "gsnq:fit=outputs",
    "inq",
    "inq:fit=outputs",
    "log2",
    "log2:small=zero",
    "apot",
    "sp2",
    "shift-cnn",
    "shift-cnn:fit=outputs",
    "clip-q",
    "clip-q:snap=2",
    "clip-q:snap=1",
    "clip-q:fit=outputs",
    "clip-q:fit=outputs,snap=2",
    "clip-q:fit=outputs,snap=1",
    "uniform",
    "fraction-length",
)
BITS = (2, 3, 4, 5)
LANES = 32
NOT_RETRAINED = "none"
KEYS = ("scheme", "training", "bits", "origin")


@dataclass(frozen=True, kw_only=True)
class Contender:
    """A network that is to be measured.

    Parameters
    ----------
    scheme : str
    training : str
        How its weights were retrained.
    bits : int
        Of a weight.
    origin : str
        What tells it from others of the same scheme: a file's name, or nothing.
    make : callable
    """

    scheme: str
    training: str
    bits: int
    origin: str = ""
    make: Callable[[], Network]


def from_files(paths: Iterable[Path], name: str) -> Iterator[Contender]:
    """Quantized files that were made from a network."""
    for path in paths:
        network = read_quantized(path)
        if network.name == name:
            known = network.metadata
            yield Contender(
                scheme=known.get("scheme", "unknown"),
                training=known.get("method", "unknown"),
                bits=int(known.get("bits", 0)),
                origin=path.name,
                make=partial(read_quantized, path),
            )


def post_training(
    graph: FloatNetwork,
    samples: NDArray[np.float64],
    schemes: Sequence[str],
    bits: Sequence[int],
    calibration: str,
) -> Iterator[Contender]:
    """The network in every scheme, as far as the scheme has as many bits."""
    for scheme, width in product(schemes, bits):
        if width in QUANTIZERS[scheme.partition(":")[0]].all_bits:
            make = partial(
                convert,
                graph,
                samples,
                quantizer=make_quantizer(scheme, width),
                calibration=make_calibration(calibration),
            )
            yield Contender(scheme=scheme, training=NOT_RETRAINED, bits=width, make=make)


def measured(
    network: Network, images: NDArray[Any], labels: NDArray[np.int64], float_top1: float
) -> dict[str, Any]:
    """What is measured of a network, but for its area."""
    weighted = [node.layer for node in network.nodes if isinstance(node.layer, WeightedLayer)]
    sizes = np.array([layer.levels.size for layer in weighted])
    widths = np.array([layer.codebook.code_width for layer in weighted])
    found = top1(network.infer(network.in_format.quantize(pixel_values(images))), labels)
    return {
        "top1": found,
        "float_top1": float_top1,
        "points_lost": round(100 * (float_top1 - found), 2),
        "images": len(labels),
        "bits_per_weight": round(float(widths @ sizes / sizes.sum()), 3),
        "codebook": max(weighted, key=lambda layer: layer.macs).codebook.name,
        "lut_per_mac": None,
    }


def measure_all(name: str, arguments: argparse.Namespace, kept: KeptRows, told: Console) -> None:
    """Rows of everything that stands for the network of a name."""
    graph = zoo.load_float(name)
    images, labels = images_for(graph.in_shape, arguments.data)
    float_top1 = top1(graph.infer(pixel_values(images)), labels)
    samples = pixel_values(zoo.load_samples(name).calibration)
    start = equalized(graph, samples) if arguments.equalize else graph
    files = [*arguments.model, *map(zoo.path, zoo.retrained_names())]
    for contender in (
        *from_files(files, graph.name),
        *post_training(start, samples, arguments.schemes, arguments.bits, arguments.calibration),
    ):
        who = {"network": name, **{key: getattr(contender, key) for key in KEYS}}
        found = kept.add(
            tuple(who.values()),
            lambda who=who, make=contender.make: who | measured(make(), images, labels, float_top1),
        )
        told.print(f"{name} {contender.scheme} {contender.bits}: {found['top1']:.2%}")


def add_areas(rows: list[dict[str, Any]], arguments: argparse.Namespace, console: Console) -> None:
    """LUTs of a product, of each codebook once."""
    store = Measurements(arguments.work)
    for name in dict.fromkeys(found["codebook"] for found in rows):
        book: Codebook = codebook_from_name(name)
        area = lane_area(
            book, family=arguments.family, act_width=8, lanes=LANES, store=store
        ).area  # fmt: skip
        console.print(f"{name}: {area.lut / LANES:.2f} LUT per product")
        for found in rows:
            if found["codebook"] == name:
                found["lut_per_mac"] = round(area.lut / LANES, 2)


def table_of(rows: list[dict[str, Any]], network: str) -> Table:
    """A line for each scheme, a column for each width."""
    mine = [found for found in rows if found["network"] == network]
    bits = sorted({found["bits"] for found in mine})
    title = f"{network}, float {mine[0]['float_top1']:.2%}: top-1, LUT per product"
    table = Table("scheme", "training", *(f"{width} bits" for width in bits), title=title)
    for scheme, training in dict.fromkeys((f["scheme"], f["training"]) for f in mine):
        cells = dict.fromkeys(bits, "")
        for found in mine:
            if (found["scheme"], found["training"]) == (scheme, training):
                lut = found["lut_per_mac"]
                area = "" if lut is None else f", {lut:.1f}"
                cells[found["bits"]] = f"{100 * found['top1']:.2f}{area}"
        table.add_row(scheme, training, *cells.values())
    return table


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, action="append", required=True, metavar="DIR")
    parser.add_argument("--networks", nargs="+", default=list(zoo.names()))
    parser.add_argument("--schemes", nargs="+", default=list(SCHEMES))
    parser.add_argument("--bits", nargs="+", type=int, default=list(BITS))
    parser.add_argument("--model", type=Path, action="append", default=[], help="quantized ONNX")
    parser.add_argument("--calibration", default="min_max")
    parser.add_argument("--equalize", action="store_true")
    parser.add_argument("--family", default="xcup")
    parser.add_argument("--no-area", action="store_true")
    parser.add_argument("--work", type=Path, default=Path("build/measured"))
    parser.add_argument("--json", type=Path, help="kept after every row; what it holds stays")
    parser.add_argument("--plot", type=Path)
    arguments = parser.parse_args()
    for scheme in arguments.schemes:
        make_quantizer(scheme, 4)
    progress = Console(stderr=True, quiet=not sys.stderr.isatty())
    settings = {name: getattr(arguments, name) for name in ("calibration", "equalize", "family")}
    kept = KeptRows(arguments.json, settings)
    for name in arguments.networks:
        measure_all(name, arguments, kept, progress)
    rows = kept.rows
    if not arguments.no_area:
        add_areas(rows, arguments, progress)
        kept.write()
    for network in dict.fromkeys(found["network"] for found in rows):
        Console(width=140).print(table_of(rows, network))
    if arguments.plot:
        plot_schemes(rows, arguments.plot)


if __name__ == "__main__":
    main()
