"""The judgement on one node of a model, and how a refusal comes about."""

from dataclasses import dataclass

__all__ = ["OperatorVerdict", "RefusedError"]


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


class RefusedError(Exception):
    """A step does not fit the hardware.

    Parameters
    ----------
    reason : str
        What was found and what is allowed.
    fix : str
        What to do about it.
    """

    def __init__(self, reason: str, fix: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.fix = fix
