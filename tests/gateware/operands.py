"""Windows of several folds as operands of processing elements, and their dot products."""

import numpy as np

from quant.codebook import PowerOfTwo, TwosComplement
from shiftconv.flow.simulation.stream_simulation import simulate_streams
from tests.gateware.images import payload_bits

__all__ = ["acc_width_of", "check_dot_products", "codebooks_of"]

CODEBOOKS = {
    PowerOfTwo: [PowerOfTwo(n) for n in range(5)],
    TwosComplement: [TwosComplement(n) for n in (2, 3, 4, 8, 16)],
}
FOLDS = [1, 3, 1, 1, 2, 5, 1, 4]


def codebooks_of(structure):
    """Codebooks that a structure takes, ascending."""
    return [book for book in CODEBOOKS[structure.codebook_type] if structure.takes(book)]


def random_windows(rng, codebook, fmt, lanes, n_codes=1):
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


def operand_bits(windows, codebook, fmt):
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


def check_dot_products(component, codebook, fmt, rng, n_codes=1):
    """Check sums; the cycle of each, too, in the first half, behind which both sides pause.

    ``component`` has ``lanes``.
    """
    flowing, stalling = (
        list(random_windows(rng, codebook, fmt, component.lanes, n_codes)) for _ in range(2)
    )
    windows = flowing + stalling
    recording = simulate_streams(
        component,
        {"i": list(operand_bits(windows, codebook, fmt))},
        len(windows),
        stall=0.5,
        stall_from=0.5,
        rng=rng,
    )
    golden = [
        payload_bits((acts[:, None] * levels).sum(axis=(0, 2)), component.acc_width)
        for acts, levels in windows
    ]
    assert recording.payloads == golden
    folds = [len(acts) for acts, _ in flowing]
    cycles = recording.cycles[: len(flowing)]
    assert cycles == (np.cumsum(folds) + component.latency).tolist()


def acc_width_of(codebook, fmt, lanes):
    """The least width that holds every sum of the windows."""
    reach = fmt.max_abs * int(np.abs(codebook.levels).max()) * lanes * max(FOLDS)
    return reach.bit_length() + 1
