"""The registers of an accelerator: one description, from which all others are made."""

import json
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from shiftconv.host.packing import FrameLayout

__all__ = [
    "IDENTIFICATION",
    "MAP_VERSION",
    "Field",
    "Register",
    "RegisterMap",
    "Window",
    "base_map",
    "register_map",
]

IDENTIFICATION = int.from_bytes(b"SHCV", "big")
MAP_VERSION = 1
WORD_BYTES = 4
DIGEST_WORDS = 8
SIZES_AT, DIGEST_AT, WINDOWS_AT = 0x20, 0x40, 0x60
COUNTERS = {
    "FRAMES_IN": "Frames taken",
    "FRAMES_OUT": "Frames given",
    "FRAME_ERRORS": "Frames of the wrong length",
    "LINK_ERRORS": "Packets dropped (serial line only)",
}


@dataclass(frozen=True)
class Field:
    """Some bits of a register.

    Parameters
    ----------
    name : str
    bit : int
        The lowest.
    width : int
    doc : str
    """

    name: str
    bit: int
    width: int
    doc: str


@dataclass(frozen=True)
class Register:
    """A word of 32 bits.

    Parameters
    ----------
    name : str
    address : int
        Of its lowest byte; a multiple of four.
    access : {"ro", "wo"}
        Registers to write read as zero; writing others changes nothing.
    doc : str
    value : int or None
        What it always reads as, if that never changes.
    fields : tuple of Field
    width : int
        Bits that can be other than zero.
    """

    name: str
    address: int
    access: Literal["ro", "wo"]
    doc: str
    value: int | None = None
    fields: tuple[Field, ...] = ()
    width: int = 8 * WORD_BYTES


@dataclass(frozen=True)
class Window(Register):
    """A register through which an input stream of the core is fed.

    Each word written is the next of a beat, the lowest first; with the last one the beat leaves. A
    write waits while the beat before has not been taken.

    Parameters
    ----------
    stream : str
        Port that is fed, such as ``"s_axis_weights"``.
    beat_bytes : int
        Bytes of a beat.
    """

    stream: str = ""
    beat_bytes: int = 0

    @property
    def words(self) -> int:
        """Words of a beat."""
        return -(-self.beat_bytes // WORD_BYTES)


@dataclass(frozen=True)
class RegisterMap:
    """All registers of a design, by ascending address.

    Parameters
    ----------
    registers : tuple of Register
    """

    registers: tuple[Register, ...]

    def __post_init__(self) -> None:
        addresses = [register.address for register in self.registers]
        if addresses != sorted(set(addresses)) or any(at % WORD_BYTES for at in addresses):
            raise ValueError(f"Addresses must ascend in multiples of 4, not {addresses}")

    def __getitem__(self, name: str) -> Register:
        for register in self.registers:
            if register.name == name:
                return register
        raise KeyError(name)

    def constant(self, name: str) -> int:
        """What a register always reads as; raises ValueError if that may change."""
        value = self[name].value
        if value is None:
            raise ValueError(f"Register {name} has no constant value")
        return value

    @property
    def windows(self) -> list[Window]:
        return [register for register in self.registers if isinstance(register, Window)]

    @property
    def size(self) -> int:
        """Bytes of the address space, a power of two."""
        return 1 << (self.registers[-1].address + WORD_BYTES - 1).bit_length()

    @property
    def status_bytes(self) -> int:
        """Bytes of the registers that a serial line's status answers with: all but the windows."""
        return max(r.address for r in self.registers if not isinstance(r, Window)) + WORD_BYTES

    def to_json(self) -> str:
        """Text of a file that describes the map."""
        content = {"word_bytes": WORD_BYTES, "size": self.size}
        registers = [{"kind": type(r).__name__.lower(), **asdict(r)} for r in self.registers]
        return json.dumps({**content, "registers": registers}, indent=2) + "\n"

    @classmethod
    def from_json(cls, text: str) -> "RegisterMap":
        """The map that :meth:`to_json` described."""
        kinds = {"register": Register, "window": Window}
        registers = []
        for values in json.loads(text)["registers"]:
            values["fields"] = tuple(Field(**field) for field in values["fields"])
            registers.append(kinds[values.pop("kind")](**values))
        return cls(tuple(registers))

    def decode(self, data: bytes) -> dict[str, Any]:
        """Values by name, the digest as one, of the registers' bytes as they lie in memory."""
        words = {
            register.name: int.from_bytes(data[register.address :][:WORD_BYTES], "little")
            for register in self.registers
            if register.address + WORD_BYTES <= len(data)
        }
        parts = [words.pop(f"DIGEST_{n}") for n in range(DIGEST_WORDS)]
        return {**words, "DIGEST": b"".join(part.to_bytes(4, "big") for part in parts).hex()}


def base_map() -> RegisterMap:
    """The registers that every design has, those of its digest and sizes with values of none."""
    return register_map(digest=8 * DIGEST_WORDS * "0", frames={})


def register_map(
    *,
    digest: str,
    frames: dict[str, FrameLayout],
    windows: Sequence[tuple[str, int]] = (),
    counter_width: int = 16,
) -> RegisterMap:
    """The registers of a design.

    Parameters
    ----------
    digest : str
        SHA-256 of its Verilog, in hexadecimal digits.
    frames : dict
        Layouts of ``s_axis`` and ``m_axis``; a core that knows no frames has none.
    windows : sequence of (str, int)
        Further input streams of the core, by port, and the bytes of a beat of each.
    counter_width : int
        Bits of each counter, at most 32.

    Raises
    ------
    ValueError
        If the digest is none, or a counter too wide.
    """
    if not 1 <= counter_width <= 8 * WORD_BYTES:
        raise ValueError(f"A counter must have 1 to 32 bits, not {counter_width!r}")
    if not re.fullmatch(r"[0-9a-f]{64}", digest):
        raise ValueError(f"A digest must have 64 hexadecimal digits, not {digest!r}")
    registers = [*_control(counter_width), *_sizes(frames)]
    for n in range(DIGEST_WORDS):
        value = int(digest[8 * n : 8 * n + 8], 16)
        doc = f"Digits {8 * n} to {8 * n + 7} of the SHA-256 of the design's Verilog."
        registers.append(Register(f"DIGEST_{n}", DIGEST_AT + WORD_BYTES * n, "ro", doc, value))
    for n, (port, beat_bytes) in enumerate(windows):
        registers.append(
            Window(
                name=port.removeprefix("s_axis_").upper(),
                address=WINDOWS_AT + WORD_BYTES * n,
                access="wo",
                doc=f"Next word of a beat of {beat_bytes} bytes for {port}.",
                stream=port,
                beat_bytes=beat_bytes,
            )
        )
    return RegisterMap(tuple(registers))


def _control(counter_width: int) -> list[Register]:
    """What every design has, from address 0."""
    status = (
        Field("BUSY", 0, 1, "A frame has come in whose result is not out."),
        Field("FRAME_ERROR", 1, 1, "A frame of the wrong length was dropped."),
        Field("LINK_ERROR", 2, 1, "A packet was dropped (serial line only)."),
    )
    reset = Field("SOFT_RESET", 0, 1, "Write 1: all is as after power-up, counters too.")
    since = f"since the last reset, modulo 2**{counter_width}"
    return [
        Register("ID", 0x00, "ro", "The letters SHCV.", IDENTIFICATION),
        Register("VERSION", 0x04, "ro", "Of this map.", MAP_VERSION),
        Register("CONTROL", 0x08, "wo", "Commands.", fields=(reset,)),
        Register("STATUS", 0x0C, "ro", "What is and, since the last reset, was.", fields=status),
        *(
            Register(name, 0x10 + WORD_BYTES * n, "ro", f"{what} {since}.", width=counter_width)
            for n, (name, what) in enumerate(COUNTERS.items())
        ),
    ]


def _sizes(frames: dict[str, FrameLayout]) -> list[Register]:
    """How much to send and to expect."""
    registers = []
    for at, (side, port) in enumerate([("IN", "s_axis"), ("OUT", "m_axis")]):
        layout = frames.get(port)
        frame_bytes = layout.frame_bytes if layout else 0
        beat_bytes = layout.beat_bytes if layout else 0
        address = SIZES_AT + 2 * WORD_BYTES * at
        registers += [
            Register(f"{side}_FRAME_BYTES", address, "ro", f"Of a frame on {port}.", frame_bytes),
            Register(
                f"{side}_BEAT_BYTES", address + WORD_BYTES, "ro", f"Of {port}_tdata.", beat_bytes
            ),
        ]
    return registers
