"""MODEL arguments: a file, or the name of a network that ships."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from quant import zoo
from quant.calibration import make_calibration
from quant.convert import convert
from quant.convert.equalization import equalized
from quant.convert.refinement import refined
from quant.datasets import load_dataset, pixel_values
from quant.float_network.graph import FloatNetwork
from quant.network import Network
from quant.onnx_io import ModelError, is_quantized, read_float, read_quantized
from quant.quantizers import make_quantizer

__all__ = [
    "float_model",
    "float_model_path",
    "quantize",
    "quantized_model",
    "refine",
    "samples_of",
]

N_REFINING = 1000


def _ships(model: str) -> bool:
    return model in (*zoo.names(), *zoo.retrained_names()) and not Path(model).exists()


def float_model_path(model: str) -> Path:
    """File of a float network, or of a retrained one that ships.

    Raises
    ------
    ModelError
        If there is no such file or network.
    """
    path = zoo.path(model) if _ships(model) else Path(model)
    if not path.exists():
        raise ModelError(
            f"There is no file {model}, and no network of that name ships "
            f"(these do: {', '.join((*zoo.names(), *zoo.retrained_names()))})"
        )
    return path


def float_model(model: str) -> FloatNetwork:
    """Float network; raises ModelError if it can't be read, or is quantized already."""
    path = float_model_path(model)
    if is_quantized(path):
        raise ModelError(f"{path} is quantized already; a float network is needed here")
    return read_float(path)


def quantized_model(model: str, *, scheme: str, bits: int, act_width: int) -> Network:
    """Quantized network: from its file, or, for one that ships, quantized here and now.

    Parameters
    ----------
    model : str
    scheme, bits, act_width
        For a float network that ships; a file has its own, and so has a retrained network.

    Raises
    ------
    ModelError
        If the file can't be read, or holds a float network.
    """
    if _ships(model):
        return zoo.load_quantized(model, scheme=scheme, bits=bits, act_width=act_width)
    path = float_model_path(model)
    if not is_quantized(path):
        raise ModelError(
            f"{path} holds a float network; `shiftconv quantize` makes a quantized one of it"
        )
    return read_quantized(path)


def samples_of(model: str, path: Path | None) -> NDArray[np.float64]:
    """Real calibration samples: from a file or folder, or those that ship with a network."""
    float_model_path(model)
    if path is not None:
        if path.suffix == ".npz" and path.is_file():
            return pixel_values(_images_of(path))
        images, _ = load_dataset(path, "train")
        return pixel_values(images[:512])
    if _ships(model):
        return pixel_values(zoo.load_samples(model).calibration)
    raise ModelError(f"Calibration samples for {model} are missing; name them with --calibrate")


def refine(network: Network, path: Path, on_layer: Callable[[str], None]) -> Network:
    """The network with steps tuned on labelled images: an npz file's, or training images of a
    folder, at most 1,000 from the end, where no calibration samples are taken.

    Raises
    ------
    ModelError, ValueError
        If there are no such images, or they do not fit.
    """
    images, labels = load_dataset(path, "train")
    some = slice(-N_REFINING, None)
    act = network.in_format.quantize(pixel_values(images[some]))
    found = refined(network, act, labels[some], on_layer=on_layer)
    # The noise that is known is that of the old steps.
    known = {key: text for key, text in network.metadata.items() if key != "sqnr_db"}
    return replace(found, metadata=known | {"refined": f"{len(act)} images"})


def _images_of(path: Path) -> NDArray:
    """The array ``images`` of an npz file, or its only array."""
    try:
        with np.load(path, allow_pickle=False) as arrays:
            name = "images" if "images" in arrays else arrays.files[0]
            return arrays[name]
    except (ValueError, OSError, IndexError, KeyError) as error:
        raise ModelError(f"{path} is not an npz file of images: {error}") from error


def quantize(
    model: str,
    samples: NDArray[np.float64],
    *,
    scheme: str,
    bits: int,
    act_width: int,
    calibration: str,
    equalize: bool = False,
) -> Network:
    """Quantize a float network after training.

    Parameters
    ----------
    model : str
    samples : ndarray of float64, shape (n, *in_shape)
    scheme, calibration : str
        As :func:`~quant.quantizers.make_quantizer` and
        :func:`~quant.calibration.make_calibration` take them.
    bits, act_width : int
        Of a weight and of an activation.
    equalize : bool
        Whether scale moves between layers before.

    Raises
    ------
    ModelError, ValueError
        If the network, the samples or the options do not fit.
    """
    quantizer, how = make_quantizer(scheme, bits), make_calibration(calibration)
    graph = float_model(model)
    network = convert(
        equalized(graph, samples) if equalize else graph,
        samples,
        quantizer=quantizer,
        calibration=how,
        act_width=act_width,
    )
    known = {"equalized": "yes"} if equalize else {}
    return replace(network, metadata=network.metadata | known)
