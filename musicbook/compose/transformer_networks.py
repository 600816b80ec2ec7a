"""The network of the Transformer: layers of attention, each step seeing the steps before it.

The task
    :class:`Network` gives the logits of every token of a window, told all earlier ones. How it is trained and played is in
    :mod:`musicbook.compose.transformer`.

The classes
    :class:`Block`, :class:`Network`

Sources
    vaswani2017attention. Chapter "Generators on real music".
"""

from __future__ import annotations

import numpy as np

from musicbook.compose.plain import EPSILON
from musicbook.compose.transformer import looks_back
from musicbook.compose.when_needed import keras, tf


class Block(keras.layers.Layer):
    """One layer: attention over the places before, then a network for each place."""

    def __init__(self, width: int, heads: int, name: str):
        super().__init__(name=name)
        self.width, self.heads = width, heads
        self.gains = self.add_weight(shape=(2, width), initializer="ones", name="gains")
        self.ask = keras.layers.Dense(3 * width, use_bias=False, name="ask")
        self.gather = keras.layers.Dense(width, use_bias=False, name="gather")
        self.widen = keras.layers.Dense(4 * width, activation="relu", name="widen")
        self.narrow = keras.layers.Dense(width, name="narrow")

    def call(self, h, dropout=0.0, noise=None):
        """Add to the rows h, shape (n, steps, width); in training a share of what is added is left out."""
        n_steps, size = h.shape[1], self.width // self.heads
        parts = tf.reshape(self.ask(_scaled(h) * self.gains[0]), (-1, n_steps, 3, self.heads, size))
        query, key, value = tf.unstack(tf.transpose(parts, (2, 0, 3, 1, 4)))
        fit = tf.matmul(query, key, transpose_b=True) / size**0.5
        later = tf.constant(np.triu(np.full((n_steps, n_steps), -1e9, np.float32), 1))
        found = tf.transpose(tf.matmul(tf.nn.softmax(fit + later), value), (0, 2, 1, 3))
        h = h + _thinned(self.gather(tf.reshape(found, (-1, n_steps, self.width))), dropout, noise, 0)
        return h + _thinned(self.narrow(self.widen(_scaled(h) * self.gains[1])), dropout, noise, 1)


class Network(keras.Model):
    """The whole stack: what each place sees to rows, layers, rows to logits."""

    def __init__(self, n_steps: int, n_tokens: int, width: int, heads: int, layers: int):
        super().__init__()
        self.n_tokens, self.looks = n_tokens, looks_back(n_steps)
        self.token = keras.layers.Dense(width, use_bias=False, name="token")
        self.place = self.add_weight(shape=(n_steps, width), initializer="zeros", name="place")
        self.blocks = [Block(width, heads, f"block{k}") for k in range(layers)]
        self.gain = self.add_weight(shape=(width,), initializer="ones", name="gain")
        self.out = keras.layers.Dense(n_tokens, name="out")

    def call(self, windows, dropout=0.0, noise=None):
        """Give the logits of every token, told all earlier ones: shape (n, n_steps, n_tokens).

        Parameters
        ----------
        windows : tensor of int, shape (n, n_steps)
        dropout : float
            Share of what a layer adds that is left out, in training.
        noise : tensor of int, shape (2,)
            Seed of that.
        """
        start = tf.fill((tf.shape(windows)[0], max(self.looks)), self.n_tokens)
        before = tf.concat([start, windows], axis=1)
        seen = [before[:, max(self.looks) - back : -back] for back in self.looks]
        h = self.token(tf.concat([tf.one_hot(each, self.n_tokens + 1) for each in seen], axis=-1)) + self.place
        for k, block in enumerate(self.blocks):
            own = None if noise is None else tf.random.experimental.stateless_fold_in(noise, k)
            h = block(h, dropout=dropout, noise=own)
        return self.out(_scaled(h) * self.gain)


def _thinned(x, dropout, noise, part):
    """Leave out a share of x and make up for it in size; all of x without noise."""
    if noise is None:
        return x
    drawn = tf.random.stateless_uniform(tf.shape(x), tf.random.experimental.stateless_fold_in(noise, part))
    return tf.where(drawn >= dropout, x / (1 - dropout), 0.0)


def _scaled(h):
    """Divide each row by its root mean square, in TensorFlow."""
    return h * tf.math.rsqrt(tf.reduce_mean(tf.square(h), axis=-1, keepdims=True) + EPSILON)
