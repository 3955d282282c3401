"""A long session of damaged model files: ``python -m tests.quant.fuzz_session --minutes 10``.

Every seed is a file of its own, changed or damaged in its own way; what is not answered by one
sentence is kept in the folder named, and told with its seed.
"""

import argparse
import faulthandler
import random
import shutil
import signal
import sys
import tempfile
import time
import traceback
import warnings
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import numpy as np
import onnx

from quant.codebook import PowerOfTwo
from quant.onnx_io import read_float, read_quantized, write_quantized
from tests.quant.onnx_stored.test_graphs import FORMATS, every_kind
from tests.quant.test_onnx_fuzz import MUTATIONS, damaged, judge, mixed
from tests.quant.test_onnx_io import small_network

SECONDS = 60


def originals(folder: Path) -> list[tuple[onnx.ModelProto, bool]]:
    """Models to start from, and whether each is a quantized one."""
    rng = np.random.default_rng(0)
    path = folder / "net.onnx"
    found = [(mixed(path, rng), False)]
    for network in (
        small_network(rng, FORMATS[3], FORMATS[2], PowerOfTwo(2)),
        every_kind(rng, FORMATS[0], FORMATS[1]),
    ):
        write_quantized(network, path)
        model = onnx.load(path)
        found.append((model, True))
        bare = onnx.ModelProto()
        bare.CopyFrom(model)
        del bare.metadata_props[:]
        found.append((bare, True))
    exports = Path(__file__).parent / "onnx_float" / "exports"
    return found + [(onnx.load(export), False) for export in sorted(exports.glob("*.onnx"))]


def attempt(seed: int, models: list[tuple[onnx.ModelProto, bool]], path: Path) -> None:
    """Write the file of a seed and read it."""
    dice = random.Random(seed)
    model, quantized = dice.choice(models)
    changed = onnx.ModelProto()
    changed.CopyFrom(model)
    if dice.random() < 0.7:
        for _ in range(dice.choice([1, 1, 2, 3, 6])):
            # What an earlier change has left may be nothing that can be changed any more.
            with suppress(Exception):
                dice.choice(MUTATIONS)(changed, dice)
        content = changed.SerializeToString()
    else:
        content = damaged(changed.SerializeToString(), dice)
    path.write_bytes(content)
    judge(path, read_quantized if quantized else read_float)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run seeds until the time is over; the exit code tells whether any file was too much."""
    parser = argparse.ArgumentParser(prog="fuzz_session", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--seed", type=int, default=0, help="the first one")
    parser.add_argument("--keep", type=Path, help="folder for files that were too much")
    options = parser.parse_args(arguments)
    warnings.simplefilter("ignore")
    faulthandler.enable()

    def bark(*_: object) -> None:
        raise TimeoutError(f"no answer within {SECONDS} s")

    signal.signal(signal.SIGALRM, bark)
    until, seed, bad = time.monotonic() + 60 * options.minutes, options.seed, 0
    with tempfile.TemporaryDirectory() as name:
        models = originals(Path(name))
        path = Path(name) / "net.onnx"
        while time.monotonic() < until:
            signal.alarm(SECONDS)
            try:
                attempt(seed, models, path)
            except Exception as error:
                bad += 1
                print(f"seed {seed}: {type(error).__name__}: {error}")
                traceback.print_exc(limit=-3, file=sys.stdout)
                if options.keep:
                    options.keep.mkdir(parents=True, exist_ok=True)
                    shutil.copy(path, options.keep / f"{seed}.onnx")
            signal.alarm(0)
            seed += 1
    print(f"{seed - options.seed} files from seed {options.seed} on, {bad} of them too much")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
