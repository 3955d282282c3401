"""A plan as one component."""

from amaranth.hdl import Module
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from quant.network import INPUT
from shiftconv.gateware.axi_stream import AxiStreamFace
from shiftconv.gateware.beat import act_shape, beat_layout, in_names, n_beats
from shiftconv.gateware.frame_guard import FrameGate, FrameGuard
from shiftconv.gateware.frame_marker import FrameMarker
from shiftconv.gateware.stream_buffer import StreamBuffer
from shiftconv.gateware.stream_fork import StreamFork
from shiftconv.gateware.stream_queue import StreamQueue
from shiftconv.gateware.weight_loader import WeightLoader
from shiftconv.gateware.width_adapter import WidthAdapter
from shiftconv.plan import Plan

__all__ = ["Accelerator", "Dataflow"]


class Dataflow(wiring.Component):
    """All stages of a plan, one after the other, between a frame guard and a frame gate.

    Throughput ``plan.cycles_per_frame`` cycles per frame, frames back to back. A frame of the wrong
    length is dropped whole and flagged; the next one comes out right.

    Parameters
    ----------
    plan : Plan

    Members
    -------
    i : In(stream.Signature(beat_layout))
        Activations of the network's input, the first stage's ``in_par`` channels per beat.
    i_weights : In(stream.Signature(8))
        The plan's ``weight_bytes``; no frame is worked on before they are all there. Only where the
        plan has weights to load.
    o : Out(stream.Signature(beat_layout))
        Activations of the network's output, the last stage's ``out_par`` channels per beat.
    frame_error : Out(1)
        High for one cycle for each dropped frame.
    """

    def __init__(self, plan: Plan):
        self.plan = plan
        network = plan.network
        self.in_par, self.out_par = plan.in_par, plan.stages[-1].out_par
        self._in_beat = beat_layout(act_shape(network.in_format), self.in_par)
        self._out_beat = beat_layout(act_shape(network.out_format), self.out_par)
        ports = {
            "i": In(stream.Signature(self._in_beat)),
            "o": Out(stream.Signature(self._out_beat)),
            "frame_error": Out(1),
        }
        if plan.loads:
            ports["i_weights"] = In(stream.Signature(8))
        super().__init__(ports)

    def elaborate(self, platform):
        m = Module()
        network, stages = self.plan.network, self.plan.stages
        height, width, channels = network.in_shape

        m.submodules.guard = guard = FrameGuard(
            shape=self._in_beat, n_beats=height * width * n_beats(channels, self.in_par)
        )
        m.submodules.marker = marker = FrameMarker(
            shape=act_shape(network.in_format),
            channels=channels,
            par=self.in_par,
            n_pixels=height * width,
        )
        wiring.connect(m, wiring.flipped(self.i), guard.i)
        m.d.comb += [
            self.frame_error.eq(guard.frame_error),
            marker.i.valid.eq(guard.o.valid),
            marker.i.p.eq(guard.o.p.data),
            guard.o.ready.eq(marker.i.ready),
        ]

        outputs = {INPUT: marker.o}
        takers = self._fork(m, outputs, INPUT)
        components: dict[str, wiring.Component] = {}
        for stage in stages:
            m.submodules[stage.name] = component = stage.component()
            names = in_names(len(stage.layer.inputs))
            for slot, name in enumerate(names):
                edge = next(e for e in self.plan.edges if (e.target, e.slot) == (stage.name, slot))
                source = self._lead(m, takers[edge], edge, stage)
                wiring.connect(m, source, getattr(component, name))
            outputs[stage.name] = component.o
            takers |= self._fork(m, outputs, stage.name)
            components[stage.name] = component
        source = outputs[stages[-1].name]
        if self.plan.loads:
            self._connect_weights(m, components)

        m.submodules.gate = gate = FrameGate(shape=self._out_beat)
        self._connect_verdicts(m, guard, gate)
        wiring.connect(m, self._room(m, source), gate.i)
        wiring.connect(m, gate.o, wiring.flipped(self.o))
        return m

    def _connect_weights(self, m, components):
        """From the host to the stages that take weights at start."""
        m.submodules.loader = loader = WeightLoader(list(self.plan.loads.values()))
        wiring.connect(m, wiring.flipped(self.i_weights), loader.i)
        for n, name in enumerate(self.plan.loads):
            wiring.connect(m, getattr(loader, f"o_{n}"), components[name].i_weights)

    def _fork(self, m, outputs, name):
        """A stream for each edge that leaves a node."""
        edges = [edge for edge in self.plan.edges if edge.source == name]
        if len(edges) < 2:
            return dict.fromkeys(edges, outputs[name])
        shape = outputs[name].p.shape()
        m.submodules[f"fork_{name}"] = fork = StreamFork(shape=shape, n=len(edges))
        wiring.connect(m, outputs[name], fork.i)
        return {edge: getattr(fork, f"o_{k}") for k, edge in enumerate(edges)}

    def _lead(self, m, source, edge, stage):
        """Cut the ready path, match the widths, queue before a join."""
        shape = source.p.shape()
        m.submodules[f"buffer_{edge.place}"] = buffer = StreamBuffer(shape=shape)
        wiring.connect(m, source, buffer.i)
        source = buffer.o
        par = self.plan.source_par(edge)
        if par != stage.in_par:
            in_shape, fmt = stage.layer.inputs[edge.slot]
            m.submodules[f"adapter_{edge.place}"] = adapter = WidthAdapter(
                shape=act_shape(fmt), channels=in_shape[2], in_par=par, out_par=stage.in_par
            )
            wiring.connect(m, source, adapter.i)
            source = adapter.o
        if edge in self.plan.queues:
            m.submodules[f"queue_{edge.place}"] = queue = self._queue(
                f"queue_{edge.place}", source.p.shape(), self.plan.queues[edge]
            )
            wiring.connect(m, source, queue.i)
            source = queue.o
        return source

    def _connect_verdicts(self, m, guard, gate):
        """Queue the verdicts of all frames that are under way at once."""
        shape = guard.o_verdict.p.shape()
        m.submodules.verdicts = verdicts = self._queue("verdicts", shape, self.plan.verdict_depth)
        wiring.connect(m, guard.o_verdict, verdicts.i)
        wiring.connect(m, verdicts.o, gate.i_verdict)

    def _queue(self, name, shape, depth):
        kind = self.plan.queue_memory_kinds.get(name)
        return StreamQueue(shape=shape, depth=depth, kind=kind)

    def _room(self, m, source):
        """A frame whose outputs begin before its input ends must find room until its verdict."""
        depth = self.plan.room_depth
        shape = self._out_beat
        room = self._queue("room", shape, depth) if depth else StreamBuffer(shape=shape)
        m.submodules.room = room
        wiring.connect(m, source, room.i)
        return room.o


class Accelerator(AxiStreamFace):
    """A plan's dataflow with AXI4-Stream ports.

    Parameters
    ----------
    plan : Plan

    Members
    -------
    s_axis_tvalid, s_axis_tready, s_axis_tdata, s_axis_tlast
    s_axis_weights_tvalid, s_axis_weights_tready, s_axis_weights_tdata
        Only where the plan has weights to load.
    m_axis_tvalid, m_axis_tready, m_axis_tdata, m_axis_tlast
    frame_error
    """

    def __init__(self, plan: Plan):
        self.plan = plan
        super().__init__(Dataflow(plan))
