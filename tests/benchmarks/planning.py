"""How long planning takes: ``python -m tests.benchmarks.planning``.

ResNet-20 and MobileNetV1 (of width 0.25, weights random) on a ZCU102 at its 125 MHz. Seconds are
those of the processor in whole processes, from the call of ``shiftconv plan`` to its end.
"""

import json
import sys
import tempfile
from pathlib import Path

import numpy as np

from quant.calibration import CALIBRATIONS
from quant.convert import convert
from quant.onnx_io import read_float, write_quantized
from quant.quantizers import QUANTIZERS
from tests.benchmarks.measuring import measure
from tests.quant.float_models import write_model

CASES = (
    "--lut 60%",
    "--lut 30% --bram 50%",
    "--fps 1000",
    "--fps 1000 --max-latency 1500us",
    "--lut 60% --max-latency 500us",
    "--front front.svg",
)
HEAD = ("network", "asked", "cycles per frame", "LUT", "the best", "seconds of CPU")


def mobilenet(folder: Path) -> Path:
    """MobileNetV1, calibrated on noise."""
    graph = read_float(write_model("mobilenet", folder / "float.onnx"))
    network = convert(
        graph,
        np.random.default_rng(0).random((4, *graph.in_shape)),
        quantizer=QUANTIZERS["nearest"](bits=4),
        calibration=CALIBRATIONS["min_max"](),
    )
    path = folder / "mobilenet.onnx"
    write_quantized(network, path)
    return path


def planned(model: str, case: str, folder: Path) -> tuple[str, ...]:
    """What one call finds, and how long it takes."""
    options = case.replace("front.svg", str(folder / "front.svg")).split()
    call = [sys.executable, "-m", "shiftconv", "plan", model, "--board", "zcu102", *options]
    measured = measure([*call, "--json", "-"])
    found = json.loads(measured.out)
    return (
        case,
        f"{found['cycles_per_frame']:,}",
        f"{found['estimate']['lut']:,}",
        "proved" if found["proved"] else "not proved",
        f"{measured.cpu_seconds:.1f}",
    )


def main() -> None:
    """Print a table."""
    print(f"| {' | '.join(HEAD)} |\n| --- | --- | ---: | ---: | --- | ---: |")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        models = {"ResNet-20": "resnet20-4bit", "MobileNetV1": str(mobilenet(folder))}
        for title, model in models.items():
            for case in CASES:
                print(f"| {' | '.join((title, *planned(model, case, folder)))} |", flush=True)


if __name__ == "__main__":
    main()
