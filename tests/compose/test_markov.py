"""The Markov chain: exact on small cases, a proper distribution everywhere, and better than guessing on real order."""

import doctest
from collections import Counter
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from musicbook.compose import markov
from musicbook.compose.markov import MarkovChain

ROWS = st.lists(st.lists(st.integers(0, 4), max_size=12), min_size=1, max_size=5).filter(any)


def by_the_formula(rows, order, n_tokens, context, token):
    """The recursion of the docstring, written out with exact fractions and plain counters."""
    mark = "start"
    padded = [[mark] * order + list(row) for row in rows]
    context = ([mark] * order + list(context))[len(context) :] if order else []
    p = Fraction(1, n_tokens)
    for k in range(order + 1):
        h = tuple(context[order - k :])
        followers = Counter(row[i] for row in padded for i in range(order, len(row)) if tuple(row[i - k : i]) == h)
        if followers:
            p = (followers[token] + len(followers) * p) / (sum(followers.values()) + len(followers))
    return p


@settings(max_examples=60, deadline=None)
@given(rows=ROWS, order=st.integers(0, 4), context=st.lists(st.integers(0, 4), max_size=6))
def test_probabilities_are_the_formula_and_sum_to_one(rows, order, context):
    chain = MarkovChain(order, 5).fit(rows)
    p = chain.probabilities(context)
    expected = [float(by_the_formula(rows, order, 5, context, token)) for token in range(5)]
    np.testing.assert_allclose(p, expected, rtol=1e-12)
    assert p.sum() == pytest.approx(1, abs=1e-12)
    assert (p > 0).all()


@settings(max_examples=40, deadline=None)
@given(rows=ROWS, order=st.integers(0, 3), sequence=st.lists(st.integers(0, 4), max_size=10))
def test_log_likelihood_is_the_sum_over_the_steps(rows, order, sequence):
    chain = MarkovChain(order, 5).fit(rows)
    steps = [np.log(chain.probabilities(sequence[:i])[token]) for i, token in enumerate(sequence)]
    assert chain.log_likelihood(sequence) == pytest.approx(sum(steps), abs=1e-9)


def test_a_hand_worked_case():
    # After 0 came 1 twice: N = 2, T = 1. Below it, 0 and 1 both came twice of four: (2 + 2/2) / (4 + 2) = 1/2.
    chain = MarkovChain(order=1, n_tokens=2).fit([[0, 1], [0, 1]])
    np.testing.assert_allclose(chain.probabilities([0]), [(0 + 1 / 2) / 3, (2 + 1 / 2) / 3])
    assert chain.n_contexts == [1, 2]
    assert repr(chain) == "MarkovChain of order 1 over 2 tokens, 2 contexts"


def test_nothing_is_counted_across_two_sequences():
    apart = MarkovChain(1, 4).fit([[0, 1], [2, 3]]).probabilities([1])
    joined = MarkovChain(1, 4).fit([[0, 1, 2, 3]]).probabilities([1])
    assert joined[2] > 2 * apart[2]


def test_it_learns_a_cycle_that_a_lower_order_cannot_see():
    cycle = [0, 0, 1, 0, 1, 1] * 30
    nats = [-MarkovChain(k, 2).fit([cycle]).log_likelihood(cycle) / len(cycle) for k in (0, 1, 2, 3)]
    assert nats[0] == pytest.approx(np.log(2), abs=0.01)
    assert nats[3] < 0.1 < nats[2] < nats[0]


def test_samples_have_the_frequencies_of_the_model():
    chain = MarkovChain(1, 4).fit([[0, 1, 2, 3, 0, 2, 1, 1, 3, 0, 0, 1]])
    rows = chain.sample(4000, seed=1, n_steps=3)
    first = np.bincount(rows[:, 0], minlength=4) / 4000
    after_zero = np.bincount(rows[rows[:, 0] == 0, 1], minlength=4) / (rows[:, 0] == 0).sum()
    np.testing.assert_allclose(first, chain.probabilities(), atol=0.03)
    np.testing.assert_allclose(after_zero, chain.probabilities([0]), atol=0.03)


def test_same_seed_same_tunes_and_another_seed_others():
    chain = MarkovChain(2, 8).fit([np.random.default_rng(0).integers(0, 8, 400)])
    one, same, other = (chain.sample(3, seed, n_steps=40) for seed in (5, 5, 6))
    assert one.shape == (3, 40)
    np.testing.assert_array_equal(one, same)
    assert (one != other).any()


def test_temperature_moves_from_the_likeliest_to_the_uniform():
    chain = MarkovChain(1, 3).fit([[0, 1] * 50 + [0, 2]])
    cold, hot = (chain.sample(300, 0, n_steps=20, temperature=t) for t in (0.05, 50.0))
    assert (cold == np.tile([0, 1], 10)).all()
    np.testing.assert_allclose(np.bincount(hot.ravel(), minlength=3) / hot.size, 1 / 3, atol=0.03)


@pytest.mark.parametrize(
    ("action", "error", "message"),
    [
        (lambda: MarkovChain(-1), ValueError, "order"),
        (lambda: MarkovChain(3, 0), ValueError, "n_tokens"),
        (lambda: MarkovChain(12, 32), ValueError, "63 bits"),
        (lambda: MarkovChain(1, 4).fit([]), ValueError, "nothing to learn"),
        (lambda: MarkovChain(1, 4).fit([[0, 4]]), ValueError, "0 to 3"),
        (lambda: MarkovChain(1, 4).fit([[0.5, 1.0]]), ValueError, "whole numbers"),
        (lambda: MarkovChain(1, 4).fit([[0, 1]]).log_likelihood([-1]), ValueError, "0 to 3"),
        (lambda: MarkovChain(1, 4).fit([[0, 1]]).sample(1, 0, temperature=0), ValueError, "temperature"),
        (lambda: MarkovChain(1, 4).sample(1, 0), RuntimeError, "fit first"),
        (lambda: MarkovChain(1, 4).log_likelihood([0]), RuntimeError, "fit first"),
    ],
)
def test_bad_use_is_refused_with_a_reason(action, error, message):
    with pytest.raises(error, match=message):
        action()


def test_the_largest_order_allowed_still_counts_right():
    row = np.random.default_rng(2).integers(0, 32, 60)
    chain = MarkovChain(11, 32).fit([row])
    assert all(chain.probabilities(row[:i]).argmax() == row[i] for i in range(11, 60))


def test_the_example_in_the_docstring():
    outcome = doctest.testmod(markov)
    assert outcome.attempted > 0
    assert outcome.failed == 0
