"""Data sets on disk, whole and damaged."""

import gzip
import pickle

import numpy as np
import pytest

from quant.datasets import load_dataset, pixel_values

COUNTS = {"train": 5, "test": 3}


def idx(array):
    header = bytes([0, 0, 8, array.ndim]) + np.array(array.shape, ">i4").tobytes()
    return header + array.astype(np.uint8).tobytes()


@pytest.fixture
def digits(rng):
    return {
        split: (rng.integers(0, 256, (n, 4, 3)), rng.integers(0, 10, n))
        for split, n in COUNTS.items()
    }


@pytest.fixture
def pictures(rng):
    return rng.integers(0, 256, (4, 3072), dtype=np.uint8), rng.integers(0, 10, 4)


def write_mnist(folder, digits, suffix="", pack=bytes):
    folder.mkdir(parents=True, exist_ok=True)
    for split, prefix in (("train", "train"), ("test", "t10k")):
        for part, array in zip(("images-idx3", "labels-idx1"), digits[split], strict=True):
            (folder / f"{prefix}-{part}-ubyte{suffix}").write_bytes(pack(idx(array)))


def write_cifar(folder, pictures, binary):
    pixels, labels = pictures
    batches = [f"data_batch_{number}" for number in range(1, 6)] + ["test_batch"]
    for name in batches:
        if binary:
            rows = np.concatenate([labels[:, None].astype(np.uint8), pixels], axis=1)
            (folder / f"{name}.bin").write_bytes(rows.tobytes())
        else:
            batch = {b"data": pixels, b"labels": labels.tolist(), b"batch_label": b"x"}
            (folder / name).write_bytes(pickle.dumps(batch))


@pytest.mark.parametrize(("suffix", "pack"), [("", bytes), (".gz", gzip.compress)])
@pytest.mark.parametrize("below", [".", "MNIST/raw"])
@pytest.mark.parametrize("split", COUNTS)
def test_mnist(tmp_path, digits, suffix, pack, below, split):
    write_mnist(tmp_path / below, digits, suffix, pack)
    images, labels = load_dataset(tmp_path, split)
    assert images.dtype == np.uint8
    assert (images[..., 0] == digits[split][0]).all()
    assert (labels == digits[split][1]).all()


@pytest.mark.parametrize("binary", [False, True])
def test_cifar(tmp_path, pictures, binary):
    write_cifar(tmp_path, pictures, binary)
    images, labels = load_dataset(tmp_path)
    assert images.shape == (4, 32, 32, 3)
    assert (images[2, 5, 7] == pictures[0][2].reshape(3, 32, 32)[:, 5, 7]).all()
    assert (labels == pictures[1]).all()
    assert len(load_dataset(tmp_path, "train")[0]) == 20


@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
def test_npz(tmp_path, rng, dtype):
    images = (rng.random((3, 4, 5, 2)) * 100).astype(dtype)
    np.savez_compressed(tmp_path / "test.npz", images=images, labels=np.arange(3, dtype=np.uint8))
    for path in (tmp_path, tmp_path / "test.npz", str(tmp_path)):
        found, labels = load_dataset(path)
        assert (found == images).all()
        assert labels.dtype == np.int64


def test_pixel_values():
    assert pixel_values(np.array([0, 128, 255], np.uint8)).tolist() == [0, 0.5, 255 / 256]
    assert pixel_values(np.array([3.5], np.float32)).tolist() == [3.5]
    with pytest.raises(ValueError, match="Images must be uint8 or floating point, not int64"):
        pixel_values(np.array([1]))


def refused(path, message, split="test"):
    with pytest.raises(ValueError, match=message) as caught:
        load_dataset(path, split)
    assert str(path) in str(caught.value)


def test_nothing_there(tmp_path):
    refused(tmp_path / "none", "no such folder or file")
    refused(tmp_path, "no test images found; known are MNIST")
    (tmp_path / "a.txt").touch()
    refused(tmp_path / "a.txt", "a data file must be .npz")
    with pytest.raises(ValueError, match="Split must be one of train, test, not 'all'"):
        load_dataset(tmp_path, "all")


def test_labels_missing(tmp_path, digits):
    write_mnist(tmp_path, digits)
    (tmp_path / "t10k-labels-idx1-ubyte").unlink()
    refused(tmp_path, "t10k-labels-idx1-ubyte is missing beside the images")


def test_labels_of_other_length(tmp_path, digits):
    write_mnist(tmp_path, digits)
    (tmp_path / "t10k-labels-idx1-ubyte").write_bytes(idx(np.zeros(7)))
    refused(tmp_path, r"and labels \(n,\), not \(3, 4, 3, 1\) and \(7,\)")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda content: content[:-1], "52 bytes expected, but 51 found"),
        (lambda content: content + b"x", "52 bytes expected, but 53 found"),
        (lambda content: content[:9], "not an idx file of unsigned bytes"),
        (lambda content: b"", "not an idx file of unsigned bytes"),
        (lambda content: b"\0\0\x0d\x03" + content[4:], "not an idx file of unsigned bytes"),
        (lambda content: content[:4] + b"\xff" * 12 + content[16:], "bytes expected|negative"),
    ],
)
def test_damaged_idx(tmp_path, digits, change, message):
    write_mnist(tmp_path, digits)
    path = tmp_path / "t10k-images-idx3-ubyte"
    path.write_bytes(change(path.read_bytes()))
    refused(tmp_path, message)


@pytest.mark.parametrize("change", [lambda content: content[:20], lambda content: b"no gzip"])
def test_damaged_gzip(tmp_path, digits, change):
    write_mnist(tmp_path, digits, ".gz", gzip.compress)
    path = tmp_path / "t10k-images-idx3-ubyte.gz"
    path.write_bytes(change(path.read_bytes()))
    refused(tmp_path, "cannot be read")


def test_cifar_batch_missing(tmp_path, pictures):
    write_cifar(tmp_path, pictures, binary=True)
    (tmp_path / "data_batch_3.bin").unlink()
    refused(tmp_path, "data_batch_3.bin missing beside the other batches", "train")


def test_truncated_cifar(tmp_path, pictures):
    write_cifar(tmp_path, pictures, binary=True)
    path = tmp_path / "test_batch.bin"
    path.write_bytes(path.read_bytes()[:-1])
    refused(tmp_path, "size must be a multiple of 3073 bytes, not 12291")


def test_truncated_pickle_anywhere(tmp_path, pictures):
    write_cifar(tmp_path, pictures, binary=False)
    path = tmp_path / "test_batch"
    content = path.read_bytes()
    for end in range(0, len(content), 601):
        path.write_bytes(content[:end])
        with pytest.raises(ValueError, match="test_batch"):
            load_dataset(tmp_path)


class Evil:
    def __reduce__(self):
        return print, ("owned",)


def test_pickle_that_calls_something(tmp_path, capsys):
    (tmp_path / "test_batch").write_bytes(pickle.dumps({b"data": Evil()}))
    refused(tmp_path, "builtins.print is not allowed in a data file")
    assert not capsys.readouterr().out


@pytest.mark.parametrize("batch", [3, {}, {b"data": 3, b"labels": [1]}])
def test_pickle_of_something_else(tmp_path, batch):
    (tmp_path / "test_batch").write_bytes(pickle.dumps(batch))
    refused(tmp_path, "not a CIFAR-10 batch|pixels must be uint8")


def test_damaged_npz(tmp_path):
    path = tmp_path / "a.npz"
    np.savez(path, images=np.zeros((2, 3, 3)))
    refused(path, "an array called images or labels is missing")
    path.write_bytes(path.read_bytes()[:100])
    refused(path, "cannot be read")
    np.savez(path, images=np.array([None]), labels=np.zeros(1))
    refused(path, "cannot be read")
    np.savez(path, images=np.zeros((2, 3, 3)), labels=np.zeros(2))
    refused(path, "labels must be integers, not float64")
    np.savez(path, images=np.zeros((2, 3)), labels=np.zeros(2, int))
    refused(path, r"images must have shape \(n, height, width, channels\)")
