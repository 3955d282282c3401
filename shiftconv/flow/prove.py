"""Run proofs, keep what was proved, write counterexamples."""

import hashlib
import json
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from fnmatch import fnmatch
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from shiftconv.flow.files import write_atomic
from shiftconv.flow.proofs import PROOF_KINDS
from shiftconv.flow.prover.prove import problem_digest, prove
from shiftconv.flow.prover.verdict import Proof
from shiftconv.flow.prover.waves import input_lines, vcd_text
from shiftconv.flow.tools import tool_versions

__all__ = ["prover_versions", "run_proofs", "select_proofs"]

KEPT = "proofs.json"
SAVE_SECONDS = 2.0
# Folders of all that can change a verdict: those of the prover, and those of what is proved.
PROVER = ("shiftconv.flow.prover",)
PROVED = (
    "quant",
    "boards",
    "shiftconv.gateware",
    "shiftconv.flow.simulation.cell_models",
    "shiftconv.flow.proofs",
)

Row = dict[str, Any]


def prover_versions() -> dict[str, str]:
    """Versions of everything that can change a verdict."""
    return {**tool_versions(), "bitwuzla": version("bitwuzla")}


def select_proofs(what: Sequence[str], *, every: bool) -> list[Proof]:
    """Proofs whose names begin with one of ``what``, or match it as a pattern; all without it.

    Raises
    ------
    ValueError
        If there is none.
    """
    patterns = what or ["*"]
    kinds = [
        kind
        for name, kind in PROOF_KINDS.items()
        if any(fnmatch(name, pattern.partition("/")[0]) for pattern in patterns)
    ]
    proofs = [proof for kind in kinds for proof in kind.proofs(every=every)]
    for pattern in patterns:
        if not any(_matches(proof.name, pattern) for proof in proofs):
            raise ValueError(
                f"There is no proof {pattern!r}; proofs begin with {', '.join(PROOF_KINDS)}"
            )
    return [proof for proof in proofs if any(_matches(proof.name, p) for p in patterns)]


def _matches(name: str, pattern: str) -> bool:
    return f"{name}/".startswith(f"{pattern.rstrip('/')}/") or fnmatch(name, pattern)


def run_proofs(
    proofs: Sequence[Proof],
    *,
    work: Path,
    n_parallel: int = 1,
    time_limit: float,
    on_done: Callable[[Row], None] = lambda row: None,
) -> list[Row]:
    """Prove each; what was proved before is not proved again as long as its design, what is
    claimed of it and the prover are the same.

    Parameters
    ----------
    proofs : sequence of Proof
    work : Path
        Folder in which verdicts are kept, and counterexamples written as ``.vcd``.
    n_parallel : int
        Processes.
    time_limit : float
        Seconds for each proof.
    on_done : callable
        Is given each row as soon as there is one.

    Returns
    -------
    list of dict
        Of each proof ``name``, ``kind``, ``problem`` and ``sources`` (digests), ``status``,
        ``method``, ``cycles``, ``states``, ``seconds``, ``sentences``; of a refuted one ``inputs``
        and ``vcd`` too.

    Raises
    ------
    ToolError
        If Yosys cannot read a design.
    OutputError
        If ``work`` cannot be written.
    """
    kept = _Kept(work / KEPT)
    rows: dict[str, Row] = {}
    waiting = []
    for proof in proofs:
        row = kept.rows.get(proof.name)
        if row and row["sources"] == kept.sources:
            rows[proof.name] = row
            on_done(row)
        else:
            waiting.append((proof, row))

    def finish(row: Row) -> None:
        row = {**row, "sources": kept.sources}
        rows[row["name"]] = row
        kept.add(row)
        on_done(row)

    try:
        if n_parallel == 1:
            for proof, row in waiting:
                finish(_run(proof, row, work, time_limit))
        else:
            _run_parallel(waiting, work, time_limit, n_parallel, finish)
    finally:
        kept.save()
    return [rows[proof.name] for proof in proofs]


def _run(proof: Proof, kept: Row | None, work: Path, time_limit: float) -> Row:
    """One proof as a row; the kept one if that is of the same problem."""
    problem = problem_digest(proof)
    if kept and kept["problem"] == problem:
        return kept
    verdict = prove(proof, time_limit=time_limit)
    row: Row = {
        "name": proof.name,
        "kind": proof.name.partition("/")[0],
        "problem": problem,
        "status": verdict.status,
        "method": verdict.method,
        "cycles": verdict.cycles,
        "states": verdict.states,
        "seconds": verdict.seconds,
        "sentences": list(verdict.sentences),
    }
    if verdict.trace is not None:
        path = work / f"{proof.name.replace('/', '.').replace(':', '')}.vcd"
        write_atomic(path, vcd_text(verdict.trace))
        row |= {"inputs": input_lines(verdict.trace), "vcd": str(path)}
    return row


def _run_parallel(
    proofs: Sequence[tuple[Proof, Row | None]],
    work: Path,
    time_limit: float,
    n_parallel: int,
    finish: Callable[[Row], None],
) -> None:
    """Several proofs at a time; an error ends all."""
    with ProcessPoolExecutor(n_parallel) as pool:
        futures = [pool.submit(_run, proof, row, work, time_limit) for proof, row in proofs]
        try:
            for future in as_completed(futures):
                finish(future.result())
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


class _Kept:
    """What was proved, in a file that is good as long as the prover is the same."""

    def __init__(self, path: Path):
        self.path = path
        self.prover = _digest(PROVER)
        self.sources = _digest(PROVED)
        self.rows: dict[str, Row] = {}
        self._saved = time.monotonic()
        if path.exists():
            try:
                content = json.loads(path.read_text())
                if content["prover"] == self.prover:
                    self.rows = {row["name"]: row for row in content["proofs"]}
            except (ValueError, KeyError, TypeError):
                self.rows = {}

    def add(self, row: Row) -> None:
        """Keep a proof that was found; whatever failed is tried again."""
        if row["status"] == "proved":
            self.rows[row["name"]] = row
        else:
            self.rows.pop(row["name"], None)
        if time.monotonic() - self._saved > SAVE_SECONDS:
            self.save()

    def save(self) -> None:
        content = {"prover": self.prover, "proofs": list(self.rows.values())}
        write_atomic(self.path, json.dumps(content, indent=1) + "\n")
        self._saved = time.monotonic()


def _digest(packages: Sequence[str]) -> str:
    """Of some folders' sources, and of the tools."""
    digest = hashlib.sha256(json.dumps(prover_versions(), sort_keys=True).encode())
    for package in packages:
        spec = find_spec(package)
        for folder in (spec and spec.submodule_search_locations) or ():
            for file in sorted(Path(folder).rglob("*")):
                if file.suffix in (".py", ".v"):
                    digest.update(file.read_bytes())
    return digest.hexdigest()
