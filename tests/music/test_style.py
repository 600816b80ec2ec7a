"""Styles guessed from features: the bars, and that nothing leaks from what is judged into what was learned."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.metrics import accuracy_score, balanced_accuracy_score, confusion_matrix

from musicbook.compose.markov import MarkovChain
from musicbook.music import corpus, style
from musicbook.music.melody import Melody, MusicError
from musicbook.music.style import DANCES, Guesses, Labelled, StyleClassifier, guess_held_out, labelled, transfer


@pytest.fixture(scope="module")
def cat():
    return corpus.load()


@pytest.fixture(scope="module")
def dances(cat):
    return labelled(cat)


@pytest.fixture(scope="module")
def blind(cat):
    """The same tunes without whatever reads bars."""
    return labelled(cat, metre=False)


@pytest.fixture(scope="module")
def guesses(dances):
    return guess_held_out(dances)


@pytest.mark.slow
def test_the_dances_are_told_apart(guesses, blind):
    assert set(guesses.labels) == set(DANCES)
    assert guesses.balanced >= 0.90
    assert guess_held_out(blind).balanced >= 0.70


@pytest.mark.slow
def test_what_was_learned_from_ryan_holds_for_oneill(cat):
    four = [label for label in DANCES if label != "strathspey"]
    books = [labelled(cat.where(collection=name), labels=four, metre=False) for name in ("ryan", "oneill")]
    found = transfer(*books)
    assert found.balanced >= 0.62
    assert len(found.truth) == len(books[1])


@pytest.mark.slow
def test_china_and_germany_are_far_apart(cat):
    assert guess_held_out(labelled(cat, "region", ["China", "Germany"], metre=False)).balanced >= 0.97


@pytest.mark.slow
def test_the_numbers_are_scikit_learns(guesses):
    assert guesses.accuracy == pytest.approx(accuracy_score(guesses.truth, guesses.guess))
    assert guesses.balanced == pytest.approx(balanced_accuracy_score(guesses.truth, guesses.guess))
    np.testing.assert_array_equal(guesses.confusion(), confusion_matrix(guesses.truth, guesses.guess))
    np.testing.assert_allclose(guesses.probability.sum(axis=1), 1)


@pytest.mark.slow
def test_labels_without_meaning_are_not_learned(dances):
    """The whole chain on shuffled labels: chance is a fifth."""
    rng = np.random.default_rng(0)
    families = np.unique(dances.family)
    kind = dict(zip(families.tolist(), rng.choice(DANCES, len(families)), strict=True))
    nonsense = Labelled(dances.X, np.array([kind[family] for family in dances.family]), dances.family)
    assert guess_held_out(nonsense).balanced == pytest.approx(0.2, abs=0.04)


@pytest.mark.slow
def test_variants_of_a_tune_are_never_on_both_sides(dances):
    seen = []

    class Spy(ClassifierMixin, BaseEstimator):
        """Notes which families it is trained on; guesses nothing."""

        def fit(self, X, y):
            self.classes_ = np.unique(y)
            seen.append(set(family_of[X.index]))
            return self

        def predict_proba(self, X):
            assert not seen[-1] & set(family_of[X.index])
            return np.full((len(X), len(self.classes_)), 1 / len(self.classes_))

        def predict(self, X):
            return np.full(len(X), self.classes_[0])

    family_of = pd.Series(dances.family, dances.X.index)
    guess_held_out(dances, model=Spy())
    assert len(seen) == style.FOLDS


@pytest.mark.slow
def test_families_of_the_test_are_left_out_of_the_training_of_a_transfer(dances):
    half = dances.take(np.arange(len(dances)) % 2 == 0)
    model = style.classifier(5)
    transfer(dances, half, model)
    apart = dances.take(~np.isin(dances.family, half.family))
    np.testing.assert_allclose(model[0].mean_, apart.X.mean().to_numpy(), rtol=1e-4, atol=1e-6)


@pytest.mark.slow
def test_more_tunes_help_and_the_seen_ones_flatter(blind):
    curve = style.learning_curve(blind, [100, 400, 1300])
    assert curve["held out"].is_monotonic_increasing
    assert (curve["seen"] > curve["held out"] + 0.04).all()


@pytest.mark.slow
def test_the_interval_is_that_of_a_plain_bootstrap():
    rng = np.random.default_rng(1)
    truth = np.repeat(["a", "b"], [60, 20])
    p = np.where(truth == "a", 0.8, 0.3) + rng.normal(0, 0.3, 80)
    found = Guesses(np.arange(80).astype(str), truth, np.array(["a", "b"]), np.stack([p, 1 - p], axis=1))
    families = np.arange(80) // 2
    slow = []
    for _ in range(2000):
        rows = np.concatenate([np.flatnonzero(families == f) for f in rng.integers(0, 40, 40)])
        slow.append(balanced_accuracy_score(truth[rows], found.guess[rows]))
    low, high = found.interval(families.astype(str), draws=4000)
    np.testing.assert_allclose((low, high), np.quantile(slow, [0.025, 0.975]), atol=0.02)
    assert low < found.balanced < high


@pytest.mark.slow
def test_a_tune_from_anywhere_gets_probabilities(cat):
    model = StyleClassifier()
    held = cat.where(collection=corpus.FIDDLE_BOOKS, split="test", kind=list(DANCES))
    guess = model.table(held)
    np.testing.assert_allclose(guess.sum(axis=1), 1)
    first = model.probabilities(held[0])
    assert list(first.values()) == sorted(first.values(), reverse=True)
    assert first == pytest.approx(guess.iloc[0].to_dict(), abs=1e-3)
    right = guess.idxmax(axis=1).to_numpy() == held.table["kind"].to_numpy()
    assert right.mean() > 0.8
    jigs = cat.where(collection="oneill", kind="jig", split="train")
    letters = {"low": corpus.LOW, "high": corpus.HIGH}
    rows = [corpus.to_common_key(melody).to_tokens(strict=False, **letters) for melody in jigs.sample(50)]
    chain = MarkovChain(order=3).fit(rows)
    written = [Melody.from_tokens(row, low=corpus.LOW, meter="6/8") for row in chain.sample(20, seed=1, n_steps=96)]
    assert np.mean([next(iter(model.probabilities(tune))) in ("jig", "slip jig") for tune in written]) > 0.8


@pytest.mark.slow
def test_what_cannot_be_learned_is_said(cat, dances, blind):
    with pytest.raises(ValueError, match="0 tunes with kind 'tango'"):
        labelled(cat, labels=["reel", "tango"])
    with pytest.raises(KeyError, match="colour"):
        labelled(cat, "colour", ["blue"])
    with pytest.raises(ValueError, match="other features"):
        transfer(dances, blind)
    reels = dances.take(dances.y == "reel")
    with pytest.raises(ValueError, match="no tunes to learn"):
        transfer(reels, dances)
    with pytest.raises(MusicError, match="without notes"):
        StyleClassifier().probabilities(Melody([], [], [], []))
