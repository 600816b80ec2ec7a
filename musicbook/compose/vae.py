"""The variational autoencoder: a machine that learns a map of all tunes, and writes a tune for every place on the map.

The task
    An encoder turns a window of music into a place, or rather a small cloud of places: the mean mu and the
    standard deviation sigma of a normal distribution over codes z. A decoder turns a code into music again. The
    loss asks for two things at once: the music must come back, and the clouds must stay near a standard normal
    distribution, so that codes drawn from it are codes of music.

        loss = E[-log p(x | z)] + beta * KL(q(z | x) || N(0, I)),      z = mu + sigma * noise

    Summed over steps and dimensions, averaged over the batch. With beta = 1 its negative is the evidence lower bound.

Conventions
    Windows as in :mod:`musicbook.compose.composer`; codes are float32 of shape (n, z_dim); losses are in nats a window.
    The decoder writes from left to right. At each step it sees its plan of the step, which is made from z, and the last
    ``context`` tokens that it wrote: a Markov chain that z conducts. In training a share ``dropout`` of those tokens is
    hidden, or the decoder would listen to them alone and leave z unused.

Where codes are drawn from
    The clouds of real music do not fill the normal distribution evenly. After training a mixture of normal
    distributions is fitted to the codes of the training set, and ``sample`` draws from it; ``prior=True`` draws from
    N(0, I) as the textbook says, for comparison.

The class
    :class:`VAE` with ``fit``, ``sample``, ``encode``, ``decode``, ``reconstruct``, ``interpolate``, ``attribute``;
    its networks and the terms of its loss are in :mod:`musicbook.compose.vae_networks`.

Sources
    kingma2014vae (the model, equation 10 for the KL), bowman2016continuous (word dropout, KL annealing), higgins2017betavae
    (beta), kingma2016iaf (free bits, appendix C.8), roberts2018musicvae (two bars, attribute vectors), ghosh2020rae (the
    mixture fitted afterwards). Chapter "VAE, the algorithm".
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from musicbook.compose.composer import N_TOKENS, rounded
from musicbook.compose.plain import dense, draw_tokens, in_parts, relu
from musicbook.compose.training import NeuralComposer, alone, cosine, initialise
from musicbook.compose.when_needed import WhenNeeded, keras, tf
from musicbook.music.melody import FIRST_PITCH

networks = WhenNeeded("musicbook.compose.vae_networks")


def __getattr__(name):
    if name in ("Decoder", "Encoder"):  # the names of the article, which need TensorFlow
        return getattr(networks, name)
    raise AttributeError(f"module {__name__} has no attribute {name}")


class VAE(NeuralComposer):
    """A variational autoencoder of windows.

    Parameters
    ----------
    n_steps, n_tokens : int
    z_dim : int
        Length of a code.
    beta : float
        Weight of the KL divergence; small for rich codes that reconstruct well, 1 for lean codes that sample well, 0 for
        a plain autoencoder.
    free_bits : float
        Nats in each dimension that cost nothing (kingma2016iaf).
    dropout : float
        Share of the earlier tokens that is hidden from the decoder in training.
    shift : int
        In training each window is moved by up to so many semitones, so that there is more music to learn to carry.
    width, features, hidden, context, embedding : int
        Sizes of the networks, see :mod:`musicbook.compose.vae_networks`.
    peak : float
        Highest learning rate.
    parts : int
        Number of normal distributions in the mixture that ``sample`` draws codes from.
    """

    defaults: ClassVar[dict[str, int]] = {"epochs": 20, "batch_size": 128}

    def __init__(
        self,
        n_steps: int = 32,
        n_tokens: int = N_TOKENS,
        *,
        z_dim: int = 64,
        beta: float = 0.3,
        free_bits: float = 0.0,
        dropout: float = 0.3,
        shift: int = 0,
        width: int = 768,
        features: int = 48,
        hidden: int = 256,
        context: int = 12,
        embedding: int = 16,
        peak: float = 1e-3,
        parts: int = 16,
    ):
        super().__init__(
            n_steps, n_tokens, z_dim=z_dim, beta=beta, free_bits=free_bits, dropout=dropout, shift=shift, width=width,
            features=features, hidden=hidden, context=context, embedding=embedding, peak=peak, parts=parts,
        )  # fmt: skip
        if not (beta >= 0 and free_bits >= 0 and 0 <= dropout < 1 and shift >= 0):
            raise ValueError("beta, free_bits and shift are 0 or more, dropout from 0 to below 1")
        self.z_dim, self.beta, self.free_bits, self.dropout, self.shift = z_dim, beta, free_bits, dropout, shift
        self.context, self.features = context, features
        self._weights: dict[str, np.ndarray] | None = None
        self._mixture: dict[str, np.ndarray] | None = None

    # ---- training --------------------------------------------------------------------------------------------------

    def _prepare(self, windows, seed, n_updates):
        size = {name: self.settings[name] for name in ("width", "features", "hidden", "context", "embedding")}
        self._encoder = networks.Encoder(self.n_tokens, self.z_dim, size["width"])
        self._decoder = networks.Decoder(self.n_steps, self.n_tokens, **size)
        first = tf.constant(windows[:1], tf.int32)
        self._decoder(self._encoder(first)[0], first, tf.ones((1, self.n_steps)))
        initialise(self._encoder, seed)
        initialise(self._decoder, seed + 1)
        weights = self._encoder.trainable_variables + self._decoder.trainable_variables
        optimiser = alone(keras.optimizers.Adam(cosine(self.settings["peak"], n_updates), clipnorm=1.0))
        optimiser.build(weights)
        fold = tf.random.experimental.stateless_fold_in
        warm_up = tf.constant(max(1, int(0.3 * n_updates)), tf.float32)

        @tf.function
        def step(batch, noise):
            batch = self._moved(batch, fold(noise, 1))
            with tf.GradientTape() as tape:
                mu, log_var = self._encoder(batch)
                eps = tf.random.stateless_normal(tf.shape(mu), noise)
                keep = tf.cast(tf.random.stateless_uniform(tf.shape(batch), fold(noise, 2)) >= self.dropout, tf.float32)
                logits = self._decoder(networks.reparameterise(mu, log_var, eps), batch, keep)
                reconstruction = tf.reduce_mean(networks.reconstruction_loss(batch, logits))
                kl = tf.reduce_mean(networks.kl_divergence(mu, log_var), axis=0)
                paid = tf.reduce_sum(tf.maximum(kl, self.free_bits))
                # the KL is brought in by and by, or the decoder learns to do without z before z says anything
                beta = self.beta * tf.minimum(1.0, tf.cast(noise[1], tf.float32) / warm_up)
                loss = reconstruction + beta * paid
            optimiser.apply_gradients(zip(tape.gradient(loss, weights), weights, strict=True))
            return {"reconstruction": reconstruction, "kl": tf.reduce_sum(kl), "loss": loss}

        return step, weights + optimiser.variables

    def _moved(self, batch, noise):
        """Move each window by its own number of semitones, unless that would leave the alphabet."""
        if not self.shift:
            return batch
        by = tf.random.stateless_uniform((tf.shape(batch)[0], 1), noise, -self.shift, self.shift + 1, tf.int32)
        pitched = batch >= FIRST_PITCH
        moved = tf.where(pitched, batch + by, batch)
        outside = (pitched & (moved < FIRST_PITCH)) | (moved >= self.n_tokens)
        return tf.where(tf.reduce_any(outside, axis=1, keepdims=True), batch, moved)

    def _collect(self, windows, seed, *, last):
        layers = [*self._encoder.layers, *self._decoder.layers]
        self._weights = {f"{layer.name}.{v.name}": rounded(v) for layer in layers for v in layer.trainable_variables}
        self._weights["place"] = rounded(self._decoder.place)
        if last:
            self._mixture = _fit_mixture(*self.encode(windows), self.settings["parts"], seed)

    def _arrays(self):
        return {**self._fitted(), **{f"mixture.{name}": array for name, array in (self._mixture or {}).items()}}

    def _restore(self, arrays):
        self._weights = {name: array for name, array in arrays.items() if not name.startswith("mixture.")}
        self._mixture = {name: arrays[f"mixture.{name}"] for name in ("share", "mean", "spread")}
        self.decode(np.zeros((1, self.z_dim), np.float32))  # arrays of other shapes fail here and now

    def _fitted(self) -> dict[str, np.ndarray]:
        if self._weights is None:
            raise RuntimeError("this VAE has not learned anything yet: call fit first")
        return self._weights

    # ---- what it can do: plain NumPy, since a trained network is a handful of matrices ------------------------------

    def encode(self, windows) -> tuple[np.ndarray, np.ndarray]:
        """Give mu and sigma of each window, both float32 of shape (n, z_dim).

        Raises
        ------
        ValueError
            If the windows have another shape or alphabet.
        RuntimeError
            If nothing has been learned yet.
        """
        w, ones = self._fitted(), np.eye(self.n_tokens, dtype=np.float32)

        def codes(rows):
            h = relu(dense(w, "first", ones[rows].reshape(len(rows), -1)))
            h += relu(dense(w, "second", h))
            return np.hstack([dense(w, "mu", h), np.exp(np.clip(dense(w, "log_var", h), -12, 4) / 2)])

        mu, sigma = np.hsplit(in_parts(codes, self._check_windows(windows)), 2)
        return mu, sigma

    def decode(self, codes, seed: int | None = None, *, temperature: float = 1.0, given=None) -> np.ndarray:
        """Write the music of codes, token by token.

        Parameters
        ----------
        codes : array_like of float, shape (n, z_dim)
        seed : int, optional
            Draw each token; if not given, the likeliest is taken.
        temperature : float
            Of the draw.
        given : array_like of int, shape (n, n_steps), optional
            Tokens that stand fast, and -1 where there is something to write.

        Returns
        -------
        ndarray of int64, shape (n, n_steps)

        Raises
        ------
        ValueError
            If the codes have another length, or the temperature is not above 0.
        """
        codes = np.asarray(codes, np.float32)
        if codes.ndim != 2 or codes.shape[1] != self.z_dim:
            raise ValueError(f"codes of shape (n, {self.z_dim}) are wanted, got {codes.shape}")
        if not temperature > 0:
            raise ValueError(f"temperature must be above 0, got {temperature}")
        if given is not None and (given := np.asarray(given)).shape != (len(codes), self.n_steps):
            raise ValueError(f"given tokens of shape {(len(codes), self.n_steps)} are wanted, got {given.shape}")
        w = self._fitted()
        rng = None if seed is None else np.random.default_rng(seed)
        free = slice(None) if given is None else np.flatnonzero((given < 0).any(axis=0))
        parts = {
            f"plan.{name}": w[f"plan.{name}"].reshape(-1, self.n_steps, self.features) for name in ("kernel", "bias")
        }
        parts = {name: array[:, free].reshape(len(array), -1) for name, array in parts.items()}
        plan = relu(dense(parts, "plan", relu(dense(w, "wide", codes)))).reshape(len(codes), -1, self.features)
        start = iter(np.moveaxis(plan @ w["from_plan.kernel"] + w["place"][free], 1, 0))
        # what a token at each distance adds to a step: shape (context, n_tokens, hidden)
        lags = w["embed.kernel"] @ w["from_context.kernel"].reshape(self.context, w["embed.kernel"].shape[1], -1)
        rows = np.zeros((len(codes), self.n_steps), np.int64)
        for step in range(self.n_steps):
            if given is not None and (given[:, step] >= 0).all():
                rows[:, step] = given[:, step]
                continue
            h = next(start).copy()
            for lag in range(1, min(self.context, step) + 1):
                h += lags[lag - 1][rows[:, step - lag]]
            h = relu(h)
            logits = dense(w, "out", h + relu(dense(w, "deep", h)))
            rows[:, step] = draw_tokens(logits, temperature, rng)
            if given is not None:
                rows[:, step] = np.where(given[:, step] >= 0, given[:, step], rows[:, step])
        return rows

    def reconstruct(self, windows, *, candidates: int = 32, seed: int = 0) -> np.ndarray:
        """Write windows anew from the means of their codes, with nothing else of the original to lean on.

        The likeliest tokens one by one are not always the music that the code stands for. So the decoder writes some
        candidates more, each is encoded again, and the one whose code lies nearest to the code asked for is taken;
        distances count in units of sigma.

        Parameters
        ----------
        windows : array_like of int, shape (n, n_steps)
        candidates : int
            Number of drawn versions beside the likeliest; 0 takes that one.
        seed : int
            Of the draws.

        Returns
        -------
        ndarray of int64, shape (n, n_steps)
        """
        mu, sigma = self.encode(windows)
        best = self.decode(mu)
        distance = (((self.encode(best)[0] - mu) / sigma) ** 2).sum(axis=1)
        for k in range(candidates):
            other = self.decode(mu, seed + k, temperature=0.6)
            away = (((self.encode(other)[0] - mu) / sigma) ** 2).sum(axis=1)
            best[away < distance] = other[away < distance]
            distance = np.minimum(distance, away)
        return best

    def reconstruction(self, windows, *, candidates: int = 32) -> dict[str, float]:
        """Measure how well windows come back from :meth:`reconstruct`.

        Returns
        -------
        dict
            ``token_accuracy``, share of tokens that are right (always answering "hold" scores 0.6); ``onset_f1``, F1 of
            notes that begin at the right step on the right pitch; ``exact``, share of windows without a mistake; ``kl``,
            mean KL divergence of a code, in nats.
        """
        windows = self._check_windows(windows)
        mu, sigma = self.encode(windows)
        written = self.reconstruct(windows, candidates=candidates)
        onset, right = windows >= FIRST_PITCH, windows == written
        return {
            "token_accuracy": float(right.mean()),
            "onset_f1": float(2 * (onset & right).sum() / (onset.sum() + (written >= FIRST_PITCH).sum())),
            "exact": float(right.all(axis=1).mean()),
            "kl": float(0.5 * (mu**2 + sigma**2 - 2 * np.log(sigma) - 1).sum(axis=1).mean()),
        }

    def draw_codes(self, n: int, seed: int, *, prior: bool = False) -> np.ndarray:
        """Draw codes from the fitted mixture, or from N(0, I): float32 of shape (n, z_dim)."""
        rng = np.random.default_rng(seed)
        noise = rng.standard_normal((n, self.z_dim), np.float32)
        if prior or self._mixture is None:
            return noise
        share = self._mixture["share"].astype(float)
        part = rng.choice(len(share), size=n, p=share / share.sum())
        return self._mixture["mean"][part] + np.einsum("nij,nj->ni", self._mixture["spread"][part], noise)

    def sample(self, n: int, seed: int, *, temperature: float = 1.0, prior: bool = False) -> np.ndarray:
        """Write new windows.

        Parameters
        ----------
        n, seed : int
        temperature : float
            Of the draw of each token. The codes are drawn as they are.
        prior : bool
            Draw codes from N(0, I), as the textbook has it, and not from the mixture fitted to the codes of real music.

        Returns
        -------
        ndarray of int64, shape (n, n_steps)
        """
        return self.decode(self.draw_codes(n, seed, prior=prior), seed, temperature=temperature)

    def interpolate(self, first, second, n: int = 9) -> np.ndarray:
        """Walk in ``n`` equal steps from the code of one window to that of another: int64, shape (n, n_steps)."""
        ends = self.encode(np.stack([first, second]))[0]
        return self.decode(np.linspace(ends[0], ends[1], n))

    def attribute(self, windows, values) -> np.ndarray:
        """Give the direction in which an attribute grows: mean code of its upper quarter less that of its lower one.

        Parameters
        ----------
        windows : array_like of int, shape (n, n_steps)
        values : array_like of float, shape (n,)
            The attribute of each window, such as its number of notes.

        Returns
        -------
        ndarray of float32, shape (z_dim,)
            Add a multiple of it to a code (roberts2018musicvae, section 5.3).

        Raises
        ------
        ValueError
            If all values are the same.
        """
        values = np.asarray(values, float)
        low, high = np.quantile(values, [0.25, 0.75])
        if low == high:
            raise ValueError("the attribute has the same value in most windows: there is no direction to find")
        mu = self.encode(windows)[0]
        return mu[values >= high].mean(axis=0) - mu[values <= low].mean(axis=0)


def _fit_mixture(mu: np.ndarray, sigma: np.ndarray, parts: int, seed: int) -> dict[str, np.ndarray]:
    """Fit a mixture of normal distributions to draws from the clouds of all windows."""
    from sklearn.mixture import GaussianMixture

    draws = mu + sigma * np.random.default_rng(seed).standard_normal(mu.shape)
    parts = max(1, min(parts, len(mu) // (2 * mu.shape[1])))  # a part of fewer draws than dimensions has no shape
    found = GaussianMixture(parts, random_state=seed, reg_covar=1e-3, max_iter=50).fit(draws)
    arrays = {"share": found.weights_, "mean": found.means_, "spread": np.linalg.cholesky(found.covariances_)}
    return {name: rounded(array) for name, array in arrays.items()}
