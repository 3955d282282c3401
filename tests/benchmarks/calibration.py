"""Noise that each calibration leaves on real feature maps: ``python -m tests.benchmarks.calibration
--data DIR``.

Steps are chosen on a shipped network's calibration images; the signal to quantization noise is that
of the float network's feature maps on test images, of every layer that has a format of its own.
"""

import argparse
import json
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from quant import zoo
from quant.calibration import CALIBRATIONS
from quant.convert import sqnr_db
from quant.convert.layers import keeps_format
from quant.datasets import pixel_values
from quant.float_network.graph import FloatNetwork
from shiftconv.flow.tools import tool_versions
from tests.benchmarks.images import images_for

WIDTHS = (3, 4, 6, 8)
N_IMAGES = 1000


def feature_maps(graph: FloatNetwork, values: np.ndarray) -> dict[str, np.ndarray]:
    """What every layer with a format of its own gives."""
    maps = graph.trace(values)
    return {layer.name: maps[layer.name] for layer in graph.layers if not keeps_format(layer)}


def noise(graph: FloatNetwork, known: np.ndarray, fresh: np.ndarray) -> list[dict]:
    """A row for each map, calibration and width."""
    chosen_on, measured_on = feature_maps(graph, known), feature_maps(graph, fresh)
    rows = []
    for name, values in chosen_on.items():
        signed = bool(values.min() < 0)
        wanted = measured_on[name]
        for kind, calibration in CALIBRATIONS.items():
            for width in WIDTHS:
                fmt = calibration().choose(values, width=width, signed=signed)
                found = fmt.dequantize(fmt.quantize(wanted))
                rows.append(
                    {
                        "network": graph.name,
                        "map": name,
                        "signed": signed,
                        "calibration": kind,
                        "width": width,
                        "frac": fmt.frac,
                        "sqnr_db": round(sqnr_db(wanted, found), 2),
                    }
                )
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, action="append", required=True, metavar="DIR")
    parser.add_argument("--images", type=int, default=N_IMAGES, help="test images")
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    rows = []
    for name in zoo.names():
        graph = zoo.load_float(name)
        images, _ = images_for(graph.in_shape, arguments.data)
        known = pixel_values(zoo.load_samples(name).calibration)
        rows += noise(graph, known, pixel_values(images[: arguments.images]))
    console = Console()
    for network in dict.fromkeys(row["network"] for row in rows):
        mine = [row for row in rows if row["network"] == network]
        maps = list(dict.fromkeys(row["map"] for row in mine))
        table = Table("calibration", *(f"{width} bits" for width in WIDTHS))
        table.title = f"{network}: mean SQNR of {len(maps)} feature maps, dB"
        for kind in CALIBRATIONS:
            means = [
                np.mean([r["sqnr_db"] for r in mine if (r["calibration"], r["width"]) == (kind, w)])
                for w in WIDTHS
            ]
            table.add_row(kind, *(f"{mean:.2f}" for mean in means))
        console.print(table)
    if arguments.json:
        result = {"images": arguments.images, "tool_versions": tool_versions(), "rows": rows}
        arguments.json.write_text(json.dumps(result, indent=2) + "\n")


if __name__ == "__main__":
    main()
