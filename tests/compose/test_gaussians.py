"""Normal distributions: closed forms against numerical integrals, draws and SciPy."""

import numpy as np
import pytest
from scipy import integrate, stats

from musicbook.compose import gaussians as g

PAIRS = [((0, 1), (0, 1)), ((0, 1), (2, 0.5)), ((-1, 0.3), (1, 2))]


@pytest.mark.parametrize(("p", "q"), PAIRS)
def test_closed_form_integral_and_draws_agree(p, q):
    first, second = stats.norm(*p), stats.norm(*q)

    def term(x):
        return first.pdf(x) * (first.logpdf(x) - second.logpdf(x))

    integral = integrate.quad(term, p[0] - 10 * p[1], p[0] + 10 * p[1])[0]
    assert g.kl(p, q) == pytest.approx(integral, abs=1e-7)
    counted, error = g.kl_counted(p, q, n=50_000)
    assert abs(counted - integral) <= 4 * error + 1e-12
    assert np.allclose(g.density([0.3, -2], p), first.pdf([0.3, -2]))


@pytest.mark.parametrize(("p", "q"), PAIRS)
def test_no_discriminator_beats_the_optimal_one(p, q):
    best = g.value(p, q)
    by_hand = g.value(p, q, lambda x: np.clip(g.optimal_discriminator(x, p, q), 1e-12, 1 - 1e-12))
    assert best == pytest.approx(by_hand, abs=1e-6)
    for shift in (-0.5, 0.2):
        other = g.value(p, q, lambda x, s=shift: np.clip(g.optimal_discriminator(x + s, p, q), 1e-9, 1 - 1e-9))
        assert other <= best + 1e-9
    assert g.value(p, q, lambda x: np.full_like(x, 0.5)) == pytest.approx(-np.log(4))


def test_equal_distributions_give_minus_log_four():
    assert g.value((1, 2), (1, 2)) == pytest.approx(-np.log(4), abs=1e-9)
    assert g.jensen_shannon((1, 2), (1, 2)) == pytest.approx(0, abs=1e-9)
    assert g.jensen_shannon((-50, 1), (50, 1)) == pytest.approx(np.log(2), abs=1e-6)
    assert g.kl((0, 1)) == 0


def test_pitches_follow_the_distribution():
    assert g.pitches((0, 1e-6)) == [60] * 8
    assert g.pitches((3, 1e-6)) == [72] * 8
    assert np.ptp(g.pitches((0, 2))) > np.ptp(g.pitches((0, 1)))
    assert min(g.pitches((-9, 1))) == 36


@pytest.mark.parametrize("pair", [(0, 0), (0, -1), (np.nan, 1), (0, np.inf)])
def test_what_is_no_distribution_is_refused(pair):
    with pytest.raises(ValueError, match="a deviation above 0"):
        g.kl(pair)
