"""What cocotb runs: one Python coroutine, awake once a cycle, streams frames through a design.

The environment variable STREAM names a folder with ``in.npz``: ``beats`` (integers), ``last``, and
``n_out``, the number of output beats to wait for; it gets ``out.npy`` and ``seconds.npy``. Neither
side pauses, and only what changes is written: nothing leaner drives a stream from Python.
"""

import os
import time
from pathlib import Path

import cocotb
import numpy as np
from cocotb.clock import Clock
from cocotb.triggers import RisingEdge

RESET_CYCLES = 4


@cocotb.test()
async def stream(dut):
    folder = Path(os.environ["STREAM"])
    with np.load(folder / "in.npz") as arrays:
        beats, lasts = arrays["beats"].tolist(), arrays["last"].tolist()
        n_out = int(arrays["n_out"])
    Clock(dut.clk, 10, unit="ns").start(start_high=False)
    edge = RisingEdge(dut.clk)
    ready, valid = dut.s_axis_tready, dut.m_axis_tvalid
    data_in, last_in, data_out = dut.s_axis_tdata, dut.s_axis_tlast, dut.m_axis_tdata
    dut.rst.value = 1
    dut.s_axis_tvalid.value = 0
    dut.m_axis_tready.value = 1
    for _ in range(RESET_CYCLES):
        await edge
    dut.rst.value = 0
    begin = time.monotonic()
    found: list[int] = []
    at, last = 0, lasts[0]
    dut.s_axis_tvalid.value, data_in.value, last_in.value = 1, beats[0], last
    while len(found) < n_out:
        await edge
        if at < len(beats) and int(ready.value):
            at += 1
            if at == len(beats):
                dut.s_axis_tvalid.value = 0
            else:
                data_in.value = beats[at]
                if lasts[at] != last:
                    last = lasts[at]
                    last_in.value = last
        if int(valid.value):
            found.append(int(data_out.value))
    np.save(folder / "seconds.npy", time.monotonic() - begin)
    np.save(folder / "out.npy", found)
