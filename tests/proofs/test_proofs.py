"""Everything that is small enough to be proved in every run."""

import importlib
import inspect
import pkgutil
import re

import pytest
from amaranth.lib import wiring

from shiftconv import gateware
from shiftconv.flow.proofs import PROOF_KINDS
from shiftconv.flow.proofs._stream_components import STREAM_COMPONENTS
from shiftconv.flow.prove import select_proofs
from shiftconv.flow.prover.prove import prove
from shiftconv.gateware.dot_products import DOT_PRODUCTS, DotProduct

FIXED = [
    proof
    for kind in PROOF_KINDS
    if kind != "dot_product"
    for proof in select_proofs([kind], every=False)
]
FOR_EVER = {"induction", "exhaustive"}
# What takes part of a queue back needs to know how much there is.
BOUNDED = {"stream/frame_store"}
STREAM = re.compile(r"stream\.Signature|_tvalid")


def _assert_proved(proof):
    verdict = prove(proof)
    assert (verdict.status, verdict.sentences) == ("proved", ())
    assert verdict.method in FOR_EVER or proof.name in BOUNDED


@pytest.mark.parametrize("proof", FIXED, ids=lambda proof: proof.name)
def test_proved(proof):
    _assert_proved(proof)


@pytest.mark.parametrize("structure", DOT_PRODUCTS)
def test_structures_proved(structure):
    """All sizes of a structure and of its versions for the families, found when the test runs."""
    proofs = select_proofs([f"dot_product/{structure}"], every=False)
    assert proofs
    for proof in proofs:
        _assert_proved(proof)


def _components():
    """Every component in the gateware that is no structure of the registry."""
    for info in pkgutil.walk_packages(gateware.__path__, f"{gateware.__name__}."):
        module = importlib.import_module(info.name)
        for value in vars(module).values():
            own = isinstance(value, type) and value.__module__ == module.__name__
            if own and issubclass(value, wiring.Component) and not issubclass(value, DotProduct):
                yield value


@pytest.mark.filterwarnings("ignore:.*created but never used")
def test_every_stream_component_has_an_instance():
    instances = {type(instance.make()) for instance in STREAM_COMPONENTS.values()}
    with_streams = {kind for kind in _components() if STREAM.search(inspect.getsource(kind))}
    assert with_streams == instances


def test_every_size_begins_with_the_small_ones():
    for kind in ("quotient", "requantize", "stream", "window"):
        small = [proof.name for proof in select_proofs([kind], every=False)]
        every = [proof.name for proof in select_proofs([kind], every=True)]
        assert len(set(every)) == len(every)
        assert set(small) <= set(every)


def test_no_such_proof():
    with pytest.raises(
        ValueError, match="There is no proof 'stram'; proofs begin with dot_product"
    ):
        select_proofs(["stram"], every=False)
