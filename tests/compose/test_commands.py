"""The command lines: samples as documented arrays, measures as JSON, errors that say what to do."""

import json
import subprocess
import sys

import numpy as np
import pytest

from musicbook.compose import evaluate, quality, sample
from musicbook.compose.models import open_model
from musicbook.music.melody import LOW, Melody


@pytest.mark.slow
def test_samples_are_written_as_documented(tmp_path):
    path = tmp_path / "out.npz"
    command = [
        sys.executable,
        "-m",
        "musicbook.compose.sample",
        "vae-sample-2",
        "-n",
        "30",
        "--seed",
        "4",
        "--out",
        str(path),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "30 windows of 2 bars by vae-sample-2" in done.stdout
    with np.load(path, allow_pickle=False) as file:
        assert str(file["model"]) == "vae-sample-2"
        assert int(file["seed"]) == 4
        tokens, notes = file["tokens"], file["notes"]
        assert (int(file["low"]), int(file["steps_per_quarter"])) == (LOW, 4)
    assert np.array_equal(tokens, open_model("vae-sample-2").sample(30, 4))
    for i, row in enumerate(tokens):
        melody = Melody.from_tokens(row, low=LOW, high=84)
        mine = notes[notes[:, 0] == i]
        step = 2520
        assert (mine[:, 1] * step).tolist() == melody.onset.tolist()
        assert (mine[:, 2] * step).tolist() == melody.duration.tolist()
        assert mine[:, 3].tolist() == melody.pitch.tolist()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["organ-2", "--out", "x.npz"], "no model 'organ-2'"),
        (["noise-2", "--out", "x.txt"], "must end in .npz"),
        (["noise-2", "-n", "0", "--out", "x.npz"], "at least 1"),
        (["noise-2", "--out", "missing/folder/x.npz"], "cannot write"),
    ],
)
def test_wrong_calls_are_explained(arguments, words, capsys, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as stop:
        sample.main(arguments)
    assert stop.value.code == 2
    assert words in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


@pytest.mark.slow
def test_measures_are_printed_as_json(capsys):
    assert evaluate.main(["noise-2", "markov3-2", "--json", "-n", "60"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["n"] == 60
    assert list(found["bars"]) == ["2"]
    assert list(found["bars"]["2"]) == ["real", "noise-2", "markov3-2"]
    for row in found["bars"]["2"].values():
        assert set(row) == set(quality.MEASURES)
        for each in row.values():
            assert each["low"] <= each["high"]


def test_an_unknown_model_is_refused(capsys):
    with pytest.raises(SystemExit):
        evaluate.main(["organ-2"])
    assert "transformer-2" in capsys.readouterr().err
