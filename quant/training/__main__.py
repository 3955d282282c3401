"""``python -m quant.training``: train a float network, or retrain a quantized one."""

import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
import numpy as np
import torch
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from quant import zoo
from quant.calibration import make_calibration
from quant.convert import convert
from quant.datasets import load_dataset, pixel_values
from quant.float_network.graph import FloatNetwork
from quant.onnx_io import ModelError, read_float, write_quantized
from quant.quantizers import make_quantizer
from quant.training.export import export
from quant.training.images import Images
from quant.training.loop import Epoch, Recipe, accuracy, train, weights_in
from quant.training.methods import METHODS
from quant.training.networks import NETWORKS, seeded
from quant.training.retrain import measured, retrain

N_SHIPPED = 500
N_CALIBRATION = 512
WRONG_INPUT = 2

FilePath = click.Path(path_type=Path)


def recipe_options(**defaults: Any) -> Callable[[Any], Any]:
    """Options that every training takes."""
    options = (
        click.option("--data", type=FilePath, required=True, help="MNIST idx, CIFAR-10 or npz."),
        click.option("--output", "-o", type=FilePath, required=True, help="ONNX file to write."),
        click.option("--epochs", type=int, default=defaults["epochs"], show_default=True),
        click.option("--rate", type=float, default=defaults["rate"], help="Learning rate."),
        click.option("--seed", type=int, default=0, show_default=True),
        click.option("--batch", type=int, default=128, show_default=True),
        click.option("--half", is_flag=True, help="Gradients in bfloat16: faster on some."),
        click.option("--threads", type=int, default=0, help="Of PyTorch; 0: as it likes."),
        click.option("--checkpoint", type=FilePath, help="Default: beside the output."),
        click.option("--fresh", is_flag=True, help="Begin again, whatever the checkpoint holds."),
        click.option("--json", "json_path", type=FilePath, help="Machine-readable result."),
    )

    def decorate(function: Any) -> Any:
        for option in reversed(options):
            function = option(function)
        return function

    return decorate


@contextmanager
def following(
    what: str, epochs: int
) -> Iterator[tuple[Callable[[float], None], Callable[[Epoch], None]]]:
    """A progress bar on a terminal, silence in a pipe: callbacks for steps and epochs."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        bar = progress.add_task(what, total=1.0)

        def step(done: float) -> None:
            progress.update(bar, completed=done)

        def epoch(ended: Epoch) -> None:
            note = f"{what}, epoch {ended.number} of {epochs}, loss {ended.loss:.3f}"
            progress.update(bar, completed=ended.number / epochs, description=note)

        yield step, epoch


@click.group()
def main() -> None:
    """Train float networks, and retrain quantized ones."""


@main.command("float")
@click.argument("network", type=click.Choice(tuple(NETWORKS)))
@recipe_options(epochs=60, rate=None)
@click.option("--samples", type=FilePath, help="npz file for a few test and training images.")
@click.option("--start", type=FilePath, help="Checkpoint whose weights to begin with.")
def train_float(
    network: str,
    samples: Path | None,
    start: Path | None,
    data: Path,
    output: Path,
    **how: Any,
) -> None:
    """Train a float network; write ONNX."""
    what = f"{network} after {start.name}" if start else network
    recipe = recipe_of(how, "sgd" if "resnet" in network else "adam", what)
    images, labels = load_dataset(data, "test")
    model = seeded(network, recipe.seed)
    if start:
        model.load_state_dict(weights_in(start))
    with following(network, recipe.epochs) as (step, epoch):
        train(
            model,
            Images.from_folder(data),
            recipe,
            checkpoint=checkpoint_of(how, output),
            before_step=step,
            after_epoch=epoch,
        )
    result = {"network": network, "top1": accuracy(model, images, labels), "images": len(labels)}
    in_dims = (images.shape[3], *images.shape[1:3])
    export(model, output, name=network, in_dims=in_dims)
    if samples:
        calibration, _ = load_dataset(data, "train")
        chosen = np.random.default_rng(recipe.seed).permutation(len(calibration))[:N_CALIBRATION]
        np.savez_compressed(
            samples,
            images=images[:N_SHIPPED],
            labels=labels[:N_SHIPPED].astype(np.uint8),
            calibration=calibration[chosen],
        )
    finish(result, how, f"top-1 {result['top1']:.2%} of {len(labels):,} test images")


@main.command("retrain")
@click.argument("model")
@recipe_options(epochs=10, rate=1e-3)
@click.option("--scheme", default="nearest", show_default=True, help="With its options.")
@click.option("--bits", type=int, default=4, show_default=True, help="Of a weight.")
@click.option("--act-width", type=int, default=8, show_default=True)
@click.option("--calibration", default="min_max", show_default=True, help="With its options.")
@click.option("--method", type=click.Choice(tuple(METHODS)), default="straight-through")
@click.option("--distil", type=float, default=0.5, show_default=True, help="Teacher's share.")
@click.option("--learn-steps", is_flag=True, help="Let the activations' clipping learn.")
def retrain_quantized(
    model: str,
    scheme: str,
    bits: int,
    act_width: int,
    calibration: str,
    method: str,
    distil: float,
    learn_steps: bool,
    data: Path,
    output: Path,
    **how: Any,
) -> None:
    """Quantize a float network, retrain it; write quantized ONNX with its accuracy."""
    graph = float_network(model)
    recipe = replace(recipe_of(how, "adam", ""), weight_decay=0.0)
    images, labels = load_dataset(data, "test")
    samples, _ = load_dataset(data, "train")
    start = convert(
        graph,
        pixel_values(samples[:N_CALIBRATION]),
        quantizer=make_quantizer(scheme, bits),
        calibration=make_calibration(calibration),
        act_width=act_width,
    )
    with following(f"{graph.name}, {scheme}, {bits} bits", recipe.epochs) as (step, epoch):
        found = retrain(
            graph,
            start,
            Images.from_folder(data),
            recipe,
            method=METHODS[method],
            distil=distil,
            learn_steps=learn_steps,
            checkpoint=checkpoint_of(how, output),
            before_step=step,
            after_epoch=epoch,
        )
    found = measured(found, graph, start, images, labels)
    write_quantized(found, output)
    numbers = {key: float(found.metadata[key]) for key in ("top1", "start_top1", "float_top1")}
    finish(
        found.metadata | numbers,
        how,
        f"top-1 {numbers['top1']:.2%}, before retraining {numbers['start_top1']:.2%}, "
        f"float {numbers['float_top1']:.2%}, of {len(labels):,} test images",
    )


def float_network(model: str) -> FloatNetwork:
    """A network that ships, or a float ONNX file."""
    if model in zoo.names() and not Path(model).exists():
        return zoo.load_float(model)
    return read_float(Path(model))


def recipe_of(how: dict[str, Any], optimizer: str, what: str) -> Recipe:
    """Recipe of a call; sets the number of threads too."""
    if how["threads"]:
        torch.set_num_threads(how["threads"])
    return Recipe(
        epochs=how["epochs"],
        rate=how["rate"] or {"sgd": 0.15, "adam": 0.004}[optimizer],
        optimizer=optimizer,
        batch=how["batch"],
        weight_decay={"sgd": 5e-4, "adam": 0.05}[optimizer],
        seed=how["seed"],
        half=how["half"],
        what=what,
    )


def checkpoint_of(how: dict[str, Any], output: Path) -> Path:
    """File that training goes on from."""
    path: Path = how["checkpoint"] or output.with_suffix(".checkpoint")
    if how["fresh"]:
        path.unlink(missing_ok=True)
    return path


def finish(result: dict[str, Any], how: dict[str, Any], text: str) -> None:
    """Tell a person, and a script."""
    print(text)
    if how["json_path"]:
        draft = how["json_path"].with_suffix(".partial")
        draft.write_text(json.dumps(result, indent=2) + "\n")
        os.replace(draft, how["json_path"])


if __name__ == "__main__":
    try:
        main(prog_name="python -m quant.training")
    except (ValueError, OSError, ModelError) as error:
        print(f"Error: {error}", file=sys.stderr)
        sys.exit(WRONG_INPUT)
