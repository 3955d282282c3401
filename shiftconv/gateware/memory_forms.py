"""The cells that Yosys makes memories of, family by family, and how it chooses among their forms.

This is what ``memory_libmap`` of Yosys 0.70 does with the libraries of its ``synth_*`` commands, as
far as memories with one port to read and one to write go. A test holds it to Yosys.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from shiftconv.gateware.memory_shape import MemoryShape

__all__ = ["BLOCK", "LARGER", "WRITABLE_LUTS", "Form", "Mapping", "mapping"]

# Costs of a bit that is chosen among rows of cells, and of a row's write enable; twice a point for
# a port that only reads.
SELECT, OWN_READ_PORT = 0.5, 2


@dataclass(frozen=True, kw_only=True)
class Form:
    """A cell in one of its modes.

    Parameters
    ----------
    address : int
        Bits of the address at the smallest width; each next width has one bit less.
    widths : tuple of int
        Of a word, ascending.
    cost : float
        By which Yosys compares.
    scale : float
        As much of the cost as is for the bits that are used, not for the cell.
    byte : int
        Bits that one write enable is for; 0 for the whole word.
    write : int
        Least width of the port that writes.
    shared : bool
        Whether one port may read and write.
    separate : bool
        Whether there are two ports.
    blocks : float
        Memories of the device in a cell.
    luts : tuple of int
        LUTs of a cell by the number of bits that are used.
    """

    address: int
    widths: tuple[int, ...]
    cost: float
    scale: float = 0
    byte: int = 0
    write: int = 1
    shared: bool = False
    separate: bool = True
    blocks: float = 1
    luts: tuple[int, ...] = ()


@dataclass(frozen=True)
class Mapping:
    """A memory in cells.

    Parameters
    ----------
    cost : float
    form : Form
    width : int
        Of a word of each cell.
    rows : int
        Cells above each other, or beside each other with parts of a word of each row.
    cells : int
        In all.
    """

    cost: float
    form: Form
    width: int
    rows: int
    cells: int

    @property
    def blocks(self) -> float:
        """Memories of the device."""
        return self.cells * self.form.blocks

    def luts(self, width: int) -> int:
        """LUTs of cells that are made of LUTs, for words of ``width`` bits."""
        full, rest = divmod(width, self.width)
        return self.rows * (full * self.form.luts[self.width] + self.form.luts[rest])


def mapping(shape: MemoryShape, forms: tuple[Form, ...]) -> Mapping:
    """How Yosys makes one memory of a shape: in the cheapest form, the first of equals."""
    usable = [form for form in forms if form.separate or shape.fixed or shape.loaded]
    return min((_in_form(shape, form) for form in usable), key=lambda option: option.cost)


def _in_form(shape: MemoryShape, form: Form) -> Mapping:
    """The width of a form that costs least; a gain of less than one does not count."""
    options = _widths(shape, form)
    best = next(options)
    for option in options:
        if option.cost < int(best.cost):
            best = option
    return best


def _widths(shape: MemoryShape, form: Form) -> Iterator[Mapping]:
    own_port = 0 if shape.loaded and form.shared else OWN_READ_PORT
    for step, width in enumerate(form.widths):
        if not shape.fixed and width < form.write:
            continue
        byte = form.byte if 0 < form.byte <= width else width
        if shape.fixed:
            byte = 1
        rows = -(-shape.depth // (1 << form.address - step))
        cells = -(-rows * -(-shape.width // byte) * byte // width)
        selected = (rows - 1) * shape.width
        if rows > 1 and not shape.fixed:
            selected += rows
        cost = (form.cost - form.scale) * cells + form.scale * rows * shape.width / width
        yield Mapping(cost + SELECT * selected + own_port, form, width, rows, cells)


_TO_18 = (1, 2, 4, 9, 18)
_TO_36 = (*_TO_18, 36)
_XCUP = (
    Form(address=15, widths=_TO_36, cost=257, byte=9, shared=True),
    Form(address=14, widths=_TO_18, cost=129, byte=9, shared=True, blocks=0.5),
    Form(address=15, widths=(*_TO_36, 72), cost=257, byte=9),
    Form(address=14, widths=_TO_36, cost=129, byte=9, blocks=0.5),
)
BLOCK: dict[str, tuple[Form, ...]] = {
    "xcup": _XCUP,
    "xc7": (Form(address=16, widths=(1,), cost=513, byte=9, blocks=2), *_XCUP),
    "ecp5": (
        Form(address=14, widths=_TO_18, cost=128, byte=9, shared=True),
        Form(address=14, widths=_TO_36, cost=128, byte=9, write=9),
    ),
    "nexus": (
        Form(address=14, widths=_TO_18, cost=129, byte=9, shared=True),
        Form(address=14, widths=_TO_36, cost=128, byte=9, write=9),
    ),
    "gowin": (
        Form(address=14, widths=_TO_36, cost=128, byte=9, shared=True, separate=False),
        Form(address=14, widths=_TO_18, cost=128, byte=9, shared=True),
        Form(address=14, widths=_TO_36, cost=128, byte=9),
    ),
    "ice40": (
        Form(address=11, widths=(2, 4, 8), cost=64),
        Form(address=11, widths=(2, 4, 8, 16), cost=64, byte=1),
    ),
}

LARGER: dict[str, tuple[Form, ...]] = {
    "xcup": (
        Form(address=12, widths=(72,), cost=1024, byte=8),
        Form(address=12, widths=(72,), cost=1024, byte=9),
        Form(address=11, widths=(144,), cost=1024, byte=8, shared=True, separate=False),
        Form(address=11, widths=(144,), cost=1024, byte=9, shared=True, separate=False),
    ),
    "nexus": (Form(address=14, widths=(32,), cost=2048, byte=8, shared=True),),
}


def _lut_form(address: int, width: int, *luts: int, cost: float, scale: float) -> Form:
    """A cell of LUTs; ``luts`` by the bits that are used, or of any cell, however many are."""
    by_bits = luts if len(luts) > 1 else (0, *luts * width)
    return Form(address=address, widths=(width,), cost=cost, scale=scale, luts=by_bits)


WRITABLE_LUTS: dict[str, tuple[Form, ...]] = {
    "xcup": (
        _lut_form(5, 8, 8, cost=16, scale=16),
        _lut_form(6, 4, 0, 2, 4, 6, 8, cost=16, scale=16),
        _lut_form(7, 2, 0, 4, 8, cost=16, scale=16),
        _lut_form(8, 1, 8, cost=16, scale=16),
        _lut_form(5, 14, 8, cost=16, scale=16),
        _lut_form(6, 7, 8, cost=16, scale=16),
    ),
    "xc7": (
        _lut_form(5, 4, 4, cost=8, scale=8),
        _lut_form(6, 2, 0, 2, 4, cost=8, scale=8),
        _lut_form(7, 1, 4, cost=8, scale=8),
        _lut_form(5, 6, 4, cost=8, scale=7),
        _lut_form(6, 3, 4, cost=8, scale=7),
    ),
    "ecp5": (_lut_form(4, 4, 6, cost=4, scale=0),),
    "nexus": (_lut_form(4, 4, 6, cost=4, scale=0),),
    "gowin": (_lut_form(4, 4, 4, cost=4, scale=4),),
}
