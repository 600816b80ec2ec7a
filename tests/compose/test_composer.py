"""The interface of all composers: files that cannot be mistaken, models by name, and a place to plug in one's own."""

import json
import subprocess
import sys

import numpy as np
import pytest

from musicbook.compose import composer, models
from musicbook.compose.composer import Composer, Noise, WeightsError
from musicbook.compose.markov import MarkovChain
from musicbook.compose.when_needed import WhenNeeded
from musicbook.music import corpus

ROWS = np.random.default_rng(0).integers(0, 32, (40, 32))


class Drone(Composer):
    """A reader's own composer, as the module's docstring shows it."""

    def fit(self, windows, *, seed=0):
        self.note = int(np.median(windows[windows > 1]))
        return self

    def sample(self, n, seed, *, temperature=1.0):
        return np.tile([self.note] + [1] * (self.n_steps - 1), (n, 1))

    def _arrays(self):
        return {"note": np.array(self.note)}

    def _restore(self, arrays):
        self.note = int(arrays["note"])


def test_a_composer_of_ones_own_is_saved_and_found_again(tmp_path):
    drone = Drone(16).fit(ROWS)
    path = drone.save(tmp_path / "drone.npz", note={"why": "a test"})
    again = Composer.load(path)
    assert isinstance(again, Drone)
    assert again.n_steps == 16
    assert composer.read_arrays(path)[0]["note"] == {"why": "a test"}
    assert np.array_equal(again.sample(3, 0), drone.sample(3, 0))


@pytest.mark.parametrize("order", [0, 3])
def test_a_markov_chain_comes_back_whole(tmp_path, order):
    chain = MarkovChain(order, n_steps=32).fit(ROWS)
    again = MarkovChain.load(chain.save(tmp_path / "chain.npz"))
    assert np.array_equal(again.sample(20, 5), chain.sample(20, 5))
    assert again.log_likelihood(ROWS[0]) == chain.log_likelihood(ROWS[0])


def test_nothing_learned_is_nothing_saved(tmp_path):
    with pytest.raises(RuntimeError, match="fit first"):
        MarkovChain(2).save(tmp_path / "empty.npz")
    assert not list(tmp_path.iterdir())


def test_damaged_and_foreign_files_are_named(tmp_path):
    path = MarkovChain(1).fit(ROWS).save(tmp_path / "chain.npz")
    whole = path.read_bytes()
    for damage in (whole[:100], whole[: len(whole) // 2], b"", b"not weights at all", whole[:-30] + bytes(30)):
        path.write_bytes(damage)
        with pytest.raises(WeightsError, match="chain"):
            Composer.load(path)
    np.savez(tmp_path / "other.npz", a=np.arange(3))
    with pytest.raises(WeightsError, match="header"):
        Composer.load(tmp_path / "other.npz")
    np.savez(tmp_path / "pickle.npz", **{"header.json": np.array([{"format": 1}], dtype=object)})
    with pytest.raises(WeightsError, match="pickle"):
        Composer.load(tmp_path / "pickle.npz")
    with pytest.raises(FileNotFoundError):
        Composer.load(tmp_path / "missing.npz")


def test_any_byte_that_flips_is_noticed(tmp_path):
    """Change one byte at many places: the file is refused, or its content is the same (padding, unread fields)."""
    chain = MarkovChain(1).fit(ROWS)
    path = chain.save(tmp_path / "chain.npz")
    whole, right = path.read_bytes(), chain.sample(5, 0)
    refused = 0
    for place in np.random.default_rng(1).integers(0, len(whole), 200):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 0x55]) + whole[place + 1 :])
        try:
            assert np.array_equal(Composer.load(path).sample(5, 0), right)
        except WeightsError:
            refused += 1
    assert refused > 150


def test_weights_of_another_kind_or_shape_are_refused(tmp_path):
    path = MarkovChain(1).fit(ROWS).save(tmp_path / "chain.npz")
    with pytest.raises(WeightsError, match="MarkovChain, not a Noise"):
        Noise.load(path)
    header, arrays = composer.read_arrays(path)
    for change in ({"kind": "Organ"}, {"settings": {"order": 2}}, {"format": "other 1"}, {"sha256": "0"}):
        composer.write_arrays(path, header | change, arrays)
        with pytest.raises(WeightsError):
            Composer.load(path)


def test_a_file_is_written_whole_or_not_at_all(tmp_path, monkeypatch):
    chain = MarkovChain(1).fit(ROWS)
    path = chain.save(tmp_path / "chain.npz")
    before = path.read_bytes()

    def full_disk(*_):
        raise OSError("no space left")

    monkeypatch.setattr(composer.os, "replace", full_disk)
    with pytest.raises(OSError, match="no space"):
        chain.save(path)
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["chain.npz"]


def test_weights_keep_what_sixteen_bits_hold():
    array = np.random.default_rng(0).normal(size=1000).astype(np.float32)
    assert np.array_equal(composer.rounded(array), array.astype(np.float16).astype(np.float32))
    assert composer.rounded(np.arange(5)).dtype == np.int64


@pytest.mark.parametrize(
    "windows", [np.zeros((3, 16), int), np.zeros((0, 32), int), np.zeros((3, 32)), ROWS + 1, ROWS - 1]
)
def test_windows_that_do_not_fit_are_refused(windows):
    with pytest.raises(ValueError, match="windows"):
        Noise(32).fit(windows)


@pytest.mark.slow
@pytest.mark.parametrize("name", models.MODELS)
def test_every_model_of_the_book_opens_and_writes(name):
    model = models.open_model(name)
    bars = int(name[-1])
    rows = model.sample(4, seed=1)
    assert rows.shape == (4, 16 * bars)
    assert rows.dtype == np.int64
    assert 0 <= rows.min() <= rows.max() < 32
    assert np.array_equal(rows, model.sample(4, seed=1))
    if name != "dense-gan-2":  # collapsed: it writes the same whatever the seed
        assert not np.array_equal(rows, model.sample(4, seed=2))


def test_an_unknown_model_is_named_with_those_that_there_are():
    with pytest.raises(KeyError, match="transformer-4"):
        models.open_model("organ-2")


def test_committed_weights_say_what_they_have_seen_and_stay_small():
    files = sorted((corpus.data_folder() / "weights").glob("*.npz"))
    trained = [name for name in models.MODELS if name not in models.COUNTED and "noise" not in name]
    assert sorted(f.stem for f in files) == sorted(trained)
    assert sum(f.stat().st_size for f in files) <= 25e6
    table = json.loads((corpus.data_folder() / "weights" / "training.json").read_text(encoding="utf-8"))
    for file in files:
        assert file.stat().st_size <= 6e6
        note = composer.read_arrays(file)[0]["note"]
        assert "fiddle books" in note["data"]
        assert len(table[file.stem]["seeds"]) >= 3
        assert table[file.stem]["settings"].items() <= composer.read_arrays(file)[0]["settings"].items()


def test_who_inspects_a_module_that_is_imported_when_needed_does_not_import_it():
    module = WhenNeeded("no_such_module")
    assert not hasattr(module, "__bases__")
    assert not hasattr(module, "_mock_name")
    with pytest.raises(ModuleNotFoundError, match="no_such_module"):
        module.anything  # noqa: B018


@pytest.mark.slow
def test_who_only_plays_needs_no_tensorflow():
    play = (
        "import sys; from musicbook.compose import evaluate, markov, models, rhythm, sample\n"
        "for name in set(models.MODELS) - set(models.COUNTED): models.open_model(name).sample(1, 0)\n"
        "print([m for m in ('tensorflow', 'keras') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", play], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
