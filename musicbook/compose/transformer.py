"""The Transformer: a machine that writes one token after the other and looks back at all of them.

The task
    A Markov chain sees the last three tokens. A Transformer sees every token written so far, and learns for itself which
    of them matter: the same place in the bar before, the start of the phrase. It stands in the book as the reference of
    what is common today, in a size that a laptop trains in minutes.

Conventions
    Tokens and windows as in :mod:`musicbook.compose.composer`. The likelihood of a window is the product of the
    probabilities of its tokens, each given all before it; the loss is its negative logarithm in nats a token. Before the
    first token stands a start mark. The row of a place begins as the sum of what stands right before it, of what stands at
    its step in every bar before, and of the place itself: so that a rhythm can be taken up again without a search for it.

How a layer works
    Each place of the window holds a row of ``width`` numbers. In the *attention* each place asks a question (query), which is
    compared with a key of every earlier place; the places whose keys fit best hand over their values. Then a small
    network works on each place for itself. Both add what they found to the row.

        attention(Q, K, V) = softmax(Q K^T / sqrt(d)) V,    with -infinity for places that are still to come

The class and function
    :class:`Transformer` with ``fit``, ``sample``, ``log_likelihood``; its network is in
    :mod:`musicbook.compose.transformer_networks`; :func:`looks_back`

Sources
    vaswani2017attention (section 3.2, equation 1), huang2019musictransformer (music). Here the places are learned
    vectors, rows are scaled by their root mean square before each part, and the last layer has matrices of its own.
    Chapter "Generators on real music".
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from musicbook.compose.composer import N_TOKENS, rounded
from musicbook.compose.plain import draw_tokens, scaled_rows, steadied
from musicbook.compose.training import NeuralComposer, alone, cosine, initialise
from musicbook.compose.when_needed import WhenNeeded, keras, tf
from musicbook.compose.windows import BAR

networks = WhenNeeded("musicbook.compose.transformer_networks")


def looks_back(n_steps: int) -> list[int]:
    """List how many steps before each place the tokens stand that its row begins with: 1, then whole bars."""
    return [1, *range(BAR, n_steps, BAR)]


class Transformer(NeuralComposer):
    """A Transformer over windows.

    Parameters
    ----------
    n_steps, n_tokens : int
    width, heads, layers : int
        Numbers in a row, questions asked at once, and depth; ``width`` is a multiple of ``heads``.
    dropout : float
        Share of what each layer adds that is left out in training.
    decay : float
        Weight decay, times the learning rate.
    peak : float
        Highest learning rate.
    steady : float
        How much cooler than the rest the question *when* is answered in :meth:`sample`, see
        :func:`musicbook.compose.plain.steadied`.

    Raises
    ------
    ValueError
        If ``width`` is no multiple of ``heads``.
    """

    defaults: ClassVar[dict[str, int]] = {"epochs": 8, "batch_size": 64}

    def __init__(
        self,
        n_steps: int = 64,
        n_tokens: int = N_TOKENS,
        *,
        width: int = 96,
        heads: int = 4,
        layers: int = 3,
        dropout: float = 0.1,
        decay: float = 0.05,
        peak: float = 2e-3,
        steady: float = 0.9,
    ):
        super().__init__(
            n_steps, n_tokens, width=width, heads=heads, layers=layers, dropout=dropout, decay=decay, peak=peak,
            steady=steady,
        )  # fmt: skip
        if width % heads:
            raise ValueError(f"width must be a multiple of heads, got {width} and {heads}")
        self.width, self.heads, self.layers = width, heads, layers
        self._weights: dict[str, np.ndarray] | None = None

    def _prepare(self, windows, seed, n_updates):
        self._network = networks.Network(self.n_steps, self.n_tokens, self.width, self.heads, self.layers)
        self._network(tf.constant(windows[:1], tf.int32))
        initialise(self._network, seed)
        weights = self._network.trainable_variables
        schedule = cosine(self.settings["peak"], n_updates)
        optimiser = alone(keras.optimizers.AdamW(schedule, self.settings["decay"], beta_2=0.98, clipnorm=1.0))
        optimiser.build(weights)

        @tf.function
        def step(batch, noise):
            with tf.GradientTape() as tape:
                logits = self._network(batch, dropout=self.settings["dropout"], noise=noise)
                loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(batch, logits))
            optimiser.apply_gradients(zip(tape.gradient(loss, weights), weights, strict=True))
            return {"loss": loss}

        return step, weights + optimiser.variables

    def _collect(self, windows, seed, *, last):
        network = self._network
        self._weights = {
            f"{layer.name}.{v.name}": rounded(v) for layer in (network.token, network.out) for v in layer.weights
        }
        self._weights |= {"place": rounded(network.place), "gain": rounded(network.gain)}
        for block in network.blocks:
            self._weights[f"{block.name}.gains"] = rounded(block.gains)
            for layer in (block.ask, block.gather, block.widen, block.narrow):
                self._weights |= {f"{block.name}.{layer.name}.{v.name}": rounded(v) for v in layer.weights}

    def _arrays(self):
        return self._fitted()

    def _restore(self, arrays):
        self._weights = dict(arrays)
        self.sample(1, 0)  # arrays of other shapes fail here and now

    def _fitted(self) -> dict[str, np.ndarray]:
        if self._weights is None:
            raise RuntimeError("this Transformer has not learned anything yet: call fit first")
        return self._weights

    def sample(self, n: int, seed: int, *, temperature: float = 1.0, steady: float | None = None) -> np.ndarray:
        """Write new windows, token by token.

        Parameters
        ----------
        n, seed : int
        temperature : float
            Of the draw of each token.
        steady : float, optional
            Instead of the setting of that name.

        Returns
        -------
        ndarray of int64, shape (n, n_steps)

        Raises
        ------
        ValueError
            If the temperature or ``steady`` is not above 0.
        RuntimeError
            If nothing has been learned yet.
        """
        steady = self.settings["steady"] if steady is None else steady
        if not (temperature > 0 and steady > 0):
            raise ValueError(f"temperature and steady must be above 0, got {temperature} and {steady}")
        rng = np.random.default_rng(seed)
        rows = np.zeros((n, self.n_steps), np.int64)
        for step, logits in enumerate(self._logits(rows)):
            rows[:, step] = draw_tokens(steadied(logits, steady), temperature, rng)
        return rows

    def log_likelihood(self, windows) -> np.ndarray:
        """Give the logarithm of the probability of each window, in nats: shape (n,). Divide by n_steps for nats a token."""
        windows = self._check_windows(windows)
        total = np.zeros(len(windows))
        for step, logits in enumerate(self._logits(windows)):
            logits = logits - logits.max(axis=1, keepdims=True)
            total += logits[np.arange(len(windows)), windows[:, step]] - np.log(np.exp(logits).sum(axis=1))
        return total

    def _logits(self, rows):
        """Yield the logits of one step after the other; ``rows`` may be filled in between. Keys and values are kept."""
        w, n, size = self._fitted(), len(rows), self.width // self.heads
        tables = w["token.kernel"].reshape(-1, self.n_tokens + 1, self.width)
        keys, values = np.zeros((2, self.layers, n, self.heads, self.n_steps, size), np.float32)
        for step in range(self.n_steps):
            h = w["place"][step]
            for table, back in zip(tables, looks_back(self.n_steps), strict=True):
                h = h + table[rows[:, step - back] if step >= back else np.full(n, self.n_tokens)]
            for k in range(self.layers):
                part = {name: w[f"block{k}.{name}"] for name in ("gains", "ask.kernel", "gather.kernel", "widen.kernel",
                                                                 "widen.bias", "narrow.kernel", "narrow.bias")}  # fmt: skip
                asked = (scaled_rows(h) * part["gains"][0]) @ part["ask.kernel"]
                query, keys[k, :, :, step], values[k, :, :, step] = asked.reshape(n, 3, self.heads, size).swapaxes(0, 1)
                fit = np.einsum("nhd,nhsd->nhs", query, keys[k, :, :, : step + 1]) / size**0.5
                share = np.exp(fit - fit.max(axis=-1, keepdims=True))
                share /= share.sum(axis=-1, keepdims=True)
                found = np.einsum("nhs,nhsd->nhd", share, values[k, :, :, : step + 1]).reshape(n, -1)
                h = h + found @ part["gather.kernel"]
                wide = np.maximum((scaled_rows(h) * part["gains"][1]) @ part["widen.kernel"] + part["widen.bias"], 0)
                h = h + wide @ part["narrow.kernel"] + part["narrow.bias"]
            yield (scaled_rows(h) * w["gain"]) @ w["out.kernel"] + w["out.bias"]
