"""Training: it learns, repeats, stops and goes on."""

import pytest
import torch

from quant.training.loop import Recipe, accuracy, train


def fresh():
    torch.manual_seed(5)
    layers = torch.nn.Conv2d(3, 8, 3), torch.nn.BatchNorm2d(8), torch.nn.ReLU()
    return torch.nn.Sequential(
        *layers, torch.nn.AdaptiveAvgPool2d(1), torch.nn.Flatten(), torch.nn.Linear(8, 3)
    )


def recipe(**changes):
    return Recipe(**{"epochs": 4, "rate": 0.1, "batch": 16, "seed": 3, **changes})


def assert_equal(one, two):
    for (name, a), b in zip(one.state_dict().items(), two.state_dict().values(), strict=True):
        assert torch.equal(a, b), name


@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
def test_learns_and_is_the_same_twice(coloured, optimizer):
    one, two = fresh(), fresh()
    for model in (one, two):
        history = train(model, coloured, recipe(epochs=8, optimizer=optimizer))
        assert [epoch.number for epoch in history] == list(range(1, 9))
    assert_equal(one, two)
    assert accuracy(one, coloured.images.numpy(), coloured.labels.numpy()) > 0.9


def test_other_seeds_differ(coloured):
    one, two = fresh(), fresh()
    train(one, coloured, recipe(epochs=1))
    train(two, coloured, recipe(epochs=1, seed=4))
    assert not torch.equal(one[0].weight, two[0].weight)


def test_every_epoch_varies_every_image_anew(coloured):
    seen = []

    class Spied:
        def __len__(self):
            return len(coloured)

        def batch(self, chosen, generator):
            images, labels = coloured.batch(chosen, generator)
            seen.append((chosen, images.mean()))
            return images, labels

    train(fresh(), Spied(), recipe(epochs=2))
    orders = [torch.cat([chosen for chosen, _ in seen[at : at + 4]]) for at in (0, 4)]
    assert orders[0].sort().values.tolist() == orders[1].sort().values.tolist() == list(range(64))
    assert not torch.equal(*orders)
    assert len({float(mean) for _, mean in seen}) == 8


@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
def test_killed_run_goes_on_and_ends_the_same(coloured, tmp_path, optimizer):
    class KilledError(Exception):
        pass

    def kill(done):
        if done > 0.6:
            raise KilledError

    whole, part, rest = fresh(), fresh(), fresh()
    how = recipe(optimizer=optimizer)
    train(whole, coloured, how)
    path = tmp_path / "runs" / "net.checkpoint"
    with pytest.raises(KilledError):
        train(part, coloured, how, checkpoint=path, before_step=kill)
    seen = []
    history = train(rest, coloured, how, checkpoint=path, after_epoch=seen.append)
    assert [epoch.number for epoch in seen] == [3, 4]
    assert [epoch.number for epoch in history] == [1, 2, 3, 4]
    assert_equal(whole, rest)
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_finished_run_stays(coloured, tmp_path):
    path = tmp_path / "net.checkpoint"
    one, two = fresh(), fresh()
    train(one, coloured, recipe(), checkpoint=path)
    assert len(train(two, coloured, recipe(), checkpoint=path)) == 4
    assert_equal(one, two)


def test_rate_rises_and_falls():
    how = recipe(rate=2.0, warm_up=0.2)
    rates = [how.rate_at(n / 20) for n in range(21)]
    assert max(rates) == rates[4] == 2.0
    assert rates == sorted(rates[:4]) + sorted(rates[4:], reverse=True)
    assert rates[20] == 0


def test_wrong_arguments(coloured, tmp_path):
    with pytest.raises(ValueError, match="Epochs and batch must be at least 1, not 0 and 16"):
        recipe(epochs=0)
    with pytest.raises(ValueError, match="Optimizer must be one of sgd, adam, not 'lion'"):
        recipe(optimizer="lion")
    path = tmp_path / "net.checkpoint"
    train(fresh(), coloured, recipe(epochs=1), checkpoint=path)
    with pytest.raises(ValueError, match=r"net\.checkpoint was made by another recipe"):
        train(fresh(), coloured, recipe(epochs=1, what="else"), checkpoint=path)
    with pytest.raises(ValueError, match="The loss is no number after epoch 1; lower the rate"):
        train(fresh(), coloured, recipe(rate=1e30))
