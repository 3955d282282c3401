"""A quantized network that learns: real numbers that are its integers' values."""

from dataclasses import replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from quant.float_network.graph import FloatNetwork
from quant.float_network.weighted import FloatWeighted
from quant.layers._weighted import WeightedLayer
from quant.network import INPUT, Network, Node
from quant.quantizers import QuantizedWeights
from quant.training.floating import as_levels
from quant.training.master import MasterWeights
from quant.training.methods import Method, Place
from quant.training.parts import Act, WeightedPart, part_of

__all__ = ["FakeQuantized"]


class FakeQuantized(nn.Module):
    """A network whose output is, out of training, the golden model's, exactly.

    Takes real values of shape (n, channels, height, width), gives the output as (n, values), as
    real numbers: integers times the step of the network's format.

    Parameters
    ----------
    graph : FloatNetwork
        Where the full-precision weights come from.
    network : Network
        What post-training quantization made of it: levels, scales, biases and formats to start
        from.
    method : type of Method
        How weights learn.
    learn_steps : bool
        Whether the steps of the activations learn, those at the network's output excepted.

    Raises
    ------
    ValueError
        If there is a layer that training does not know, or the network is not the graph's.
    """

    def __init__(
        self,
        graph: FloatNetwork,
        network: Network,
        method: type[Method],
        *,
        learn_steps: bool = False,
    ) -> None:
        super().__init__()
        self.start = network
        floats = {x.name: x for x in graph.layers if isinstance(x, FloatWeighted)}
        places = [node.name for node in network.nodes if isinstance(node.layer, WeightedLayer)]
        self.parts = nn.ModuleList()
        for node in network.nodes:
            weights = None
            if isinstance(node.layer, WeightedLayer):
                place = Place(places.index(node.name), len(places))
                weights = method(_master(node, floats), place)
            learns = learn_steps and node is not network.nodes[-1]
            self.parts.append(part_of(node.name, node.layer, weights, learn_step=learns))

    def at(self, done: float) -> None:
        """Told before each step of training which fraction of all steps is done."""
        for part in self.parts:
            if isinstance(part, WeightedPart):
                part.method.at(done)

    def forward(self, values: Tensor) -> Tensor:
        fmt = self.start.in_format
        values = (values / fmt.step).round().clamp(fmt.lo, fmt.hi) * fmt.step
        known = {INPUT: Act(values, fmt)}
        for node, part in zip(self.start.nodes, self.parts, strict=True):
            known[node.name] = part(*(known[source] for source in node.inputs))
        return known[self.start.nodes[-1].name].values.flatten(1)

    @torch.no_grad()
    def infer(self, act: NDArray[np.int64]) -> NDArray[np.int64]:
        """Output integers, shape (n, values), for integers of shape (n, *in_shape)."""
        self.eval()
        values = torch.from_numpy(self.start.in_format.dequantize(act)).permute(0, 3, 1, 2).float()
        fmt = self.network().out_format
        return (self(values) / fmt.step).numpy().astype(np.int64)

    def network(self, metadata: dict[str, str] | None = None) -> Network:
        """The quantized network as it is now, with more metadata."""
        formats = {INPUT: self.start.in_format}
        nodes = []
        for node, part in zip(self.start.nodes, self.parts, strict=True):
            layer = part.layer([formats[source] for source in node.inputs])
            formats[node.name] = layer.out_format
            nodes.append(Node(node.name, layer, node.inputs))
        return replace(
            self.start, nodes=tuple(nodes), metadata=self.start.metadata | (metadata or {})
        )


def _master(node: Node, floats: dict[str, FloatWeighted]) -> MasterWeights:
    """Weights of a node, from the float layer of its name."""
    like = node.layer
    assert isinstance(like, WeightedLayer)
    weights = as_levels(floats[node.name]).numpy() if node.name in floats else np.zeros(0)
    if weights.shape != like.levels.shape:
        raise ValueError(
            f"{node.name}: the float network has weights of shape {weights.shape} there, "
            f"the quantized one {like.levels.shape}"
        )
    exponents = like.in_format.frac - like.out_format.frac - like.shift
    return MasterWeights(weights, QuantizedWeights(like.levels, exponents, like.codebook))
