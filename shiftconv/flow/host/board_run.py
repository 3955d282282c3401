"""Images through a board: packed, sent, unpacked, and held against the golden model."""

import io
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from quant.datasets import load_dataset, pixel_values
from quant.evaluate import top1
from shiftconv.flow.files import write_atomic
from shiftconv.flow.generate import read_plan
from shiftconv.flow.manifest import Manifest, ManifestError
from shiftconv.host.link import Link, LinkError
from shiftconv.host.packing import FrameLayout, pack, unpack

__all__ = ["BoardRun", "images_for_board", "run_on_board", "write_logits"]


@dataclass(frozen=True, kw_only=True)
class BoardRun:
    """What a board made of images.

    Parameters
    ----------
    logits : ndarray of int64, shape (n, height, width, channels)
        Output activations; the integer ``x`` stands for ``x * 2**-frac``.
    frac : int
    line_seconds : float
        From the first byte sent to the last result.
    resent : int
        Frames that got lost on the way and were sent again.
    refusals : dict
        What the board dropped, and how often, by the name of the error.
    status : dict
        The board's registers after the run.
    top1 : float or None
        Fraction of images whose largest logit is the label's; None without labels.
    mismatched_values : int or None
        Values that differ from the golden model's; None if none were compared.
    """

    logits: NDArray[np.int64]
    frac: int
    line_seconds: float
    resent: int
    refusals: dict[str, int]
    status: dict[str, Any]
    top1: float | None
    mismatched_values: int | None

    def as_dict(self) -> dict[str, Any]:
        """Plain containers for JSON; the logits are not among them."""
        images = len(self.logits)
        values = {name: value for name, value in vars(self).items() if name != "logits"}
        return {"images": images, "frames_per_second": images / self.line_seconds, **values}


def images_for_board(path: Path) -> tuple[NDArray[Any], NDArray[np.int64] | None]:
    """Images and, where there are some, labels: from an npy or npz file, or a data set's folder.

    Raises
    ------
    ValueError
        If there is nothing of that kind.
    """
    if path.suffix != ".npy":
        return load_dataset(path)
    try:
        images = np.load(path, allow_pickle=False)
    except (ValueError, OSError, EOFError) as error:
        raise ValueError(f"{path} cannot be read as an npy file: {error}") from error
    return (images[..., None] if images.ndim == 3 else images), None


def run_on_board(
    folder: Path,
    manifest: Manifest,
    images: NDArray[Any],
    labels: NDArray[np.int64] | None,
    link: Link,
    *,
    compare: bool = False,
    on_result: Callable[[int], None] = lambda done: None,
) -> BoardRun:
    """Send images to a board that holds a network's accelerator.

    Parameters
    ----------
    folder : Path
        Build folder of the network.
    manifest : Manifest
        Its manifest.
    images : ndarray of uint8 or floating point, shape (n, height, width, channels)
        A uint8 pixel ``p`` stands for ``p / 256``.
    labels : ndarray of int64, shape (n,), optional
    link : Link
    compare : bool
        Hold every value against the golden model.
    on_result : callable
        Told how many results are there.

    Raises
    ------
    LinkError
        If the board does not answer, or holds another design.
    ManifestError
        If the folder holds no network.
    ValueError
        If the images do not fit.
    """
    if not manifest.frames:
        raise ManifestError(f"{folder} has no frames for a host; generate it again")
    layout_in = FrameLayout(**manifest.frames["s_axis"])
    layout_out = FrameLayout(**manifest.frames["m_axis"])
    plan = read_plan(manifest, folder)
    network = plan.network
    act = network.in_format.quantize(pixel_values(images))
    data = pack(act, layout_in)
    found = link.status()["DIGEST"]
    if found != manifest.digest:
        raise LinkError(
            f"The board on {link.port} holds the design {found[:12]}..., not "
            f"{manifest.digest[:12]}... of {folder}"
        )
    sent = link.run(data, weights=plan.weight_bytes(), on_result=on_result)
    logits = unpack(sent.results, layout_out)
    return BoardRun(
        logits=logits,
        frac=layout_out.frac,
        line_seconds=sent.seconds,
        resent=sent.resent,
        refusals=sent.refusals,
        status=link.status(),
        top1=None if labels is None else top1(logits, labels),
        mismatched_values=int((logits != network.infer(act)).sum()) if compare else None,
    )


def write_logits(logits: NDArray[np.int64], path: Path) -> None:
    """Write an npy file whole, or not at all; raises OutputError."""
    buffer = io.BytesIO()
    np.save(buffer, logits)
    write_atomic(path, buffer.getvalue())
