"""The command schemes."""

import sys

import click

from quant.calibration import CALIBRATIONS
from quant.quantizers import QUANTIZERS
from quant.spelling import options_of
from shiftconv.cli import tables
from shiftconv.cli.report import Report, reporting

__all__ = ["schemes"]


@click.command
@reporting
def schemes(report: Report) -> int:
    """Weight schemes and calibrations, their bits and options."""
    weights = [
        {"name": kind, "bits": list(scheme.all_bits), **_described(scheme)}
        for kind, scheme in QUANTIZERS.items()
    ]
    calibrations = [{"name": kind, **_described(how)} for kind, how in CALIBRATIONS.items()]
    report.show(
        tables.schemes_table("Schemes of weights, --scheme NAME:OPTION=VALUE,...", weights),
        tables.schemes_table("Calibrations of activations, --calibration NAME", calibrations),
    )
    return report.finish({"schemes": weights, "calibrations": calibrations})


def _described(kind: type) -> dict:
    doc = sys.modules[kind.__module__].__doc__ or ""
    return {"what": doc.strip().rstrip("."), "options": options_of(kind)}
