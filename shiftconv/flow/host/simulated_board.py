"""A board that is not there: the Verilog of an accelerator with its serial line, simulated."""

import socket
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from subprocess import PIPE

from shiftconv.flow.generate import read_plan
from shiftconv.flow.host.board_design import BOARD_TOP, board_verilog
from shiftconv.flow.manifest import Manifest
from shiftconv.flow.simulation.verilate import build_program, find_compiler
from shiftconv.gateware.host.baud import bit_sixteenths

__all__ = ["SimulatedBoard"]

CLOCK_HZ, BAUD = 8_000_000, 1_000_000
QUIET_BITS = 40
CHUNK = 4096

Fault = Callable[[bytes], bytes]


def _unchanged(data: bytes) -> bytes:
    return data


@dataclass(frozen=True)
class SimulatedBoard:
    """A program that is a board, made by :meth:`build`.

    Parameters
    ----------
    program : Path
    idle_cycles : int
        Cycles without a bit on the line after which its time stands still.
    """

    program: Path
    idle_cycles: int

    @classmethod
    def build(
        cls,
        folder: Path,
        manifest: Manifest,
        on_share: Callable[[float], None] = lambda share: None,
    ) -> "SimulatedBoard":
        """Compile a board, or find the one that was compiled from the same input before.

        Parameters
        ----------
        folder : Path
            Build folder of a network.
        manifest : Manifest
        on_share : callable
            Told about how much of the compilation is done, from 0 to 1.

        Raises
        ------
        ManifestError
            If the folder holds no network.
        ToolError
            If a tool is missing or fails.
        """
        plan = read_plan(manifest, folder)
        text = board_verilog(folder, manifest, clock_hz=CLOCK_HZ, baud=BAUD)
        program, _ = build_program(
            text.encode(),
            top=BOARD_TOP,
            driver="host/uart_driver.cpp",
            kind="board",
            defines=(),
            check=lambda ports: (),
            work=(folder / "simulate").resolve(),
            trace=None,
            compiler=find_compiler(),
            on_share=on_share,
        )
        return cls(program, 4 * plan.latency_cycles + QUIET_BITS * CLOCK_HZ // BAUD)

    @contextmanager
    def plugged_in(
        self, *, to_board: Fault = _unchanged, to_host: Fault = _unchanged
    ) -> Iterator[str]:
        """Give it power for as long as the body runs.

        Parameters
        ----------
        to_board, to_host : callable
            What a bad cable makes of bytes.

        Yields
        ------
        str
            URL for pyserial.
        """
        call = [str(self.program), str(bit_sixteenths(CLOCK_HZ, BAUD)), str(self.idle_cycles)]
        with (
            socket.create_server(("127.0.0.1", 0)) as server,
            subprocess.Popen(call, stdin=PIPE, stdout=PIPE, bufsize=0) as process,
        ):
            plug = threading.Thread(target=_plug, args=(server, process, to_board, to_host))
            plug.start()
            try:
                yield f"socket://127.0.0.1:{server.getsockname()[1]}"
            finally:
                # Wakes the one who waits for a host.
                with suppress(OSError):
                    server.shutdown(socket.SHUT_RDWR)
                process.kill()
                plug.join()


def _plug(
    server: socket.socket, process: subprocess.Popen[bytes], to_board: Fault, to_host: Fault
) -> None:
    """Join one host after another to the board's pins, until the server closes."""
    assert process.stdin is not None
    assert process.stdout is not None
    stdout = process.stdout
    host: list[socket.socket] = []

    def carry() -> None:
        """From the board to whoever listens; what nobody hears is lost."""
        while data := stdout.read(CHUNK):
            for line in host:
                with suppress(OSError):
                    line.sendall(to_host(data))

    carrier = threading.Thread(target=carry)
    carrier.start()
    with suppress(OSError):
        while True:
            line, _ = server.accept()
            with line, suppress(ConnectionError):
                line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                host[:] = [line]
                while data := line.recv(CHUNK):
                    process.stdin.write(to_board(data))
            host.clear()
    process.kill()
    carrier.join()
