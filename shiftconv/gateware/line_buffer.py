"""The memory of an image's last rows, read as windows."""

from amaranth.hdl import Module, Mux, Shape, Signal
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from quant.geometry import Geometry
from shiftconv.gateware.beat import beat_layout, n_beats, repeated
from shiftconv.gateware.buffer_memory import buffer_memory
from shiftconv.gateware.family import family_of
from shiftconv.gateware.memory_kind import MemoryKind
from shiftconv.gateware.read_order import ReadOrder
from shiftconv.gateware.row_schedule import RowSchedule
from shiftconv.gateware.window_walk import WindowWalk

__all__ = ["LineBuffer", "words_layout"]


def words_layout(act, n_values: int) -> data.StructLayout:
    """Some activations of a window, and marks on the first and last part of a pass over it."""
    return data.StructLayout({"data": data.ArrayLayout(act, n_values), "first": 1, "last": 1})


class LineBuffer(wiring.Component):
    """Keep the last rows of an image and give the words of its windows, padding filled in.

    Words leave in the order of ``order``; with ``whole_columns`` each carries all kernel rows, else
    the kernel rows follow one another within a pass. Rows are written as long as there is room,
    and a row of windows is read once its rows are there; the two go on side by side, so nothing
    waits for a later frame, and frames follow each other without a gap. Latency 2 cycles from the
    moment that a row is complete; throughput one word per cycle.

    Parameters
    ----------
    geometry : Geometry
    channels : int
    act : ShapeLike
    in_par : int
        Channels per beat and per word.
    order : ReadOrder
    whole_columns : bool
        Read all kernel rows at once, from as many memories.
    fill : int
        Value of the padding.
    kind : {"block", "lut", "big"}, optional
        What its memories are made of.

    Members
    -------
    i : In(stream.Signature(beat_layout(act, in_par)))
    o : Out(stream.Signature(words_layout(act, rows_par * in_par)))
        Kernel rows, top first; channels within. Once a row of windows has begun, nothing but
        ``o.ready`` holds up the rest of it.
    """

    def __init__(
        self,
        *,
        geometry: Geometry,
        channels: int,
        act,
        in_par: int,
        order: ReadOrder,
        whole_columns: bool,
        fill: int = 0,
        kind: MemoryKind | None = None,
    ):
        if not 1 <= in_par <= channels:
            raise ValueError(
                f"Input parallelism must be from 1 to the {channels} channels, not {in_par!r}"
            )
        self.geometry = geometry
        self.channels = channels
        self.act = Shape.cast(act)
        self.in_par = in_par
        self.order = order
        self.whole_columns = whole_columns
        self.fill = fill
        self.kind = kind
        self.rows_par = geometry.kernel[0] if whole_columns else 1
        self.row_beats = geometry.width * n_beats(channels, in_par)
        self.schedule = RowSchedule(geometry, self.row_beats, multiple=self.rows_par)
        self.bank_rows = self.schedule.n_rows // self.rows_par
        super().__init__(
            {
                "i": In(stream.Signature(beat_layout(self.act, in_par))),
                "o": Out(stream.Signature(words_layout(self.act, self.rows_par * in_par))),
            }
        )

    def elaborate(self, platform):
        m = Module()
        n_rows = self.schedule.n_rows
        reads, writes = [], []
        for n in range(self.rows_par):
            bank = buffer_memory(
                shape=self.in_par * self.act.width,
                depth=self.bank_rows * self.row_beats,
                kind=self.kind,
                family=family_of(platform),
            )
            m.submodules[f"bank{n}"] = bank
            reads.append(bank.read_port())
            writes.append(bank.write_port())

        # Complete rows that have not been freed.
        level = Signal(range(n_rows + 1))
        written = self._write(m, writes, room=level != n_rows)

        m.submodules.walk = walk = WindowWalk(
            order=self.order,
            n_kernel_rows=self.geometry.kernel[0] // self.rows_par,
            n_rows=len(self.schedule.steps),
        )
        need, free = Signal(range(n_rows + 1)), Signal(range(n_rows + 1))
        inside = Signal(self.geometry.kernel[0])
        self._row_step(m, walk.row, need, free, inside)
        advance = Signal()
        m.d.comb += [
            advance.eq(~self.o.valid | self.o.ready),
            walk.step.eq(advance & (level >= need)),
        ]
        m.d.sync += level.eq(level + written - Mux(walk.ends_row, free, 0))

        top = self._address(m, walk, reads)
        if not self.whole_columns:
            inside = inside.bit_select(walk.kernel_row, 1)
        self._fetch(m, walk, reads, advance, top, inside)
        return m

    def _write(self, m, ports, room):
        """Fill rows one after the other, going round the banks; returns the end-of-row strobe."""
        bank = Signal(range(len(ports)))
        address, row_start = Signal.like(ports[0].addr), Signal.like(ports[0].addr)
        column = Signal(range(self.row_beats))
        write, written = Signal(), Signal()
        m.d.comb += [
            self.i.ready.eq(room),
            write.eq(room & self.i.valid),
            written.eq(write & (column == self.row_beats - 1)),
        ]
        for n, port in enumerate(ports):
            m.d.comb += [
                port.en.eq(write & (bank == n)),
                port.addr.eq(address),
                port.data.eq(self.i.p.data),
            ]
        after = Signal.like(address)
        m.d.comb += after.eq(Mux(address == self.bank_rows * self.row_beats - 1, 0, address + 1))
        with m.If(written):
            m.d.sync += [column.eq(0), bank.eq(bank + 1), address.eq(row_start)]
            with m.If(bank == len(ports) - 1):
                m.d.sync += [bank.eq(0), address.eq(after), row_start.eq(after)]
        with m.Elif(write):
            m.d.sync += [column.eq(column + 1), address.eq(after)]
        return written

    def _row_step(self, m, row, need, free, inside):
        """Decode the rows of windows at the image's border; all others are alike."""
        usual = self.schedule.usual
        m.d.comb += [need.eq(usual.need), free.eq(usual.free), inside.eq(usual.inside)]
        with m.Switch(row):
            for n, step in enumerate(self.schedule.steps):
                if step != usual:
                    with m.Case(n):
                        m.d.comb += [
                            need.eq(step.need),
                            free.eq(step.free),
                            inside.eq(step.inside),
                        ]

    def _address(self, m, walk, ports):
        """Drive the read addresses; returns the bank in which the topmost kernel row lies.

        Row ``n`` of the circular buffer is row ``n // rows_par`` of bank ``n % rows_par``.
        ``place`` is where the top of the present row of windows lies, ``here`` the present kernel
        row.
        """
        n_rows, n_banks = self.schedule.n_rows, self.rows_par
        place = Signal(range(n_rows), init=-self.geometry.padding[0] % n_rows)
        here = Signal.like(place)
        following = Signal.like(place)
        top = Signal(range(n_banks))
        base, base_after = Signal.like(ports[0].addr), Signal.like(ports[0].addr)
        for n in range(n_rows):
            with m.If(place == n):
                m.d.comb += following.eq((n + self.schedule.advance) % n_rows)
                with m.If(walk.ends_frame):
                    m.d.comb += following.eq((n + self.schedule.advance_frame) % n_rows)
            with m.If(here == n):
                m.d.comb += [
                    top.eq(n % n_banks),
                    base.eq(n // n_banks * self.row_beats),
                    base_after.eq((n // n_banks + 1) % self.bank_rows * self.row_beats),
                ]
        with m.If(walk.ends_row):
            m.d.sync += [place.eq(following), here.eq(following)]
        with m.Elif(walk.ends_pass):
            m.d.sync += here.eq(place)
        with m.Elif(walk.ends_words):
            m.d.sync += here.eq(Mux(here == n_rows - 1, 0, here + 1))

        # Banks before the top one already hold rows of the next round.
        for n, port in enumerate(ports):
            m.d.comb += port.addr.eq(Mux(n < top, base_after, base) + walk.offset)
        return top

    def _fetch(self, m, walk, ports, advance, top, inside):
        """Memory latency, then the output register: rows in order, padding filled in."""
        fetched, first, last = Signal(), Signal(reset_less=True), Signal(reset_less=True)
        rows_inside = Signal(self.rows_par, reset_less=True)
        top_bank = Signal.like(top, reset_less=True)
        padded = self.order.start < 0 or self.order.max_offset >= self.row_beats
        in_row = (walk.offset >= 0) & (walk.offset < self.row_beats) if padded else 1
        for port in ports:
            m.d.comb += port.en.eq(advance)
        with m.If(advance):
            m.d.sync += [
                fetched.eq(walk.step),
                first.eq(walk.first),
                last.eq(walk.last),
                rows_inside.eq(Mux(in_row, inside, 0)),
                top_bank.eq(top),
                self.o.valid.eq(fetched),
                self.o.p.first.eq(first),
                self.o.p.last.eq(last),
            ]
        padding = repeated(self.fill, self.act, self.in_par)
        for row in range(self.rows_par):
            word = Signal(len(ports[0].data), name=f"word{row}")
            with m.Switch(top_bank):
                for bank in range(self.rows_par):
                    with m.Case(bank):
                        m.d.comb += word.eq(ports[(bank + row) % self.rows_par].data)
            values = self.o.p.data.as_value().word_select(row, len(word))
            with m.If(advance):
                m.d.sync += values.eq(Mux(rows_inside[row], word, padding))
