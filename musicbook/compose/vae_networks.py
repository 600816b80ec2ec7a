"""The two networks of the variational autoencoder, and the terms of its loss.

The task
    The :class:`Encoder` reads a window of music and gives the mean mu and log sigma^2 of a normal distribution over codes.
    The :class:`Decoder` reads a code and gives, for every step, the logits of the tokens. What is learned from them, and
    what can be done with them, is in :mod:`musicbook.compose.vae`.

Conventions
    Windows are whole numbers of shape (n, n_steps), codes float32 of shape (n, z_dim), losses in nats.

The classes and functions
    :class:`Encoder`, :class:`Decoder`; :func:`reparameterise`, :func:`kl_divergence`, :func:`reconstruction_loss`

Sources
    kingma2014vae; bowman2016continuous (hidden tokens). Chapter "VAE, the algorithm".
"""

from __future__ import annotations

from musicbook.compose.when_needed import keras, tf


def reparameterise(mu, log_var, noise):
    """Move and stretch standard normal noise into a draw from q(z | x): ``mu + exp(log_var / 2) * noise``."""
    return mu + tf.exp(0.5 * log_var) * noise


def kl_divergence(mu, log_var):
    """KL divergence of N(mu, sigma^2) from N(0, 1) in nats, for each dimension: kingma2014vae, appendix B.

    Parameters
    ----------
    mu, log_var : tensor, shape (n, z_dim)

    Returns
    -------
    tensor, shape (n, z_dim)
        Sum over the last axis for the divergence of the whole code.
    """
    return 0.5 * (tf.square(mu) + tf.exp(log_var) - log_var - 1.0)


def reconstruction_loss(windows, logits):
    """Give -log p(x | z) of each window in nats: the cross-entropy, summed over the steps.

    Parameters
    ----------
    windows : tensor of int, shape (n, n_steps)
    logits : tensor, shape (n, n_steps, n_tokens)

    Returns
    -------
    tensor, shape (n,)
    """
    return tf.reduce_sum(tf.nn.sparse_softmax_cross_entropy_with_logits(windows, logits), axis=1)


class Encoder(keras.Model):
    """Windows to codes: tokens as one-hot, two dense layers, then mu and log sigma^2.

    Parameters
    ----------
    n_tokens, z_dim, width : int
    """

    def __init__(self, n_tokens: int, z_dim: int, width: int):
        super().__init__()
        self.n_tokens = n_tokens
        self.first = keras.layers.Dense(width, activation="relu", name="first")
        self.second = keras.layers.Dense(width, activation="relu", name="second")
        self.mu = keras.layers.Dense(z_dim, name="mu")
        self.log_var = keras.layers.Dense(z_dim, name="log_var")

    def call(self, windows):
        """Give mu and log sigma^2, each of shape (n, z_dim), of windows of shape (n, n_steps)."""
        x = tf.one_hot(windows, self.n_tokens)
        h = self.first(tf.reshape(x, (-1, x.shape[1] * x.shape[2])))
        h = h + self.second(h)
        return self.mu(h), tf.clip_by_value(self.log_var(h), -12.0, 4.0)


class Decoder(keras.Model):
    """Codes to music: a plan for each step, and at each step a small network that sees the plan and the last tokens.

    Parameters
    ----------
    n_steps, n_tokens : int
        Shape of the windows.
    width, features, hidden : int
        Size of the layer that reads the code, of the plan of one step, and of the network of one step.
    context : int
        Number of earlier tokens that a step sees, each as ``embedding`` numbers.
    embedding : int
    """

    def __init__(
        self, n_steps: int, n_tokens: int, width: int, features: int, hidden: int, context: int, embedding: int
    ):
        super().__init__()
        self.n_steps, self.n_tokens, self.features, self.context = n_steps, n_tokens, features, context
        self.wide = keras.layers.Dense(width, activation="relu", name="wide")
        self.plan = keras.layers.Dense(n_steps * features, activation="relu", name="plan")
        self.embed = keras.layers.Dense(embedding, use_bias=False, name="embed")
        self.from_plan = keras.layers.Dense(hidden, use_bias=False, name="from_plan")
        self.from_context = keras.layers.Dense(hidden, use_bias=False, name="from_context")
        self.place = self.add_weight(shape=(n_steps, hidden), initializer="zeros", name="place")
        self.deep = keras.layers.Dense(hidden, activation="relu", name="deep")
        self.out = keras.layers.Dense(n_tokens, name="out")

    def call(self, z, windows, keep):
        """Give the logits of every token, told all earlier ones (teacher forcing).

        Parameters
        ----------
        z : tensor, shape (n, z_dim)
        windows : tensor of int, shape (n, n_steps)
        keep : tensor of 0 and 1, shape (n, n_steps)
            0 hides a token from the steps after it.

        Returns
        -------
        tensor, shape (n, n_steps, n_tokens)
        """
        plan = tf.reshape(self.plan(self.wide(z)), (-1, self.n_steps, self.features))
        tokens = self.embed(tf.one_hot(windows, self.n_tokens) * keep[..., None])
        before = tf.pad(tokens, [[0, 0], [self.context, 0], [0, 0]])
        lags = [before[:, self.context - lag : self.context - lag + self.n_steps] for lag in range(1, self.context + 1)]
        h = tf.nn.relu(self.from_plan(plan) + self.from_context(tf.concat(lags, -1)) + self.place)
        return self.out(h + self.deep(h))
