"""Bare components that can be generated alone, each with a golden test of its own."""

from abc import ABC, abstractmethod
from dataclasses import asdict, dataclass, fields
from typing import Any, ClassVar, cast

import numpy as np
from amaranth.lib import wiring
from numpy.typing import NDArray

from quant.codebook import Codebook, PowerOfTwo, TwosComplement, codebook_from_name
from quant.fixed_point import ActFormat
from quant.geometry import Geometry
from quant.layers.conv2d import Conv2d
from shiftconv.gateware.array import Array
from shiftconv.gateware.beat import act_shape, n_beats
from shiftconv.gateware.conv_engine import ConvEngine, ConvParameters
from shiftconv.gateware.folding import ConvFolding, WindowMode
from shiftconv.gateware.packing import pack_codes, pack_scales
from shiftconv.gateware.processing_element import ProcessingElement
from shiftconv.plan import cheapest_folding
from shiftconv.target import Target

__all__ = ["COMPONENT_DESIGNS", "ArrayDesign", "ComponentDesign", "ConvDesign", "PeDesign"]

BIAS_BITS = 4
CODEBOOKS: dict[str, type[PowerOfTwo] | type[TwosComplement]] = {
    "svpe": PowerOfTwo,
    "vpe": TwosComplement,
}

IntArray = NDArray[np.int64]


def concatenate(values: IntArray, width: int) -> int:
    """Bits of integers of ``width`` bits each, the first lowest."""
    return sum((int(value) % 2**width) << n * width for n, value in enumerate(np.ravel(values)))


@dataclass(frozen=True, kw_only=True)
class ComponentDesign(ABC):
    """Parameters of a component, as they stand in a manifest.

    Parameters
    ----------
    lane : {"svpe", "vpe"}
        Kind of processing element.
    weight_width : int
        Exponent width of a power-of-two weight, or bits of an integer weight for the ``vpe``.
    weights : str, optional
        Name of a codebook, instead of the lane's of ``weight_width``.
    act_width : int
        Bits of an activation.
    signed : bool
        Whether activations are signed.
    family : str, optional
        Family of devices that it is built for.
    structure : str, optional
        Structure of the processing elements, instead of the family's best.
    """

    kind: ClassVar[str]

    lane: str = "svpe"
    weight_width: int = 2
    weights: str | None = None
    act_width: int = 8
    signed: bool = False
    family: str | None = None
    structure: str | None = None

    def __post_init__(self) -> None:
        if self.lane not in CODEBOOKS:
            raise ValueError(f"Lane must be one of {', '.join(CODEBOOKS)}, not {self.lane!r}")
        terms = [term.codebook for term in self.codebook.terms]
        if self.weights is not None:
            multiplies = any(isinstance(term, TwosComplement) for term in terms)
            object.__setattr__(self, "lane", "vpe" if multiplies else "svpe")
        _ = self.act_format, self.target

    @property
    def codebook(self) -> Codebook:
        """Codebook of the weights."""
        if self.weights is not None:
            return codebook_from_name(self.weights)
        return CODEBOOKS[self.lane](self.weight_width)

    @property
    def n_terms(self) -> int:
        """Lanes of a weight."""
        return len(self.codebook.terms)

    @property
    def target(self) -> Target:
        """What it is built for."""
        return Target(family=self.family, structure=self.structure)

    def _structure_for(self, lanes: int) -> str:
        """Structure of processing elements with ``lanes`` lanes each."""
        return self.target.structure_for(self.codebook, self.act_format, lanes)

    @property
    def act_format(self) -> ActFormat:
        """Format of the activations."""
        return ActFormat(self.act_width, 0, self.signed)

    @property
    def cycles_per_frame(self) -> int | None:
        """Cycles per frame in steady state; None for what takes no frames."""
        return None

    @property
    def macs(self) -> int | None:
        """Multiply-accumulates per frame."""
        return None

    @property
    @abstractmethod
    def n_lanes(self) -> int:
        """Lanes of all processing elements."""

    @abstractmethod
    def component(self) -> wiring.Component:
        """Build it."""

    @abstractmethod
    def stimulus(self, rng: np.random.Generator, n: int) -> tuple[dict[str, list[int]], list[int]]:
        """``n`` random windows or images: payloads of every input stream, and golden output."""

    def as_dict(self) -> dict[str, Any]:
        """Parameters for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, parameters: dict[str, Any]) -> "ComponentDesign":
        """Inverse of :meth:`as_dict`; raises ValueError if a parameter is unknown."""
        known = {field.name for field in fields(cls)}
        for name in parameters:
            if name not in known:
                raise ValueError(f"A {cls.kind} has no parameter {name!r}")
        tupled: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value
            for name, value in parameters.items()
        }
        return cls(**tupled)


@dataclass(frozen=True, kw_only=True)
class ArrayDesign(ComponentDesign):
    """Processing elements that share activations.

    Parameters
    ----------
    lanes : int
        Of each element.
    out_par : int
        Number of elements.
    folds : int
        Folds of a window, which the accumulator must hold.
    """

    kind: ClassVar[str] = "array"

    lanes: int = 16
    out_par: int = 4
    folds: int = 16

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.folds < 1:
            raise ValueError(f"Folds must be a positive integer, not {self.folds!r}")

    @property
    def n_lanes(self) -> int:
        return self.lanes * self.out_par * self.n_terms

    @property
    def acc_width(self) -> int:
        """Bits that no sum can overflow."""
        largest = int(np.abs(self.codebook.levels).max()) * self.act_format.max_abs
        return (largest * self.lanes * self.folds).bit_length() + 1

    def component(self) -> wiring.Component:
        return Array(
            codebook=self.codebook,
            act=act_shape(self.act_format),
            lanes=self.lanes,
            out_par=self.out_par,
            acc_width=self.acc_width,
            structure=self._structure_for(self.lanes),
        )

    def stimulus(
        self, rng: np.random.Generator, n: int, *, stationary: bool = False
    ) -> tuple[dict[str, list[int]], list[int]]:
        """As for any component; ``stationary`` weights are the same for every window."""
        fmt, codebook = self.act_format, self.codebook
        act = rng.integers(fmt.lo, fmt.hi + 1, (n, self.folds, self.lanes))
        shape = (1 if stationary else n, self.folds, self.out_par, self.lanes)
        levels = np.broadcast_to(rng.choice(codebook.levels, shape), (n, *shape[1:]))
        dots = np.einsum("nfl,nfol->no", act, levels)
        code_width = codebook.code_width
        n_codes = self.out_par * self.lanes
        payloads = [
            concatenate(act[w, f], self.act_width)
            | concatenate(codebook.encode(levels[w, f]), code_width) << self.lanes * self.act_width
            | (f == self.folds - 1) << self.lanes * self.act_width + n_codes * code_width
            for w in range(n)
            for f in range(self.folds)
        ]
        return {"i": payloads}, [concatenate(row, self.acc_width) for row in dots]


@dataclass(frozen=True, kw_only=True)
class PeDesign(ArrayDesign):
    """One processing element; ``out_par`` is 1."""

    kind: ClassVar[str] = "pe"

    out_par: int = 1

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.out_par != 1:
            raise ValueError(f"A processing element has one output, not {self.out_par!r}")

    def component(self) -> wiring.Component:
        return ProcessingElement(
            codebook=self.codebook,
            act=act_shape(self.act_format),
            lanes=self.lanes,
            acc_width=self.acc_width,
            structure=self._structure_for(self.lanes),
        )


@dataclass(frozen=True, kw_only=True)
class ConvDesign(ComponentDesign):
    """A convolution engine whose weights arrive by stream.

    Parameters
    ----------
    in_shape : (height, width, channels)
    out_channels : int
    kernel, stride, padding
        As :class:`Geometry` takes them.
    out_width : int
        Bits of an output activation.
    shift_max : int
        Largest right shift of the output.
    window : str
        Window mode of the folding.
    in_par, out_par : int
        Of the folding.
    """

    kind: ClassVar[str] = "conv"

    in_shape: tuple[int, int, int] = (32, 32, 16)
    out_channels: int = 32
    kernel: tuple[int, int] = (3, 3)
    stride: tuple[int, int] = (1, 1)
    padding: tuple[int, int, int, int] = (1, 1, 1, 1)
    out_width: int = 8
    shift_max: int = 15
    window: str = "whole"
    in_par: int = 8
    out_par: int = 1

    @classmethod
    def planned(cls, *, max_cycles: int | None, **parameters: Any) -> "ConvDesign":
        """The design with the folding that is cheapest within ``max_cycles`` cycles per frame."""
        draft = cls(**parameters, window="pixel", in_par=1, out_par=1)
        layer = draft._layer(np.random.default_rng(0))
        folding = cheapest_folding(layer, max_cycles=max_cycles, target=draft.target)
        return cls(
            **parameters, window=folding.mode, in_par=folding.in_par, out_par=folding.out_par
        )

    @property
    def geometry(self) -> Geometry:
        """Where the windows lie."""
        return Geometry(*self.in_shape[:2], self.kernel, self.stride, self.padding)

    @property
    def folding(self) -> ConvFolding:
        """How the work is spread."""
        return ConvFolding(
            mode=cast(WindowMode, self.window), in_par=self.in_par, out_par=self.out_par
        )

    @property
    def parameters(self) -> ConvParameters:
        """The engine's, the accumulator wide enough for any weights and a bias of its size."""
        taps = self.kernel[0] * self.kernel[1] * self.in_shape[2]
        largest = int(np.abs(self.codebook.levels).max()) * self.act_format.max_abs
        return ConvParameters(
            geometry=self.geometry,
            c_in=self.in_shape[2],
            c_out=self.out_channels,
            in_format=self.act_format,
            out_format=ActFormat(self.out_width, 0, self.signed),
            codebook=self.codebook,
            acc_width=(largest * taps).bit_length() + 2,
            shift_min=0,
            shift_max=self.shift_max,
        )

    @property
    def n_lanes(self) -> int:
        n_weights = self.out_par * self.folding.lanes(self.geometry, self.in_shape[2])
        return n_weights * self.n_terms

    @property
    def cycles_per_frame(self) -> int:
        """Cycles per frame in steady state."""
        return self.folding.cycles(self.geometry, self.in_shape[2], self.out_channels)

    @property
    def macs(self) -> int:
        """Multiply-accumulates per frame."""
        return self._layer(np.random.default_rng(0)).macs

    def component(self) -> ConvEngine:
        lanes = self.folding.lanes(self.geometry, self.in_shape[2])
        return ConvEngine(
            self.parameters, folding=self.folding, structure=self._structure_for(lanes)
        )

    def _layer(self, rng: np.random.Generator) -> Conv2d:
        """A golden layer with random weights."""
        p = self.parameters
        reach = 2 ** (p.acc_width - BIAS_BITS)
        shape = (*self.kernel, self.in_shape[2], self.out_channels)
        return Conv2d(
            in_shape=self.in_shape,
            in_format=p.in_format,
            out_format=p.out_format,
            codebook=p.codebook,
            levels=rng.choice(p.codebook.levels, shape),
            bias=rng.integers(-reach, reach, self.out_channels),
            shift=rng.integers(0, self.shift_max + 1, self.out_channels),
            stride=self.stride,
            padding=self.padding,
        )

    def stimulus(self, rng: np.random.Generator, n: int) -> tuple[dict[str, list[int]], list[int]]:
        p, layer = self.parameters, self._layer(rng)
        par = self.folding.requantize_par(self.geometry, p.c_in)
        act = rng.integers(p.in_format.lo, p.in_format.hi + 1, (n, *self.in_shape))
        codes = pack_codes(layer.levels, p.codebook, self.folding, self.geometry)
        scales = pack_scales(
            layer.bias,
            layer.shift,
            acc_width=p.acc_width,
            shift_min=p.shift_min,
            shift_width=p.shift_width,
            par=par,
        )
        code_bits = self.folding.lanes(self.geometry, p.c_in) * p.codebook.code_width
        return (
            {
                "i": _beats(act, self.act_width, self.in_par),
                "i_weights": _parts(codes, code_bits, self.out_par),
                "i_scales": _parts(scales, p.acc_width + p.shift_width, par),
            },
            _beats(layer.reference(act), self.out_width, par),
        )


def _beats(images: IntArray, width: int, par: int) -> list[int]:
    """Payload bits of every beat of a batch of images."""
    _, height, image_width, channels = images.shape
    padded = np.pad(images, ((0, 0), (0, 0), (0, 0), (0, -channels % par)))
    per_frame = height * image_width * n_beats(channels, par)
    return [
        concatenate(beat, width) | ((at + 1) % per_frame == 0) << par * width
        for at, beat in enumerate(padded.reshape(-1, par))
    ]


def _parts(words: list[int], width: int, n_parts: int) -> list[int]:
    """Words cut into parts, the lowest first."""
    return [word >> n * width & (2**width - 1) for word in words for n in range(n_parts)]


COMPONENT_DESIGNS: dict[str, type[ComponentDesign]] = {
    design.kind: design for design in (PeDesign, ArrayDesign, ConvDesign)
}
