"""A small instance of every component with streams that talks to a host."""

from collections.abc import Mapping

from amaranth.hdl import Module
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from shiftconv.flow.proofs._instance import Instance
from shiftconv.gateware.axi_stream import AxiStreamFace
from shiftconv.gateware.host.answerer import Answerer
from shiftconv.gateware.host.byte_gear import BeatsToBytes, BytesToBeats
from shiftconv.gateware.host.byte_stuffing import StuffDecoder, StuffEncoder
from shiftconv.gateware.host.frame_store import FrameStore
from shiftconv.gateware.host.host_link import HostLink
from shiftconv.gateware.host.packet_receiver import PacketReceiver
from shiftconv.gateware.host.packet_transmitter import PacketTransmitter
from shiftconv.gateware.host.register_face import RegisterFace, WindowFeeder
from shiftconv.gateware.host.uart import UartReceiver, UartTransmitter
from shiftconv.gateware.host.weight_gate import WeightGate
from shiftconv.gateware.stream_buffer import StreamBuffer
from shiftconv.host.packing import FrameLayout
from shiftconv.host.protocol import FLIP, Kind
from shiftconv.host.registers import RegisterMap, register_map

__all__ = ["HOST_COMPONENTS"]

BYTE_BEAT = data.StructLayout({"data": 8, "last": 1})
SIXTEENTHS = 64


class _Core(wiring.Component):
    """What stands for an accelerator."""

    def __init__(self) -> None:
        beats = stream.Signature(BYTE_BEAT)
        super().__init__({"i": In(beats), "o": Out(beats), "frame_error": Out(1)})

    def elaborate(self, platform):
        m = Module()
        m.submodules.buffer = buffer = StreamBuffer(shape=BYTE_BEAT)
        wiring.connect(m, wiring.flipped(self.i), buffer.i)
        wiring.connect(m, buffer.o, wiring.flipped(self.o))
        return m


def _registers() -> RegisterMap:
    """Of frames of two bytes."""
    layout = FrameLayout(shape=(1, 2, 1), width=8, signed=False, frac=0, par=1)
    return register_map(digest="0" * 64, frames={"s_axis": layout, "m_axis": layout})


HOST_COMPONENTS: Mapping[str, Instance] = {
    "answerer": Instance(lambda: Answerer(result_bytes=2, status_bytes=4), cycles=16),
    "beats_to_bytes": Instance(lambda: BeatsToBytes(beat_bytes=2)),
    "bytes_to_beats": Instance(lambda: BytesToBeats(beat_bytes=2, frame_bytes=4)),
    "frame_store": Instance(lambda: FrameStore(frame_bytes=2, depth=4)),
    "packet_receiver": Instance(lambda: PacketReceiver(frame_bytes=1), cycles=20),
    "packet_transmitter": Instance(lambda: PacketTransmitter(max_length=3), cycles=12),
    "stuff_decoder": Instance(StuffDecoder),
    "stuff_encoder": Instance(StuffEncoder),
    "uart_receiver": Instance(lambda: UartReceiver(sixteenths=SIXTEENTHS), cycles=50),
    "uart_transmitter": Instance(lambda: UartTransmitter(sixteenths=SIXTEENTHS)),
    "weight_gate": Instance(lambda: WeightGate(n_bytes=3, piece_bytes=2), cycles=12),
    "window_feeder": Instance(lambda: WindowFeeder(width=40)),
    "register_face": Instance(
        lambda: RegisterFace(AxiStreamFace(_Core()), registers=_registers()),
        promise=lambda face: ("nobody resets the core, nor writes at all", ~face.w_en),
    ),
    "host_link": Instance(
        lambda: HostLink(AxiStreamFace(_Core()), registers=_registers()),
        cycles=24,
        promise=lambda link: (
            "no byte could be a reset's, which ends an answer at once",
            (link.i.p != Kind.RESET.value) & (link.i.p != Kind.RESET.value ^ FLIP),
        ),
        large=True,
    ),
}
