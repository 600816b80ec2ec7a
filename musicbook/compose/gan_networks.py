"""The networks of the adversarial composers, and the losses that they play for.

The task
    A generator turns noise z into a window of music. A second network looks at one window at a time: the discriminator
    says how likely it is real, the critic gives it a score. The article's pair, dense layers throughout, is
    :class:`Generator` and :class:`Discriminator`; :class:`StepGenerator` and :class:`Critic` are the convolutional pair.
    How they are trained is in :mod:`musicbook.compose.gan`.

Conventions
    Music goes from one network to the other as float32 of shape (n, n_steps, n_tokens): one-hot if it is real, probabilities
    that sum to 1 at every step if it is generated. Notes are discrete and a choice has no gradient, so the probabilities
    are handed over as they are, and a token is chosen only when music is to be played. Discriminator and critic
    return one number a window, shape (n,), without a sigmoid: a logit or a score.

The classes and functions
    :class:`Generator`, :class:`Discriminator`, :class:`StepGenerator`, :class:`Critic`; :func:`discriminator_loss`,
    :func:`generator_loss`, :func:`critic_loss`, :func:`score_loss`, :func:`gradient_penalty`, :func:`sounding`, :func:`intervals`

Sources
    goodfellow2014gan (the losses, section 3), goodfellow2016tutorial (the non-saturating one), gulrajani2017wgangp (the
    penalty, equation 3 and algorithm 1). Chapter "GAN, the algorithm".
"""

from __future__ import annotations

import numpy as np

from musicbook.compose.when_needed import keras, tf
from musicbook.music.melody import FIRST_PITCH, HOLD

CHANNELS = 32
"""Numbers that :class:`StepGenerator` plans for each step."""


# ---- losses --------------------------------------------------------------------------------------------------------


def discriminator_loss(real, fake):
    """Give L_D = -E log D(x) - E log(1 - D(G(z))) from logits, in nats; the discriminator minimises it.

    Parameters
    ----------
    real, fake : tensor, shape (n,)
        Logits of real and of generated windows.

    Returns
    -------
    tensor, shape ()
        2 log 2 = 1.386 if D is 1/2 everywhere. goodfellow2014gan, section 3.
    """
    return tf.reduce_mean(tf.nn.softplus(-real)) + tf.reduce_mean(tf.nn.softplus(fake))


def generator_loss(fake, *, saturating: bool = False):
    """Give L_G from the logits of generated windows, in nats; the generator minimises it.

    Parameters
    ----------
    fake : tensor, shape (n,)
    saturating : bool
        E log(1 - D(G(z))), what the minimax game says, instead of -E log D(G(z)), which has a gradient where D is sure
        that the window is generated (goodfellow2014gan, section 3; goodfellow2016tutorial, section 3.2.3).

    Returns
    -------
    tensor, shape ()
    """
    return -tf.reduce_mean(tf.nn.softplus(fake)) if saturating else tf.reduce_mean(tf.nn.softplus(-fake))


def critic_loss(real, fake, penalty, weight: float = 10.0):
    """Give E f(G(z)) - E f(x) + weight * penalty, which the critic f minimises: gulrajani2017wgangp, equation 3."""
    return tf.reduce_mean(fake) - tf.reduce_mean(real) + weight * penalty


def score_loss(fake):
    """Give -E f(G(z)), which the critic's opponent minimises: gulrajani2017wgangp, algorithm 1."""
    return -tf.reduce_mean(fake)


def gradient_penalty(critic, real, fake, mix):
    """Give E (|grad f(x)| - 1)^2 at places between real and generated windows.

    Parameters
    ----------
    critic : callable
        Takes windows, gives their scores of shape (n,).
    real, fake : tensor, shape (n, ...)
    mix : tensor, shape (n,)
        Share of the real window at each place, drawn from the uniform distribution on [0, 1].

    Returns
    -------
    tensor, shape ()
        The norm is over all numbers of a window. gulrajani2017wgangp, equation 3.
    """
    mix = tf.reshape(mix, [-1] + [1] * (len(real.shape) - 1))
    between = mix * real + (1 - mix) * fake
    with tf.GradientTape() as tape:
        tape.watch(between)
        scores = critic(between)
    gradient = tf.reshape(tape.gradient(scores, between), (tf.shape(between)[0], -1))
    # the root has no derivative at 0, where a critic that ignores its input would take the training to NaN
    norm = tf.sqrt(tf.reduce_sum(tf.square(gradient), axis=1) + 1e-12)
    return tf.reduce_mean(tf.square(norm - 1))


# ---- the article's pair --------------------------------------------------------------------------------------------


class Generator(keras.Model):
    """Noise to a window by dense layers: the article's widths up to 1024, then logits in the shape of a window.

    The five layers that the article puts behind these, tanh and sigmoid in turn, are left out: they give the same output
    for every z (chapter "GAN, the algorithm").
    """

    def __init__(self, n_steps: int, n_tokens: int, widths: tuple[int, ...] = (128, 256, 512, 1024)):
        super().__init__()
        self.shape_of_window = (n_steps, n_tokens)
        self.hidden = [keras.layers.Dense(width, "relu", name=f"hidden{i}") for i, width in enumerate(widths)]
        self.head = keras.layers.Dense(n_steps * n_tokens, name="head")

    def call(self, z):
        """Give the logits of the tokens: shape (n, z_dim) in, (n, n_steps, n_tokens) out."""
        for layer in self.hidden:
            z = layer(z)
        return tf.reshape(self.head(z), (-1, *self.shape_of_window))


class Discriminator(keras.Model):
    """One window to one logit by the article's dense layers, 1024, 512 and 256 wide."""

    def __init__(self, widths: tuple[int, ...] = (1024, 512, 256)):
        super().__init__()
        self.hidden = [keras.layers.Dense(width, "relu", name=f"hidden{i}") for i, width in enumerate(widths)]
        self.head = keras.layers.Dense(1, name="head")

    def call(self, x):
        """Give logits, positive for "real": shape (n, n_steps, n_tokens) in, (n,) out."""
        x = tf.reshape(x, (tf.shape(x)[0], x.shape[1] * x.shape[2]))
        for layer in self.hidden:
            x = layer(x)
        return self.head(x)[:, 0]


# ---- the convolutional pair ----------------------------------------------------------------------------------------


def unfold(x, size: int, stride: int):
    """Give the windows that a convolution of this size and stride looks at, side by side: a matrix product does the rest.

    Parameters
    ----------
    x : tensor, shape (n, steps, channels)
    size, stride : int
        Zeros are put around the steps so that they are covered ``stride`` by ``stride``.

    Returns
    -------
    tensor, shape (n, steps // stride, size * channels)
    """
    before = (size - stride) // 2
    x = tf.pad(x, [[0, 0], [before, size - stride - before], [0, 0]])
    count = (x.shape[1] - size) // stride + 1
    return tf.concat([x[:, i : i + (count - 1) * stride + 1 : stride] for i in range(size)], axis=-1)


def sounding(x):
    """Give what sounds at every step: a hold passes on what sounded before it.

    Parameters
    ----------
    x : tensor, shape (n, n_steps, n_tokens)
        Probabilities p of the tokens.

    Returns
    -------
    tensor, shape (n, n_steps, n_tokens)
        s_t = p_t + p_t(hold) s_(t-1), with the hold itself left out. Computed in log2(n_steps) rounds, each joining
        stretches twice as long as the one before.
    """
    held = x[:, :, HOLD : HOLD + 1]
    sound = x * (1 - tf.one_hot(HOLD, x.shape[2]))
    back = 1
    while back < x.shape[1]:
        shift = [[0, 0], [back, 0], [0, 0]]
        sound = sound + held * tf.pad(sound[:, :-back], shift)
        held = held * tf.pad(held[:, :-back], shift)
        back *= 2
    return sound


def intervals(x, before):
    """Give the interval from what sounded before to the note that begins, at every step.

    An interval is a difference, so its probabilities are a correlation of those of the two pitches. Correlations are
    products in a Fourier transform; that is cheaper, and a dense layer reads the one as well as the other.

    Parameters
    ----------
    x : tensor, shape (n, n_steps, n_tokens)
        Probabilities of the tokens.
    before : tensor, shape (n, n_steps, n_tokens)
        Probabilities of what sounded before.

    Returns
    -------
    tensor, shape (n, n_steps, 25)
        The discrete Fourier transform of the probabilities of -12 to 12 semitones: 13 cosine and 12 sine terms.
    """
    pitch = np.arange(x.shape[2]) - FIRST_PITCH
    angle = 2 * np.pi / 25 * np.outer(pitch, np.arange(13))
    cosine, sine = (tf.constant(wave(angle) * (pitch >= 0)[:, None], tf.float32) for wave in (np.cos, np.sin))
    cos_new, sin_new, cos_old, sin_old = x @ cosine, x @ sine, before @ cosine, before @ sine
    return tf.concat(
        [cos_new * cos_old + sin_new * sin_old, (sin_new * cos_old - cos_new * sin_old)[:, :, 1:]], axis=-1
    )


class StepGenerator(keras.Model):
    """Noise to a plan of all steps by dense layers, then the same small convolution over every step of the plan."""

    def __init__(self, n_steps: int, n_tokens: int, width: int = 512, hidden: int = 64):
        super().__init__()
        self.n_steps = n_steps
        self.first = keras.layers.Dense(width, name="first")
        self.second = keras.layers.Dense(width, name="second")
        self.first_norm = keras.layers.LayerNormalization(epsilon=1e-5, name="first_norm")
        self.second_norm = keras.layers.LayerNormalization(epsilon=1e-5, name="second_norm")
        self.plan = keras.layers.Dense(n_steps * CHANNELS, "relu", name="plan")
        self.step = keras.layers.Dense(hidden, name="step")
        self.head = keras.layers.Dense(n_tokens, name="head")
        self.place = self.add_weight(shape=(n_steps, hidden), initializer="zeros", name="place")

    def call(self, z):
        """Give the logits of the tokens: shape (n, z_dim) in, (n, n_steps, n_tokens) out."""
        h = tf.nn.relu(self.first_norm(self.first(z)))
        h = h + tf.nn.relu(self.second_norm(self.second(h)))
        plan = tf.reshape(self.plan(h), (-1, self.n_steps, CHANNELS))
        return self.head(tf.nn.relu(self.step(unfold(plan, 3, 1)) + self.place))


class Critic(keras.Model):
    """One window to one score: convolutions over the steps and beats, a dense view of all, repetitions, and the batch.

    It sees each token beside what sounded before it, and the interval between the two; how much the window
    repeats itself after a quarter, two quarters and a bar; and how much windows of the batch resemble each other, so
    that it can punish a generator which writes one tune for every z.
    """

    def __init__(self, width: int = 48):
        super().__init__()
        dense = keras.layers.Dense
        self.step = dense(width, "leaky_relu", name="step")
        self.beat = dense(2 * width, "leaky_relu", name="beat")
        self.whole = dense(4 * width, "leaky_relu", name="whole")
        self.join = dense(4 * width, "leaky_relu", name="join")
        self.traits = dense(16, name="traits")
        self.head = dense(1, name="head")

    def call(self, x):
        """Give scores, high for "real": shape (n, n_steps, n_tokens) in, (n,) out."""
        n, steps, tokens = tf.shape(x)[0], x.shape[1], x.shape[2]
        before = tf.pad(sounding(x)[:, :-1], [[0, 0], [1, 0], [0, 0]])
        leaps = intervals(x, before)
        h = self.beat(unfold(self.step(tf.concat([x, before, leaps], axis=-1)), 8, 4))
        views = [tf.reshape(h, (n, h.shape[1] * h.shape[2])), self.whole(tf.reshape(x, (n, steps * tokens)))]
        views += [tf.reduce_sum(leaps, axis=1)]
        views += [tf.reduce_sum(x[:, back:] * x[:, :-back], axis=-1) for back in (4, 8, 16) if back < steps]
        h = self.join(tf.concat(views, axis=-1))
        traits = self.traits(h)
        distance = tf.reduce_sum(tf.abs(traits[:, None] - traits[None]), axis=-1)
        return self.head(tf.concat([h, tf.reduce_mean(tf.exp(-distance), axis=1, keepdims=True)], axis=-1))[:, 0]
