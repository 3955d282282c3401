"""What is proved, one file per kind of proof."""

from collections.abc import Iterator, Mapping
from typing import ClassVar

from quant.registry import find_kinds
from shiftconv.flow.prover.verdict import Proof

__all__ = ["PROOF_KINDS", "ProofKind"]


class ProofKind:
    """A family of proofs."""

    kind: ClassVar[str]
    about: ClassVar[str]
    """What they prove, in one sentence."""

    @classmethod
    def proofs(cls, *, every: bool) -> Iterator[Proof]:
        """Small proofs that take a second or so each, or every size.

        Names begin with the kind and a slash; the small ones are among all of them.
        """
        raise NotImplementedError


PROOF_KINDS: Mapping[str, type[ProofKind]] = find_kinds(__name__, __path__, ProofKind)
