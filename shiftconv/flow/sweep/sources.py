"""Models of a sweep, and the quantized networks that are to be had from them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from numpy.typing import NDArray

from quant.calibration import make_calibration
from quant.convert import convert
from quant.evaluate import described
from quant.float_network.graph import FloatNetwork
from quant.network import Network
from quant.onnx_io import (
    is_quantized,
    model_digest,
    read_float,
    read_quantized,
    write_quantized,
)
from quant.quantizers import make_quantizer
from shiftconv.flow.models import float_model_path, samples_of
from shiftconv.flow.sweep.origin import digest_of_arrays, digest_of_parts, sources_digest

__all__ = ["Source", "Variant", "network_of", "onnx_of", "read_source"]


@dataclass(frozen=True, eq=False)
class Source:
    """A model, read.

    Parameters
    ----------
    model : str
        File, or name of a network that ships.
    digest : str
        Of all that its quantized networks depend on, but for the scheme.
    network : Network or None
        The network of a quantized file.
    graph : FloatNetwork or None
        That of any other, with
    samples : ndarray of float64, shape (n, *in_shape), or None
        to calibrate on, and the name of the
    calibration : str
    """

    model: str
    digest: str
    network: Network | None = None
    graph: FloatNetwork | None = None
    samples: NDArray[np.float64] | None = None
    calibration: str = "min_max"

    @property
    def in_shape(self) -> tuple[int, int, int]:
        """Of an image."""
        either = self.network or self.graph
        assert either is not None
        return either.in_shape

    def variants(
        self, schemes: Sequence[str], bits: Sequence[int], act_widths: Sequence[int]
    ) -> Iterator["Variant"]:
        """Its networks: one of a quantized file, whatever the schemes are."""
        if self.network is not None:
            known = described(self.network)
            width = self.network.in_format.width
            yield Variant(self, known.scheme, known.bits, width)
            return
        for choice in dict.fromkeys(product(schemes, bits, act_widths)):
            yield Variant(self, *choice)

    def quantized(self, scheme: str, bits: int, act_width: int) -> bytes:
        """ONNX file of the network in a scheme; raises ValueError if it cannot be had."""
        assert self.graph is not None
        assert self.samples is not None
        return onnx_of(
            convert(
                self.graph,
                self.samples,
                quantizer=make_quantizer(scheme, bits),
                calibration=make_calibration(self.calibration),
                act_width=act_width,
            )
        )


@dataclass(frozen=True, eq=False)
class Variant:
    """One quantized network of a source: its scheme, bits of a weight and of an activation."""

    source: Source
    scheme: str
    bits: int
    act_width: int

    @property
    def asked(self) -> dict[str, str | int]:
        """What tells it from others, as columns of a row."""
        return {
            "model": self.source.model,
            "scheme": self.scheme,
            "bits": self.bits,
            "act_width": self.act_width,
        }

    @property
    def key(self) -> str:
        """Digest of all that it depends on."""
        return digest_of_parts(self.asked, self.source.digest, sources_digest())


def read_source(
    model: str, *, calibrate: Path | None = None, calibration: str = "min_max"
) -> Source:
    """Read a float or quantized model.

    Parameters
    ----------
    model : str
        File, or name of a network that ships.
    calibrate : Path, optional
        Samples for a float one; those that ship without it.
    calibration : str

    Raises
    ------
    ModelError, ValueError
        If it cannot be read, or the samples do not fit.
    """
    make_calibration(calibration)
    path = float_model_path(model)
    digest = model_digest(path)
    if is_quantized(path):
        return Source(model, digest, network=read_quantized(path))
    graph = read_float(path)
    samples = graph.check_input(samples_of(model, calibrate))
    known = digest_of_parts(digest, digest_of_arrays(samples), calibration)
    return Source(model, known, graph=graph, samples=samples, calibration=calibration)


def onnx_of(network: Network) -> bytes:
    """The file that :func:`~quant.onnx_io.write_quantized` writes."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "network.onnx"
        write_quantized(network, path)
        return path.read_bytes()


def network_of(onnx: bytes) -> Network:
    """The network of such a file."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "network.onnx"
        path.write_bytes(onnx)
        return read_quantized(path)
