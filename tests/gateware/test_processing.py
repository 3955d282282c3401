"""Contract of the processing elements, and of the array that holds several."""

import numpy as np
import pytest

from quant.codebook import PowerOfTwo, TwosComplement
from quant.fixed_point import ActFormat
from shiftconv.flow.stream_simulation import simulate_streams
from shiftconv.gateware.array import Array
from shiftconv.gateware.beat import act_shape
from shiftconv.gateware.processing import PES
from tests.gateware.images import payload_bits

CODEBOOKS = {
    PowerOfTwo: [PowerOfTwo(n) for n in range(5)],
    TwosComplement: [TwosComplement(n) for n in (2, 3, 4, 8, 16)],
}
FORMATS = [ActFormat(width, 0, signed) for width in (4, 8, 16) for signed in (False, True)]
LANES = [1, 2, 3, 5, 16]
FOLDS = [1, 3, 1, 1, 2, 5, 1, 4]


@pytest.fixture(params=PES.values(), ids=PES)
def pe(request):
    return request.param


def _windows(rng, codebook, fmt, lanes, n_codes=1):
    """Acts (folds, lanes) and levels (folds, n_codes, lanes) of windows of several folds."""
    zero = min(codebook.levels, key=abs)
    corners = [
        (act, level)
        for act in (fmt.lo, 0, fmt.hi)
        for level in (codebook.levels[0], zero, codebook.levels[-1])
    ]
    for n, folds in enumerate(FOLDS * 4):
        acts = rng.integers(fmt.lo, fmt.hi + 1, (folds, lanes))
        levels = rng.choice(codebook.levels, (folds, n_codes, lanes))
        if n < len(corners):
            acts[:], levels[:] = corners[n]
        yield acts, levels


def _payloads(windows, codebook, fmt):
    """Operands of every fold as bits: acts, codes, the mark of the last."""
    for acts, levels in windows:
        codes = codebook.encode(levels).reshape(len(acts), -1)
        for n, (act, code) in enumerate(zip(acts, codes, strict=True)):
            act_bits = payload_bits(act, fmt.width)
            code_bits = payload_bits(code, codebook.code_width)
            last = n == len(acts) - 1
            code_at = len(act) * fmt.width
            last_at = code_at + len(code) * codebook.code_width
            yield act_bits | code_bits << code_at | last << last_at


def _run(component, codebook, fmt, rng, stall, n_codes=1):
    """Check sums and, without stalls, the cycle of each; ``component`` has ``lanes``."""
    windows = list(_windows(rng, codebook, fmt, component.lanes, n_codes))
    recording = simulate_streams(
        component,
        {"i": list(_payloads(windows, codebook, fmt))},
        len(windows),
        stall=stall,
        rng=rng,
    )
    golden = [
        payload_bits((acts[:, None] * levels).sum(axis=(0, 2)), component.acc_width)
        for acts, levels in windows
    ]
    assert recording.payloads == golden
    if not stall:
        folds = [len(acts) for acts, _ in windows]
        assert recording.cycles == (np.cumsum(folds) + component.latency).tolist()


def _acc_width(codebook, fmt, lanes):
    """The least width that holds every sum of the windows."""
    reach = fmt.max_abs * int(np.abs(codebook.levels).max()) * lanes * max(FOLDS)
    return reach.bit_length() + 1


@pytest.mark.parametrize("lanes", LANES)
@pytest.mark.parametrize("n_codebook", range(5))
def test_dot_products_in_time(pe, lanes, n_codebook, rng, stall):
    codebook = CODEBOOKS[pe.codebook_type][n_codebook]
    fmt = FORMATS[(n_codebook + LANES.index(lanes)) % len(FORMATS)]
    element = pe(
        codebook=codebook,
        act=act_shape(fmt),
        lanes=lanes,
        acc_width=_acc_width(codebook, fmt, lanes),
    )
    _run(element, codebook, fmt, rng, stall)


@pytest.mark.parametrize("fmt", FORMATS, ids=str)
def test_every_activation_format(pe, fmt, rng, stall):
    codebook = CODEBOOKS[pe.codebook_type][2]
    element = pe(
        codebook=codebook, act=act_shape(fmt), lanes=3, acc_width=_acc_width(codebook, fmt, 3)
    )
    _run(element, codebook, fmt, rng, stall)


@pytest.mark.parametrize("out_par", [1, 3])
@pytest.mark.parametrize("lanes", [1, 4])
def test_array(pe, out_par, lanes, rng, stall):
    codebook, fmt = CODEBOOKS[pe.codebook_type][2], ActFormat(8, 0, signed=True)
    array = Array(
        pe=pe.kind,
        codebook=codebook,
        act=act_shape(fmt),
        lanes=lanes,
        out_par=out_par,
        acc_width=_acc_width(codebook, fmt, lanes),
    )
    _run(array, codebook, fmt, rng, stall, n_codes=out_par)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"lanes": 0}, "Number of lanes must be a positive integer, not 0"),
        ({"acc_width": 0}, "Accumulator width must be a positive integer, not 0"),
        ({"codebook": None}, r"Codebook must be a \w+ for the \w+, not None"),
    ],
)
def test_wrong_arguments(pe, change, message):
    arguments = {"codebook": CODEBOOKS[pe.codebook_type][2], "act": 8, "lanes": 2, "acc_width": 20}
    with pytest.raises(ValueError, match=message):
        pe(**arguments | change)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"pe": "mac"}, "Processing element must be one of svpe, vpe, not 'mac'"),
        ({"out_par": 0}, "Output parallelism must be a positive integer, not 0"),
    ],
)
def test_wrong_arguments_of_the_array(change, message):
    arguments = {
        "codebook": PowerOfTwo(2),
        "act": 8,
        "lanes": 2,
        "out_par": 2,
        "acc_width": 20,
        "pe": "svpe",
    }
    with pytest.raises(ValueError, match=message):
        Array(**arguments | change)
