"""The measures: small cases by hand, libraries that do the same, and sets whose answer is known."""

import numpy as np
import pytest
from scipy.spatial.distance import cdist, jensenshannon
from sklearn.metrics import roc_auc_score

from musicbook.compose import evaluate, quality
from musicbook.compose import windows as counted
from musicbook.compose.composer import Noise
from musicbook.compose.markov import MarkovChain
from musicbook.music import corpus
from musicbook.music.melody import FIRST_PITCH, LOW, Melody

C = FIRST_PITCH + 60 - LOW  # the token of middle C


@pytest.fixture(scope="module")
def training():
    return corpus.windows(2, "train", corpus.FIDDLE_BOOKS)


@pytest.fixture(scope="module")
def reference():
    return evaluate.reference(2)


@pytest.fixture(scope="module")
def chosen(training):
    return np.random.default_rng(5).permutation(len(training))[:500]


@pytest.fixture(scope="module")
def real(training, chosen):
    return training[chosen]


@pytest.fixture(scope="module")
def measured(chosen, reference):
    """Some real windows against the families that they do not belong to."""
    families = corpus.window_families(2, "train", corpus.FIDDLE_BOOKS)[chosen]

    def of(rows, n_boot=20, seed=0):
        return quality.measure(rows, reference, groups=families[: len(rows)], n=len(rows), n_boot=n_boot, seed=seed)

    return of


def against(rows, others, n_boot=20):
    """Each window by itself, against others that are the training set and the unseen music at once."""
    reference = quality.Reference.of(others, others, [f"family {i}" for i in range(len(others))])
    return quality.measure(rows, reference, groups=range(len(rows)), n=len(rows), n_boot=n_boot)


def window(*notes):
    """A window of two bars from pairs of pitch and length in steps."""
    row = np.ones(32, int)
    step = 0
    for pitch, length in notes:
        row[step] = pitch
        step += length
    return row


@pytest.mark.slow
def test_notes_are_those_of_the_melody(real):
    notes = counted.Notes.of(real[:50])
    for i, row in enumerate(real[:50]):
        melody = Melody.from_tokens(row, low=LOW, high=84)
        mine = notes.window == i
        assert notes.pitch[mine].tolist() == melody.pitch.tolist()
        assert (notes.step[mine] * 2520).tolist() == melody.onset.tolist()
        assert notes.length[mine].sum() == 32 - notes.step[mine][0]


def test_histograms_by_hand():
    notes = counted.Notes.of(np.array([window((C, 8), (C + 4, 8), (C + 16, 4), (C, 12))]))
    assert np.flatnonzero(counted.pitch_classes(notes)[0]).tolist() == [0, 4]
    assert counted.pitch_classes(notes)[0, [0, 4]].tolist() == [2, 2]
    assert np.flatnonzero(counted.intervals(notes)[0]).tolist() == [
        0,
        16,
        24,
    ]  # down a tenth (cut), up a third, up an octave
    assert counted.lengths(notes)[0, [3, 7, 11]].tolist() == [1, 2, 1]
    assert counted.onset_places(notes)[0, [0, 8, 4]].tolist() == [2, 1, 1]
    features = counted.yang_lerch(notes)
    assert features["pitch range"][0, 0] == 16
    assert features["interval size"][0, 0] == pytest.approx((4 + 12 + 16) / 3)
    assert features["note length"][0, 0] == 8


def test_rhythm_scale_and_bars_by_hand():
    same = window((C, 8), (C + 2, 8), (C + 4, 8), (C + 5, 8))
    other = window((C, 8), (C + 1, 8), (C + 2, 16))
    rows = np.array([same, other])
    assert counted.bar_pairs(rows).tolist() == [1.0, 0.0]
    assert quality.scale_consistency(counted.Notes.of(rows)).tolist() == [1.0, pytest.approx(2 / 3)]
    result = against(np.tile(same, (40, 1)), np.tile(other, (40, 1)))
    assert result["duplicates"].value == pytest.approx(1 - 1 / 40)
    assert result["copies"].value == 0
    assert result["rhythm"].value == 1
    assert result["auc"].value == 1
    assert result["pitch_classes_a_bar"].value == 2
    assert result["empty_bars"].value == 0
    assert result["qualified_notes"].value == 1


def test_a_bar_in_which_nothing_begins_is_empty():
    rows = np.array([window((C, 32))] * 10 + [window((C, 16), (C, 16))] * 10)
    assert against(rows, rows)["empty_bars"].value == pytest.approx(10 / 40)


@pytest.mark.slow
def test_copies_and_passages_are_found(measured, real):
    shifted = np.where(real >= FIRST_PITCH, np.minimum(real + 1, 31), real)
    found, moved = measured(real), measured(shifted)
    assert found["copies"].value == 1
    assert found["six_grams"].value == 1
    assert moved["copies"].value < 0.05
    assert moved["six_grams"].value < 0.2


@pytest.mark.slow
def test_windows_move_to_other_keys_and_stay_within_the_alphabet(training):
    moved = counted.moved(training, seed=0)
    notes = training >= FIRST_PITCH
    assert np.array_equal(moved[~notes], training[~notes])
    assert moved[notes].min() >= FIRST_PITCH
    assert moved.max() <= 31
    shifts = {int(s) for new, old, n in zip(moved, training, notes, strict=True) for s in set((new - old)[n])}
    assert shifts == set(range(-6, 6))
    first = notes.argmax(axis=1)
    rows = np.arange(len(training))
    shift = (moved - training)[rows, first]
    assert np.array_equal(moved, np.where(notes, training + shift[:, None], training))
    assert not np.array_equal(counted.moved(training, seed=1), moved)


def test_jensen_shannon_agrees_with_scipy():
    rng = np.random.default_rng(0)
    for _ in range(20):
        p, q = rng.random((2, 12)) * (rng.random((2, 12)) > 0.3)
        assert quality.jensen_shannon(p, q) == pytest.approx(jensenshannon(p, q, base=2) ** 2)
    assert quality.jensen_shannon([1, 0], [0, 1]) == pytest.approx(1)
    assert quality.jensen_shannon([0, 0], [0, 1]) == 1


def test_auc_and_distances_agree_with_libraries():
    rng = np.random.default_rng(0)
    label, group = np.repeat([0, 1], 300), rng.integers(50, size=600)
    score = np.round(rng.normal(label / 2, 1), 1)
    found = quality._areas(score, label, group, np.random.default_rng(1), 3)
    drawn = quality._drawn(group, np.random.default_rng(1), 3)
    expected = [roc_auc_score(label, score, sample_weight=weight) for weight in [np.ones(600), *drawn]]
    assert found == pytest.approx(expected)
    a, b = rng.random((20, 5)), rng.random((30, 5))
    assert np.allclose(quality._distances(a, b), cdist(a, b))


def test_density_agrees_with_scipy():
    from scipy.stats import gaussian_kde

    values = np.random.default_rng(0).gamma(2, 1, 2000)
    edges = np.linspace(-3, 15, 400)
    middle = (edges[1:] + edges[:-1]) / 2
    ours = quality._density(np.histogram(values, edges)[0][None], values, edges)[0] / (edges[1] - edges[0])
    assert np.abs(ours - gaussian_kde(values)(middle)).max() < 0.01


@pytest.mark.slow
def test_real_music_is_like_real_music_and_noise_is_not(reference, measured, real):
    mine = measured(real)
    assert mine["overlap"].value > 0.93
    assert mine["divergence"].value < 0.05
    assert mine["interval_js"].value < 0.005
    noise = quality.measure(Noise(32).fit(real).sample(500, 0), reference, groups=range(500), n=500)
    assert noise["auc"].value > 0.999
    assert noise["overlap"].value < 0.5
    assert noise["scale"].value < 0.8


@pytest.mark.slow
def test_markov_chains_are_told_by_their_rhythm(training, reference):
    rows = MarkovChain(3, n_steps=32).fit(training).sample(500, 0)
    result = quality.measure(rows, reference, groups=range(500), n=500)
    assert result["auc"].value > 0.9
    assert result["rhythm"].value < 0.1


@pytest.mark.slow
def test_intervals_cover_what_they_should():
    """In 200 draws of 100 windows whose mean is known, about 95 % of the intervals hold it."""
    rng = np.random.default_rng(0)
    empty, full = window((C, 32)), window((C, 16), (C, 16))
    both = np.array([empty, full])
    reference = quality.Reference.of(both, both, ["one", "other"])
    hits = 0
    for i in range(200):
        rows = np.where(rng.random((100, 1)) < 0.4, empty, full)
        weights = np.random.default_rng(i).multinomial(100, np.full(100, 0.01), size=200)
        value, share = quality._ratios(rows, counted.Notes.of(rows), reference)["empty_bars"]
        found = quality._interval(value.sum() / share.sum(), (weights @ value) / (weights @ share))
        hits += found.low <= 0.2 <= found.high
    assert 175 <= hits <= 198


@pytest.mark.slow
def test_the_same_seed_gives_the_same_numbers(measured, real):
    assert measured(real[:100], seed=3) == measured(real[:100], seed=3)


@pytest.mark.slow
@pytest.mark.parametrize("bad", [np.zeros((5, 32), int), np.zeros((50, 48), int), np.zeros((50, 30), int), np.zeros((50, 32)),
                                 np.full((50, 32), 32), np.zeros((0, 32), int)])  # fmt: skip
def test_what_cannot_be_compared_is_refused(reference, bad):
    with pytest.raises(ValueError, match=r"wanted|whole numbers"):
        quality.measure(bad, reference, groups=range(len(bad)))


@pytest.mark.slow
def test_a_composer_of_ones_own_stands_in_the_table():
    class Drone:
        def sample(self, n, seed):
            return np.tile(window((C, 32)), (n, 1))

    rows = evaluate.compare(2, {"drone": Drone()}, n=60, n_boot=20, progress=False)
    assert list(rows) == ["real", "drone"]
    table = quality.table(rows, ["auc", "duplicates"])
    assert table.loc["drone", "duplicates"].startswith("0.983 [")
    assert float(table.loc["drone", "auc"].split()[0]) == 1


def test_the_interval_of_a_mean_is_that_of_the_normal_approximation():
    values = np.random.default_rng(0).normal(3, 2, 400)
    found = quality.mean_with_interval(values)
    error = 1.96 * values.std() / 20
    assert found.value == pytest.approx(values.mean())
    assert (found.low, found.high) == pytest.approx((values.mean() - error, values.mean() + error), abs=0.1 * error)
    with pytest.raises(ValueError, match="at least one value"):
        quality.mean_with_interval([])
