"""What must wait at a join in any plan: rows of a branch that comes straight from a fork."""

from collections.abc import Mapping

from quant.network import INPUT, Network
from shiftconv.gateware.beat import n_beats
from shiftconv.plan.edges import Edge
from shiftconv.stages import Stage
from shiftconv.timeline import written_before

__all__ = ["least_depth", "rows_ahead"]


def rows_ahead(network: Network, stages: Mapping[str, Stage], edge: Edge) -> int:
    """Rows that an edge's source has given as a whole before its target, a join, takes any.

    The join takes a beat when every branch has one; a branch of windows that comes from the same
    source has none until so many rows have come.

    Parameters
    ----------
    network : Network
    stages : mapping of str to Stage
        Of every node, whatever its folding: the rows that windows need do not depend on that.
    edge : Edge
        Into a join.
    """
    inputs = {node.name: node.inputs for node in network.nodes}

    def whole(name: str, row: int) -> int:
        """Rows that the source has given before the end of a node's row, counted from 1."""
        if name == edge.source:
            return row
        if name == INPUT:
            return 0
        need = stages[name].needs[row - 1]
        return max(whole(source, need) for source in inputs[name])

    def before(name: str, row: int) -> int:
        """The same before the beginning of that row."""
        if name in (edge.source, INPUT):
            return row - 1 if name == edge.source else 0
        reached = before if stages[name].streams else whole
        need = stages[name].needs[row - 1]
        return max(reached(source, need) for source in inputs[name])

    return max(before(source, 1) for source in inputs[edge.target])


def least_depth(rows: int, shape: tuple[int, int, int], given: int, taken: int) -> int:
    """Depth that a join's queue has in any plan.

    Parameters
    ----------
    rows : int
        Those of :func:`rows_ahead`.
    shape : (height, width, channels)
        Of what the queue holds.
    given, taken : int
        Channels per beat of its source and of the join.
    """
    height, width, channels = shape
    beat = rows * width * n_beats(channels, given) - 2
    if beat < 0:
        return 0
    n_given = height * width * n_beats(channels, given)
    in_queue = written_before(n_given, channels, given, taken)[beat]
    # A join that takes its inputs in turn may have taken a pixel of this one.
    return int(in_queue) - n_beats(channels, taken)
