"""The map in other languages: each must tell the same addresses and values."""

import subprocess

import pytest

from shiftconv.flow.export.registers import register_files
from shiftconv.host.packing import FrameLayout
from shiftconv.host.registers import RegisterMap, register_map
from tests.flow.export.compilers import compilers

DIGEST = "00112233445566778899aabbccddeeff" * 2
LAYOUT = FrameLayout(shape=(2, 3, 5), width=12, signed=True, frac=0, par=2)
WINDOWS = [("s_axis_weights", 9), ("s_axis_scales", 4)]
REGISTERS = register_map(
    digest=DIGEST, frames={"s_axis": LAYOUT, "m_axis": LAYOUT}, windows=WINDOWS
)
FILES = register_files("net", DIGEST, REGISTERS)

PROGRAM = """
#include <stdio.h>
#include "net_registers.h"
static uint32_t memory[NET_REGISTERS_SIZE / 4];
int main(void)
{{
    const uint32_t beat[] = {{1, 2, 3}};
    int there, other;
{fill}
    there = net_is_there(memory);
    memory[NET_DIGEST_3 / 4] ^= 1;
    other = net_is_there(memory);
    net_soft_reset(memory);
    net_send_weights(memory, beat);
    printf("%d %d %u %u %u", there, other, memory[{control}], memory[{weights}],
           NET_STATUS_FRAME_ERROR);
    return 0;
}}
"""


@pytest.mark.parametrize("standard", ["-std=c99", "-std=c++11"])
def test_c_header(tmp_path, standard):
    (tmp_path / "net_registers.h").write_text(FILES["net_registers.h"])
    fill = "\n".join(
        f"    memory[{r.address // 4}] = {r.value}u;"
        for r in REGISTERS.registers
        if r.value is not None
    )
    control, weights = (REGISTERS[name].address // 4 for name in ("CONTROL", "WEIGHTS"))
    source = tmp_path / ("main.c" if standard == "-std=c99" else "main.cpp")
    source.write_text(PROGRAM.format(fill=fill, control=control, weights=weights))
    call = [*compilers()[standard], standard, "-Wall", "-Wextra", "-Werror", source.name]
    subprocess.run([*call, "-o", "main"], cwd=tmp_path, check=True)
    found = subprocess.run([tmp_path / "main"], check=True, capture_output=True, text=True)
    assert found.stdout == "1 0 1 3 2"


@pytest.fixture
def driver():
    """The generated module's class."""
    scope = {}
    exec(FILES["net_registers.py"], scope)
    return scope["Registers"]


def test_python_driver(driver):
    memory = {r.address: r.value or 0 for r in REGISTERS.registers}
    memory[REGISTERS["STATUS"].address] = 0b101
    memory[REGISTERS["FRAMES_OUT"].address] = 77
    written = []
    registers = driver(memory.__getitem__, lambda *what: written.append(what))
    registers.check()
    assert (registers.frames_out, registers.in_frame_bytes) == (77, LAYOUT.frame_bytes)
    assert (registers.busy, registers.frame_error, registers.link_error) == (1, 0, 1)
    registers.soft_reset()
    registers.send_weights(5 | 6 << 32 | 7 << 64)
    registers.send_scales(8)
    weights, scales = (REGISTERS[name].address for name in ("WEIGHTS", "SCALES"))
    control = REGISTERS["CONTROL"].address
    assert written == [(control, 1), (weights, 5), (weights, 6), (weights, 7), (scales, 8)]
    memory[REGISTERS["DIGEST_0"].address] ^= 1
    with pytest.raises(RuntimeError, match=r"Not the design 001122334455.*: address 0x40 reads"):
        registers.check()


def test_table_names_every_register():
    lines = FILES["net_registers.md"].splitlines()
    for register in REGISTERS.registers:
        (line,) = [line for line in lines if f"| {register.name} |" in line]
        assert line.startswith(f"| 0x{register.address:02x} |")
        assert register.doc in line


def test_json():
    assert RegisterMap.from_json(FILES["net_registers.json"]) == REGISTERS
