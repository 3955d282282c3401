"""Schemes side by side, with the accuracy that the hardware will have:
``python -m tests.benchmarks.schemes --data DIR``.

Top-1 of the golden integers on every test image, for networks that ship and quantized files, with
the bits of a stored weight and the LUTs of a product: those of a processing element with the
codebook of the layer that has the most products, no DSP. A scheme's own rule stands beside what a
search finds with the same levels (``fit=outputs``).
"""

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from quant import zoo
from quant.calibration import make_calibration
from quant.codebook import Codebook, codebook_from_name
from quant.convert import convert
from quant.convert.equalization import equalized
from quant.datasets import pixel_values
from quant.evaluate import top1
from quant.layers._weighted import WeightedLayer
from quant.network import Network
from quant.onnx_io import read_quantized
from quant.quantizers import make_quantizer
from shiftconv.flow.comparison.lane_area import lane_area
from shiftconv.flow.comparison.scheme_plot import plot_schemes
from shiftconv.flow.files import write_atomic
from shiftconv.flow.synthesis.measurements import Measurements
from shiftconv.flow.tools import tool_versions
from tests.benchmarks.images import images_for

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


def post_training(
    name: str, schemes: Sequence[str], bits: Sequence[int], calibration: str, equalize: bool
) -> Iterator[tuple[str, str, Network]]:
    """The network of a name in every scheme that has as many bits."""
    graph = zoo.load_float(name)
    samples = pixel_values(zoo.load_samples(name).calibration)
    if equalize:
        graph = equalized(graph, samples)
    how = make_calibration(calibration)
    for scheme in schemes:
        for width in bits:
            try:
                quantizer = make_quantizer(scheme, width)
            except ValueError:
                # A scheme need not have every width; one that does not exist is refused before.
                continue
            yield scheme, NOT_RETRAINED, convert(
                graph, samples, quantizer=quantizer, calibration=how
            )  # fmt: skip


def row(network: Network, folders: Sequence[Path], float_top1: float) -> dict[str, Any]:
    """What is measured of a network, but for its area."""
    images, labels = images_for(network.in_shape, folders)
    weighted = [node.layer for node in network.nodes if isinstance(node.layer, WeightedLayer)]
    sizes = np.array([layer.levels.size for layer in weighted])
    widths = np.array([layer.codebook.code_width for layer in weighted])
    found = top1(network.infer(network.in_format.quantize(pixel_values(images))), labels)
    return {
        "bits": int(network.metadata.get("bits", widths.max())),
        "top1": found,
        "float_top1": float_top1,
        "points_lost": round(100 * (float_top1 - found), 2),
        "images": len(labels),
        "bits_per_weight": round(float(widths @ sizes / sizes.sum()), 3),
        "codebook": max(weighted, key=lambda layer: layer.macs).codebook.name,
        "lut_per_mac": None,
    }


def measured(arguments: argparse.Namespace, console: Console) -> list[dict[str, Any]]:
    """Rows of every network, scheme and width."""
    rows = []
    for name in arguments.networks:
        graph = zoo.load_float(name)
        images, labels = images_for(graph.in_shape, arguments.data)
        float_top1 = top1(graph.infer(pixel_values(images)), labels)
        retrained = [
            (read.metadata.get("scheme", "unknown"), read.metadata.get("method", "retrained"), read)
            for read in (
                *map(read_quantized, arguments.model),
                *(read_quantized(zoo.path(n)) for n in zoo.retrained_names()),
            )
            if read.name == graph.name
        ]
        made = post_training(
            name, arguments.schemes, arguments.bits, arguments.calibration, arguments.equalize
        )
        for scheme, training, network in (*retrained, *made):
            found = row(network, arguments.data, float_top1)
            rows.append({"network": name, "scheme": scheme, "training": training, **found})
            console.print(f"{name} {scheme} {found['bits']}: {found['top1']:.2%}")
    return rows


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
    parser.add_argument("--json", type=Path)
    parser.add_argument("--plot", type=Path)
    arguments = parser.parse_args()
    for scheme in arguments.schemes:
        make_quantizer(scheme, 4)
    progress = Console(stderr=True, quiet=not sys.stderr.isatty())
    rows = measured(arguments, progress)
    if not arguments.no_area:
        add_areas(rows, arguments, progress)
    for network in dict.fromkeys(found["network"] for found in rows):
        Console(width=140).print(table_of(rows, network))
    if arguments.json:
        result = {"family": arguments.family, "tool_versions": tool_versions(), "rows": rows}
        write_atomic(arguments.json, json.dumps(result, indent=2) + "\n")
    if arguments.plot:
        plot_schemes(rows, arguments.plot)


if __name__ == "__main__":
    main()
