"""Generative adversarial networks: one machine writes music, another tries to tell it from real music, and both learn.

The task
    Noise z goes in, a window of music comes out. What a good window is, nobody writes down: a second network learns to
    tell real windows from generated ones, and the generator learns from its gradient what gave it away.

    :class:`DenseGAN` is the article's machine, made to run: dense layers, and the two losses of goodfellow2014gan. It
    learns the rhythm of its music and then writes nearly the same bars for every z. :class:`WGANGP` cures that: its critic
    gives a score instead of a verdict, kept from growing too steep by a penalty (gulrajani2017wgangp).

Conventions
    Windows as in :mod:`musicbook.compose.composer`; z is float32 of shape (n, z_dim), standard normal. What the networks
    exchange, and the losses, is described in :mod:`musicbook.compose.gan_networks`. A batch of training is divided among
    the ``n_critic`` updates of the discriminator or critic, each with noise of its own; then the generator has one. So an
    epoch shows every window once, however the updates are shared out.

Temperature
    All chance lies in z, and the likeliest token is played. The temperature stretches z: below 1 the music stays near
    the middle of what the generator can do and varies less, above 1 z comes from where it was rarely trained.

The classes
    :class:`DenseGAN`, :class:`WGANGP`, with ``fit``, ``sample``, ``generate``, ``draw_codes``; while the networks of the
    training are there also ``judge``. The networks and losses are in
    :mod:`musicbook.compose.gan_networks`.

Sources
    goodfellow2014gan, gulrajani2017wgangp; dong2018musegan and yang2017midinet for GANs that write notes. Chapter "GAN,
    the algorithm".
"""

from __future__ import annotations

import abc
from typing import ClassVar

import numpy as np

from musicbook.compose.composer import N_TOKENS, rounded
from musicbook.compose.plain import dense, in_parts, neighbours, normalised
from musicbook.compose.training import NeuralComposer, alone, cosine, initialise
from musicbook.compose.when_needed import WhenNeeded, keras, tf

networks = WhenNeeded("musicbook.compose.gan_networks")


def __getattr__(name):
    if name in ("Critic", "Discriminator", "Generator", "StepGenerator"):  # the networks, which need TensorFlow
        return getattr(networks, name)
    raise AttributeError(f"module {__name__} has no attribute {name}")


class _Adversarial(NeuralComposer):
    """What both GANs share: the alternation of the two players, and music from a trained generator in plain NumPy."""

    def __init__(self, n_steps: int, n_tokens: int, *, z_dim: int, n_critic: int, **settings):
        super().__init__(n_steps, n_tokens, z_dim=z_dim, n_critic=n_critic, **settings)
        if z_dim < 1 or n_critic < 1:
            raise ValueError(f"z_dim and n_critic must be at least 1, got {z_dim} and {n_critic}")
        self.z_dim, self.n_critic = z_dim, n_critic
        self.generator: keras.Model | None = None
        self.opponent: keras.Model | None = None
        self._weights: dict[str, np.ndarray] | None = None

    def fit(self, windows, *, batch_size: int | None = None, **options):
        """Train; see :meth:`NeuralComposer.fit`. The batch size must be a multiple of ``n_critic``."""
        if batch_size is not None and batch_size % self.n_critic:
            raise ValueError(f"a batch of {batch_size} cannot be divided among {self.n_critic} updates")
        return super().fit(windows, batch_size=batch_size, **options)

    # ---- what the two GANs do differently ---------------------------------------------------------------------------

    @abc.abstractmethod
    def _networks(self) -> tuple[keras.Model, keras.Model]:
        """Give generator and opponent."""

    @abc.abstractmethod
    def _optimisers(self, n_updates: int) -> tuple[keras.optimizers.Optimizer, keras.optimizers.Optimizer]:
        """Give the optimisers of generator and opponent."""

    @abc.abstractmethod
    def _opponent_losses(self, real, fake, noise) -> dict[str, tf.Tensor]:
        """Give the opponent's losses by name; the first is the one that it minimises."""

    @abc.abstractmethod
    def _generator_loss(self, scores) -> tf.Tensor:
        """Give the loss that the generator minimises."""

    @abc.abstractmethod
    def _logits(self, z: np.ndarray) -> np.ndarray:
        """Compute the trained generator in NumPy: shape (n, z_dim) in, (n, n_steps * n_tokens) out."""

    # ---- training ---------------------------------------------------------------------------------------------------

    def _prepare(self, windows, seed, n_updates):
        self.generator, self.opponent = self._networks()
        self.generator(tf.zeros((1, self.z_dim)))
        self.opponent(tf.zeros((1, self.n_steps, self.n_tokens)))
        initialise(self.generator, seed)
        initialise(self.opponent, seed + 1)
        theirs, ours = self.opponent.trainable_variables, self.generator.trainable_variables
        optimizer_g, optimizer_d = map(alone, self._optimisers(n_updates))
        optimizer_g.build(ours)
        optimizer_d.build(theirs)
        fold = tf.random.experimental.stateless_fold_in
        share = self.settings.get("average", 0.0)
        self._kept = [tf.Variable(v) for v in ours] if share else ours

        def draw(n, noise):
            return tf.random.stateless_normal((n, self.z_dim), noise)

        @tf.function(autograph=False)
        def step(batch, noise):
            parts = tf.split(tf.one_hot(batch, self.n_tokens), self.n_critic)
            for i, real in enumerate(parts):
                part_noise = fold(noise, i)
                fake = tf.nn.softmax(self.generator(draw(real.shape[0], part_noise)))
                with tf.GradientTape() as tape:
                    losses = self._opponent_losses(real, fake, fold(part_noise, 1))
                    loss = next(iter(losses.values()))
                optimizer_d.apply_gradients(zip(tape.gradient(loss, theirs), theirs, strict=True))
            with tf.GradientTape() as tape:  # the generator's call belongs inside, or there is nothing to differentiate
                fake = tf.nn.softmax(self.generator(draw(parts[0].shape[0], fold(noise, -1))))
                loss = self._generator_loss(self.opponent(fake))
            optimizer_g.apply_gradients(zip(tape.gradient(loss, ours), ours, strict=True))
            if share:
                for mean, variable in zip(self._kept, ours, strict=True):
                    mean.assign(share * mean + (1 - share) * variable)
            return {**losses, "generator": loss}

        kept = self._kept if share else []
        return step, [*ours, *theirs, *kept, *optimizer_g.variables, *optimizer_d.variables]

    def _collect(self, windows, seed, *, last):
        names = [v.path.split("/", 1)[-1].replace("/", ".") for v in self.generator.trainable_variables]
        self._weights = {name: rounded(v) for name, v in zip(names, self._kept, strict=True)}

    def _arrays(self):
        return self._fitted()

    def _restore(self, arrays):
        self._weights = arrays
        self.generate(np.zeros((1, self.z_dim), np.float32))  # arrays of other shapes fail here and now

    def _fitted(self) -> dict[str, np.ndarray]:
        if self._weights is None:
            raise RuntimeError("this GAN has not learned anything yet: call fit first")
        return self._weights

    # ---- what it can do ---------------------------------------------------------------------------------------------

    def draw_codes(self, n: int, seed: int) -> np.ndarray:
        """Draw z from N(0, I): float32 of shape (n, z_dim)."""
        return np.random.default_rng(seed).standard_normal((n, self.z_dim), np.float32)

    def probabilities(self, codes) -> np.ndarray:
        """Give what the generator writes before a token is chosen: float32 of shape (n, n_steps, n_tokens).

        Raises
        ------
        ValueError
            If the codes have another length.
        RuntimeError
            If nothing has been learned yet.
        """
        codes = self._check_codes(codes)
        logits = self._logits(codes).reshape(len(codes), self.n_steps, self.n_tokens)
        odds = np.exp(logits - logits.max(axis=-1, keepdims=True))
        return odds / odds.sum(axis=-1, keepdims=True)

    def generate(self, codes) -> np.ndarray:
        """Write the music of codes z, the likeliest token at every step: int64 of shape (n, n_steps)."""
        return in_parts(lambda some: self.probabilities(some).argmax(axis=-1), self._check_codes(codes))

    def _check_codes(self, codes) -> np.ndarray:
        self._fitted()
        codes = np.asarray(codes, np.float32)
        if codes.ndim != 2 or codes.shape[1] != self.z_dim:
            raise ValueError(f"codes of shape (n, {self.z_dim}) are wanted, got {codes.shape}")
        return codes

    def sample(self, n: int, seed: int, *, temperature: float = 1.0) -> np.ndarray:
        """Write new windows.

        Parameters
        ----------
        n, seed : int
        temperature : float
            Factor of z.

        Returns
        -------
        ndarray of int64, shape (n, n_steps)

        Raises
        ------
        ValueError
            If the temperature is not above 0.
        """
        if not temperature > 0:
            raise ValueError(f"temperature must be above 0, got {temperature}")
        return self.generate(temperature * self.draw_codes(n, seed))

    def judge(self, windows, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
        """Let the opponent judge real windows and as many generated ones; its logits or scores, each of shape (n,).

        Raises
        ------
        RuntimeError
            If the composer comes from a file, which holds the generator alone, or was not trained.
        """
        if self.opponent is None:
            raise RuntimeError("only a GAN that was trained here has an opponent to judge: call fit first")
        real = np.eye(self.n_tokens, dtype=np.float32)[self._check_windows(windows)]
        fake = self.probabilities(self.draw_codes(len(real), seed))
        return self.opponent(real).numpy(), self.opponent(fake).numpy()


class DenseGAN(_Adversarial):
    """The article's GAN of dense layers, made to run.

    Parameters
    ----------
    n_steps, n_tokens : int
        Shape of a window; 40 and 25 make the 1,000 numbers of the article's worked example.
    z_dim : int
        Length of the noise.
    n_critic : int
        Updates of the discriminator for each of the generator.
    saturating : bool
        Let the generator minimise E log(1 - D(G(z))) instead of -E log D(G(z)).
    rate_g, rate_d : float
        Learning rates of the two players.
    widths : tuple of int
        Of the generator's hidden layers; the discriminator has the last three, the other way round.
    """

    defaults: ClassVar[dict[str, int]] = {"epochs": 12, "batch_size": 128}

    def __init__(
        self,
        n_steps: int = 32,
        n_tokens: int = N_TOKENS,
        *,
        z_dim: int = 100,
        n_critic: int = 1,
        saturating: bool = False,
        rate_g: float = 2e-4,
        rate_d: float = 2e-4,
        widths: tuple[int, ...] = (128, 256, 512, 1024),
    ):
        super().__init__(
            n_steps, n_tokens, z_dim=z_dim, n_critic=n_critic, saturating=saturating, rate_g=rate_g, rate_d=rate_d,
            widths=tuple(widths),
        )  # fmt: skip

    def _networks(self):
        widths = self.settings["widths"]
        return networks.Generator(self.n_steps, self.n_tokens, widths), networks.Discriminator(widths[:-4:-1])

    def _optimisers(self, n_updates):
        return [keras.optimizers.Adam(self.settings[rate], beta_1=0.5) for rate in ("rate_g", "rate_d")]

    def _opponent_losses(self, real, fake, noise):
        real, fake = self.opponent(real), self.opponent(fake)
        p_1, p_2 = tf.reduce_mean(tf.sigmoid(real)), tf.reduce_mean(tf.sigmoid(fake))
        return {"discriminator": networks.discriminator_loss(real, fake), "p_real": p_1, "p_fake": p_2}

    def _generator_loss(self, scores):
        return networks.generator_loss(scores, saturating=self.settings["saturating"])

    def _logits(self, z):
        w = self._weights
        for i in range(len(w) // 2 - 1):
            z = np.maximum(dense(w, f"hidden{i}", z), 0)
        return dense(w, "head", z)


class WGANGP(_Adversarial):
    """A convolutional Wasserstein GAN with gradient penalty.

    The generator that is kept is the running mean of the weights over the last ``1 / (1 - average)`` updates or so.

    Parameters
    ----------
    n_steps, n_tokens : int
        ``n_steps`` must be a multiple of 4.
    z_dim : int
        Length of the noise.
    n_critic : int
        Updates of the critic for each of the generator.
    penalty : float
        Weight of the gradient penalty.
    width, critic_width : int
        Sizes of the networks.
    peak : float
        Highest learning rate of both players.
    average : float
        Share of the running mean that an update leaves as it is.
    """

    defaults: ClassVar[dict[str, int]] = {"epochs": 20, "batch_size": 128}

    def __init__(
        self,
        n_steps: int = 32,
        n_tokens: int = N_TOKENS,
        *,
        z_dim: int = 128,
        n_critic: int = 2,
        penalty: float = 10.0,
        width: int = 512,
        critic_width: int = 48,
        peak: float = 1e-3,
        average: float = 0.999,
    ):
        super().__init__(
            n_steps, n_tokens, z_dim=z_dim, n_critic=n_critic, penalty=penalty, width=width,
            critic_width=critic_width, peak=peak, average=average,
        )  # fmt: skip
        if n_steps % 4:
            raise ValueError(f"the critic reads beats of 4 steps; {n_steps} is no multiple of 4")

    def _networks(self):
        generator = networks.StepGenerator(self.n_steps, self.n_tokens, self.settings["width"])
        return generator, networks.Critic(self.settings["critic_width"])

    def _optimisers(self, n_updates):
        peak = self.settings["peak"]
        rates = cosine(peak, n_updates), cosine(peak, n_updates * self.n_critic)
        return [keras.optimizers.Adam(rate, beta_1=0.0, beta_2=0.9) for rate in rates]

    def _opponent_losses(self, real, fake, noise):
        mix = tf.random.stateless_uniform((real.shape[0],), noise)
        penalty = networks.gradient_penalty(self.opponent, real, fake, mix)
        real, fake = self.opponent(real), self.opponent(fake)
        loss = networks.critic_loss(real, fake, penalty, self.settings["penalty"])
        # the critic's scores have no zero; a faint pull keeps them from drifting away
        drift = 1e-3 * tf.reduce_mean(tf.square(real))
        return {"critic": loss + drift, "distance": tf.reduce_mean(real) - tf.reduce_mean(fake), "penalty": penalty}

    def _generator_loss(self, scores):
        return networks.score_loss(scores)

    def _logits(self, z):
        w = self._weights
        h = np.maximum(normalised(w, "first_norm", dense(w, "first", z)), 0)
        h = h + np.maximum(normalised(w, "second_norm", dense(w, "second", h)), 0)
        plan = np.maximum(dense(w, "plan", h), 0).reshape(len(z), self.n_steps, -1)
        return dense(w, "head", np.maximum(dense(w, "step", neighbours(plan, 3)) + w["place"], 0))
