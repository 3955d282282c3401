"""The page about a design: one HTML file that needs no other."""

import shlex
from pathlib import Path
from typing import Any

import jinja2

from quant import zoo
from shiftconv.flow.manifest import Manifest
from shiftconv.flow.pnr.toolchains import TOOLCHAINS
from shiftconv.flow.report.gather import gather
from shiftconv.flow.report.network_drawing import draw_network, shape_text
from shiftconv.flow.report.samples import answers

__all__ = ["report_page"]

# What a finding is about, by the command that makes it.
KINDS = {
    "generate": "design",
    "evaluate": "accuracy",
    "diff": "comparison between the stages",
    "simulate": "simulation",
    "synth": "area",
    "pnr": "clock",
    "energy": "energy",
}


def report_page(folder: Path, manifest: Manifest) -> str:
    """HTML of the page; the same folder gives the same text.

    It asks for nothing outside itself and runs no script. Where something is not known yet, it
    names the command that finds it out.

    Parameters
    ----------
    folder : Path
        Build folder.
    manifest : Manifest
        Its manifest.

    Raises
    ------
    ManifestError, ModelError
        If the folder is damaged.
    """
    found = gather(folder, manifest)
    drawing = draw_network(found.network.in_shape, found.layers) if found.network else None
    return _TEMPLATES.get_template("report.html.jinja").render(
        found=found,
        manifest=manifest,
        drawing=drawing,
        answers=answers(found.samples) if found.samples else (),
        kinds=KINDS,
        data=_data_options(manifest),
        routable=_family(manifest) in (None, *TOOLCHAINS),
        routable_families=sorted(TOOLCHAINS),
        command=lambda verb, *options: shlex.join(["shiftconv", verb, str(folder), *options]),
    )


def _family(manifest: Manifest) -> str | None:
    """Family of devices that a network was generated for."""
    return manifest.parameters.get("target", {}).get("family")


def _data_options(manifest: Manifest) -> tuple[str, ...]:
    """What a command that needs images must be told."""
    ships = manifest.name in zoo.names()
    return () if ships or manifest.kind != "network" else ("--data", "IMAGES")


def _number(value: Any) -> str:
    """``12,345``; nothing for None."""
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:,.2f}".rstrip("0").rstrip(".")
    return f"{value:,}"


def _percent(fraction: float | None, digits: int = 1) -> str:
    return "" if fraction is None else f"{100 * fraction:.{digits}f} %"


_TEMPLATES = jinja2.Environment(
    loader=jinja2.PackageLoader("shiftconv.flow.report", "templates"),
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
    autoescape=True,
)
_TEMPLATES.filters.update(number=_number, percent=_percent, shape=shape_text)
