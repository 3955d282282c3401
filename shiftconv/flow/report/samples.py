"""Sample images with what the design said to them."""

from dataclasses import dataclass

from shiftconv.flow.report.png import png_uri
from shiftconv.flow.sample_store import Samples

__all__ = ["Answer", "answers"]


@dataclass(frozen=True)
class Answer:
    """One image.

    Parameters
    ----------
    number : int
        In its data set.
    picture : str
        Address of it.
    label : int
    predicted : int
        Largest output of the simulated design; of equal ones the first.
    equal : bool
        Whether every output equals the golden model's.
    """

    number: int
    picture: str
    label: int
    predicted: int
    equal: bool

    @property
    def right(self) -> bool:
        """Whether the prediction is the label."""
        return self.predicted == self.label


def answers(samples: Samples) -> tuple[Answer, ...]:
    """One for each image that was kept."""
    return tuple(
        Answer(
            number=n,
            picture=png_uri(image),
            label=int(samples.labels[n]),
            predicted=int(samples.simulated[n].argmax()),
            equal=bool((samples.simulated[n] == samples.golden[n]).all()),
        )
        for n, image in enumerate(samples.images)
    )
