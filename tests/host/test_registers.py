"""The register map: addresses, and the way there and back."""

import pytest

from shiftconv.host.packing import FrameLayout
from shiftconv.host.registers import IDENTIFICATION, Register, RegisterMap, register_map

DIGEST = "00112233445566778899aabbccddeeff" * 2
LAYOUT = FrameLayout(shape=(2, 3, 5), width=12, signed=True, frac=0, par=2)


def example():
    return register_map(
        digest=DIGEST,
        frames={"s_axis": LAYOUT, "m_axis": LAYOUT},
        windows=[("s_axis_weights", 9), ("s_axis_scales", 4)],
    )


def test_addresses_and_values():
    found = {register.name: (register.address, register.value) for register in example().registers}
    assert found == {
        "ID": (0x00, IDENTIFICATION),
        "VERSION": (0x04, 1),
        "CONTROL": (0x08, None),
        "STATUS": (0x0C, None),
        "FRAMES_IN": (0x10, None),
        "FRAMES_OUT": (0x14, None),
        "FRAME_ERRORS": (0x18, None),
        "LINK_ERRORS": (0x1C, None),
        "IN_FRAME_BYTES": (0x20, 72),
        "IN_BEAT_BYTES": (0x24, 4),
        "OUT_FRAME_BYTES": (0x28, 72),
        "OUT_BEAT_BYTES": (0x2C, 4),
        **{f"DIGEST_{n}": (0x40 + 4 * n, int(DIGEST[8 * n :][:8], 16)) for n in range(8)},
        "WEIGHTS": (0x60, None),
        "SCALES": (0x64, None),
    }
    assert (example().size, example().status_bytes) == (128, 0x60)
    assert [window.words for window in example().windows] == [3, 1]


def test_json_there_and_back():
    assert RegisterMap.from_json(example().to_json()) == example()


def test_constants():
    assert example().constant("IN_BEAT_BYTES") == 4
    with pytest.raises(ValueError, match="STATUS has no constant value"):
        example().constant("STATUS")


def test_decode():
    words = [0] * 24
    words[4] = 7
    for n in range(8):
        words[16 + n] = int(DIGEST[8 * n :][:8], 16)
    values = example().decode(b"".join(word.to_bytes(4, "little") for word in words))
    assert (values["FRAMES_IN"], values["DIGEST"]) == (7, DIGEST)
    assert "WEIGHTS" not in values


def test_wrong_arguments():
    with pytest.raises(ValueError, match="64 hexadecimal digits, not 'abc'"):
        register_map(digest="abc", frames={})
    with pytest.raises(ValueError, match="1 to 32 bits, not 33"):
        register_map(digest=DIGEST, frames={}, counter_width=33)
    twice = (Register("A", 0, "ro", ""), Register("B", 0, "ro", ""))
    with pytest.raises(ValueError, match=r"ascend in multiples of 4, not \[0, 0\]"):
        RegisterMap(twice)
