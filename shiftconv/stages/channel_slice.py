"""Some channels as a stage."""

from collections.abc import Sequence
from typing import Any, ClassVar

from quant.layers import channel_slice
from shiftconv.gateware.beat import act_shape, n_beats
from shiftconv.gateware.beat_times import BeatTimes
from shiftconv.gateware.channel_slice import ChannelSlice
from shiftconv.stages._elementwise import ElementwiseStage

__all__ = ["ChannelSliceStage"]


class ChannelSliceStage(ElementwiseStage):
    """A :class:`ChannelSlice` component."""

    kind: ClassVar[str] = "channel_slice"

    layer: channel_slice.ChannelSlice

    @classmethod
    def parallelisms(cls, layer: Any) -> list[int]:
        channels = layer.in_shape[2]
        return [
            par
            for par in range(1, channels + 1)
            if layer.start % par == 0 and (layer.stop % par == 0 or layer.stop == channels)
        ]

    def departures(self, offers: Sequence[BeatTimes]) -> BeatTimes:
        layer, par = self.layer, self.folding.par
        pixels = offers[0].reshape(len(offers[0]), -1, n_beats(layer.in_shape[2], par))
        kept = pixels[:, :, layer.start // par : n_beats(layer.stop, par)]
        return kept.reshape(len(kept), -1)

    def component(self) -> ChannelSlice:
        return ChannelSlice(
            shape=act_shape(self.layer.in_format),
            channels=self.layer.in_shape[2],
            start=self.layer.start,
            stop=self.layer.stop,
            par=self.folding.par,
            n_pixels=self.n_pixels,
        )
