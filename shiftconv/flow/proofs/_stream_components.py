"""A small instance of every component with streams, several where it is built in several ways."""

from collections.abc import Mapping
from functools import partial
from typing import get_args

import numpy as np
from amaranth.hdl import unsigned
from numpy.typing import NDArray

from quant.codebook import PowerOfTwo, TwosComplement
from quant.fixed_point import ActFormat
from quant.geometry import Geometry
from shiftconv.flow.proofs._golden import codebooks_of
from shiftconv.flow.proofs._host_components import HOST_COMPONENTS
from shiftconv.flow.proofs._instance import Instance
from shiftconv.gateware.add import Add
from shiftconv.gateware.adder_graph import AdderGraph
from shiftconv.gateware.array import Array
from shiftconv.gateware.average_pool import AveragePool
from shiftconv.gateware.axi_stream import AxiStreamFace
from shiftconv.gateware.beat import beat_layout
from shiftconv.gateware.channel_output import ChannelOutput
from shiftconv.gateware.channel_slice import ChannelSlice
from shiftconv.gateware.channel_sums import ChannelSums
from shiftconv.gateware.channel_windows import ChannelWindows
from shiftconv.gateware.concat import Concat
from shiftconv.gateware.constant_array import ConstantArray
from shiftconv.gateware.conv_engine import ConvEngine, ConvParameters, ConvWeights
from shiftconv.gateware.cyclic_memory import CyclicMemory
from shiftconv.gateware.depthwise_engine import DepthwiseEngine
from shiftconv.gateware.dot_products import DOT_PRODUCTS
from shiftconv.gateware.epilogue import Epilogue
from shiftconv.gateware.folding import ConvFolding, PoolFolding, WindowMode
from shiftconv.gateware.frame_guard import FrameGate, FrameGuard
from shiftconv.gateware.frame_marker import FrameMarker
from shiftconv.gateware.global_average_pool import GlobalAveragePool
from shiftconv.gateware.line_buffer import LineBuffer
from shiftconv.gateware.look_up import LookUp
from shiftconv.gateware.max_pool import MaxPool
from shiftconv.gateware.packed_vpe import PackedVpe
from shiftconv.gateware.processing_element import ProcessingElement
from shiftconv.gateware.quotient import Quotient
from shiftconv.gateware.read_order import ReadOrder
from shiftconv.gateware.requantize import Requantize
from shiftconv.gateware.stream_buffer import StreamBuffer
from shiftconv.gateware.stream_fork import StreamFork
from shiftconv.gateware.stream_queue import StreamQueue
from shiftconv.gateware.upsample import Upsample
from shiftconv.gateware.weight_loader import Load, WeightLoader
from shiftconv.gateware.width_adapter import WidthAdapter
from shiftconv.gateware.window_slider import WindowSlider
from shiftconv.gateware.window_store import WindowStore

__all__ = ["STREAM_COMPONENTS"]

U2, S3 = ActFormat(2, 0, False), ActFormat(3, 1, True)
CODEBOOK = PowerOfTwo(1)
GEOMETRY = Geometry(2, 3, (2, 2), (1, 1), (1, 0, 0, 1))
PARAMETERS = ConvParameters(
    geometry=GEOMETRY,
    c_in=2,
    c_out=2,
    in_format=U2,
    out_format=U2,
    codebook=CODEBOOK,
    acc_width=7,
    shift_min=1,
    shift_max=2,
)
WEIGHTS = ConvWeights(
    levels=np.resize(CODEBOOK.levels, (2, 2, 2, 2)), bias=np.array([1, -2]), shift=np.array([1, 2])
)
BEAT = beat_layout(unsigned(2), 1)


MODES: tuple[WindowMode, ...] = ("pixel", "column", "sliding")
WORDS_IN = {"geometry": GEOMETRY, "act": unsigned(2), "in_par": 1}


def _conv(mode: WindowMode, *, fixed: bool = True) -> ConvEngine:
    out_par = 2 if mode == "sliding" else 1
    return ConvEngine(
        PARAMETERS,
        folding=ConvFolding(mode=mode, in_par=1, out_par=out_par),
        weights=WEIGHTS if fixed else None,
    )


def _line_buffer(order: ReadOrder, *, whole_columns: bool) -> LineBuffer:
    return LineBuffer(channels=2, order=order, whole_columns=whole_columns, **WORDS_IN)


def _channel_output(scales: list[int] | None) -> ChannelOutput:
    return ChannelOutput(
        acc_width=5,
        out_format=U2,
        shift_min=0,
        shift_max=1,
        channels=2,
        in_par=2,
        out_par=1,
        n_pixels=2,
        scales=scales,
    )


def _adapter(in_par: int, out_par: int) -> WidthAdapter:
    return WidthAdapter(shape=unsigned(2), channels=5, in_par=in_par, out_par=out_par)


def _look_up(table: NDArray[np.int64]) -> LookUp:
    return LookUp(in_format=U2, out_format=S3, table=table, channels=3, par=2, n_pixels=2)


STREAM_COMPONENTS: Mapping[str, Instance] = {
    **HOST_COMPONENTS,
    "add": Instance(lambda: Add(in_formats=(U2, S3), out_format=U2, channels=3, par=2, n_pixels=2)),
    "array": Instance(
        lambda: Array(codebook=CODEBOOK, act=unsigned(2), lanes=2, out_par=2, acc_width=6)
    ),
    "average_pool": Instance(
        lambda: AveragePool(
            geometry=GEOMETRY,
            channels=1,
            act_format=U2,
            folding=PoolFolding(mode="pixel", in_par=1),
            counts=np.array([[2, 2, 1], [4, 4, 2]]),
        ),
        cycles=24,
    ),
    "axi_stream_face": Instance(lambda: AxiStreamFace(StreamBuffer(shape=BEAT))),
    "channel_output": Instance(lambda: _channel_output([3, 35])),
    "channel_output/loaded": Instance(lambda: _channel_output(None)),
    "channel_slice": Instance(
        lambda: ChannelSlice(shape=unsigned(2), channels=4, start=1, stop=3, par=1, n_pixels=2)
    ),
    "channel_sums": Instance(
        lambda: ChannelSums(
            codebook=CODEBOOK, act=unsigned(2), values=2, par=1, acc_width=6, codes=[5, 14, 3]
        )
    ),
    **{
        f"channel_windows/{mode}": Instance(
            partial(
                ChannelWindows,
                geometry=GEOMETRY,
                channels=2,
                act_format=U2,
                folding=PoolFolding(mode=mode, in_par=1),
                fill=0,
            ),
            cycles=20,
        )
        for mode in MODES
    },
    "concat": Instance(
        lambda: Concat(in_formats=(U2, S3), out_format=U2, channels=(2, 1), par=1, n_pixels=2)
    ),
    "constant_array": Instance(
        lambda: ConstantArray(
            AdderGraph.of_matrix(np.array([[1, 2], [-4, 3], [3, 0]]), input_width=2),
            act_format=U2,
            acc_width=6,
        )
    ),
    **{
        f"conv_engine/{mode}": Instance(partial(_conv, mode), cycles=32)
        for mode in get_args(WindowMode)
    },
    "conv_engine/loaded": Instance(partial(_conv, "sliding", fixed=False), cycles=32),
    "cyclic_memory": Instance(lambda: CyclicMemory(width=2, depth=3, words=[1, 3, 2])),
    "cyclic_memory/constant": Instance(lambda: CyclicMemory(width=2, depth=1, words=[2])),
    **{
        f"cyclic_memory/{name}": Instance(
            partial(CyclicMemory, width=4, depth=3, granularity=2, large=name == "large"),
            promise=lambda memory: (
                "nothing is loaded while a word waits",
                ~(memory.i.valid & memory.o.valid & ~memory.o.ready),
            ),
        )
        for name in ("loaded", "large")
    },
    "depthwise_engine": Instance(
        lambda: DepthwiseEngine(
            PARAMETERS,
            folding=PoolFolding(mode="column", in_par=1),
            weights=ConvWeights(
                levels=WEIGHTS.levels[..., 0], bias=WEIGHTS.bias, shift=WEIGHTS.shift
            ),
        ),
        cycles=32,
    ),
    "epilogue": Instance(
        lambda: Epilogue(
            acc_width=5, out_format=U2, shift_min=0, shift_max=1, channels=2, par=1, n_pixels=2
        )
    ),
    "frame_gate": Instance(lambda: FrameGate(shape=BEAT)),
    "frame_guard": Instance(lambda: FrameGuard(shape=BEAT, n_beats=3)),
    "frame_marker": Instance(lambda: FrameMarker(shape=unsigned(2), channels=3, par=2, n_pixels=2)),
    "global_average_pool": Instance(
        lambda: GlobalAveragePool(act_format=U2, channels=2, par=2, n_pixels=3)
    ),
    "global_average_pool/folded": Instance(
        lambda: GlobalAveragePool(act_format=U2, channels=2, par=1, n_pixels=3), cycles=16
    ),
    "line_buffer/convolution": Instance(
        lambda: _line_buffer(ReadOrder.convolution(GEOMETRY, 2, 2), whole_columns=False), cycles=20
    ),
    "line_buffer/scan": Instance(
        lambda: _line_buffer(ReadOrder.scan(GEOMETRY, 2), whole_columns=True), cycles=20
    ),
    "look_up": Instance(lambda: _look_up(np.array([0, 3, -4, 1]))),
    "look_up/channels": Instance(lambda: _look_up(np.arange(12).reshape(3, 4) % 4)),
    "max_pool": Instance(
        lambda: MaxPool(
            geometry=GEOMETRY,
            channels=1,
            act_format=U2,
            folding=PoolFolding(mode="column", in_par=1),
        ),
        cycles=20,
    ),
    "packed_vpe": Instance(
        lambda: PackedVpe(codebook=TwosComplement(2), act=unsigned(2), lanes=2, acc_width=8),
        cycles=16,
    ),
    **{
        f"processing_element/{name}": Instance(
            partial(
                ProcessingElement,
                codebook=codebooks_of(structure)[1],
                act=unsigned(2),
                lanes=2,
                acc_width=8,
                structure=name,
            ),
            cycles=16,
        )
        for name, structure in DOT_PRODUCTS.items()
    },
    "quotient": Instance(lambda: Quotient(lo=0, hi=20, divisors=(2, 3))),
    "requantize": Instance(
        lambda: Requantize(acc_width=5, out_format=U2, shift_min=0, shift_max=3)
    ),
    "stream_buffer": Instance(lambda: StreamBuffer(shape=BEAT)),
    "stream_fork": Instance(lambda: StreamFork(shape=BEAT, n=3)),
    "stream_queue": Instance(lambda: StreamQueue(shape=BEAT, depth=5)),
    "upsample": Instance(
        lambda: Upsample(height=2, width=2, channels=2, factor=2, shape=unsigned(2), par=1),
        cycles=20,
    ),
    "weight_loader": Instance(lambda: WeightLoader([Load(2, 3), Load(1, 12)]), cycles=12),
    **{
        f"width_adapter/{in_par}to{out_par}": Instance(
            partial(_adapter, in_par, out_par), cycles=16
        )
        for in_par, out_par in [(2, 2), (4, 2), (2, 4), (3, 2)]
    },
    **{
        f"window_slider/{n_words}": Instance(
            partial(WindowSlider, n_words=n_words, **WORDS_IN), cycles=16
        )
        for n_words in (1, 2)
    },
    "window_store": Instance(
        lambda: WindowStore(n_pixels=2, channels=3, act=unsigned(2), in_par=2, repeat=2)
    ),
}
