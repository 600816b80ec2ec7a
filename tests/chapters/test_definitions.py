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


@pytest.mark.tf
def test_the_losses_of_the_vae_chapter_are_the_packages():
    import tensorflow as tf

    from musicbook.compose import vae_networks

    chapter = rules.definitions(rules.CHAPTERS / "03_algorithms" / "vae.ipynb")
    rng = np.random.default_rng(0)
    mu, log_var, noise = (tf.constant(rng.normal(size=(5, 4)), tf.float32) for _ in range(3))
    ours = chapter["reparameterise"](mu, log_var, noise)
    np.testing.assert_allclose(ours, vae_networks.reparameterise(mu, log_var, noise), rtol=1e-6)
    np.testing.assert_allclose(chapter["kl"](mu, log_var), vae_networks.kl_divergence(mu, log_var), rtol=1e-5)
    x, logits = rng.integers(0, 32, (5, 8)), tf.constant(rng.normal(size=(5, 8, 32)), tf.float32)
    np.testing.assert_allclose(chapter["surprise"](x, logits), vae_networks.reconstruction_loss(x, logits), rtol=1e-5)


@pytest.mark.tf
def test_the_losses_of_the_gan_chapter_are_the_packages():
    import tensorflow as tf

    from musicbook.compose import gan_networks

    chapter = rules.definitions(rules.CHAPTERS / "03_algorithms" / "gan.ipynb")
    real, fake = (tf.constant(np.random.default_rng(seed).normal(size=9), tf.float32) for seed in (0, 1))
    np.testing.assert_allclose(
        chapter["discriminator_loss"](real, fake), gan_networks.discriminator_loss(real, fake), rtol=1e-6
    )
    np.testing.assert_allclose(chapter["generator_loss"](fake), gan_networks.generator_loss(fake), rtol=1e-6)
    rng = np.random.default_rng(2)
    real, fake = (tf.constant(rng.dirichlet(np.ones(8), (4, 16)), tf.float32) for _ in range(2))
    critic, mix = gan_networks.Critic(8), tf.constant(rng.random(4), tf.float32)
    penalties = [f(critic, real, fake, mix) for f in (chapter["gradient_penalty"], gan_networks.gradient_penalty)]
    np.testing.assert_allclose(*penalties, rtol=1e-5)


def test_the_divergence_and_the_auc_of_the_generators_chapter_are_right():
    from sklearn.metrics import roc_auc_score

    from musicbook.compose.quality import jensen_shannon

    chapter = rules.definitions(rules.CHAPTERS / "04_mathematics" / "generators.ipynb")
    rng = np.random.default_rng(0)
    p, q = rng.random((2, 12)) * (rng.random((2, 12)) > 0.3)
    assert chapter["js_bits"](p, q) == pytest.approx(jensen_shannon(p, q))
    fake, real = rng.integers(0, 5, 30), rng.integers(1, 6, 20)
    score = roc_auc_score(np.repeat([0, 1], (30, 20)), np.concatenate([fake, real]))
    assert chapter["auc"](fake, real) == pytest.approx(score)


def test_the_steadied_odds_of_the_generators_chapter_are_the_packages():
    from musicbook.compose.plain import steadied

    chapter = rules.definitions(rules.CHAPTERS / "04_mathematics" / "generators.ipynb")
    for p in np.random.default_rng(0).dirichlet(np.ones(32), 10):
        for s in (0.5, 0.9, 2.0):
            theirs = np.exp(steadied(np.log(p)[None], s))[0]
            np.testing.assert_allclose(chapter["steady"](p, s), theirs / theirs.sum(), rtol=1e-9)


def test_the_bells_of_the_composition_chapter_are_the_packages():
    from musicbook.compose import gaussians

    chapter = rules.definitions(rules.CHAPTERS / "04_mathematics" / "composition.ipynb")
    x = np.linspace(-12, 12, 2001)
    p, q = (0.3, 1.2), (-1.0, 0.7)
    p_r, p_g = (chapter["density"](x, pair) for pair in (p, q))
    np.testing.assert_allclose(p_r, gaussians.density(x, p))
    np.testing.assert_allclose(
        chapter["best_discriminator"](p_r, p_g), gaussians.optimal_discriminator(x, p, q), rtol=1e-9
    )
    assert chapter["kl_normal"](*p) == pytest.approx(gaussians.kl(p))


@pytest.fixture(scope="module")
def harmony_chapter():
    chapter = rules.definitions(rules.CHAPTERS / "04_mathematics" / "harmony.ipynb")
    chapter["TRIADS"] = {
        "": (0, 4, 7),
        "m": (0, 3, 7),
        "°": (0, 3, 6),
    }  # a constant of the chapter, which is not a definition
    return chapter


def test_the_best_row_of_the_harmony_chapter_is_the_packages(harmony_chapter):
    from musicbook.compose.paths import best_path

    for seed in range(20):
        rng = np.random.default_rng(seed)
        local, move = rng.normal(size=(9, 5)), rng.normal(size=(5, 5))
        assert np.array_equal(harmony_chapter["viterbi"](local, move), best_path(local, [move] * 8))


def test_the_chords_of_the_harmony_chapter_are_the_packages_where_no_seventh_sounds(harmony_chapter):
    from musicbook.compose.harmony import CHORDS, label
    from musicbook.music.melody import Melody

    for chord, name in enumerate(CHORDS):
        tones = harmony_chapter["TRIADS"][name[-1] if name[-1] in "m°" else ""]
        piece = Melody.from_notes([(0, 1, 48 + chord % 12 + tone, voice) for voice, tone in enumerate(tones)])
        sound = np.bincount(piece.pitch % 12, minlength=12).astype(float)
        assert harmony_chapter["name_chord"](sound) == name == CHORDS[label(piece)[0]]


def test_rhythm_and_pitch_of_the_harmony_chapter_are_the_packages(harmony_chapter):
    from musicbook.compose import rhythm

    for row in np.random.default_rng(0).integers(0, 32, (20, 32)):
        taken, pitches = harmony_chapter["take_rhythm"](row), harmony_chapter["take_pitches"](row)
        assert np.array_equal(taken, rhythm.rhythm_of(row))
        assert np.array_equal(pitches, rhythm.pitches_of([row])[0])
        for some in (pitches, pitches[:3]):
            assert np.array_equal(harmony_chapter["join"](taken, some), rhythm.put([taken], [some])[0])


@pytest.mark.tf
def test_the_thousand_numbers_of_the_worked_example_are_read_as_they_were_written():
    chapter = rules.definitions(rules.CHAPTERS / "04_mathematics" / "worked_composition.ipynb")
    symbols = np.random.default_rng(0).integers(0, 25, (7, 40))
    written = chapter["encode"](symbols)
    assert written.shape == (7, 1000)
    assert np.array_equal(chapter["decode"](written), symbols)
    assert sum(steps for _, steps in chapter["as_notes"](symbols[0])) == 40


def test_the_two_functions_of_the_collaborative_chapter_are_the_packages():
    from musicbook.recommend import collaborative

    chapter = rules.definitions(rules.CHAPTERS / "03_algorithms" / "collaborative.ipynb")
    for seed in range(5):
        rng = np.random.default_rng(seed)
        U = rng.poisson(2.0, (30, 40)) * (rng.random((30, 40)) < 0.3)
        U[7] = 0  # a listener without plays
        S = chapter["compute_similarity"](U)
        np.testing.assert_allclose(S, collaborative.compute_similarity(U), atol=1e-12)
        for u in range(30):
            ours = chapter["collaborative_filter"](S, u, U, k=9, n_neighbors=6)
            assert np.array_equal(ours, collaborative.collaborative_filter(S, u, U, k=9, n_neighbors=6))


def test_the_guess_of_the_ratings_chapter_is_the_packages():
    from musicbook.recommend.interactions import Interactions
    from musicbook.recommend.ratings import RatingKNN

    chapter = rules.definitions(rules.CHAPTERS / "03_algorithms" / "ratings.ipynb")
    rng = np.random.default_rng(0)
    R = rng.integers(1, 6, (40, 25)) * (rng.random((40, 25)) < 0.4)
    u, i = np.nonzero(R)
    train = Interactions(u, i, R[u, i], range(40), range(25), kind="ratings")
    knn = RatingKNN(k=6).fit(train)
    u, i = np.nonzero(R == 0)
    ours = [chapter["guess"](R, a, b, R[R > 0].mean(), k=6) for a, b in zip(u, i, strict=True)]
    np.testing.assert_allclose(ours, knn.predict(u, i), atol=1e-12)
    assert chapter["likeness"](R[0], R[1]) == pytest.approx(knn.similarities[0, 1])


@pytest.fixture(scope="module")
def recommendation():
    return rules.definitions(rules.CHAPTERS / "04_mathematics" / "recommendation.ipynb")


@pytest.fixture(scope="module")
def plays():
    return np.random.default_rng(0).poisson(0.6, (9, 7))


def as_log(plays):
    from musicbook.recommend.interactions import Interactions

    who, what = np.nonzero(plays)
    names = [f"listener {u}" for u in range(plays.shape[0])], [f"tune {i}" for i in range(plays.shape[1])]
    return Interactions(who, what, plays[who, what], *names)


def test_the_neighbours_of_the_recommendation_chapter_are_the_packages(recommendation, plays):
    from musicbook.recommend import collaborative
    from musicbook.recommend.neighbours import ItemKNN, UserKNN

    S, B = recommendation["cosines"](plays), recommendation["cosines"](plays.T)
    np.testing.assert_allclose(S, collaborative.compute_similarity(plays))
    everybody, raw = np.arange(9), {"weighting": "plays", "vote": "plays"}
    near = recommendation["nearest"]
    theirs = [model(k=3, **raw).fit(as_log(plays)).scores(everybody) for model in (UserKNN, ItemKNN)]
    np.testing.assert_allclose(near(S, 3) @ plays, theirs[0], rtol=1e-5)
    np.testing.assert_allclose(plays @ near(B.T, 3).T, theirs[1], rtol=1e-5)
    for u in range(9):
        scores = S[u] @ plays / np.abs(S[u]).sum()
        ranked = collaborative.collaborative_filter(S, u, plays)
        assert np.array_equal(recommendation["ranking"](scores, plays[u]), ranked)


def test_the_models_of_the_recommendation_chapter_are_the_packages(recommendation, plays):
    from musicbook.recommend import factors
    from musicbook.recommend.ease import EASE

    log, X, everybody = as_log(plays), plays.astype(float), np.arange(9)
    extra, preference = 3.0 * log.matrix.astype(float), (plays > 0).astype(float)
    Q = np.random.default_rng(1).normal(size=(7, 2))
    C = 1 + 3.0 * plays
    P = recommendation["half_step"](C, preference, Q, 0.7)
    np.testing.assert_allclose(P, factors.half_step(extra, Q, 0.7), rtol=1e-9)
    ours = recommendation["objective"](C, preference, P, Q, 0.7)
    assert ours == pytest.approx(factors.objective(extra, P, Q, 0.7))
    np.testing.assert_allclose(
        X @ recommendation["pure_svd"](X, 2),
        factors.PureSVD(2, weighting="plays").fit(log).scores(everybody),
        atol=1e-5,
    )
    model = EASE(2.0, weighting="plays").fit(log)
    np.testing.assert_allclose(recommendation["ease"](X, 2.0), model.weights(), atol=1e-6)
    np.testing.assert_allclose(recommendation["ease"](X, 2.0), recommendation["column_by_column"](X, 2.0), atol=1e-10)
    np.testing.assert_allclose(recommendation["ease_scores_dual"](X, 2.0), model.scores(everybody), atol=1e-5)


def test_the_centred_prediction_of_the_recommendation_chapter_moves_with_the_listener_alone(recommendation):
    predict, rng = recommendation["predict"], np.random.default_rng(0)
    R = rng.integers(1, 5, (6, 5)).astype(float)
    R[0, 4], S = 0, rng.random((6, 6))
    others, own = R.copy(), R.copy()
    others[3] += 1
    own[0, :4] += 1
    assert predict(others, S, 0, 4) == pytest.approx(predict(R, S, 0, 4))
    assert predict(own, S, 0, 4) == pytest.approx(predict(R, S, 0, 4) + 1)


def test_the_blocks_and_the_bytes_of_the_scaling_chapter_are_the_packages():
    from sklearn.preprocessing import normalize

    from musicbook.recommend.footprint import METHODS
    from musicbook.recommend.growth import crowd
    from musicbook.recommend.neighbours import UserKNN
    from musicbook.recommend.weighting import idf, weigh

    chapter = rules.definitions(rules.CHAPTERS / "05_project" / "scaling.ipynb")
    for n, m, q in ((7, 9, 20), (1000, 10_000, 56_000), (90_000, 800, 10**6)):
        assert chapter["dense_table"](n, m) == METHODS["dense table"](n, m, q)
        assert chapter["dense_neighbours"](n, m, q) == METHODS["dense neighbours"](n, m, q)
    people = crowd(700, 400, seed=5)
    unit = normalize(weigh(people.matrix, "log-idf", idf(people.binary)))
    votes = weigh(people.matrix, "log")
    lists = np.concatenate([chapter["block_lists"](unit, votes, own, near=40) for own in chapter["cut"](700, 90)])
    assert np.mean(lists == UserKNN(k=40).fit(people).top(np.arange(700), 10)) > 0.999


def test_the_functions_of_the_content_chapter_are_the_packages():
    from musicbook.recommend import content

    chapter = rules.definitions(rules.CHAPTERS / "03_algorithms" / "content.ipynb")
    F = np.random.default_rng(0).normal(size=(40, 6)).clip(-3, 3)
    np.testing.assert_allclose(chapter["standardise"](3 * F + 1), content.standardise(3 * F + 1), atol=1e-6)
    liked, disliked, weights = [3, 9, 11], [5], np.array([1.0, 2.0, 1.0])
    interest = chapter["build_interest_model"](liked, F, weights, disliked)
    np.testing.assert_allclose(interest, content.build_interest_model(liked, F, weights, dislikes=disliked))
    assert chapter["recommend"](interest, F, 8, liked).tolist() == content.recommend(interest, F, 8, liked).tolist()
    unit = F / np.linalg.norm(F, axis=1, keepdims=True)
    scores = content.cosine(interest, F)
    for discovery in (0.0, 0.4, 0.9):
        ours = chapter["rerank"](list(range(20)), scores, unit, 6, discovery)
        assert list(ours) == content.rerank(np.arange(20), scores, F, 6, discovery).tolist()


def test_the_gini_and_the_liking_of_the_listeners_chapter_are_the_packages():
    from musicbook.recommend import beyond, truth

    chapter = rules.definitions(rules.CHAPTERS / "05_project" / "listeners.ipynb")
    utility = np.linspace(-4, 4, 9)
    np.testing.assert_allclose(chapter["like"](utility), truth.like(utility))
    lists = np.random.default_rng(0).zipf(1.7, (200, 5)) % 30
    assert chapter["gini"](np.bincount(lists.ravel(), minlength=30)) == pytest.approx(beyond.gini(lists, 30))


def test_the_nearest_mean_of_the_style_chapter_is_scikit_learns():
    from sklearn.metrics import balanced_accuracy_score
    from sklearn.neighbors import NearestCentroid

    from musicbook.music import corpus, feature_groups, style

    chapter = rules.definitions(rules.CHAPTERS / "02_concepts" / "style.ipynb")
    rng = np.random.default_rng(0)
    y = rng.choice(style.DANCES, 200)
    Z = rng.normal(size=(200, 4)) + (np.unique(y, return_inverse=True)[1])[:, None]
    means = np.array([Z[y == dance].mean(axis=0) for dance in np.unique(y)])
    ours, theirs = chapter["nearest_mean"](Z, means), NearestCentroid().fit(Z, y).predict(Z)
    assert np.array_equal(ours, theirs)
    assert chapter["balanced"](y, ours) == pytest.approx(balanced_accuracy_score(y, theirs))
    for melody in corpus.load().sample(5, seed=0):
        line = feature_groups.Line(melody)
        np.testing.assert_allclose(chapter["in_units"](melody.voices()[0]), 2 ** line.length[:-1])


def test_the_cues_and_the_prediction_of_the_mood_chapter_are_the_packages():
    from musicbook.music import corpus, mood

    chapter = rules.definitions(rules.CHAPTERS / "02_concepts" / "mood.ipynb")
    for melody in corpus.load().sample(30, seed=6):
        found = mood.cues(melody)
        assert chapter["speed"](melody) == found["speed"]
        assert chapter["majorness"](melody) == pytest.approx(found["majorness"], abs=1e-9)
        np.testing.assert_allclose(chapter["predict"](melody), mood.predict(melody))


def test_the_metrics_of_the_judging_chapter_are_scikit_learns():
    from sklearn.metrics import f1_score, ndcg_score, precision_score, recall_score

    chapter = rules.definitions(rules.CHAPTERS / "04_mathematics" / "judging.ipynb")
    for seed in range(20):
        hit = np.random.default_rng(seed).random(30) < 0.3
        if not hit.any():
            continue
        k, shown = 10, np.arange(30) < 10
        p, r = chapter["precision_at"](hit, k), chapter["recall_at"](hit, hit.sum(), k)
        assert p == pytest.approx(precision_score(hit, shown, zero_division=0))
        assert r == pytest.approx(recall_score(hit, shown))
        assert chapter["f1"](p, r) == pytest.approx(f1_score(hit, shown, zero_division=0))
        theirs = ndcg_score(hit[None].astype(int), -np.arange(30)[None], k=k)
        assert chapter["ndcg_at"](hit[:k], hit.sum(), k) == pytest.approx(theirs)


def test_the_prior_and_the_resampling_of_the_questions_chapter_are_the_packages_and_scikit_learns():
    from sklearn.utils import resample

    from musicbook.recommend import hybrid, onboarding

    chapter = rules.definitions(rules.CHAPTERS / "09_faq" / "faq.ipynb")
    rng = np.random.default_rng(0)
    scores, popularity = rng.normal(size=(4, 60)), rng.poisson(3, 60)
    np.testing.assert_allclose(chapter["standardised"](scores[0]), hybrid.standardise(scores)[0])
    for events in (1, 4, 30):
        theirs = onboarding.with_prior(scores, popularity, events)
        np.testing.assert_allclose(chapter["with_prior"](scores, popularity, events), theirs, rtol=1e-4, atol=1e-5)
    y = rng.choice(["a", "b", "c"], 90, p=[0.7, 0.2, 0.1])
    for change, n in (("oversample", np.sum(y == "a")), ("undersample", min(np.sum(y == k) for k in "bc"))):
        rows = chapter[change](y, np.random.default_rng(1))
        few = resample(np.flatnonzero(y == "c"), n_samples=n, replace=change == "oversample", random_state=0)
        assert np.unique(y[rows], return_counts=True)[1].tolist() == [n] * 3 == [len(few)] * 3
        assert set(rows[y[rows] == "a"]) <= set(np.flatnonzero(y == "a"))
        if change == "undersample":
            assert len(set(rows)) == len(rows)


@pytest.mark.slow
def test_the_read_outs_and_the_move_of_the_creation_chapter_are_the_packages():
    from musicbook.compose.models import open_model
    from musicbook.service.conditions import STYLES, Conditions, examples

    chapter = rules.definitions(rules.CHAPTERS / "06_applications" / "creation.ipynb")
    known = examples("validation")
    conditions = Conditions(open_model("vae-reconstruct-4"), known)
    codes = conditions.vae.encode(known.rows)[0]
    middle, spread = codes.mean(axis=0), codes.std(axis=0)
    codes = (codes - middle) / spread
    drawn = conditions.vae.draw_codes(6, seed=2)
    for k, style in enumerate(STYLES):
        line = chapter["read_out"](codes, known.style == style)
        np.testing.assert_allclose(codes @ line, conditions.read(known.rows)[:, k], atol=1e-4)
        moved = chapter["to_value"]((drawn - middle) / spread, line, chapter["way_of"](codes, line), 2.5)
        theirs = conditions.move(drawn, *conditions.wanted(style, strength=2.5))
        np.testing.assert_allclose(moved * spread + middle, theirs, atol=1e-3)


@pytest.mark.slow
def test_the_ratings_and_the_mask_of_the_education_chapter_are_the_packages():
    from musicbook.compose.practice import exercise
    from musicbook.music.levels import LEVELS, measure
    from musicbook.recommend import elo

    chapter = rules.definitions(rules.CHAPTERS / "06_applications" / "education.ipynb")
    rng = np.random.default_rng(0)
    for _ in range(30):
        skill, difficulty, n, k = rng.normal(), rng.normal(), int(rng.integers(50)), int(rng.integers(2, 5))
        assert chapter["chance"](skill, difficulty, k) == pytest.approx(elo.expected(skill, difficulty, k))
        for right in (True, False):
            theirs, _ = elo.update(skill, difficulty, right, n, options=k)
            assert chapter["new_rating"](skill, difficulty, right, n, k) == pytest.approx(theirs)
    for level in (1, 2, 3):
        melody = exercise(level, 5)
        assert chapter["width_and_leap"](melody) == measure(melody)[:2]
        kept = chapter["masked"](rng.random(25), np.arange(-12, 13), LEVELS[level - 1].leap)
        assert kept.sum() == pytest.approx(1)
        assert not kept[np.abs(np.arange(-12, 13)) > LEVELS[level - 1].leap].any()


@pytest.mark.tf
def test_the_likeness_of_the_tools_chapter_is_the_cosine():
    from scipy.sparse import csr_array
    from sklearn.metrics.pairwise import cosine_similarity

    chapter = rules.definitions(rules.CHAPTERS / "07_tools" / "tools.ipynb")
    plays = np.random.default_rng(0).poisson(1.0, (6, 9)) + np.eye(6, 9)
    histories = [{k: count for k, count in enumerate(row) if count} for row in plays]
    np.testing.assert_allclose(chapter["all_pairs"](histories), cosine_similarity(plays))
    np.testing.assert_allclose(chapter["all_pairs_fast"](csr_array(plays)), cosine_similarity(plays))


def test_the_interest_and_the_candidates_of_the_studio_chapter_are_the_packages():
    from musicbook.recommend import content
    from musicbook.service import pool

    chapter = rules.definitions(rules.CHAPTERS / "studio.ipynb")
    rng = np.random.default_rng(0)
    F = rng.normal(size=(150, 15))
    for k in range(10):
        liked, disliked, heard = (rng.choice(150, size, replace=False) for size in (3, 2, 8))
        interest = content.build_interest_model(liked, F, dislikes=disliked)
        np.testing.assert_allclose(chapter["interest_of"](liked, disliked, F), interest)
        scores = chapter["likeness"](interest, F)
        np.testing.assert_allclose(scores, content.cosine(interest, F))
        ours = chapter["candidates"](scores, heard, k / 10)[:4]
        assert ours == pool.choose(scores, F, heard, k / 10, surprise=0)


def test_the_plans_and_intervals_of_the_distribution_chapter_are_the_packages():
    from musicbook.recommend import audience, uplift
    from musicbook.recommend.interactions import Interactions

    chapter = rules.definitions(rules.CHAPTERS / "06_applications" / "distribution.ipynb")
    rng = np.random.default_rng(0)
    pairs = np.argwhere(rng.random((20, 30)) < 0.4)
    people, tunes = [f"L{k}" for k in range(20)], [f"t{k}" for k in range(30)]
    log = Interactions(*pairs.T, rng.integers(1, 90, len(pairs)), people, tunes)
    F = rng.normal(size=(30, 5)).astype(np.float32)
    interests = audience.interests(log, F)
    np.testing.assert_allclose(chapter["interests_of"](log, F), interests, atol=1e-5)
    np.testing.assert_allclose(chapter["wanting_of"](interests, F[3]), audience.wanting(interests, F[[3]])[:, 0])
    chosen, chance = rng.permutation(20)[:6], rng.random(20)
    ours = chapter["reach_and_precision"](chosen, chance)
    assert ours == pytest.approx(audience.judge(chosen, chance, interests)[:2])
    arms = rng.random(90) < 0.6, rng.random(70) < 0.3
    assert chapter["rate_difference"](*arms) == pytest.approx(uplift.difference(*arms), abs=1e-5)
    record = uplift.keep_log(rng.random(50), rng.random(50))
    assert chapter["naive_uplift"](record) == uplift.naive(record)


def test_the_feed_of_the_consumption_chapter_is_the_packages():
    from musicbook.recommend import feed

    chapter = rules.definitions(rules.CHAPTERS / "06_applications" / "consumption.ipynb")
    rng = np.random.default_rng(0)
    F, fame = rng.normal(size=(40, 6)), rng.uniform(-1, 1, 40)
    for seed in range(8):
        opinions = np.random.default_rng(seed).integers(-1, 2, 40)
        np.testing.assert_allclose(chapter["interest_of"](F, opinions), feed.interest(F, opinions))
        scores = chapter["score_of"](F, fame, opinions, seed / 7)
        np.testing.assert_allclose(scores, feed.scores(F, fame, opinions, seed / 7), atol=1e-9)


def test_the_attention_and_the_rows_of_the_challenges_chapter_are_the_packages():
    from musicbook.recommend import fairness

    chapter = rules.definitions(rules.CHAPTERS / "08_outlook" / "challenges.ipynb")
    rng = np.random.default_rng(0)
    lists, provider = rng.integers(0, 40, (25, 10)), rng.permutation(np.arange(40) % 5)
    np.testing.assert_allclose(chapter["attention_of"](lists, provider), fairness.attention(lists, provider))
    played = rng.random((30, 40)) < 0.4
    for tunes in rng.integers(0, 40, (20, 3)):
        fits = [row for row in range(30) if played[row, tunes].all()]
        assert chapter["rows_that_fit"](played, np.unique(tunes)).tolist() == fits


def test_the_delay_of_the_trends_chapter_is_the_packages():
    from musicbook.music import binaural

    later = rules.definitions(rules.CHAPTERS / "08_outlook" / "trends.ipynb")["later"]
    for angle in range(0, 91, 5):
        left, right = binaural.ears(angle)
        assert later(angle) == pytest.approx(left.delay - right.delay)


def test_the_alignment_and_the_counts_of_the_screening_chapter_are_the_packages():
    from musicbook.music import corpus, screening
    from musicbook.music.alignment import align, steps
    from musicbook.music.planting import passages

    chapter = rules.definitions(rules.CHAPTERS / "06_applications" / "screening.ipynb")
    pool = passages(corpus.load(), 12, seed=5)
    screen = screening.Screen(pool)
    for k in range(0, 12, 3):
        scores = [chapter["local_score"](steps(pool[k]), steps(each)) for each in pool]
        assert scores == screen.raw(pool[k]).tolist() == [align(pool[k], each).score for each in pool]
        rows = [np.clip(np.diff(each.pitch), -12, 12).tolist() for each in pool]
        ours = [1 - chapter["edit_distance"](rows[k], row) / max(len(rows[k]), len(row)) for row in rows]
        np.testing.assert_allclose(ours, screen.edit(pool[k]))
    rng = np.random.default_rng(0)
    honest = rng.random(60) < 0.5
    found = screening.Verdicts(rng.random(60), rng.integers(0, 9, 60), (rng.random(60) < 0.6) & ~honest, honest)
    for limit in (0.1, 0.5, 0.9):
        ours = chapter["precision_recall"](found.best, found.right, found.honest, limit)
        assert ours == pytest.approx(found.at(limit))


def test_the_keys_of_the_reading_chapter_are_the_packages():
    from musicbook.book import reading

    keys_in = rules.definitions(rules.CHAPTERS / "10_reading" / "reading.ipynb")["keys_in"]
    cited = reading.cited()
    for path in rules.notebooks():
        assert keys_in(reading.prose(path)) == {key for key, places in cited.items() if rules.name(path) in places}
