"""One processing element."""

from dataclasses import dataclass
from typing import ClassVar

from amaranth.lib import wiring

from shiftconv.flow.component_designs.array import ArrayDesign
from shiftconv.gateware.beat import act_shape
from shiftconv.gateware.processing_element import ProcessingElement

__all__ = ["PeDesign"]


@dataclass(frozen=True, kw_only=True)
class PeDesign(ArrayDesign):
    """One processing element; ``out_par`` is 1."""

    kind: ClassVar[str] = "pe"

    out_par: int = 1

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.out_par != 1:
            raise ValueError(f"A processing element has one output, not {self.out_par!r}")

    def component(self) -> wiring.Component:
        return ProcessingElement(
            codebook=self.codebook,
            act=act_shape(self.act_format),
            lanes=self.lanes,
            acc_width=self.acc_width,
            structure=self._structure_for(self.lanes),
        )
