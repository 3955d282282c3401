"""What a shell offers after the tabulator key, where a parameter's type does not tell."""

from collections.abc import Iterable

import click
from click.shell_completion import CompletionItem

from boards import BOARDS, FAMILIES
from quant import zoo
from quant.quantizers import QUANTIZERS

__all__ = ["complete_board", "complete_device", "complete_model", "complete_scheme"]


def _starting(names: Iterable[str], incomplete: str) -> list[CompletionItem]:
    return [CompletionItem(name) for name in names if name.startswith(incomplete)]


def complete_board(
    ctx: click.Context, param: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Boards and bare devices, with what they are."""
    return [
        CompletionItem(name, help=board.title)
        for name, board in BOARDS.items()
        if name.startswith(incomplete)
    ]


def complete_device(
    ctx: click.Context, param: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Families, boards and bare devices."""
    return _starting(FAMILIES, incomplete) + complete_board(ctx, param, incomplete)


def complete_model(
    ctx: click.Context, param: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Networks that ship; if none begins so, files."""
    ships = _starting((*zoo.names(), *zoo.retrained_names()), incomplete)
    return ships or [CompletionItem(incomplete, type="file")]


def complete_scheme(
    ctx: click.Context, param: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Names of weight schemes."""
    return _starting(QUANTIZERS, incomplete)
