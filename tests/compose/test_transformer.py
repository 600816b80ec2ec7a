"""The Transformer: its own NumPy writing against the Keras network, causality, and a task that needs a long memory."""

import numpy as np
import pytest

from musicbook.compose.composer import Composer, WeightsError, read_arrays, write_arrays
from musicbook.compose.markov import MarkovChain

tf = pytest.importorskip("tensorflow")

from musicbook.compose.transformer import Transformer  # noqa: E402
from musicbook.compose.transformer_networks import Network  # noqa: E402

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
    network = Network(16, 8, **SMALL)
    rows = np.random.default_rng(0).integers(0, 8, (1, 16))
    changed = rows.copy()
    changed[0, 10:] = (changed[0, 10:] + 1) % 8
    before, after = (network(tf.constant(r, tf.int32)).numpy() for r in (rows, changed))
    assert np.allclose(before[:, :11], after[:, :11], atol=1e-6)
    assert not np.allclose(before[:, 11:], after[:, 11:], atol=1e-3)


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
        (lambda: Transformer(16).fit(np.zeros((4, 8), int)), ValueError, "shape"),
        (lambda: Transformer(16).fit(np.zeros((4, 16), int), batch_size=5), ValueError, "cannot be trained"),
        (lambda: Transformer(16).fit(np.zeros((4, 16), int), epochs=0), ValueError, "cannot be trained"),
    ],
)
def test_what_makes_no_sense_is_refused(call, error, words):
    with pytest.raises(error, match=words):
        call()
