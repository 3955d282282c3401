"""sweep: in processes here and on a Dask scheduler, the same points."""

import json
import sqlite3

import pytest
from distributed import LocalCluster

from tests.flow.sweep.models import float_file, images_file, quantized_file, samples_file

SAME = ("model", "scheme", "bits", "act_width", "board", "max_cycles", "cycles", "lut", "top1")


def without_seconds(rows):
    return [{name: value for name, value in row.items() if name != "seconds"} for row in rows]


def test_here_and_on_a_scheduler(shell, tmp_path):
    models = float_file(tmp_path), quantized_file(tmp_path)
    call = [
        *("sweep", *models, "--bits", "2,3", "--board", "zcu102,icebreaker"),
        *("--max-cycles", "400,4000", "--calibrate", samples_file(tmp_path)),
        *("--data", images_file(tmp_path), "--clock", "100", "--json", "-"),
    ]
    here = shell(*call, "--out", tmp_path / "here.sqlite", "--jobs", 2)
    assert here.code == 0
    rows = here.json["points"]
    assert (len(rows), here.json["new"], here.json["lost"]) == (12, 12, [])
    with LocalCluster(n_workers=1, threads_per_worker=1, dashboard_address=None) as cluster:
        there = shell(
            *call, "--out", tmp_path / "there.sqlite", "--scheduler", cluster.scheduler_address
        )
    assert without_seconds(there.json["points"]) == without_seconds(rows)

    plot = tmp_path / "sweep.svg"
    again = shell(*call[:-2], "--out", tmp_path / "here.sqlite", "--plot", plot)
    assert "here.sqlite: 12 points, 0 of them new" in again.out
    assert f"wrote {plot}" in again.out
    assert plot.read_text().startswith("<?xml")
    with sqlite3.connect(tmp_path / "here.sqlite") as file:
        stored = file.execute(f"SELECT {', '.join(SAME)} FROM points ORDER BY rowid").fetchall()
    assert sorted(stored) == sorted(tuple(row[name] for name in SAME) for row in rows)


def test_budgets(shell, tmp_path):
    model, out = quantized_file(tmp_path), tmp_path / "s.sqlite"
    call = ("sweep", model, "--board", "zcu102", "--lut", "0.05%,0.25%", "--max-latency", "5us,9ms")
    rows = shell(*call, "--out", out, "--json", "-").json["points"]
    asked = [(row["lut_asked"], row["latency_asked"]) for row in rows]
    assert asked == [(lut, time) for time in ("5us", "9ms") for lut in ("0.05%", "0.25%")]
    assert rows[3]["lut"] <= 685
    assert rows[3]["fps"] == round(125e6 / rows[3]["cycles"], 2)
    text = " ".join(shell(*call, "--out", out).out.split())
    assert "LUT asked" in text
    assert "latency asked" in text
    assert "lacks " in text
    assert "4 points, 0 of them new" in text


def test_what_is_lost_ends_with_1(shell, tmp_path, monkeypatch):
    monkeypatch.setattr("shiftconv.flow.sweep.sweep.measure_point", int)
    outcome = shell("sweep", quantized_file(tmp_path), "--out", tmp_path / "s.sqlite")
    assert outcome.code == 1
    # Long paths are broken into lines.
    said = "".join(outcome.out.split())
    assert "small.onnx,random,3bits,zcu102islost,runthisagain:" in said


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--scheme", "inq,nearst"], "nearst"),
        (["--scheme", "clip-q:prune=0.3,snap=9,inq"], "snap"),
        (["--bits", "2;3"], "must be numbers with commas between, not '2;3'"),
        (["--fps", "10,1e3"], "must be numbers with commas between, not '10,1e3'"),
        (["--fps", "10", "--max-cycles", "9"], "not both"),
        (["--lut", "10%,some"], "'some' is neither a number nor a percentage such as 60%"),
        (["--max-latency", "1ms,2days"], "'2days' is neither a number of cycles nor a time"),
        (["--board", "zcu102,zcu103"], "There is no board 'zcu103'"),
        (["--jobs", "2", "--scheduler", "tcp://127.0.0.1:1"], "--jobs or --scheduler, not both"),
        (["--calibration", "best"], "best"),
        (["--plot", "picture.txt"], "must end in .svg, .png or .pdf"),
    ],
)
def test_refusals(shell, tmp_path, options, sentence):
    model = quantized_file(tmp_path)
    assert sentence in shell.refused("sweep", model, "--out", tmp_path / "s.sqlite", *options)
    # Before anything is done.
    assert not (tmp_path / "s.sqlite").exists()


def test_refusals_of_models(shell, tmp_path):
    out = tmp_path / "s.sqlite"
    assert "There is no file nothing" in shell.refused("sweep", "nothing", "--out", out)
    assert "Calibration samples" in shell.refused("sweep", float_file(tmp_path), "--out", out)
    out.write_text(json.dumps({}) * 200)
    sentence = shell.refused("sweep", quantized_file(tmp_path), "--out", out)
    assert f"{out} is not a file of sweeps" in sentence
