"""The README's figures, made by its own commands: ``python -m tests.readme [--data FOLDER]``."""

import argparse
import json
import re
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from quant import zoo

__all__ = [
    "README",
    "array_of_nine",
    "commands",
    "compare",
    "demo",
    "estimates",
    "figures",
    "operators",
    "retrained",
    "shiftconv",
    "structures",
]

README = Path(__file__).parent.parent / "README.md"
BLOCK = re.compile(r"(<!-- begin: (.*?) -->\n)(.*?)(<!-- end -->)", re.DOTALL)
MEASURED = json.loads((README.parent / "shiftconv/data/structures.json").read_text())
ACCURACY_BITS = (5, 4, 3, 2)


def shiftconv(*args: str, cwd: Path | None = None) -> dict:
    """Result of a command as JSON."""
    call = [sys.executable, "-m", "shiftconv", *args, "--json", "-"]
    done = subprocess.run(call, capture_output=True, text=True, cwd=cwd, check=True)
    return json.loads(done.stdout)


def commands() -> list[str]:
    """Every ``shiftconv`` command line in the README's shell blocks."""
    blocks = re.findall(r"```sh\n(.*?)```", README.read_text(), re.DOTALL)
    lines = [line.split("#")[0].strip() for block in blocks for line in block.splitlines()]
    return [line for line in lines if line.startswith("shiftconv ")]


def figures() -> dict[str, str]:
    """Text of every generated block, by its command."""
    return {command: body for _, command, body, _ in BLOCK.findall(README.read_text())}


def table(header: list[str], rows: list[list]) -> str:
    """A Markdown table; numbers get thousands separators."""

    def cell(value) -> str:
        if value is None:
            return ""
        if isinstance(value, float):
            return f"{value:g}"
        return f"{value:,}" if isinstance(value, int) else str(value)

    lines = [header, ["---"] + ["---:"] * (len(header) - 1), *rows]
    return "".join("| " + " | ".join(map(cell, line)) + " |\n" for line in lines)


def area_columns(area: dict) -> list:
    """LUT, those used as memory, FF, DSP, BRAM."""
    return [area["lut"], area["lutram"], area["ff"], int(area["dsp"]), area["bram"]]


AREA_HEADER = ["LUT", "memory", "FF", "DSP", "BRAM"]


def demo(folder: Path) -> str:
    """Stages with their cycles and area, and what the simulation found."""
    result = shiftconv("demo", "-o", str(folder / "lenet5"))
    plan, simulation, synthesis = result["generate"], result["simulate"], result["synth"]
    layers = {layer["name"]: layer for layer in plan["layers"]}
    rows = []
    for stage in synthesis["stages"]:
        layer = layers.get(stage["name"], {"macs": None, "lanes": None, "cycles": None})
        name = stage["name"] if stage["name"] in layers else "streams, guard"
        rows.append(
            [name, layer["macs"], layer["lanes"], layer["cycles"], *area_columns(stage["area"])]
        )
    total = [plan["macs_per_frame"], plan["lanes"], plan["cycles_per_frame"]]
    rows.append(["**in all**", *total, *area_columns(synthesis["area"])])
    versions = result["tool_versions"]
    return table(["stage", "MACs", "lanes", "cycles a frame", *AREA_HEADER], rows) + (
        f"\n{simulation['images']} handwritten digits through the Verilog (Verilator "
        f"{versions['verilator']}): {simulation['values']:,} values compared with the golden "
        f"model, {simulation['mismatched_values']} differ; {simulation['cycles_per_frame']:,} "
        f"cycles a frame measured, {simulation['planned_cycles_per_frame']:,} planned. "
        f"Area: Yosys {versions['yosys']}, {synthesis['family']} ({synthesis['board']}).\n"
    )


def compare(folder: Path, *options: str) -> str:
    """Shift lanes against multipliers."""
    result = shiftconv("compare", "--max-cycles", "32768", "--work", str(folder), *options)
    rows = [
        [
            row["lane"].upper()
            + (
                "" if row["exponent_width"] is None else f", exponent width {row['exponent_width']}"
            ),
            row["weight_bits"],
            row["lanes"],
            *area_columns(row),
            row["lut_per_mac"],
        ]
        for row in result["rows"]
    ]
    header = ["lane", "bits per weight", "lanes", *AREA_HEADER, "LUT per MAC"]
    return (
        table(header, rows) + f"\nYosys {result['tool_versions']['yosys']}, {result['family']}.\n"
    )


def structures(folder: Path) -> str:
    """LUTs per product of the best structures, for widths that networks use."""
    result = shiftconv("structures", "list", cwd=folder)
    families = list(dict.fromkeys(row["family"] for row in result["rows"]))
    lanes = max(row["lanes"] for row in result["rows"])
    luts = {
        (row["family"], row["exponent_width"], row["act_width"]): row["lut_per_lane"]
        for row in result["rows"]
        if row["lanes"] == lanes
    }
    rows = [
        [
            exponent_width,
            act_width,
            *(luts[family, exponent_width, act_width] for family in families),
        ]
        for act_width in (8, 16)
        for exponent_width in (1, 2, 3)
    ]
    header = ["exponent width", "bits of an activation", *families]
    return table(header, rows) + (
        f"\nElements of {lanes} lanes, Yosys {MEASURED['tool_versions']['yosys']}.\n"
    )


def array_of_nine(folder: Path) -> str:
    """LUTs of the array that Chen et al. have in their Table VII."""
    rows = shiftconv("structures", "list", "--family", "xcup", cwd=folder)["rows"]
    size = {"exponent_width": 2, "act_width": 16, "lanes": 9}
    [row] = [row for row in rows if size.items() <= row.items()]
    return (
        f"A 3×3 array at 16 bits and exponent width 2 takes {9 * row['lut_per_lane']:.0f} LUT and "
        "no DSP on xcup, where Chen et al. have 307 LUT and 3 DSP.\n"
    )


def multipliers(folder: Path) -> str:
    """Shifts against the best multipliers in LUTs with as many bits per weight."""
    widths, act_width, lanes = (2, 3), 8, 32
    found = shiftconv(
        "compare", "--exponent-widths", ",".join(map(str, widths)), "--act-widths",
        str(act_width), "--lanes", str(lanes), "--work", str(folder),
    )["rows"]  # fmt: skip

    def luts(lane: str, bits: int) -> float:
        [row] = [row for row in found if (row["lane"], row["weight_bits"]) == (lane, bits)]
        return row["lut_per_mac"]

    rows = [
        [f"{width}, {width + 1} bits", luts("svpe", width + 1), luts("lut_multiplier", width + 1)]
        for width in widths
    ]
    header = ["exponent width, weight", "LUT per MAC, shifts", "the best multiplier in LUTs"]
    yosys = MEASURED["tool_versions"]["yosys"]
    return (
        table(header, rows)
        + f"\nElements of {lanes} lanes, {act_width}-bit activations, Yosys {yosys}, xcup.\n"
    )


def constant_weights() -> str:
    """What the benchmark of weights as wires says."""
    call = [sys.executable, "-m", "tests.benchmarks.constant_weights"]
    return subprocess.run(call, capture_output=True, text=True, check=True).stdout


def accuracy(data: str) -> str:
    """Top-1 over bits per weight."""
    rows: list[list] = []
    for bits in ACCURACY_BITS:
        result = shiftconv("evaluate", "lenet5", "--bits", str(bits), "--data", data)
        if not rows:
            rows.append(["float", "", f"{100 * result['float_top1']:.2f} %", ""])
        loss = 100 * (result["float_top1"] - result["top1"])
        rows.append([bits, bits - 1, f"{100 * result['top1']:.2f} %", f"{loss:.2f}"])
    return table(["bits per weight", "exponent width", "top-1", "points lost"], rows)


def routed(folder: Path) -> str:
    """Designs of the README after place and route, by its own lines."""
    models, rows = {}, []
    for line in commands():
        command, *words = shlex.split(line)[1:]
        if command == "generate" and f"shiftconv pnr {words[-1]}" in README.read_text():
            shiftconv(command, *words, cwd=folder)
            models[words[-1]] = words[0]
        elif command == "pnr":
            found = shiftconv(command, *words, cwd=folder)
            rows.append(
                [
                    f"{models[words[0]]}, {found['board']}",
                    found["constraint_mhz"],
                    round(found["fmax_mhz"], 1),
                    round(found["frames_per_second"]),
                    *area_columns(found["area"]),
                ]
            )
    header = ["network, board", "MHz asked", "MHz reached", "frames/s as asked", *AREA_HEADER]
    versions = found["tool_versions"]
    nextpnr = next(version for tool, version in versions.items() if tool.startswith("nextpnr"))
    return table(header, rows) + f"\nYosys {versions['yosys']}, nextpnr {nextpnr}.\n"


def schemes(data: str, kept: str) -> str:
    """Top-1 and LUT per product of every scheme; ``kept`` is the file of rows measured before."""
    call = [sys.executable, "-m", "tests.benchmarks.schemes", "--networks", "lenet5"]
    subprocess.run([*call, "--data", data, "--json", kept], capture_output=True, check=True)
    rows = json.loads(Path(kept).read_text())["rows"]
    bits = sorted({row["bits"] for row in rows})
    lines = []
    for scheme, training in dict.fromkeys((row["scheme"], row["training"]) for row in rows):
        cells = {
            row["bits"]: f"{100 * row['top1']:.2f} %, {row['lut_per_mac']:.1f}"
            for row in rows
            if (row["scheme"], row["training"]) == (scheme, training)
        }
        trained = "" if training == "none" else f", retrained: {training}"
        lines.append([f"{scheme}{trained}", *(cells.get(width, "") for width in bits)])
    images = min(row["images"] for row in rows)
    return table(["scheme", *(f"{width} bits" for width in bits)], lines) + (
        f"\n{images:,} images, float {100 * rows[0]['float_top1']:.2f} %; Yosys "
        f"{MEASURED['tool_versions']['yosys']}, xcup, elements of 32 lanes.\n"
    )


def retrained() -> str:
    """Networks that ship quantized, by what their files say of how they were made."""
    rows = []
    for name in zoo.retrained_names():
        said = zoo.load_quantized(name).metadata
        top1 = [
            f"{100 * float(said[key]):.2f} %" if key in said else ""
            for key in ("float_top1", "start_top1", "top1")
        ]
        rows.append([f"`{name}`", said["scheme"], said["method"], *top1])
    header = ["network", "scheme", "retrained by", "float", "quantized", "retrained"]
    return table(header, rows).replace("--- | ---: | ---:", "--- | --- | ---", 1)


def energy(data: str) -> str:
    """What the benchmark of relative energy says."""
    call = [sys.executable, "-m", "tests.benchmarks.energy", "--data", data]
    return subprocess.run(call, capture_output=True, text=True, check=True).stdout


def estimates(folder: Path) -> str:
    """Errors of the estimates on samples that no fit has seen."""
    call = [sys.executable, "-m", "shiftconv", "estimates", "check", "--json", "-"]
    done = subprocess.run(call, capture_output=True, text=True, cwd=folder)
    rows = json.loads(done.stdout)["rows"]
    header = ["family", "stages", "LUT, median", "LUT, 95 %", "FF, median", "FF, 95 %"]
    header += ["block memory exact"]
    cells = [
        [
            row["family"],
            row["n"],
            *(f"{100 * error:.1f} %" for error in (*row["lut"], *row["ff"])),
            f"{100 * row['bram_exact']:.1f} %",
        ]
        for row in rows
    ]
    return table(header, cells)


def operators(folder: Path) -> str:
    """Operators and their limits."""
    rows = shiftconv("check", "--operators", cwd=folder)["operators"]
    return table(["operator", "limits"], [[row["op"], row["limits"]] for row in rows]).replace(
        "---:", "---"
    )


def main() -> None:
    """Rewrite the blocks; accuracy only if its data are at hand."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--data", help="folder with the MNIST idx files")
    parser.add_argument("--schemes", help="JSON of `tests.benchmarks.schemes`, to go on from")
    parser.add_argument("--energy", action="store_true", help="the table of energy too")
    parser.add_argument("--pnr", action="store_true", help="place and route too")
    arguments = parser.parse_args()
    data = arguments.data
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        makers: dict[str, Callable[[], str]] = {
            "demo": lambda: demo(folder),
            "compare --max-cycles 32768": lambda: compare(folder),
            "check --operators": lambda: operators(folder),
            "structures list": lambda: structures(folder),
            "structures list --family xcup": lambda: array_of_nine(folder),
            "compare --exponent-widths 2,3": lambda: multipliers(folder),
            "tests.benchmarks.constant_weights": constant_weights,
            "zoo": retrained,
            "estimates check": lambda: estimates(folder),
        }
        if arguments.pnr:
            makers["pnr"] = lambda: routed(folder)
        if data:
            makers["evaluate lenet5 --data"] = lambda: accuracy(data)
        if data and arguments.energy:
            makers["tests.benchmarks.energy"] = lambda: energy(data)
        if data and arguments.schemes:
            makers["tests.benchmarks.schemes"] = lambda: schemes(data, arguments.schemes)
        made = {command: make() for command, make in makers.items()}
    text = BLOCK.sub(
        lambda block: block[1] + made.get(block[2], block[3]) + block[4], README.read_text()
    )
    README.write_text(text)


if __name__ == "__main__":
    main()
