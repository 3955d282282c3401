"""The judgement on one node of a model."""

from dataclasses import dataclass

__all__ = ["OperatorVerdict"]


@dataclass(frozen=True)
class OperatorVerdict:
    """Whether a node can be built.

    Parameters
    ----------
    node, op : str
        Name of the node and its operator.
    status : {"ok", "refused"}
    reason, fix : str
        Why it is refused, and what to do; empty if it is not.
    """

    node: str
    op: str
    status: str = "ok"
    reason: str = ""
    fix: str = ""
