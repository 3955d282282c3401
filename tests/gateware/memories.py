"""Memories beside each other, each a module of its own, as Yosys makes them."""

from amaranth.hdl import Module, Signal
from amaranth.lib import wiring
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In, Out

from shiftconv.flow.synthesis.synthesize import RECIPES, synthesize
from shiftconv.flow.verilog import emit_verilog
from shiftconv.gateware.family import family_of
from shiftconv.gateware.memory_area import memory_area
from shiftconv.gateware.memory_kind import kinds_of, style_of
from shiftconv.gateware.memory_shape import MemoryShape
from shiftconv.gateware.single_port_memory import SinglePortMemory

__all__ = ["DEPTHS", "WIDTHS", "areas_of", "some_memories"]

# At and around the borders of the forms of block memories and of LUTs.
DEPTHS = [2**n + more for n in range(2, 16) for more in (-1, 0, 1)]
DEPTHS += [100, 300, 700, 1500, 3000, 6000, 10_000, 20_000, 40_000]
WIDTHS = [1, 2, 3, 4, 5, 7, 8, 9, 14, 15, 16, 17, 18, 19, 27, 32, 33, 35, 36, 37, 54, 63, 64, 65]
WIDTHS += [71, 72, 73, 80, 96, 108, 128, 144, 145, 180, 216, 256, 289, 360, 400, 512, 576, 600]


class _Lone(wiring.Component):
    """A memory that is read and written from outside; no bit of its words is always the same."""

    def __init__(self, shape, kind, rng):
        self.shape, self.kind, self.rng = shape, kind, rng
        address = range(shape.depth)
        ports = {"r_addr": In(address), "w_addr": In(address), "r_en": In(1), "w_en": In(1)}
        super().__init__(ports | {"w_data": In(shape.width), "r_data": Out(shape.width)})

    def elaborate(self, platform):
        m = Module()
        shape, kind, family = self.shape, self.kind, family_of(platform)
        if shape.loaded:
            m.submodules.memory = mem = SinglePortMemory(
                width=shape.width, depth=shape.depth, kind=kind
            )
            m.d.comb += [
                mem.address.eq(self.r_addr),
                mem.r_en.eq(self.r_en & ~self.w_en),
                mem.w_en.eq(self.w_en),
                mem.w_data.eq(self.w_data),
                self.r_data.eq(mem.r_data),
            ]
            return m
        # As buffer_memory and CyclicMemory make them, whatever tests put in their place.
        attrs = {} if shape.fixed else {"no_rw_check": 1}
        attrs |= style_of(kind, family, fixed=shape.fixed)
        words = self._words() if shape.fixed else []
        m.submodules.memory = mem = Memory(
            shape=shape.width, depth=shape.depth, init=words, attrs=attrs
        )
        read = mem.read_port()
        m.d.comb += [read.addr.eq(self.r_addr), read.en.eq(self.r_en), self.r_data.eq(read.data)]
        if not shape.fixed:
            write = mem.write_port()
            m.d.comb += [
                write.addr.eq(self.w_addr),
                write.en.eq(self.w_en),
                write.data.eq(self.w_data),
            ]
        return m

    def _words(self):
        n_bytes = -(-self.shape.width // 8)
        mask = (1 << self.shape.width) - 1
        words = [
            int.from_bytes(self.rng.bytes(n_bytes), "little") & mask
            for _ in range(self.shape.depth - 2)
        ]
        return [0, mask, *words]


class _Shelf(wiring.Component):
    """All of them."""

    def __init__(self, memories, rng):
        self.memories = [_Lone(shape, kind, rng) for shape, kind in memories]
        widest = max(shape.width for shape, _ in memories)
        super().__init__(
            {
                "addr": In(64),
                "enable": In(2),
                "data": In(widest),
                "o": Out(len(memories)),
            }
        )

    def elaborate(self, platform):
        m = Module()
        for n, lone in enumerate(self.memories):
            m.submodules[f"m{n}"] = lone
            found = Signal(lone.shape.width, name=f"found{n}")
            m.d.comb += [
                lone.r_addr.eq(self.addr[:32]),
                lone.w_addr.eq(self.addr[32:]),
                lone.r_en.eq(self.enable[0]),
                lone.w_en.eq(self.enable[1]),
                lone.w_data.eq(self.data),
                found.eq(lone.r_data),
                self.o[n].eq(found.xor()),
            ]
        return m


def areas_of(memories, family, work, rng):
    """Area of each memory once Yosys has found cells of memory for it.

    Parameters
    ----------
    memories : list of (MemoryShape, kind)
    """
    work.mkdir(exist_ok=True)
    verilog = work / "shelf.v"
    verilog.write_text(emit_verilog(_Shelf(memories, rng), name="shelf", family=family))
    mapping = "map_memory" if family in ("xcup", "xc7") else "map_ram"
    result = synthesize(
        verilog,
        top="shelf",
        family=family,
        work=work,
        stages=[f"m{n}" for n in range(len(memories))],
        # What comes before is what every family has in common, and much shorter.
        recipe=[
            "hierarchy -top {top}",
            "proc",
            "flatten",
            "opt",
            "memory -nomap",
            f"{RECIPES[family]} -top {{top}} -run {mapping}:map_ffram",
        ],
    )
    return [stage.area for stage in result.stages[: len(memories)]]


def some_memories(family, rng, n, *, bits, rom_bits, cells):
    """Memories that are written, fixed or loaded, of so many bits and cells at most, and their
    kinds; not those whose contents become logic."""
    found = []
    while len(found) < n:
        fixed, loaded = ((False, False), (True, False), (False, True))[rng.choice(3)]
        depth, width = (int(rng.choice(borders)) for borders in (DEPTHS, WIDTHS))
        shape = MemoryShape(depth=depth, width=width, fixed=fixed, loaded=loaded)
        kind = str(rng.choice(kinds_of(shape, family)))
        if shape.bits > (rom_bits if fixed else bits) or (fixed and kind == "lut"):
            continue
        area = memory_area(shape, kind, family)
        if area.bram + area.big_ram + area.lutram / 4 <= cells:
            found.append((shape, kind))
    return found
