"""What a chapter defines for itself and the package defines too is the same."""

import numpy as np
import pytest
import rules

from musicbook.compose.markov import MarkovChain


@pytest.fixture(scope="module")
def background():
    return rules.definitions(rules.CHAPTERS / "01_background" / "background.ipynb")


@pytest.mark.parametrize("order", [0, 1, 3])
def test_the_chain_of_the_background_chapter_is_the_packages(background, order):
    rows = [np.random.default_rng(seed).integers(0, 6, 60) for seed in range(5)]
    followers = background["learn"](rows, order)
    chain = MarkovChain(order, n_tokens=6).fit(rows)
    for row in rows:
        for i in range(order, len(row), 7):
            context = row[i - order : i].tolist()
            ours = [background["probability"](followers, context, token, n_tokens=6) for token in range(6)]
            np.testing.assert_allclose(ours, chain.probabilities(context), rtol=1e-12)


def test_cosines_of_the_background_chapter_are_cosines(background):
    from sklearn.metrics.pairwise import cosine_similarity

    plays = np.random.default_rng(0).poisson(2.0, (5, 8)) + np.eye(5, 8)
    np.testing.assert_allclose(background["cosines"](plays), cosine_similarity(plays))
