"""Tables in the terminal: what all of them share."""

from collections.abc import Iterable, Sequence
from typing import Any

from rich import box
from rich.table import Table

__all__ = ["AREA_COLUMNS", "HEADS", "number", "percent", "plain_table", "wrapping"]


HEADS = {"lut": "LUT", "ff": "FF", "bram": "BRAM", "big_ram": "large RAM"}


AREA_COLUMNS = ("lut", "lutram", "ff", "carry", "dsp", "bram")


def number(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:,.0f}" if value == int(value) else f"{value:,.2f}"
    return f"{value:,}" if isinstance(value, int) else str(value)


def plain_table(title: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> Table:
    """The first column to the left, the others, if they are numbers, to the right."""
    rows = [list(row) for row in rows]
    table = Table(
        title=title,
        title_justify="left",
        title_style="bold",
        header_style="bold",
        box=box.SIMPLE_HEAD,
        pad_edge=False,
    )
    for n, column in enumerate(columns):
        numbers = all(isinstance(row[n], int | float | None) for row in rows)
        table.add_column(column, justify="right" if n and numbers else "left", no_wrap=numbers)
    for row in rows:
        table.add_row(*map(number, row))
    return table


def percent(fraction: float | None) -> str | None:
    return None if fraction is None else f"{100 * fraction:.2f} %"


def wrapping(table: Table) -> Table:
    """The heads of numbers in two lines rather than the words in the cells."""
    for column in table.columns:
        column.no_wrap = column.justify == "left"
    return table
