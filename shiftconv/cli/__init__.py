"""The ``shiftconv`` command: the only place that prints and exits."""

import sys

import click

from quant import zoo
from shiftconv import __version__
from shiftconv.cli.compare import compare
from shiftconv.cli.designs import synth
from shiftconv.cli.diff import diff
from shiftconv.cli.energy import activity, energy
from shiftconv.cli.estimates import estimates
from shiftconv.cli.export import export
from shiftconv.cli.generate import generate
from shiftconv.cli.models import check, evaluate, quantize
from shiftconv.cli.plan import plan
from shiftconv.cli.pnr import pnr
from shiftconv.cli.prove import prove
from shiftconv.cli.recipes import recipes, structures
from shiftconv.cli.report import guarded
from shiftconv.cli.report_page import report_command
from shiftconv.cli.run import run
from shiftconv.cli.schemes import schemes
from shiftconv.cli.simulate import simulate
from shiftconv.cli.sweep import sweep
from shiftconv.cli.tour import boards, demo

__all__ = ["cli", "main"]


class _InOrder(click.Group):
    """A group whose help lists the commands in the order in which one needs them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.commands)


@click.group(
    cls=_InOrder,
    context_settings={"help_option_names": ["-h", "--help"]},
    help=f"""From a trained CNN to an FPGA accelerator whose convolutions have no multiplier.

    MODEL is an ONNX file, or the name of a network that ships:
    {", ".join((*zoo.names(), *zoo.retrained_names()))}.
    """,
)
@click.version_option(__version__, prog_name="shiftconv")
def cli() -> None:
    pass


COMMANDS = (
    *(demo, check, quantize, evaluate, plan, generate),
    *(
        simulate,
        export,
        pnr,
        run,
        diff,
        synth,
        activity,
        energy,
        report_command,
        compare,
        sweep,
        prove,
    ),
    *(schemes, structures, estimates, recipes, boards),
)

for command in COMMANDS:
    cli.add_command(command)


def main() -> None:
    """Run the command line and exit."""
    sys.exit(guarded(cli))
