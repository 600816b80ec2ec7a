"""The Transformer: its own NumPy writing against the Keras network, causality, and a task that needs a long memory."""

import numpy as np
import pytest

from musicbook.compose.composer import Composer, WeightsError, read_arrays, write_arrays
from musicbook.compose.markov import MarkovChain
from musicbook.compose.transformer import Transformer, looks_back
from musicbook.compose.when_needed import WhenNeeded, tf

networks = WhenNeeded("musicbook.compose.transformer_networks")
pytestmark = pytest.mark.tf

SMALL = {"width": 16, "heads": 2, "layers": 2}


def echoes(n, seed):
    """Rows whose second half repeats the first: eight steps back, more than a chain of order 3 can see."""
    half = np.random.default_rng(seed).integers(2, 6, (n, 8))
    return np.hstack([half, half])


@pytest.fixture(scope="module")
def trained():
    return Transformer(16, 8, width=32, heads=2, layers=2, dropout=0.0, peak=5e-3).fit(
        echoes(2000, 0), seed=1, epochs=10, batch_size=50, progress=False
    )


def test_it_learns_what_a_short_chain_cannot(trained):
    new = echoes(300, 1)
    nats = -trained.log_likelihood(new).mean()
    chain = MarkovChain(3, 8).fit(echoes(2000, 0))
    floor = 8 * np.log(4)  # the first half cannot be foreseen
    assert floor <= nats < floor + 0.5
    assert -np.mean([chain.log_likelihood(row) for row in new]) > floor + 5
    rows = trained.sample(200, seed=3)
    assert (rows[:, :8] == rows[:, 8:]).mean() > 0.97


def test_numpy_and_keras_agree(trained):
    rows = echoes(50, 2)
    logits = trained._network(tf.constant(rows, tf.int32))
    keras = -tf.reduce_sum(tf.nn.sparse_softmax_cross_entropy_with_logits(rows, logits), axis=1).numpy()
    assert np.allclose(trained.log_likelihood(rows), keras, atol=0.05)  # weights are rounded to 16 bits in between


def test_no_step_sees_what_comes_later():
    network = networks.Network(48, 8, **SMALL)
    rows = np.random.default_rng(0).integers(0, 8, (1, 48))
    changed = rows.copy()
    changed[0, 30:] = (changed[0, 30:] + 1) % 8
    before, after = (network(tf.constant(r, tf.int32)).numpy() for r in (rows, changed))
    assert np.allclose(before[:, :31], after[:, :31], atol=1e-6)
    assert not np.allclose(before[:, 31:], after[:, 31:], atol=1e-3)


def test_a_row_begins_with_its_step_in_every_bar_before():
    assert [looks_back(16), looks_back(32), looks_back(64)] == [[1], [1, 16], [1, 16, 32, 48]]
    network = networks.Network(48, 8, width=8, heads=2, layers=0)  # without attention nothing else can be seen
    rows = np.random.default_rng(1).integers(0, 8, (1, 48))
    before = network(tf.constant(rows, tf.int32)).numpy()
    for step in (0, 5, 20, 47):
        changed = rows.copy()
        changed[0, step] = (changed[0, step] + 1) % 8
        differ = np.abs(network(tf.constant(changed, tf.int32)).numpy() - before).max(axis=(0, 2)) > 1e-6
        assert np.flatnonzero(differ).tolist() == [s for s in (step + 1, step + 16, step + 32) if s < 48]


def test_numpy_and_keras_agree_over_several_bars():
    rows = np.random.default_rng(0).integers(0, 8, (64, 48))
    model = Transformer(48, 8, **SMALL).fit(rows, epochs=2, batch_size=16, progress=False)
    logits = model._network(tf.constant(rows, tf.int32)).numpy()
    assert np.allclose(np.stack(list(model._logits(rows)), axis=1), logits, atol=0.02)


def test_steady_rhythms_repeat_more_and_pitches_stay_free(trained):
    rows = {steady: trained.sample(400, 0, steady=steady) for steady in (0.3, 1.0, 3.0)}
    plain = trained.sample(400, 0)
    assert not np.array_equal(plain, rows[1.0])  # the setting is 0.9
    onsets = {steady: (r >= 2) for steady, r in rows.items()}
    assert onsets[0.3].mean() > onsets[1.0].mean() > onsets[3.0].mean()  # in `echoes` every step begins a note
    first = [np.unique(r[:, 0][r[:, 0] >= 2], return_counts=True)[1].min() for r in rows.values()]
    assert min(first) > 50  # four pitches, all of them still drawn


def test_probabilities_sum_to_one_over_all_windows():
    model = Transformer(3, 4, **SMALL).fit(
        np.random.default_rng(0).integers(0, 4, (64, 3)), epochs=1, batch_size=32, progress=False
    )
    every = np.array(np.meshgrid(*[range(4)] * 3)).reshape(3, -1).T
    assert np.exp(model.log_likelihood(every)).sum() == pytest.approx(1, abs=1e-5)


def test_it_comes_back_from_its_file(trained, tmp_path):
    again = Composer.load(trained.save(tmp_path / "t.npz"))
    assert np.array_equal(again.sample(20, 4), trained.sample(20, 4))
    assert not np.array_equal(again.sample(20, 4), trained.sample(20, 5))
    header, arrays = read_arrays(tmp_path / "t.npz")
    arrays.pop("gain")
    write_arrays(tmp_path / "t.npz", header, arrays)
    with pytest.raises(WeightsError, match="checksum"):
        Composer.load(tmp_path / "t.npz")


def test_a_cold_model_is_surer(trained):
    cold, hot = (trained.sample(300, 0, temperature=t) for t in (0.2, 3.0))
    assert trained.log_likelihood(cold).mean() > trained.log_likelihood(hot).mean() + 5


def test_interrupted_and_resumed_it_has_the_same_weights(tmp_path):
    rows, options = echoes(128, 0), {"seed": 2, "epochs": 4, "batch_size": 32, "progress": False}
    whole = Transformer(16, 8, **SMALL).fit(rows, **options)

    class PowerError(Exception):
        """Goes out."""

    def cut(_composer, epoch, _losses):
        if epoch == 2:
            raise PowerError

    with pytest.raises(PowerError):
        Transformer(16, 8, **SMALL).fit(rows, folder=tmp_path, on_epoch=cut, **options)
    resumed = Transformer(16, 8, **SMALL).fit(rows, folder=tmp_path, **options)
    assert resumed.history == whole.history
    for name, array in whole._arrays().items():
        assert np.array_equal(array, resumed._arrays()[name]), name
    again = Transformer(16, 8, **SMALL).fit(rows, folder=tmp_path, **options)  # nothing is left to train
    assert np.array_equal(again.sample(5, 0), whole.sample(5, 0))


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: Transformer(16, width=10, heads=4), ValueError, "multiple"),
        (lambda: Transformer(16).sample(1, 0), RuntimeError, "fit first"),
        (lambda: Transformer(16).sample(1, 0, steady=0), ValueError, "steady must be above 0"),
        (lambda: Transformer(16).fit(np.zeros((4, 8), int)), ValueError, "shape"),
        (lambda: Transformer(16).fit(np.zeros((4, 16), int), batch_size=5), ValueError, "cannot be trained"),
        (lambda: Transformer(16).fit(np.zeros((4, 16), int), epochs=0), ValueError, "cannot be trained"),
    ],
)
def test_what_makes_no_sense_is_refused(call, error, words):
    with pytest.raises(error, match=words):
        call()
