"""The course of a GAN's training: what is written comes back, a killed run's course is the uninterrupted one's."""

import numpy as np
import pytest

from musicbook.compose.composer import WeightsError, write_arrays
from musicbook.compose.course import Course, Recorder, open_course


class Pretender:
    """A GAN as the recorder sees it, whose music depends on the epoch alone."""

    settings = {"z_dim": 2}  # noqa: RUF012

    def __init__(self, epoch):
        self.epoch = epoch

    def draw_codes(self, n, seed):
        return np.random.default_rng(seed).normal(size=(n, 2))

    def generate(self, codes):
        return np.full((len(codes), 8), 2 + self.epoch) + (codes[:, :1] > self.epoch)

    def sample(self, n, seed):
        return self.generate(self.draw_codes(n, seed))

    def judge(self, windows, seed):
        return windows[:, 0] + 0.5 * self.epoch, -windows[:, 1].astype(float)


ROWS = np.random.default_rng(0).integers(0, 20, (300, 8))


def record(path, epochs):
    recorder = Recorder(path, ROWS)
    for epoch in epochs:
        recorder(Pretender(epoch), epoch, {"loss": epoch / 4})


def test_every_epoch_comes_back(tmp_path):
    record(tmp_path / "course.npz", [1, 2, 3])
    course = open_course(tmp_path / "course.npz")
    assert course.kind == "Pretender"
    assert course.settings == {"z_dim": 2}
    assert course.epochs.tolist() == [1, 2, 3]
    assert course.losses == {"loss": [0.25, 0.5, 0.75]}
    assert course.tunes.shape == (3, 8, 8)
    assert set(course.tunes[2].ravel()) == {5}
    assert course.distinct.tolist() == [2, 2, 1]
    assert np.allclose(course.real[1] - course.real[0], 0.5)
    assert (course.fake <= 0).all()


def test_histograms_count_every_verdict():
    real, fake = np.array([[0.0, 0.0, 40.0]]), np.array([[-40.0, -2.0, 0.0]])
    one = {"epochs": np.ones(1), "tunes": np.zeros((1, 1, 8)), "distinct": np.ones(1), "losses": {}, "settings": {}}
    dense = Course("DenseGAN", real=real, fake=fake, **one).histograms(4)
    assert dense["D(real)"].tolist() == [[0, 0, 2, 1]]
    assert dense["D(fake)"].tolist() == [[2, 0, 1, 0]]
    shifted = Course("WGANGP", real=real + 7, fake=fake + 7, **one).histograms(4)
    assert all(table.sum() == 3 for table in shifted.values())
    plain = Course("WGANGP", real=real, fake=fake, **one).histograms(4)
    assert all(np.array_equal(plain[name], shifted[name]) for name in plain)


def test_a_killed_run_goes_on_where_its_checkpoint_is(tmp_path):
    record(tmp_path / "whole.npz", [1, 2, 3, 4])
    record(tmp_path / "killed.npz", [1, 2, 3])  # killed before the checkpoint of epoch 3 was used: 3 comes again
    record(tmp_path / "killed.npz", [3, 4])
    whole, killed = (open_course(tmp_path / f"{name}.npz") for name in ("whole", "killed"))
    for name in ("epochs", "tunes", "real", "fake", "distinct"):
        assert np.array_equal(getattr(whole, name), getattr(killed, name)), name
    assert whole.losses == killed.losses


def test_a_run_from_the_beginning_replaces_an_old_course(tmp_path):
    record(tmp_path / "course.npz", [1, 2, 3])
    record(tmp_path / "course.npz", [1])
    assert open_course(tmp_path / "course.npz").epochs.tolist() == [1]


def test_what_is_no_course_is_refused(tmp_path):
    write_arrays(tmp_path / "x.npz", {"format": "something else"}, {})
    with pytest.raises(WeightsError, match="something else"):
        open_course(tmp_path / "x.npz")
    with pytest.raises(FileNotFoundError):
        open_course(tmp_path / "none.npz")
