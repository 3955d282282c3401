"""Some channels as a stage."""

from typing import Any, ClassVar

from quant.layers import channel_slice
from shiftconv.gateware.beat import act_shape
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

    @property
    def latency(self) -> int:
        return 0

    @property
    def cost(self) -> float:
        return 20

    def component(self) -> ChannelSlice:
        return ChannelSlice(
            shape=act_shape(self.layer.in_format),
            channels=self.layer.in_shape[2],
            start=self.layer.start,
            stop=self.layer.stop,
            par=self.folding.par,
            n_pixels=self.n_pixels,
        )
