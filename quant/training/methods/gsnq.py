"""Paper B: groups over the layers, and groups within them."""

from typing import ClassVar

from quant.training.methods._group_wise import GroupWise

__all__ = ["Gsnq"]

FRACTIONS = (0.5, 0.75, 0.875, 1.0)


class Gsnq(GroupWise):
    """Global retraining on several scales: groups within a layer, and layer after layer.

    Groups of weights are fixed as in incremental network quantization, the largest first
    ("horizontal"), but the layers take their turns from the input to the output ("vertical"): group
    ``g``, from 0, of layer ``l`` of ``L`` is fixed when ``(g + l / L) / 5`` of all steps are done.
    In the last fifth only biases learn.

    Notes
    -----
    The paper's fractions and its order were not to be had; these are our choice.

    References
    ----------
    Sui, Lv, Bai, Zhu, Zhi, Yang, Tan: A Hardware-Friendly Low-Bit Power-of-Two Quantization Method
    for CNNs and Its FPGA Implementation. Sensors 2022, 22(17), 6618.
    """

    kind: ClassVar[str] = "gsnq"

    def fraction(self, done: float) -> float:
        turn = self.place.index / self.place.n_layers
        n_groups = int(done * (len(FRACTIONS) + 1) - turn + 1)
        return FRACTIONS[min(n_groups, len(FRACTIONS)) - 1] if n_groups > 0 else 0.0
