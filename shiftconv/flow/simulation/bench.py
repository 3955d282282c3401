"""A test bench in Verilog around a generated design, for what the native driver does not do itself.

The driver knows one stream in, one stream out. The bench feeds a component's other streams from
files, and writes what passes at taps inside the design to files. It instantiates the design as it
is and only looks: a tap is a hierarchical reference, so the design's own text stays untouched, and
synthesis, which skips the bench, sees no taps.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "BENCH",
    "Tap",
    "bench_verilog",
    "port_widths",
    "read_states",
    "read_tap",
    "write_stream",
]

BENCH = "bench"
CYCLE_DIGITS = 8
STATES = "states"

IntArray = NDArray[np.int64]


@dataclass(frozen=True)
class Tap:
    """A stream inside a design to be written down.

    Parameters
    ----------
    name : str
        Verilog identifier: of its signals in a wave, and of its file.
    path : tuple of str
        Instances from the design down to the one with the stream.
    valid, ready, payload : str
        Signals there.
    value_width : int
        Bits of a value; a payload is ``par`` of them and the mark above.
    par, beats_per_pixel, pixels : int
        Values a beat, beats of a pixel, pixels of a frame: for the counters in a wave.
    signed : bool
    """

    name: str
    path: tuple[str, ...]
    valid: str
    ready: str
    payload: str
    value_width: int
    par: int
    beats_per_pixel: int
    pixels: int
    signed: bool

    @property
    def width(self) -> int:
        """Bits of the payload."""
        return self.par * self.value_width + 1

    def reference(self, signal: str) -> str:
        """A signal of the stream, seen from the bench."""
        return "dut." + "".join(f"\\{name} ." for name in self.path) + f"\\{signal} "


def port_widths(verilog: str, top: str) -> dict[str, int]:
    """Widths of a module's ports."""
    match = re.search(rf"^module \\?{re.escape(top)} ?\(.*?^endmodule", verilog, re.M | re.S)
    if match is None:
        raise ValueError(f"There is no module {top!r}")
    found = re.findall(r"^  (?:input|output) (?:\[(\d+):0\] )?\\?(\S+?) ?;", match[0], re.M)
    return {name: int(high or 0) + 1 for high, name in found}


def bench_verilog(
    ports: Mapping[str, int], top: str, *, streams: Sequence[str] = (), taps: Sequence[Tap] = ()
) -> str:
    """The module :data:`BENCH` with the ports that the driver wants.

    Parameters
    ----------
    ports : mapping of str to int
        Widths of the design's ports.
    top : str
        Its module.
    streams : sequence of str
        Prefixes of the input streams that are fed from files, as ``s_axis_weights``; the file's
        name is the plusarg of that name.
    taps : sequence of Tap
        Written to files in the folder that is the plusarg ``taps``; :func:`read_tap` reads one.
    """
    fed = {name: width for name, width in ports.items() if _stream_of(name, streams)}
    outer = {name: width for name, width in ports.items() if name not in fed}
    # The driver wants a mark on both sides, also where the design has none.
    missing = [name for name in ("s_axis_tlast", "m_axis_tlast") if name not in ports]
    declared = [*outer, *missing]
    lines = [f"module {BENCH}({', '.join(declared)});"]
    for name in declared:
        lines.append(f"  {_direction(name)} {_range(ports.get(name, 1))}{name};")
    lines += ["  assign m_axis_tlast = 0;"] if "m_axis_tlast" in missing else []
    lines += [f"  wire {_range(width)}{name};" for name, width in fed.items()]
    connections = ", ".join(f".{name}({name})" for name in ports)
    lines += [f"  \\{top} dut({connections});"]
    for prefix in streams:
        lines += _feeder(prefix, ports[f"{prefix}_tdata"])
    if taps:
        lines += ["  taps taps(.clk(clk), .rst(rst));", "endmodule", *_tap_module(taps)]
    return "\n".join(["`ifndef SYNTHESIS", *lines, "endmodule", "`endif", ""])


def _stream_of(port: str, streams: Sequence[str]) -> str | None:
    return next((s for s in streams if re.fullmatch(rf"{s}_t(valid|ready|data|last)", port)), None)


def _direction(port: str) -> str:
    given = ("s_axis_tready", "m_axis_tvalid", "m_axis_tdata", "m_axis_tlast", "frame_error")
    return "output" if port in given else "input"


def _range(width: int) -> str:
    return f"[{width - 1}:0] " if width > 1 else ""


def _feeder(prefix: str, width: int) -> list[str]:
    """A source that offers a word of its file in every cycle until the file ends."""
    return f"""\
  string {prefix}_path;
  integer {prefix}_file;
  reg {prefix}_there = 0;
  reg [{width - 1}:0] {prefix}_word, {prefix}_next;
  initial if ($value$plusargs("{prefix}=%s", {prefix}_path)) begin
    {prefix}_file = $fopen({prefix}_path, "r");
    {prefix}_there = $fscanf({prefix}_file, "%h", {prefix}_word) == 1;
  end
  assign {prefix}_tvalid = {prefix}_there;
  assign {prefix}_tdata = {prefix}_word;
  always @(posedge clk) if (!rst && {prefix}_tvalid && {prefix}_tready) begin
    {prefix}_there <= $fscanf({prefix}_file, "%h", {prefix}_next) == 1;
    {prefix}_word <= {prefix}_next;
  end""".split("\n")


def _tap_module(taps: Sequence[Tap]) -> list[str]:
    """A scope of its own, so that a wave shows the taps together under readable names."""
    lines = [
        "module taps(input clk, input rst);",
        "  string folder;",
        "  reg [31:0] cycle = 0;",
        "  always @(posedge clk) cycle <= rst ? 0 : cycle + 1;",
        '  initial if (!$value$plusargs("taps=%s", folder)) folder = "";',
    ]
    for tap in taps:
        lines += _tap_lines(tap)
    states = ", ".join(f"{tap.name}_valid, {tap.name}_ready" for tap in taps)
    lines += [
        "  integer file;",
        '  final if (folder != "") begin',
        f'    file = $fopen({{folder, "/{STATES}"}}, "w");',
        f'    $fwrite(file, "{"%b%b " * len(taps)}", {states});',
        "  end",
    ]
    return lines


def _tap_lines(tap: Tap) -> list[str]:
    name, n, sign = tap.name, tap.par, "signed " if tap.signed else ""
    values = [
        f"  wire {sign}[{tap.value_width - 1}:0] {name}_value_{k} = "
        f"{name}_payload[{k * tap.value_width} +: {tap.value_width}];"
        for k in range(n)
    ]
    return (
        f"""\
  wire {name}_valid = bench.{tap.reference(tap.valid)};
  wire {name}_ready = bench.{tap.reference(tap.ready)};
  wire [{tap.width - 1}:0] {name}_payload = bench.{tap.reference(tap.payload)};
  wire {name}_last = {name}_payload[{tap.width - 1}];
  reg [31:0] {name}_frame = 0, {name}_pixel = 0, {name}_channel = 0;
  integer {name}_file = 0;
  always @(posedge clk) if (!rst && {name}_valid && {name}_ready) begin
    if (folder != "") begin
      if ({name}_file == 0) {name}_file = $fopen({{folder, "/{name}"}}, "w");
      $fwrite({name}_file, "%h %h\\n", cycle, {name}_payload);
    end
    {name}_channel <= {name}_channel == {(tap.beats_per_pixel - 1) * n} ? 0 : {name}_channel + {n};
    if ({name}_channel == {(tap.beats_per_pixel - 1) * n})
      {name}_pixel <= {name}_pixel == {tap.pixels - 1} ? 0 : {name}_pixel + 1;
    if ({name}_channel == {(tap.beats_per_pixel - 1) * n} && {name}_pixel == {tap.pixels - 1})
      {name}_frame <= {name}_frame + 1;
  end""".split("\n")
        + values
    )


def read_tap(folder: Path, tap: Tap) -> tuple[IntArray, IntArray, NDArray[np.bool_]]:
    """What passed at a tap.

    Returns
    -------
    cycles : ndarray of int64, shape (n,)
    values : ndarray of int64, shape (n, par)
    last : ndarray of bool, shape (n,)
    """
    path = folder / tap.name
    digits = -(-tap.width // 4)
    text = np.fromfile(path, np.uint8) if path.exists() else np.zeros(0, np.uint8)
    lines = text.reshape(-1, CYCLE_DIGITS + 1 + digits + 1)
    nibbles = np.where(lines > ord("9"), lines - ord("a") + 10, lines - ord("0")).astype(np.int64)
    cycles = nibbles[:, :CYCLE_DIGITS] @ 16 ** np.arange(CYCLE_DIGITS)[::-1]
    payload = nibbles[:, CYCLE_DIGITS + 1 : -1][:, ::-1]
    bits = (payload[:, :, None] >> np.arange(4) & 1).reshape(len(lines), 4 * digits)
    fields = bits[:, : tap.width - 1].reshape(len(lines), tap.par, tap.value_width)
    values = fields @ (1 << np.arange(tap.value_width))
    if tap.signed:
        values -= fields[:, :, -1] << tap.value_width
    return cycles, values, bits[:, tap.width - 1].astype(bool)


def read_states(folder: Path) -> list[tuple[bool, bool]]:
    """Whether each tap's stream was valid, and ready, when the simulation ended."""
    states = (folder / STATES).read_text().split()
    return [(state[0] == "1", state[1] == "1") for state in states]


def write_stream(path: Path, words: Sequence[int]) -> None:
    """A file for an input stream that the bench feeds: TDATA of every beat."""
    path.write_text("".join(f"{word:x}\n" for word in words))
