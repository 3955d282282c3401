"""Incremental network quantization."""

from typing import ClassVar

from quant.training.methods._group_wise import GroupWise

__all__ = ["Inq"]

FRACTIONS = (0.5, 0.75, 0.875, 1.0)


class Inq(GroupWise):
    """Four groups of every layer, the largest weights first: a half, a quarter, and two eighths.

    Each group's retraining takes a quarter of the steps; in the last only biases learn.

    References
    ----------
    Zhou, Yao, Guo, Xu, Chen: Incremental Network Quantization. ICLR 2017, arXiv 1702.03044.
    """

    kind: ClassVar[str] = "inq"

    def fraction(self, done: float) -> float:
        return FRACTIONS[min(int(done * len(FRACTIONS)), len(FRACTIONS) - 1)]
