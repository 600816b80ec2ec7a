"""The training loop: a process killed in mid-epoch goes on as if nothing had happened; checkpoints that cannot be mistaken."""

import contextlib
import gc
import shutil
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from musicbook.compose.composer import WeightsError, read_arrays, write_arrays
from musicbook.compose.gan import WGANGP, DenseGAN
from musicbook.compose.transformer import Transformer
from musicbook.compose.vae import VAE

PROGRAM = """
import sys
import numpy as np
from musicbook.compose.{module} import {kind}
windows = np.random.default_rng(0).integers(0, 32, (1024, 16))
model = {kind}(16, **{settings})
model.fit(windows, seed=3, epochs=4, batch_size=16, folder=sys.argv[1])
model.save(sys.argv[2])
"""
KINDS = {
    "vae": ("VAE", {"z_dim": 8, "width": 32, "features": 8, "hidden": 16, "parts": 2}),
    "transformer": ("Transformer", {"width": 16, "heads": 2, "layers": 1}),
    "gan": ("DenseGAN", {"z_dim": 8}),
}


def start(module, folder, weights):
    kind, settings = KINDS[module]
    program = PROGRAM.format(module=module, kind=kind, settings=settings)
    return subprocess.Popen(
        [sys.executable, "-c", program, str(folder), str(weights)], stderr=subprocess.PIPE, stdout=subprocess.DEVNULL
    )


@pytest.mark.crash
@pytest.mark.parametrize("module", KINDS)
def test_a_process_killed_in_mid_epoch_ends_with_the_same_weights(module, tmp_path):
    whole, killed = tmp_path / "whole.npz", tmp_path / "killed.npz"
    run = start(module, tmp_path / "whole", whole)
    errors = run.communicate(timeout=120)[1]
    assert run.returncode == 0, errors.decode()
    assert b"256/256" in errors  # the progress bar: 64 batches in 4 epochs

    run, checkpoint = start(module, tmp_path / "killed", killed), tmp_path / "killed" / "checkpoint.npz"
    deadline = time.monotonic() + 120
    while not checkpoint.exists() and time.monotonic() < deadline:
        time.sleep(0.002)
    run.send_signal(signal.SIGKILL)
    run.communicate()
    assert run.returncode == -signal.SIGKILL, "it had finished before it could be killed"
    assert 1 <= read_arrays(checkpoint)[0]["epoch"] < 4
    assert not killed.exists()

    run = start(module, tmp_path / "killed", killed)
    assert run.wait(timeout=120) == 0
    (_, first), (_, second) = read_arrays(whole), read_arrays(killed)
    assert first.keys() == second.keys()
    for name, array in first.items():
        assert np.array_equal(array, second[name]), name
    assert any((tmp_path / "killed" / "log").iterdir())


WINDOWS = np.random.default_rng(0).integers(0, 32, (64, 16))


def graphs() -> int:
    return sum(type(thing).__name__ == "FuncGraph" for thing in gc.get_objects())


@pytest.mark.tf
@pytest.mark.parametrize(
    ("module", "settings"),
    [
        *((module, settings) for module, (_, settings) in KINDS.items()),
        ("wgan", {"z_dim": 4, "width": 8, "critic_width": 4}),
    ],
)
def test_a_training_leaves_no_graph_in_the_process(module, settings):
    classes = {"vae": VAE, "transformer": Transformer, "gan": DenseGAN, "wgan": WGANGP}
    gc.collect()
    before = graphs()
    classes[module](16, **settings).fit(WINDOWS, epochs=1, batch_size=32, progress=False)
    gc.collect()
    assert graphs() == before


@pytest.mark.tf
def test_an_interrupted_training_is_collected_by_the_next():
    gc.collect()
    before, at_start = graphs(), []

    def interrupt(*_):
        raise KeyboardInterrupt

    class Watched(Transformer):
        def _prepare(self, *given):
            at_start.append(graphs())
            return super()._prepare(*given)

    for _ in range(2):
        with contextlib.suppress(KeyboardInterrupt):
            Watched(16, width=8, heads=1, layers=1).fit(
                WINDOWS, epochs=1, batch_size=32, on_epoch=interrupt, progress=False
            )
    assert at_start == [before, before]


def fit(folder, windows=WINDOWS, **options):
    Transformer(16, width=8, heads=1, layers=1).fit(
        windows, folder=folder, progress=False, **{"epochs": 1, "batch_size": 32} | options
    )


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """The folder of a run that came to its end."""
    folder = tmp_path_factory.mktemp("trained")
    fit(folder)
    return folder


@pytest.mark.tf
@pytest.mark.parametrize("other", [{"seed": 1}, {"epochs": 2}, {"batch_size": 16}, {"windows": WINDOWS[::-1]}])
def test_the_checkpoint_of_another_run_is_refused(trained, other):
    with pytest.raises(ValueError, match=r"belongs to another run .* give another folder, or remove it"):
        fit(trained, **other)


@pytest.mark.tf
def test_a_damaged_or_foreign_checkpoint_is_named(trained, tmp_path):
    path = tmp_path / "checkpoint.npz"
    shutil.copy(trained / "checkpoint.npz", path)
    good = path.read_bytes()
    path.write_bytes(good[: len(good) // 2])
    with pytest.raises(WeightsError, match=r"checkpoint\.npz"):
        fit(tmp_path)
    write_arrays(path, {"format": "something else"}, {"a": np.zeros(3)})
    with pytest.raises(WeightsError, match="is not a checkpoint"):
        fit(tmp_path)


@pytest.mark.parametrize("options", [{"epochs": 0}, {"batch_size": 65}, {"batch_size": 0}])
def test_what_cannot_be_trained_is_said(options):
    with pytest.raises(ValueError, match="cannot be trained"):
        fit(None, **options)
