"""Labelled images from a folder: MNIST, CIFAR-10, npz."""

import gzip
import io
import pickle
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["SPLITS", "load_dataset", "pixel_values"]

SPLITS = ("train", "test")

Dataset = tuple[NDArray[Any], NDArray[np.int64]]

_IDX_PREFIX = {"train": "train", "test": "t10k"}
_CIFAR_NAMES = {
    "train": tuple(f"data_batch_{number}" for number in range(1, 6)),
    "test": ("test_batch",),
}
_CIFAR_SHAPE = (3, 32, 32)
_FOLDERS = (".", "MNIST/raw", "cifar-10-batches-bin", "cifar-10-batches-py")


def pixel_values(images: NDArray[Any]) -> NDArray[np.float64]:
    """Real values of images: a uint8 pixel ``p`` stands for ``p / 256``, a float for itself."""
    images = np.asarray(images)
    if images.dtype == np.uint8:
        return images / 256
    if np.issubdtype(images.dtype, np.floating):
        return images.astype(np.float64)
    raise ValueError(f"Images must be uint8 or floating point, not {images.dtype}")


def load_dataset(path: str | Path, split: str = "test") -> Dataset:
    """Images and labels of a data set on disk.

    Parameters
    ----------
    path : str or Path
        An npz file, or a folder with MNIST idx files (plain or ``.gz``), CIFAR-10 batches (binary
        or Python), or ``train.npz`` and ``test.npz``. An npz holds ``images``, shape
        (n, height, width, channels) or (n, height, width), and ``labels``, shape (n,).
    split : {"test", "train"}
        Which half; a single npz file has only one.

    Returns
    -------
    images : ndarray of uint8 or floating point, shape (n, height, width, channels)
    labels : ndarray of int64, shape (n,)

    Raises
    ------
    ValueError
        If nothing is found, or a file is truncated or malformed.
    """
    if split not in SPLITS:
        raise ValueError(f"Split must be one of {', '.join(SPLITS)}, not {split!r}")
    path = Path(path)
    if path.is_file():
        if path.suffix != ".npz":
            raise ValueError(f"{path}: a data file must be .npz; other formats are folders")
        return _checked(path, *_read(path, _npz))
    if not path.is_dir():
        raise ValueError(f"{path}: no such folder or file")
    for folder in (path / name for name in _FOLDERS):
        for reader in (_mnist, _cifar_binary, _cifar_pickle, _npz_folder):
            found = reader(folder, split)
            if found is not None:
                return _checked(path, *found)
    raise ValueError(
        f"{path}: no {split} images found; known are MNIST idx files, CIFAR-10 batches, "
        f"and {split}.npz"
    )


def _checked(path: Path, images: NDArray[Any], labels: NDArray[Any]) -> Dataset:
    if images.ndim == 3:
        images = images[..., None]
    if images.ndim != 4 or labels.shape != images.shape[:1]:
        raise ValueError(
            f"{path}: images must have shape (n, height, width, channels) and labels (n,), "
            f"not {images.shape} and {labels.shape}"
        )
    if not np.issubdtype(labels.dtype, np.integer):
        raise ValueError(f"{path}: labels must be integers, not {labels.dtype}")
    pixel_values(images[:0])
    return images, labels.astype(np.int64)


def _read(path: Path, parse: Callable[[Path, bytes], Any]) -> Any:
    """What ``parse`` makes of the bytes of a file; damage becomes a ValueError with its name."""
    try:
        content = path.read_bytes()
        if path.suffix == ".gz":
            content = gzip.decompress(content)
        return parse(path, content)
    except (OSError, EOFError, zlib.error, zipfile.BadZipFile, pickle.UnpicklingError) as error:
        raise ValueError(f"{path}: cannot be read ({error})") from error


def _exact(path: Path, content: bytes, size: int) -> None:
    if len(content) != size:
        raise ValueError(f"{path}: {size} bytes expected, but {len(content)} found")


def _idx(path: Path, content: bytes) -> NDArray[np.uint8]:
    n_dims = content[3] if len(content) >= 4 else 0
    start = 4 + 4 * n_dims
    if content[:3] != b"\0\0\x08" or not n_dims or len(content) < start:
        raise ValueError(f"{path}: not an idx file of unsigned bytes")
    shape = np.frombuffer(content, ">i4", n_dims, 4).astype(int)
    _exact(path, content, start + int(np.prod(shape)))
    return np.frombuffer(content, np.uint8, offset=start).reshape(shape)


def _mnist(folder: Path, split: str) -> tuple[NDArray[Any], NDArray[Any]] | None:
    parts: list[NDArray[Any]] = []
    for part in ("images-idx3-ubyte", "labels-idx1-ubyte"):
        stem = f"{_IDX_PREFIX[split]}-{part}"
        names = (stem, f"{stem}.gz", stem.replace("-idx", ".idx"))
        files = [folder / name for name in names if (folder / name).is_file()]
        if not files:
            if parts:
                raise ValueError(f"{folder}: {stem} is missing beside the images")
            return None
        parts.append(_read(files[0], _idx))
    return parts[0], parts[1]


def _cifar_binary(folder: Path, split: str) -> tuple[NDArray[Any], NDArray[Any]] | None:
    return _cifar(folder, [f"{name}.bin" for name in _CIFAR_NAMES[split]], _binary_batch)


def _cifar_pickle(folder: Path, split: str) -> tuple[NDArray[Any], NDArray[Any]] | None:
    return _cifar(folder, list(_CIFAR_NAMES[split]), _pickle_batch)


def _cifar(
    folder: Path, names: list[str], parse: Callable[[Path, bytes], Any]
) -> tuple[NDArray[Any], NDArray[Any]] | None:
    files = [folder / name for name in names]
    missing = [file.name for file in files if not file.is_file()]
    if len(missing) == len(files):
        return None
    if missing:
        raise ValueError(f"{folder}: {', '.join(missing)} missing beside the other batches")
    batches = [_read(file, parse) for file in files]
    pixels = np.concatenate([pixels for pixels, _ in batches]).reshape(-1, *_CIFAR_SHAPE)
    return pixels.transpose(0, 2, 3, 1), np.concatenate([labels for _, labels in batches])


def _binary_batch(path: Path, content: bytes) -> tuple[NDArray[Any], NDArray[Any]]:
    size = 1 + int(np.prod(_CIFAR_SHAPE))
    if not content or len(content) % size:
        raise ValueError(f"{path}: size must be a multiple of {size} bytes, not {len(content)}")
    rows = np.frombuffer(content, np.uint8).reshape(-1, size)
    return rows[:, 1:], rows[:, 0]


class _ArraysOnly(pickle.Unpickler):
    """Unpickler that builds arrays and plain containers, and refuses everything else."""

    _ALLOWED = frozenset(
        {
            ("numpy.core.multiarray", "_reconstruct"),
            ("numpy._core.multiarray", "_reconstruct"),
            ("numpy", "ndarray"),
            ("numpy", "dtype"),
            ("_codecs", "encode"),
        }
    )

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in self._ALLOWED:
            raise pickle.UnpicklingError(f"{module}.{name} is not allowed in a data file")
        return super().find_class(module.replace("numpy.core", "numpy._core"), name)


def _pickle_batch(path: Path, content: bytes) -> tuple[NDArray[Any], NDArray[Any]]:
    try:
        batch = _ArraysOnly(io.BytesIO(content), encoding="bytes").load()
        pixels, labels = np.asarray(batch[b"data"]), np.asarray(batch[b"labels"])
    except (KeyError, TypeError, AttributeError, ValueError, IndexError) as error:
        raise ValueError(f"{path}: not a CIFAR-10 batch ({error})") from error
    if pixels.dtype != np.uint8 or pixels.shape != (len(labels), int(np.prod(_CIFAR_SHAPE))):
        raise ValueError(f"{path}: pixels must be uint8 of shape (n, 3072), not {pixels.shape}")
    return pixels, labels


def _npz(path: Path, content: bytes) -> tuple[NDArray[Any], NDArray[Any]]:
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
            return arrays["images"], arrays["labels"]
    except KeyError as error:
        raise ValueError(f"{path}: an array called images or labels is missing") from error
    except ValueError as error:
        raise ValueError(f"{path}: cannot be read ({error})") from error


def _npz_folder(folder: Path, split: str) -> tuple[NDArray[Any], NDArray[Any]] | None:
    path = folder / f"{split}.npz"
    return _read(path, _npz) if path.is_file() else None
