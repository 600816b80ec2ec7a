"""The loop that trains the neural composers: shows its progress, keeps a log, and survives being killed.

The task
    Every network of the book is trained in the same way: shuffled batches, one function that takes a step, a mean of
    each loss at the end of an epoch. Here is that loop once, with what long work needs around it.

Conventions
    An epoch is one pass over the shuffled windows; the last, incomplete batch is left out. All chance is derived from
    ``seed`` and the number of the step: the order of the windows, and the two whole numbers that each step gets to draw its
    noise from (``tf.random.stateless_...``). So nothing but the variables must be kept to go on after a kill as if nothing
    had happened: the weights are then identical, bit by bit, to those of an uninterrupted run on the same machine.

    With a ``folder``, every epoch writes ``checkpoint.npz`` (all variables, among them the optimiser's) and a line to
    the TensorBoard log in ``log/``. A run that finds a checkpoint of the same run goes on from it.

The functions and classes
    :class:`NeuralComposer`, base class of the networks; :func:`train`, :func:`initialise`, :func:`alone`, :func:`cosine`

Sources
    TensorBoard and TensorFlow: abadi2016. Chapter "GAN, the algorithm".
"""

from __future__ import annotations

import abc
import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import ClassVar

import numpy as np
from tqdm.auto import tqdm

from musicbook.compose.composer import Composer, WeightsError, read_arrays, write_arrays
from musicbook.compose.when_needed import tf
from musicbook.memory import give_back

FORMAT = "musicbook checkpoint 1"


class NeuralComposer(Composer):
    """A composer whose weights are found by gradient descent.

    A subclass says in ``_prepare`` what one step does, and in ``_arrays`` and ``_restore`` what it keeps. ``defaults`` holds
    its number of epochs and batch size.

    Attributes
    ----------
    history : dict of str to list of float
        Mean of each loss in each epoch of the last ``fit``.
    """

    defaults: ClassVar[dict[str, int]] = {"epochs": 10, "batch_size": 128}

    def __init__(self, n_steps: int = 32, n_tokens: int = 32, **settings):
        super().__init__(n_steps, n_tokens, **settings)
        self.history: dict[str, list[float]] = {}

    def fit(
        self,
        windows,
        *,
        seed: int = 0,
        epochs: int | None = None,
        batch_size: int | None = None,
        folder: str | Path | None = None,
        on_epoch: Callable[[NeuralComposer, int, dict[str, float]], None] | None = None,
        progress: bool = True,
    ) -> NeuralComposer:
        """Train on windows, from the beginning or from a checkpoint.

        Parameters
        ----------
        windows : array_like of int, shape (n, n_steps)
        seed : int
            Decides the first weights, the order of the windows and all noise.
        epochs, batch_size : int, optional
            The class's ``defaults`` if not given.
        folder : str or Path, optional
            Where checkpoint and TensorBoard log go. If it holds a checkpoint of this very run, training goes on there.
        on_epoch : callable, optional
            Called with the composer, the number of epochs done and their losses; the composer can sample.
        progress : bool
            Show a progress bar.

        Returns
        -------
        NeuralComposer
            Itself.

        Raises
        ------
        ValueError
            If the windows do not fit, are fewer than a batch, or the folder holds the checkpoint of another run.
        WeightsError
            If the checkpoint is damaged.
        """
        windows = self._check_windows(windows)
        epochs = self.defaults["epochs"] if epochs is None else epochs
        batch_size = self.defaults["batch_size"] if batch_size is None else batch_size
        if epochs < 1 or not 1 <= batch_size <= len(windows):
            raise ValueError(
                f"{epochs} epochs in batches of {batch_size} over {len(windows)} windows cannot be trained"
            )
        give_back()  # what an interrupted training left
        step, variables = self._prepare(windows, seed, epochs * (len(windows) // batch_size))

        def finished(epoch, losses):
            if on_epoch is not None:
                self._collect(windows, seed, last=False)
                on_epoch(self, epoch, losses)

        run = {"kind": type(self).__name__, "settings": self.settings, "seed": seed, "epochs": epochs}
        self.history = train(
            step, variables, windows, epochs=epochs, batch_size=batch_size, seed=seed, run=run, folder=folder,
            on_epoch=finished, progress=progress,
        )  # fmt: skip
        del step, variables
        give_back()  # the traced step and the optimiser hold each other, and Python does not see how large they are
        self._collect(windows, seed, last=True)  # also when the checkpoint was of the last epoch
        return self

    @abc.abstractmethod
    def _prepare(self, windows, seed: int, n_updates: int) -> tuple[Callable, list[tf.Variable]]:
        """Build the networks; give the step function and all variables that training changes."""

    @abc.abstractmethod
    def _collect(self, windows, seed: int, *, last: bool) -> None:
        """Take the weights out of the networks, so that the composer can sample; ``last`` after the last epoch."""


def train(
    step: Callable,
    variables: list[tf.Variable],
    windows: np.ndarray,
    *,
    epochs: int,
    batch_size: int,
    seed: int,
    run: dict,
    folder: str | Path | None = None,
    on_epoch: Callable[[int, dict[str, float]], None] | None = None,
    progress: bool = True,
) -> dict[str, list[float]]:
    """Run a step function over shuffled batches for some epochs.

    Parameters
    ----------
    step : callable
        ``step(batch, noise)`` with ``batch`` int32 of shape (batch_size, ...) and ``noise`` int32 of shape (2,), a seed for
        stateless random numbers; changes the variables and returns losses by name.
    variables : list of tf.Variable
        Everything that must be kept to go on later, the optimiser's variables among it.
    windows : ndarray of int, shape (n, ...)
    run : dict
        What identifies the run, as JSON; a checkpoint of another run is refused.

    Returns
    -------
    dict of str to list of float
        Mean of each loss in each epoch, those before an interruption included.

    Raises
    ------
    ValueError
        If the folder holds a checkpoint of another run.
    WeightsError
        If the checkpoint is damaged.
    """
    identity = _identity({**run, "batch_size": batch_size}, windows)
    folder = None if folder is None else Path(folder)
    done, history = _resume(folder, identity, variables) if folder else (0, {})
    log = tf.summary.create_file_writer(str(folder / "log")) if folder else None
    n_batches = len(windows) // batch_size
    bar = tqdm(total=epochs * n_batches, initial=done * n_batches, unit="batch", disable=not progress)
    with bar:
        for epoch in range(done, epochs):
            order = np.random.default_rng([seed, epoch]).permutation(len(windows))
            sums: dict[str, tf.Tensor] = {}
            for i in range(n_batches):
                batch = tf.constant(windows[order[i * batch_size : (i + 1) * batch_size]], tf.int32)
                losses = step(batch, tf.constant([seed, epoch * n_batches + i], tf.int32))
                sums = {name: sums.get(name, 0.0) + value for name, value in losses.items()}
                bar.update()
            means = {name: float(value) / n_batches for name, value in sums.items()}
            bar.set_postfix({name: f"{value:.3f}" for name, value in means.items()})
            for name, value in means.items():
                history.setdefault(name, []).append(value)
            if folder:
                _checkpoint(folder, identity, epoch + 1, history, variables)
                with log.as_default(step=epoch + 1):
                    for name, value in means.items():
                        tf.summary.scalar(name, value)
                log.flush()
            if on_epoch is not None:
                on_epoch(epoch + 1, means)
    return history


def initialise(model: tf.keras.Model, seed: int) -> None:
    """Draw all matrices of a built model from Glorot's uniform distribution (glorot2010difficulty, equation 16), from a seed.

    Keras would draw them from a state that the whole process shares; this leaves the reader's random numbers alone.
    Vectors (biases, gains) keep what their layers gave them.
    """
    rng = np.random.default_rng(seed)
    for variable in model.trainable_variables:
        if len(variable.shape) > 1:
            fan_in, fan_out = np.prod(variable.shape[:-1]), variable.shape[-1]
            limit = np.sqrt(6 / (fan_in + fan_out))
            variable.assign(rng.uniform(-limit, limit, variable.shape))


def alone(optimiser: tf.keras.optimizers.Optimizer) -> tf.keras.optimizers.Optimizer:
    """Let an optimiser take gradients as they are, without adding them up over several machines, of which there is one.

    The sum goes through ``tf.custom_gradient``, which enters it in a list that the process keeps, and with it the whole
    traced graph and every variable that it trains: some 40 MB for a dense GAN that nobody uses any more.
    """
    optimiser._all_reduce_sum_gradients = lambda grads_and_vars: grads_and_vars
    return optimiser


def cosine(peak: float, n_updates: int, warm_up: int = 200) -> tf.keras.optimizers.schedules.LearningRateSchedule:
    """Give a learning rate that rises for ``warm_up`` updates to ``peak`` and falls along a half cosine to 2 % of it."""
    warm_up = min(warm_up, n_updates // 5)
    return tf.keras.optimizers.schedules.CosineDecay(
        peak / 50, max(1, n_updates - warm_up), alpha=0.02, warmup_target=peak, warmup_steps=max(1, warm_up)
    )


def _identity(run: dict, windows: np.ndarray) -> str:
    digest = hashlib.sha256(json.dumps(run, sort_keys=True).encode())
    digest.update(np.ascontiguousarray(windows).tobytes())
    return digest.hexdigest()


def _checkpoint(folder: Path, identity: str, epoch: int, history: dict, variables: list[tf.Variable]) -> None:
    header = {"format": FORMAT, "run": identity, "epoch": epoch, "history": history}
    # as they are: each is copied when its turn to be written comes, and no two copies are held at once
    write_arrays(folder / "checkpoint.npz", header, {f"{i:04d}": variable for i, variable in enumerate(variables)})


def _resume(folder: Path, identity: str, variables: list[tf.Variable]) -> tuple[int, dict[str, list[float]]]:
    path = folder / "checkpoint.npz"
    if not path.exists():
        return 0, {}
    header, arrays = read_arrays(path)
    if header.get("format") != FORMAT:
        raise WeightsError(f"{path} is not a checkpoint: its format is {header.get('format')!r}")
    if header["run"] != identity:
        raise ValueError(
            f"{path} belongs to another run (other data, seed, settings or number of epochs); "
            "give another folder, or remove it to begin anew"
        )
    if len(arrays) != len(variables):
        raise WeightsError(f"{path} holds {len(arrays)} arrays, the model has {len(variables)}")
    for i, variable in enumerate(variables):
        variable.assign(arrays.pop(f"{i:04d}"))
    give_back()  # the values that these took the place of
    return header["epoch"], header["history"]
