"""Layers in plain NumPy against Keras, and the draw of tokens against the probabilities that it stands for."""

import numpy as np
import pytest

from musicbook.compose import plain
from musicbook.compose.plain import draw_tokens
from musicbook.compose.when_needed import keras, tf


def test_draws_follow_the_softmax():
    logits = np.log(np.tile([0.5, 0.3, 0.2], (200_000, 1)))
    share = np.bincount(draw_tokens(logits, 1.0, np.random.default_rng(0))) / len(logits)
    assert np.allclose(share, [0.5, 0.3, 0.2], atol=0.005)
    cold = np.array([0.5, 0.3, 0.2]) ** 2
    share = np.bincount(draw_tokens(logits, 0.5, np.random.default_rng(0))) / len(logits)
    assert np.allclose(share, cold / cold.sum(), atol=0.005)
    assert (draw_tokens(logits[:5]) == 0).all()


def test_steadying_cools_when_and_leaves_which():
    p = np.random.default_rng(0).dirichlet(np.ones(8), 5)
    cooled = np.exp(plain.steadied(np.log(p) + 3, 0.5))
    cooled /= cooled.sum(axis=1, keepdims=True)
    kinds, before = (np.column_stack([q[:, :2], q[:, 2:].sum(axis=1)]) for q in (cooled, p))
    assert np.allclose(kinds, before**2 / (before**2).sum(axis=1, keepdims=True))
    assert np.allclose(cooled[:, 2:] / kinds[:, 2:], p[:, 2:] / before[:, 2:])
    assert np.allclose(plain.steadied(np.log(p), 1.0), np.log(p))


@pytest.mark.tf
def test_layers_are_those_of_keras():
    x = np.random.default_rng(0).normal(size=(3, 7, 4)).astype(np.float32)
    layer, norm = keras.layers.Dense(5, "relu"), keras.layers.LayerNormalization(epsilon=1e-5)
    theirs = layer(x), norm(x)
    norm.gamma.assign([1, 2, 3, 4])
    weights = {"d.kernel": layer.kernel.numpy(), "d.bias": np.ones(5, np.float32)}
    layer.bias.assign(weights["d.bias"])
    assert np.allclose(plain.relu(plain.dense(weights, "d", x)), layer(x), atol=1e-5)
    weights = {"n.gamma": norm.gamma.numpy(), "n.beta": norm.beta.numpy()}
    assert np.allclose(plain.normalised(weights, "n", x), norm(x), atol=1e-5)
    assert not np.allclose(norm(x), theirs[1])


@pytest.mark.tf
def test_neighbours_are_what_a_convolution_sees():
    rng = np.random.default_rng(1)
    x, kernel = (rng.normal(size=shape).astype(np.float32) for shape in [(2, 9, 3), (5, 3, 4)])
    assert np.allclose(plain.neighbours(x, 5) @ kernel.reshape(15, 4), tf.nn.conv1d(x, kernel, 1, "SAME"), atol=1e-5)


def test_a_row_of_zeros_stays_zero():
    rows = np.array([[0.0, 0.0], [3.0, 4.0]])
    assert np.allclose(plain.scaled_rows(rows), [[0, 0], [0.8485, 1.1314]], atol=1e-4)
