"""The command estimates."""

from boards import FAMILIES
from shiftconv.area import Area
from shiftconv.flow.estimates import sampling
from shiftconv.flow.estimates.sampling import Sample


def test_check_publishes_errors(shell):
    found = shell("estimates", "check", "--family", "ecp5", "--json", "-")
    (row,) = found.json["rows"]
    assert row["family"] == "ecp5"
    assert row["n"] > 0
    assert row["lut"][0] < row["lut"][1]
    assert found.code == (0 if row["holds"] else 1)


def test_no_samples_in_a_folder(shell, tmp_path):
    sentence = shell.refused("estimates", "check", "--samples", tmp_path)
    assert "There are no samples of xcup to check; estimates sample makes some" in sentence


def test_sample_and_fit(shell, tmp_path, monkeypatch):
    def measured(numbers, family):
        specimen = {"kind": "buffer", "format": [8, 0, False], "par": 4}
        return [Sample(n, "0", Area(lut=40, ff=70), specimen) for n in numbers]

    monkeypatch.setattr(sampling, "_measured", measured)
    options = "--samples", tmp_path / "samples"
    found = shell("estimates", "sample", "--count", 8, *options, "--json", "-").json
    assert found["rows"] == [{"family": family, "samples": 8} for family in FAMILIES]
    output = tmp_path / "estimates.json"
    shell("estimates", "fit", "--matrices", 20, *options, "-o", output)
    assert output.exists()
