"""A float network in PyTorch: what a quantized one learns from."""

import torch
from torch import Tensor, nn

from quant.float_network.graph import FloatNetwork
from quant.float_network.layers import FloatAdd, FloatLayer, FloatRectified
from quant.float_network.pools import FloatAveragePool, FloatGlobalAveragePool, FloatMaxPool
from quant.float_network.weighted import FloatConv, FloatDense, FloatWeighted
from quant.network import INPUT
from quant.training import operators

__all__ = ["Floating", "as_levels"]


def as_levels(layer: FloatWeighted) -> Tensor:
    """Weights in the shape that the quantized layer's levels have.

    Raises
    ------
    ValueError
        If the layer has groups or dilation that training does not know.
    """
    weights = torch.tensor(layer.weights)
    if isinstance(layer, FloatConv):
        if layer.dilation != (1, 1) or (layer.groups > 1 and not layer.is_depthwise):
            raise ValueError(
                f"{layer.name}: training knows convolutions without dilation, depthwise or of one "
                f"group, not dilation {layer.dilation} and {layer.groups} groups"
            )
        return weights[:, :, 0] if layer.is_depthwise else weights
    return weights


class Floating(nn.Module):
    """The layers of a float network; they do not learn.

    Takes real values of shape (n, channels, height, width), gives the output as (n, values).
    """

    def __init__(self, graph: FloatNetwork) -> None:
        super().__init__()
        self.layers = graph.layers
        for index, layer in enumerate(graph.layers):
            if isinstance(layer, FloatWeighted):
                self.register_buffer(f"weights{index}", as_levels(layer).float())
                self.register_buffer(f"bias{index}", torch.tensor(layer.bias).float())

    @torch.no_grad()
    def forward(self, values: Tensor) -> Tensor:
        known = {INPUT: values}
        for index, layer in enumerate(self.layers):
            found = self._apply_layer(index, layer, *(known[source] for source in layer.inputs))
            if isinstance(layer, FloatRectified) and layer.relu:
                found = found.clamp(0, layer.cap)
            known[layer.name] = found
        return known[self.layers[-1].name].flatten(1)

    def _apply_layer(self, index: int, layer: FloatLayer, *values: Tensor) -> Tensor:
        match layer:
            case FloatWeighted():
                weights = self.get_buffer(f"weights{index}")
                bias = self.get_buffer(f"bias{index}")
                if isinstance(layer, FloatDense):
                    return operators.dense(values[0], weights, bias)
                assert isinstance(layer, FloatConv)
                return operators.convolution(values[0], weights, bias, layer)
            case FloatAdd():
                return torch.add(*values) if len(values) == 2 else torch.stack(values).sum(0)
            case FloatMaxPool():
                return operators.largest(values[0], layer)
            case FloatAveragePool():
                counts = layer.count_include_pad
                return operators.average(values[0], layer, count_include_pad=counts)
            case FloatGlobalAveragePool():
                return operators.global_average(values[0])
        raise ValueError(f"{layer.name}: training does not know layers like {type(layer).__name__}")
