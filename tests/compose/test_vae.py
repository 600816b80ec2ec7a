"""The VAE: its losses by hand, its NumPy side against the Keras networks, and what its codes are good for."""

import numpy as np
import pytest

from musicbook.compose.composer import Composer, WeightsError, read_arrays, write_arrays
from musicbook.compose.models import open_model
from musicbook.compose.vae import VAE
from musicbook.compose.when_needed import WhenNeeded, tf
from musicbook.music import corpus
from musicbook.music.melody import FIRST_PITCH

networks = WhenNeeded("musicbook.compose.vae_networks")
pytestmark = pytest.mark.tf

SMALL = {"z_dim": 6, "width": 48, "features": 8, "hidden": 24, "context": 4, "embedding": 4, "parts": 3}


def pulses(n, seed):
    """Rows of four notes of four steps, each on one of three pitches."""
    rows = np.ones((n, 16), np.int64)
    rows[:, ::4] = np.random.default_rng(seed).integers(2, 5, (n, 4))
    return rows


@pytest.fixture(scope="module")
def trained():
    model = VAE(16, 6, beta=0.1, dropout=0.6, peak=3e-3, **SMALL)
    return model.fit(pulses(1024, 0), seed=0, epochs=25, batch_size=64, progress=False)


@pytest.fixture(scope="module")
def rich():
    return open_model("vae-reconstruct-2")


@pytest.fixture(scope="module")
def held_out():
    windows = corpus.windows(2, "test", corpus.FIDDLE_BOOKS)
    return windows[np.random.default_rng(0).permutation(len(windows))[:200]]


def test_losses_by_hand():
    mu, log_var = tf.constant([[0.5, -1.0]]), tf.constant([[0.0, -2.0]])
    assert np.allclose(networks.kl_divergence(mu, log_var), [[0.125, 0.5 * (1 + np.exp(-2) + 2 - 1)]])
    assert np.allclose(networks.reparameterise(mu, log_var, tf.ones((1, 2))), [[1.5, -1 + np.exp(-1)]])
    logits = tf.math.log([[[0.5, 0.25, 0.25], [0.1, 0.1, 0.8]]])
    assert np.allclose(networks.reconstruction_loss(tf.constant([[0, 2]]), logits), [-np.log(0.5) - np.log(0.8)])


def test_the_closed_form_is_what_draws_count():
    rng = np.random.default_rng(0)
    mu, sigma = 0.7, 0.4
    x = mu + sigma * rng.standard_normal(200_000)
    counted = (0.5 * x**2 - 0.5 * ((x - mu) / sigma) ** 2 - np.log(sigma)).mean()
    closed = networks.kl_divergence(tf.constant([mu]), tf.constant([2 * np.log(sigma)], tf.float32))
    assert float(closed[0]) == pytest.approx(counted, abs=0.01)


def test_gradients_go_through_the_draw():
    mu, log_var = tf.Variable([[0.5]]), tf.Variable([[1.0]])
    with tf.GradientTape() as tape:
        z = tf.reduce_sum(networks.reparameterise(mu, log_var, tf.constant([[2.0]])))
    by_mu, by_log_var = tape.gradient(z, [mu, log_var])
    assert by_mu.numpy() == pytest.approx(1)
    assert by_log_var.numpy() == pytest.approx(np.exp(0.5))  # 0.5 * sigma * epsilon


def test_it_learns_and_numpy_is_keras(trained):
    rows = pulses(200, 1)
    assert trained.reconstruction(rows, candidates=0)["token_accuracy"] > 0.95
    mu, sigma = trained.encode(rows)
    assert isinstance(trained._encoder, networks.Encoder)
    assert isinstance(trained._decoder, networks.Decoder)
    theirs, log_var = trained._encoder(tf.constant(rows, tf.int32))
    assert np.allclose(mu, theirs, atol=0.02)  # weights are kept in 16 bits
    assert np.allclose(sigma, np.exp(0.5 * log_var.numpy()), rtol=0.03)
    logits = trained._decoder(tf.constant(mu), tf.constant(rows, tf.int32), tf.ones((200, 16)))
    written = trained.decode(mu)
    right = (written == rows).all(axis=1)
    assert right.mean() > 0.5
    assert np.array_equal(logits.numpy().argmax(-1)[right], rows[right])


def test_samples_are_music_and_seeds_decide(trained):
    rows = trained.sample(200, 5)
    assert np.isin(rows[:, ::4], [2, 3, 4]).mean() > 0.9
    assert (rows.reshape(-1, 4, 4)[:, :, 1:] == 1).mean() > 0.9
    assert len(np.unique(rows, axis=0)) > 20
    assert np.array_equal(rows, trained.sample(200, 5))
    assert not np.array_equal(rows, trained.sample(200, 6))
    assert not np.array_equal(trained.draw_codes(5, 0), trained.draw_codes(5, 0, prior=True))


def test_the_fitted_density_lies_where_the_codes_are(trained):
    codes = trained.encode(pulses(500, 2))[0]
    drawn, prior = trained.draw_codes(500, 0), trained.draw_codes(500, 0, prior=True)
    away = [np.abs(each.std(axis=0) - codes.std(axis=0)).mean() for each in (drawn, prior)]
    assert prior.std() == pytest.approx(1, abs=0.1)
    assert away[0] < 0.35


@pytest.mark.parametrize(("beta", "free_bits"), [(0.0, 0.0), (8.0, 0.0), (8.0, 0.3)])
def test_beta_empties_the_code_and_free_bits_keep_some(beta, free_bits):
    model = VAE(16, 6, beta=beta, free_bits=free_bits, dropout=0.5, peak=3e-3, **SMALL)
    model.fit(pulses(512, 0), epochs=12, batch_size=64, progress=False)
    kl = model.reconstruction(pulses(100, 1), candidates=0)["kl"]
    low, high = {(0.0, 0.0): (10, np.inf), (8.0, 0.0): (0, 0.5), (8.0, 0.3): (1.2, 4)}[beta, free_bits]
    assert low < kl < high  # 6 dimensions of 0.3 nats are 1.8


def test_candidates_come_nearer_than_the_likeliest(rich, held_out):
    greedy, best = (rich.reconstruction(held_out, candidates=n) for n in (0, 16))
    for key in ("token_accuracy", "onset_f1", "exact"):
        assert best[key] > greedy[key], key
    assert best["kl"] == greedy["kl"]


def test_a_walk_begins_and_ends_at_the_two_tunes(rich, held_out):
    way = rich.interpolate(held_out[0], held_out[1], 7)
    assert way.shape == (7, 32)
    assert np.array_equal(way[[0, -1]], rich.decode(rich.encode(held_out[:2])[0]))
    assert len(np.unique(way, axis=0)) > 3


def test_a_direction_moves_its_attribute(rich, held_out):
    notes = (held_out >= FIRST_PITCH).sum(axis=1)
    direction = rich.attribute(held_out, notes)
    codes = rich.encode(held_out)[0]
    counts = [(rich.decode(codes + k * direction) >= FIRST_PITCH).sum(axis=1).mean() for k in (-1, 0, 1)]
    assert counts[0] + 1 < counts[1] < counts[2] - 1
    with pytest.raises(ValueError, match="no direction to find"):
        rich.attribute(held_out, np.ones(len(held_out)))


def test_it_comes_back_from_its_file(trained, tmp_path):
    path = trained.save(tmp_path / "vae.npz")
    again = Composer.load(path)
    assert np.array_equal(again.sample(20, 4), trained.sample(20, 4))
    header, arrays = read_arrays(path)
    del arrays["plan.kernel"]
    write_arrays(path, header, arrays)
    with pytest.raises(WeightsError, match=r"vae\.npz"):
        Composer.load(path)


def test_bad_input_is_said(trained):
    with pytest.raises(ValueError, match="codes of shape"):
        trained.decode(np.zeros((2, 5)))
    with pytest.raises(ValueError, match="above 0"):
        trained.sample(1, 0, temperature=0)
    with pytest.raises(ValueError, match="beta, free_bits and shift"):
        VAE(16, 6, beta=-1)
    with pytest.raises(RuntimeError, match="call fit first"):
        VAE(16, 6).sample(1, 0)
    with pytest.raises(ValueError, match=r"shape|windows"):
        trained.encode(np.zeros((2, 5), int))


def test_windows_move_within_the_alphabet():
    model = VAE(16, 32, shift=3)
    rows = np.full((500, 16), 1)
    rows[:, 0] = np.random.default_rng(0).integers(FIRST_PITCH, 32, 500)
    moved = model._moved(tf.constant(rows, tf.int32), tf.constant([0, 1], tf.int32)).numpy()
    shift = (moved - rows)[:, 0]
    assert set(shift) == set(range(-3, 4))
    assert moved[:, 0].min() >= FIRST_PITCH
    assert moved[:, 0].max() <= 31
    assert (moved[:, 1:] == 1).all()
