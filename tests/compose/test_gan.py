"""The GANs: losses against values by hand, the article's loop that cannot learn, a collapse seen, files and resuming."""

import numpy as np
import pytest

from musicbook.compose.composer import Composer, WeightsError, read_arrays, write_arrays
from musicbook.compose.gan import WGANGP, DenseGAN
from musicbook.compose.when_needed import WhenNeeded, tf

networks = WhenNeeded("musicbook.compose.gan_networks")
pytestmark = pytest.mark.tf

SIZES = {DenseGAN: {"z_dim": 4}, WGANGP: {"z_dim": 4, "n_critic": 1, "width": 16, "critic_width": 8, "average": 0.9}}
BOTH = pytest.mark.parametrize("kind", SIZES)


def pulses(n, seed):
    """Rows of four notes of four steps, each on one of three pitches."""
    notes = np.random.default_rng(seed).integers(2, 5, (n, 4, 1))
    return np.concatenate([notes, np.ones((n, 4, 3), int)], axis=2).reshape(n, 16)


def small(kind):
    return kind(16, 6, **SIZES[kind])


@pytest.fixture(scope="module", params=SIZES)
def trained(request):
    return small(request.param).fit(pulses(256, 0), seed=1, epochs=2, batch_size=32, progress=False)


# ---- losses ----------------------------------------------------------------------------------------------------------


def test_losses_have_the_values_of_their_formulas():
    real, fake = np.array([0.5, -1.0, 3.0]), np.array([-2.0, 0.3, 1.0])
    d_real, d_fake = 1 / (1 + np.exp(-real)), 1 / (1 + np.exp(-fake))
    expected = -np.log(d_real).mean() - np.log(1 - d_fake).mean()
    assert float(networks.discriminator_loss(real, fake)) == pytest.approx(expected)
    assert float(networks.generator_loss(fake)) == pytest.approx(-np.log(d_fake).mean())
    assert float(networks.generator_loss(fake, saturating=True)) == pytest.approx(np.log(1 - d_fake).mean())
    assert float(networks.critic_loss(real, fake, 0.25, 4.0)) == pytest.approx(fake.mean() - real.mean() + 1)
    assert float(networks.score_loss(fake)) == pytest.approx(-fake.mean())
    undecided = np.zeros(3, np.float32)
    assert float(networks.discriminator_loss(undecided, undecided)) == pytest.approx(2 * np.log(2))


def test_losses_stay_finite_where_a_probability_would_be_0_or_1():
    sure = tf.constant([200.0, -200.0])
    losses = [networks.discriminator_loss(sure, sure), *(networks.generator_loss(sure, saturating=s) for s in (0, 1))]
    assert np.isfinite(losses).all()


def test_the_saturating_loss_gives_a_sure_discriminators_opponent_no_gradient():
    fake = tf.Variable([-12.0])
    size = {}
    for saturating in (False, True):
        with tf.GradientTape() as tape:
            loss = networks.generator_loss(fake, saturating=saturating)
        size[saturating] = abs(float(tape.gradient(loss, fake)[0]))
    assert size[False] > 0.99
    assert size[True] < 1e-4


@pytest.mark.parametrize("shape", [(5,), (4, 3), (2, 3, 2)])
def test_the_penalty_of_a_linear_critic_is_known(shape):
    rng = np.random.default_rng(0)
    w = rng.normal(size=shape).astype(np.float32)
    real, fake = (tf.constant(rng.normal(size=(7, *shape)), tf.float32) for _ in range(2))
    mix = tf.constant(rng.random(7), tf.float32)
    penalty = networks.gradient_penalty(
        lambda x: tf.reduce_sum(w * x, axis=list(range(1, len(shape) + 1))), real, fake, mix
    )
    assert float(penalty) == pytest.approx((np.sqrt((w**2).sum()) - 1) ** 2, rel=1e-4)


def test_the_penalty_looks_between_the_two():
    seen = []

    def critic(x):
        seen.append(x.numpy())
        return tf.reduce_sum(x, axis=(1, 2))

    real, fake = tf.ones((3, 2, 2)), tf.zeros((3, 2, 2))
    networks.gradient_penalty(critic, real, fake, tf.constant([0.0, 0.25, 1.0]))
    assert np.allclose(seen[0], np.array([0, 0.25, 1])[:, None, None])


def test_the_penalty_of_a_critic_that_ignores_its_input_has_a_gradient():
    scale = tf.Variable(0.0)
    with tf.GradientTape() as tape:
        penalty = networks.gradient_penalty(
            lambda x: scale * tf.reduce_sum(x, 1), tf.ones((2, 3)), tf.zeros((2, 3)), tf.ones(2)
        )
    assert float(penalty) == pytest.approx(1, abs=1e-5)
    assert np.isfinite(float(tape.gradient(penalty, scale)))


# ---- networks --------------------------------------------------------------------------------------------------------


def test_sounding_passes_holds_on():
    row = np.array([[3, 1, 1, 4, 1, 0, 1, 1, 2, 5, 1]])
    expected = [3, 3, 3, 4, 4, 0, 0, 0, 2, 5, 5]
    sound = networks.sounding(tf.one_hot(row, 6)).numpy()
    assert sound[0].argmax(-1).tolist() == expected
    assert np.allclose(sound.sum(-1), 1)
    p = tf.nn.softmax(tf.constant(np.random.default_rng(0).normal(size=(2, 9, 6)), tf.float32)).numpy()
    slow, free = np.zeros((2, 9, 6)), p * (np.arange(6) != 1)
    for t in range(9):
        slow[:, t] = free[:, t] + (p[:, t, 1:2] * slow[:, t - 1] if t else 0)
    assert np.allclose(networks.sounding(p), slow, atol=1e-6)


def test_intervals_are_a_transform_of_the_steps_between_two_notes():
    x = tf.one_hot([[5, 1, 9, 7, 0, 8]], 20)
    before = tf.pad(networks.sounding(x)[:, :-1], [[0, 0], [1, 0], [0, 0]])
    steps, waves = np.arange(-12, 13), np.arange(13)[:, None]
    back = np.vstack([np.cos(2 * np.pi / 25 * waves * steps), np.sin(2 * np.pi / 25 * waves * steps)[1:]]) * 2 / 25
    back[0] /= 2
    expected = np.zeros((6, 25))
    expected[2, 4 + 12] = expected[3, -2 + 12] = 1  # no interval into the first note, a hold, or out of a rest
    assert np.allclose(networks.intervals(x, before)[0] @ back, expected, atol=1e-5)


@pytest.mark.parametrize(("size", "stride"), [(3, 1), (8, 4), (4, 4)])
def test_unfolding_is_what_a_convolution_looks_at(size, stride):
    rng = np.random.default_rng(0)
    x, kernel = (rng.normal(size=shape).astype(np.float32) for shape in [(2, 16, 3), (size, 3, 5)])
    ours = networks.unfold(tf.constant(x), size, stride) @ kernel.reshape(-1, 5)
    before = (size - stride) // 2
    padded = np.pad(x, [(0, 0), (before, size - stride - before), (0, 0)])
    assert np.allclose(ours, tf.nn.conv1d(padded, kernel, stride, "VALID"), atol=1e-4)


@pytest.mark.parametrize(("writes", "judges"), [("Generator", "Discriminator"), ("StepGenerator", "Critic")])
def test_shapes_and_gradients_of_the_pairs(writes, judges):
    generator, opponent = getattr(networks, writes)(16, 6), getattr(networks, judges)()
    z = tf.random.stateless_normal((5, 4), (0, 1))
    with tf.GradientTape() as tape:
        fake = tf.nn.softmax(generator(z))
        loss = tf.reduce_mean(opponent(fake))
    assert fake.shape == (5, 16, 6)
    assert opponent(fake).shape == (5,)
    assert None not in tape.gradient(loss, generator.trainable_variables)
    assert len(generator.trainable_variables) == len({v.path.split("/", 1)[-1] for v in generator.trainable_variables})


def test_the_critic_sees_that_all_windows_of_a_batch_are_the_same():
    critic = networks.Critic()
    rows = tf.one_hot(pulses(8, 0), 6)
    alone = critic(tf.repeat(rows[:1], 8, axis=0)).numpy()
    assert np.ptp(alone) < 1e-4
    assert abs(alone[0] - critic(rows).numpy()[0]) > 1e-4


# ---- the article's loop ------------------------------------------------------------------------------------------------


def test_the_articles_loop_has_no_gradients_for_the_generator():
    generator, discriminator = networks.Generator(16, 6), networks.Discriminator()
    x = tf.nn.softmax(generator(tf.random.stateless_normal((5, 4), (0, 1))))  # before the tape, as the article has it
    with tf.GradientTape() as tape:
        loss = networks.generator_loss(discriminator(x))
    gradients = tape.gradient(loss, generator.trainable_variables)
    assert gradients == [None] * len(generator.trainable_variables)
    with pytest.raises(ValueError, match="No gradients provided"):
        tf.keras.optimizers.Adam().apply_gradients(zip(gradients, generator.trainable_variables, strict=True))


# ---- training ----------------------------------------------------------------------------------------------------------


def test_the_discriminator_learns_to_tell(trained):
    real, fake = trained.judge(pulses(100, 3))
    assert real.mean() > fake.mean()


def test_the_convolutional_gan_learns_the_rhythm_and_keeps_the_variety():
    model = WGANGP(16, 6, z_dim=8, n_critic=1, width=64, critic_width=16, average=0.98, peak=2e-3).fit(
        pulses(1024, 0), seed=0, epochs=40, batch_size=64, progress=False
    )
    rows = model.sample(300, 0)
    assert np.isin(rows[:, ::4], [2, 3, 4]).mean() > 0.95
    assert (rows.reshape(-1, 4, 4)[:, :, 1:] == 1).mean() > 0.95
    assert len(np.unique(rows, axis=0)) > 20  # of the 81 that there are; 37 to 46 with three seeds


def test_numpy_and_keras_agree(trained):
    z = trained.draw_codes(40, 0)
    for variable, array in zip(trained.generator.trainable_variables, trained._arrays().values(), strict=True):
        variable.assign(array)
    assert np.allclose(trained.probabilities(z), tf.nn.softmax(trained.generator(z)), atol=1e-5)


def test_the_temperature_stretches_z(trained):
    cold = trained.sample(5, 3, temperature=0.5)
    assert np.array_equal(cold, trained.generate(0.5 * trained.draw_codes(5, 3)))
    spread = [np.ptp(trained.probabilities(t * trained.draw_codes(200, 3)), axis=0).mean() for t in (0.1, 1)]
    assert spread[0] < spread[1]


def test_it_comes_back_from_its_file(trained, tmp_path):
    again = Composer.load(trained.save(tmp_path / "gan.npz"))
    assert type(again) is type(trained)
    assert np.array_equal(again.sample(20, 4), trained.sample(20, 4))
    assert not np.array_equal(again.probabilities(again.draw_codes(2, 4)), again.probabilities(again.draw_codes(2, 5)))
    with pytest.raises(RuntimeError, match="trained here"):
        again.judge(pulses(4, 0))


def test_damaged_weights_are_named(trained, tmp_path):
    path = trained.save(tmp_path / "gan.npz")
    header, arrays = read_arrays(path)
    write_arrays(tmp_path / "changed.npz", header, {**arrays, "head.bias": arrays["head.bias"] + 1})
    with pytest.raises(WeightsError, match="checksum"):
        Composer.load(tmp_path / "changed.npz")
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(WeightsError, match="damaged"):
        Composer.load(path)


@BOTH
def test_interrupted_and_resumed_it_has_the_same_weights(kind, tmp_path):
    rows, options = pulses(96, 0), {"seed": 2, "epochs": 4, "batch_size": 32, "progress": False}
    whole = small(kind).fit(rows, **options)

    class PowerError(Exception):
        """Goes out."""

    def cut(_composer, epoch, _losses):
        if epoch == 2:
            raise PowerError

    with pytest.raises(PowerError):
        small(kind).fit(rows, folder=tmp_path, on_epoch=cut, **options)
    resumed = small(kind).fit(rows, folder=tmp_path, **options)
    assert resumed.history == whole.history
    for name, array in whole._arrays().items():
        assert np.array_equal(array, resumed._arrays()[name]), name
    for ours, theirs in zip(whole.opponent.trainable_variables, resumed.opponent.trainable_variables, strict=True):
        assert np.array_equal(ours, theirs)


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: DenseGAN(16, 6).sample(1, 0), RuntimeError, "fit first"),
        (lambda: DenseGAN(16, 6).judge(pulses(2, 0)), RuntimeError, "trained here"),
        (lambda: DenseGAN(16, 6, n_critic=0), ValueError, "at least 1"),
        (lambda: WGANGP(18, 6), ValueError, "multiple of 4"),
        (lambda: WGANGP(16, 6, n_critic=5).fit(pulses(64, 0), batch_size=32), ValueError, "divided"),
        (lambda: DenseGAN(16, 4).fit(pulses(64, 0)), ValueError, "whole numbers from 0 to 3"),
    ],
)
def test_what_makes_no_sense_is_refused(call, error, words):
    with pytest.raises(error, match=words):
        call()


def test_codes_and_temperature_that_make_no_sense_are_refused(trained):
    with pytest.raises(ValueError, match="shape"):
        trained.generate(np.zeros((2, 5)))
    with pytest.raises(ValueError, match="above 0"):
        trained.sample(1, 0, temperature=0)
