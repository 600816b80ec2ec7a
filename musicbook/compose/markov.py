"""The Markov chain: the cheapest composer, and the baseline that every other generator of the book has to beat.

The task
    Learn from rows of tokens how a tune goes on, and write new rows. A chain of order k looks at the last k tokens,
    asks what has followed them in the tunes it has seen, and draws the next token from that. It remembers nothing
    else: no bar, no phrase, no plan.

Conventions
    A sequence is a row of tokens, whole numbers from 0 to ``n_tokens - 1``; with
    :meth:`musicbook.music.melody.Melody.to_tokens` one token is a sixteenth note. Log-likelihoods are in nats (natural
    logarithm). Before its first token every sequence is thought to hold k start marks, so a chain also learns how tunes
    begin. There is no end mark: the caller says how long a sample is.

Back-off
    Long contexts are exact but rare, short ones common but vague. The chain mixes all of them, from the longest down
    to none at all, and trusts a context the more, the more often it was seen and the fewer different tokens followed
    it (Witten and Bell 1991, method C). With N(h) the times the context h was seen, T(h) the number of different tokens
    that followed it, and h' the context h without its oldest token,

        p(w | h) = (count(h, w) + T(h) * p(w | h')) / (N(h) + T(h)),

    and below the empty context all tokens are equally likely. An unseen context therefore passes the question on
    unchanged, and no token is ever impossible: the likelihood of any tune is finite.

The class
    :class:`MarkovChain`
        ``fit`` on sequences, ``sample`` new ones, ``log_likelihood`` of given ones, ``probabilities`` of what is next;
        ``save`` and ``load`` as every :class:`~musicbook.compose.composer.Composer`.

Sources
    witten1991zero (the weights); briot2020 (Markov chains as the classic baseline for melodies). Chapter "Background".
"""

from __future__ import annotations

import numpy as np

from musicbook.compose.composer import N_TOKENS, Composer
from musicbook.compose.plain import in_parts


class MarkovChain(Composer):
    """A chain of order k with back-off over a fixed alphabet of tokens.

    Parameters
    ----------
    order : int
        Number of earlier tokens that the next one depends on; 0 draws every token on its own.
    n_tokens : int
        Size of the alphabet. The default fits ``Melody.to_tokens(low=LOW, high=HIGH)``.
    n_steps : int
        Length of the samples, if ``sample`` is not told otherwise.

    Raises
    ------
    ValueError
        If ``order`` is below 0, ``n_tokens`` below 1, or the two together are too large to be numbered in 63 bits
        (order 11 is the most for 32 tokens).

    Examples
    --------
    >>> chain = MarkovChain(order=1, n_tokens=3).fit([[0, 1, 2, 0, 1, 2]])
    >>> chain.probabilities([0]).round(2)
    array([0.11, 0.78, 0.11])
    """

    def __init__(self, order: int = 3, n_tokens: int = N_TOKENS, *, n_steps: int = 64):
        super().__init__(n_steps, n_tokens, order=order)
        if order < 0:
            raise ValueError(f"order must be at least 0, got {order}")
        if (n_tokens + 1) ** (order + 1) >= 2**63:
            raise ValueError(f"order {order} over {n_tokens} tokens does not fit into 63 bits; choose a lower order")
        self.order = order
        self._tables = None

    def fit(self, sequences, *, seed: int = 0) -> MarkovChain:
        """Count what follows what.

        Parameters
        ----------
        sequences : iterable of array_like of int, each of shape (steps,)
            Training tunes, of any lengths. Nothing is counted across the border between two of them.
        seed : int
            Changes nothing: counting needs no chance. All composers take it.

        Returns
        -------
        MarkovChain
            The chain itself.

        Raises
        ------
        ValueError
            If there is no token at all, or one is outside the alphabet.
        """
        rows = [self._checked(sequence) for sequence in sequences]
        if not sum(map(len, rows)):
            raise ValueError("there is nothing to learn from: no sequence holds a token")
        start = np.full(self.order, self._start)
        padded = np.concatenate([part for row in rows for part in (start, row)])
        here = np.flatnonzero(padded != self._start)
        tokens, code, self._tables = padded[here], np.zeros(len(here), np.int64), []
        for length in range(self.order + 1):
            self._tables.append(_count(code, tokens, self._base))
            code = code * self._base + padded[here - length - 1]  # one token further back, in the place of the units
        return self

    def sample(self, n: int, seed: int, *, temperature: float = 1.0, n_steps: int | None = None) -> np.ndarray:
        """Write new sequences.

        Parameters
        ----------
        n : int
            How many.
        seed : int
            The same seed gives the same sequences.
        temperature : float
            Every probability is raised to the power of 1 / temperature before the draw: below 1 the likely tokens win
            more often, above 1 the unlikely ones get a better chance.
        n_steps : int, optional
            Length of each; ``n_steps`` of the chain if not given.

        Returns
        -------
        ndarray of int64, shape (n, n_steps)

        Raises
        ------
        ValueError
            If the temperature is not above 0.
        RuntimeError
            If the chain has not been fitted.
        """
        if not temperature > 0:
            raise ValueError(f"temperature must be above 0, got {temperature}")
        n_steps = self.n_steps if n_steps is None else n_steps
        rng = np.random.default_rng(seed)
        rows = np.full((n, self.order + n_steps), self._start)
        for step in range(self.order, self.order + n_steps):
            p = in_parts(self._mix, rows[:, step - self.order : step])
            with np.errstate(divide="ignore"):  # a subclass may forbid a token: log(0) is -inf, and stays so
                p = np.exp((np.log(p) - np.log(p).max(axis=1, keepdims=True)) / temperature)
            cumulative = np.cumsum(p, axis=1)
            drawn = rng.random((n, 1)) * cumulative[:, -1:]
            rows[:, step] = (cumulative <= drawn).sum(axis=1)
        return rows[:, self.order :]

    def log_likelihood(self, sequence) -> float:
        """Give the logarithm of the probability that the chain writes exactly this sequence.

        Parameters
        ----------
        sequence : array_like of int, shape (steps,)

        Returns
        -------
        float
            In nats, 0 or less. Divide by the number of steps to compare sequences of different lengths.

        Raises
        ------
        ValueError
            If a token is outside the alphabet.
        RuntimeError
            If the chain has not been fitted.
        """
        row = self._checked(sequence)
        if not len(row):
            return 0.0
        p = self._mix(self._contexts(row))
        return float(np.log(p[np.arange(len(row)), row]).sum())

    def probabilities(self, context=()) -> np.ndarray:
        """Give the probability of each next token.

        Parameters
        ----------
        context : array_like of int
            What came before; only the last ``order`` tokens count. A shorter context stands at the beginning of a tune.

        Returns
        -------
        ndarray of float, shape (n_tokens,)
            Sums to 1.
        """
        row = self._checked(context)
        padded = np.concatenate([np.full(self.order, self._start), row])
        return self._mix(padded[None, len(padded) - self.order :])[0]

    def __repr__(self) -> str:
        learned = f"{self.n_contexts[-1]:,} contexts" if self._tables else "not fitted"
        return f"MarkovChain of order {self.order} over {self.n_tokens} tokens, {learned}"

    @property
    def n_contexts(self) -> list[int]:
        """Number of different contexts seen, for context lengths 0 to ``order``."""
        return [len(table["contexts"]) for table in self._fitted()]

    def _arrays(self) -> dict[str, np.ndarray]:
        return {f"{k}.{name}": values for k, table in enumerate(self._fitted()) for name, values in table.items()}

    def _restore(self, arrays: dict[str, np.ndarray]) -> None:
        names = ("pairs", "count", "contexts", "total", "distinct")
        self._tables = [{name: arrays[f"{k}.{name}"] for name in names} for k in range(self.order + 1)]

    # ---- numbering: a context of k tokens is a k-digit number, so that a lookup is a binary search -----------------

    @property
    def _start(self) -> int:
        return self.n_tokens

    @property
    def _base(self) -> int:
        return self.n_tokens + 1

    def _checked(self, sequence) -> np.ndarray:
        row = np.asarray(sequence)
        if row.size == 0:
            return np.zeros(0, np.int64)
        if row.ndim != 1 or not np.issubdtype(row.dtype, np.integer):
            raise ValueError(f"a sequence is one row of whole numbers, got shape {row.shape} of {row.dtype}")
        if row.min() < 0 or row.max() >= self.n_tokens:
            raise ValueError(f"tokens run from 0 to {self.n_tokens - 1}, got {row.min()} to {row.max()}")
        return row.astype(np.int64)

    def _contexts(self, row) -> np.ndarray:
        """Give the ``order`` tokens before each position, shape (steps, order)."""
        if not len(row):
            return np.zeros((0, self.order), np.int64)
        padded = np.concatenate([np.full(self.order, self._start), row])
        return np.lib.stride_tricks.sliding_window_view(padded, self.order + 1)[:, :-1]

    def _code(self, contexts, length) -> np.ndarray:
        """Turn the last ``length`` tokens of each context into one number."""
        digits = contexts[:, contexts.shape[1] - length :]
        return digits @ (self._base ** np.arange(length, dtype=np.int64))

    def _fitted(self) -> list[dict]:
        if self._tables is None:
            raise RuntimeError("this chain has not learned anything yet: call fit first")
        return self._tables

    def _mix(self, contexts) -> np.ndarray:
        """Give p(w | context) for every token w: shape (n, order) in, (n, n_tokens) out."""
        p = np.full((len(contexts), self.n_tokens), 1 / self.n_tokens)
        for length, table in enumerate(self._fitted()):
            code = self._code(contexts, length)
            total = _look_up(table["contexts"], table["total"], code)[:, None]
            distinct = _look_up(table["contexts"], table["distinct"], code)[:, None]
            count = _look_up(table["pairs"], table["count"], code[:, None] * self._base + np.arange(self.n_tokens))
            p = np.where(total > 0, (count + distinct * p) / np.maximum(total + distinct, 1), p)
        return p


def _count(codes, tokens, base) -> dict[str, np.ndarray]:
    """Count pairs of context and token, and for each context its occurrences and its different followers."""
    pairs, count = np.unique(codes * base + tokens, return_counts=True)
    contexts, first = np.unique(pairs // base, return_index=True)
    return {
        "pairs": pairs,
        "count": count,
        "contexts": contexts,
        "total": np.add.reduceat(count, first),
        "distinct": np.diff(np.append(first, len(pairs))),
    }


def _look_up(keys, values, wanted) -> np.ndarray:
    """Give the value of each wanted key, 0 where it is missing; ``keys`` are sorted."""
    place = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    return np.where(keys[place] == wanted, values[place], 0)
