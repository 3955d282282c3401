"""Small quantized networks."""

from quant.codebook import PowerOfTwo
from quant.fixed_point import ActFormat
from quant.layers.add import Add
from quant.layers.average_pool import AveragePool
from quant.layers.channel_slice import ChannelSlice
from quant.layers.concat import Concat
from quant.layers.global_average_pool import GlobalAveragePool
from quant.layers.look_up import LookUp
from quant.layers.max_pool import MaxPool
from quant.layers.upsample import Upsample
from quant.network import INPUT, Network, Node
from tests.gateware.layers import random_conv, random_dense, random_depthwise

__all__ = [
    "GRAPHS",
    "Graph",
    "beside",
    "classifier",
    "coded",
    "concatenated",
    "fully_convolutional",
    "nested",
    "network",
    "projected",
    "random_graph",
    "residual",
    "separable",
    "shortcut",
    "sliced",
    "u_net",
    "vectors",
]

IMAGE, HIDDEN = ActFormat(5, 0, signed=True), ActFormat(4, 0, signed=False)
RESULT = ActFormat(8, 0, signed=True)


def network(*layers):
    """The layers as a chain with names ``kind0``, ``kind1``, ..."""
    nodes = (Node(f"{layer.kind}{n}", layer) for n, layer in enumerate(layers))
    return Network("small", tuple(nodes))


def classifier(rng):
    """Convolution, pooling, convolution, fully connected."""
    return network(
        random_conv(
            rng, in_shape=(6, 6, 2), c_out=3, kernel=(3, 3), padding=(1, 1, 1, 1),
            codebook=PowerOfTwo(2), fmt=IMAGE, out_format=HIDDEN,
        ),
        MaxPool(in_shape=(6, 6, 3), in_format=HIDDEN, kernel=(2, 2), stride=(2, 2)),
        random_conv(
            rng, in_shape=(3, 3, 3), c_out=4, kernel=(2, 2),
            codebook=PowerOfTwo(1), fmt=HIDDEN,
        ),
        random_dense(
            rng, in_shape=(2, 2, 4), c_out=3, codebook=PowerOfTwo(3), fmt=HIDDEN,
            out_format=RESULT,
        ),
    )  # fmt: skip


def fully_convolutional(rng):
    """Its output begins long before its input ends."""
    return network(
        random_conv(
            rng, in_shape=(15, 3, 2), c_out=3, kernel=(2, 2), padding=(0, 1, 1, 0),
            codebook=PowerOfTwo(2), fmt=IMAGE,
        ),
        MaxPool(in_shape=(15, 3, 3), in_format=IMAGE, kernel=(2, 1), stride=(1, 1)),
        random_conv(
            rng, in_shape=(14, 3, 3), c_out=2, kernel=(1, 1), codebook=PowerOfTwo(0), fmt=IMAGE,
            out_format=RESULT,
        ),
    )  # fmt: skip


def coded(rng, codebook):
    """Every kind of layer that has weights, all of one codebook."""
    return network(
        random_conv(
            rng, in_shape=(6, 6, 2), c_out=3, kernel=(3, 3), padding=(1, 1, 1, 1),
            codebook=codebook, fmt=IMAGE, out_format=HIDDEN,
        ),
        random_depthwise(
            rng, in_shape=(6, 6, 3), kernel=(2, 2), stride=(2, 2), codebook=codebook, fmt=HIDDEN,
        ),
        random_dense(
            rng, in_shape=(3, 3, 3), c_out=4, codebook=codebook, fmt=HIDDEN, out_format=RESULT,
        ),
    )  # fmt: skip


def vectors(rng):
    """Two fully connected layers; a frame is one pixel."""
    return network(
        random_dense(rng, in_shape=(1, 1, 4), c_out=3, codebook=PowerOfTwo(2), fmt=IMAGE),
        random_dense(rng, in_shape=(1, 1, 3), c_out=2, codebook=PowerOfTwo(2), fmt=IMAGE),
    )


class Graph:
    """A network that grows: each method adds a node and gives its name."""

    def __init__(self, rng, in_shape, fmt=HIDDEN):
        self.rng = rng
        self.nodes = []
        self.given = {INPUT: (in_shape, fmt)}

    def add(self, name, layer, *sources):
        self.nodes.append(Node(name, layer, sources))
        self.given[name] = layer.out_shape, layer.out_format
        return name

    def of(self, source):
        """Shape and format of a source, as a layer's parameters."""
        shape, fmt = self.given[source]
        return {"in_shape": shape, "in_format": fmt}

    def conv(self, name, source, c_out, side=3, *, stride=1, out_format=HIDDEN, exponent_width=2):
        """A convolution that keeps the image's size, divided by the stride."""
        shape, fmt = self.given[source]
        layer = random_conv(
            self.rng, in_shape=shape, c_out=c_out, kernel=(side, side), stride=(stride, stride),
            padding=(side // 2,) * 4, codebook=PowerOfTwo(exponent_width), fmt=fmt,
            out_format=out_format,
        )  # fmt: skip
        return self.add(name, layer, source)

    def depthwise(self, name, source, *, stride=1, out_format=HIDDEN):
        shape, fmt = self.given[source]
        layer = random_depthwise(
            self.rng, in_shape=shape, kernel=(3, 3), stride=(stride, stride), padding=(1,) * 4,
            codebook=PowerOfTwo(2), fmt=fmt, out_format=out_format,
        )  # fmt: skip
        return self.add(name, layer, source)

    def dense(self, name, source, c_out):
        shape, fmt = self.given[source]
        layer = random_dense(
            self.rng, in_shape=shape, c_out=c_out, codebook=PowerOfTwo(2), fmt=fmt,
            out_format=RESULT,
        )  # fmt: skip
        return self.add(name, layer, source)

    def simple(self, name, kind, source, **parameters):
        """A layer without weights."""
        return self.add(name, kind(**self.of(source), **parameters), source)

    def table(self, name, source, out_format=HIDDEN):
        width = self.given[source][1].width
        entries = self.rng.integers(out_format.lo, out_format.hi + 1, 2**width)
        return self.simple(
            name, LookUp, source, table=entries, function="any", out_format=out_format
        )

    def join(self, name, kind, *sources, out_format=HIDDEN):
        first, *others = sources
        layer = kind(
            **self.of(first),
            others=tuple(self.given[other] for other in others),
            out_format=out_format,
        )
        return self.add(name, layer, *sources)

    def network(self, name):
        return Network(name, tuple(self.nodes))


def residual(rng, in_shape=(5, 4, 2), channels=2, side=1):
    """Two residual blocks; the first branch has another format."""
    graph = Graph(rng, in_shape)
    stem = graph.conv("stem", INPUT, channels)
    signed = ActFormat(5, 1, signed=True)
    deep = graph.conv("b", graph.conv("a", stem, 3, side), channels, out_format=signed)
    first = graph.join("first", Add, stem, deep)
    deep = graph.conv("c", first, channels, exponent_width=1)
    graph.join("second", Add, deep, first, out_format=RESULT)
    return graph.network("residual")


def shortcut(rng):
    """A residual block whose stages can all take the same time."""
    graph = Graph(rng, (4, 4, 1))
    stem = graph.conv("stem", INPUT, 1)
    graph.join("total", Add, stem, graph.conv("b", graph.conv("a", stem, 1), 1))
    return graph.network("shortcut")


def nested(rng):
    """A residual block in a branch of another."""
    graph = Graph(rng, (4, 4, 1))
    stem = graph.conv("stem", INPUT, 1)
    first = graph.conv("a", stem, 1)
    inner = graph.join("inner", Add, first, graph.conv("b", first, 1))
    graph.join("outer", Add, stem, graph.conv("c", inner, 1))
    return graph.network("nested")


def beside(rng):
    """What went into two convolutions beside what came of it."""
    graph = Graph(rng, (4, 4, 1))
    stem = graph.conv("stem", INPUT, 1)
    graph.join("all", Concat, stem, graph.conv("b", graph.conv("a", stem, 1), 1))
    return graph.network("beside")


def projected(rng):
    """A residual block that halves the image, its short branch a strided 1x1 convolution."""
    graph = Graph(rng, (6, 6, 3))
    stem = graph.conv("stem", INPUT, 2)
    deep = graph.conv("b", graph.conv("a", stem, 4, stride=2), 4)
    short = graph.conv("projection", stem, 4, 1, stride=2)
    total = graph.join("total", Add, deep, short)
    pooled = graph.simple("mean", GlobalAveragePool, total)
    graph.dense("result", pooled, 3)
    return graph.network("projected")


def concatenated(rng):
    """Branches of kernels 1, 3 and 5 side by side, right at the network's input."""
    graph = Graph(rng, (4, 5, 2), IMAGE)
    sources = [graph.conv(f"k{side}", INPUT, 2 * side, side) for side in (1, 3)]
    deep = graph.conv("k5", graph.conv("reduce", INPUT, 1, 1), 4, 5, exponent_width=1)
    graph.conv("result", graph.join("all", Concat, *sources, deep), 3, 1, out_format=RESULT)
    return graph.network("concatenated")


def u_net(rng):
    """Down, up again, and side by side with what was there before, twice."""
    graph = Graph(rng, (4, 8, 1))
    top = graph.conv("top", INPUT, 2)
    half = graph.conv("half", graph.simple("down", MaxPool, top, kernel=(2, 2), stride=(2, 2)), 2)
    quarter = graph.simple("down2", AveragePool, half, kernel=(2, 2), stride=(2, 2))
    low = graph.conv("low", quarter, 4)
    middle = graph.join("middle", Concat, graph.simple("up2", Upsample, low), half)
    up = graph.simple("up", Upsample, graph.conv("merge", middle, 2, 1))
    graph.conv("result", graph.join("all", Concat, up, top), 2, 1, out_format=RESULT)
    return graph.network("u_net")


def separable(rng):
    """Depthwise and pointwise convolutions in turn, averages, a table."""
    graph = Graph(rng, (4, 5, 3), IMAGE)
    first = graph.conv("point", graph.depthwise("depth", INPUT), 5, 1)
    second = graph.conv("point2", graph.depthwise("depth2", first, stride=2), 4, 1)
    mean = graph.simple("mean", AveragePool, second, kernel=(3, 3), padding=(1,) * 4)
    graph.dense("result", graph.table("bent", mean), 3)
    return graph.network("separable")


def sliced(rng):
    """Half of the channels pass a convolution, and the other half waits; its output begins long
    before its input ends."""
    graph = Graph(rng, (5, 4, 4))
    left = graph.simple("left", ChannelSlice, INPUT, start=0, stop=2)
    right = graph.simple("right", ChannelSlice, INPUT, start=2, stop=4)
    total = graph.join("total", Add, graph.conv("deep", left, 2), right)
    graph.join("all", Concat, total, right, out_format=RESULT)
    return graph.network("sliced")


GRAPHS = {
    build.__name__: build for build in (residual, projected, concatenated, u_net, separable, sliced)
}


def random_graph(rng, n_nodes=7):
    """A graph in which any output may go anywhere; what is left over at the end is joined."""
    height, width = (int(side) for side in rng.integers(1, 3, 2) * 2)
    graph = Graph(rng, (height, width, int(rng.integers(1, 4))), IMAGE)
    for n in range(n_nodes):
        sources = _whole(graph)
        source = str(rng.choice(sources[-3:] if rng.random() < 0.6 else sources))
        _random_node(graph, f"n{n}", source, str(rng.choice(_unused(graph))))
    loose = _unused(graph)
    if len(loose) > 1:
        graph.join("all", Concat, *loose, out_format=ActFormat(5, 1, signed=True))
    return graph.network("random")


def _whole(graph):
    """Sources of the input's size."""
    size = graph.given[INPUT][0][:2]
    return [name for name, (shape, _) in graph.given.items() if shape[:2] == size]


def _unused(graph):
    used = {source for node in graph.nodes for source in node.inputs}
    return [name for name in graph.given if name not in used]


def _random_node(graph, name, source, other):
    rng = graph.rng
    shape, _ = graph.given[source]
    c_out, side = int(rng.integers(1, 4)), int(rng.choice([1, 3]))
    out_format = [HIDDEN, IMAGE, ActFormat(5, 2, signed=True)][rng.integers(3)]
    kind = rng.choice(
        ["conv", "conv", "conv", "add", "concat", "depthwise", "max", "mean", "u", "slice", "table"]
    )
    same = [n for n, (taken, _) in graph.given.items() if taken == shape and n != source]
    match kind:
        case "add" if same:
            partner = other if other in same else str(rng.choice(same))
            graph.join(name, Add, source, partner, out_format=out_format)
        case "concat" if len(graph.given) > 1 and source != other:
            graph.join(name, Concat, source, other, out_format=out_format)
        case "depthwise":
            graph.depthwise(name, source, out_format=out_format)
        case "max" | "mean":
            pool = MaxPool if kind == "max" else AveragePool
            graph.simple(name, pool, source, kernel=(3, 3), padding=(1,) * 4)
        case "u":
            down = graph.simple(f"{name}d", MaxPool, source, kernel=(2, 2), stride=(2, 2))
            graph.simple(name, Upsample, graph.conv(f"{name}c", down, c_out))
        case "slice" if shape[2] > 1:
            start = int(rng.integers(shape[2] - 1))
            graph.simple(name, ChannelSlice, source, start=start, stop=start + 1)
        case "table":
            graph.table(name, source, out_format)
        case _:
            graph.conv(name, source, c_out, side, out_format=out_format)
