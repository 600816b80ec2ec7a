"""Train the models whose weights are committed: ``python tools/train.py [MODEL ...]``.

Every model of ``musicbook.compose.models.MODELS`` that has weights is trained here, from the pre-1904 fiddle books
alone, from nothing, with three seeds. The weights of the first seed go to ``data/weights/MODEL.npz``; what was trained
and how, the losses of every epoch and the figures of every seed go to ``data/weights/training.json``. The small runs
whose course the chapters show (``EXPERIMENTS``) go to ``data/runs/``.

Checkpoints and TensorBoard logs lie in ``_build/training/``. A run that was killed goes on from there when the command is
given again; ``tensorboard --logdir _build/training`` shows them all.

    python tools/train.py                      all models, all seeds: some hours on two cores
    python tools/train.py vae-sample-2         one model
    python tools/train.py --seeds 0 --threads 1 transformer-2
    python tools/train.py --list
"""

import argparse
import json
import os
import shutil
import sys
import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class Run:
    """What is trained, on how much music, for how long."""

    kind: str
    bars: int
    epochs: int
    batch_size: int
    settings: dict


LEAN = {"beta": 1.0, "z_dim": 48, "width": 384}
RICH = {"shift": 2, "peak": 0.0015}
RUNS = {
    "dense-gan-2": Run("DenseGAN", 2, 12, 128, {}),
    "wgan-gp-2": Run("WGANGP", 2, 30, 128, {}),
    "transformer-2": Run("Transformer", 2, 8, 64, {}),
    "vae-reconstruct-2": Run("VAE", 2, 24, 128, RICH | {"beta": 0.5}),
    "vae-sample-2": Run("VAE", 2, 12, 128, LEAN | {"dropout": 0.15, "features": 32, "context": 24}),
    "transformer-4": Run("Transformer", 4, 8, 64, {}),
    "vae-reconstruct-4": Run("VAE", 4, 14, 128, RICH | {"beta": 0.3, "z_dim": 96, "width": 512, "features": 32}),
    "vae-sample-4": Run("VAE", 4, 10, 128, LEAN | {"dropout": 0.1, "free_bits": 0.1, "features": 24, "context": 48}),
}
"""Order: cheapest first."""


def main(arguments=None):
    options = parser().parse_args(arguments)
    if options.list:
        for name, run in RUNS.items():
            print(
                f"{name:18} {run.kind}, {run.bars} bars, {run.epochs} epochs of batches of {run.batch_size}, {run.settings}"
            )
        return
    unknown = set(options.models) - set(RUNS) - set(EXPERIMENTS)
    if unknown:
        sys.exit(f"no model or experiment {', '.join(sorted(unknown))}; there are {', '.join([*RUNS, *EXPERIMENTS])}")
    set_up_tensorflow(options.threads)
    for name in options.models or [*RUNS, *EXPERIMENTS]:
        if name in EXPERIMENTS:
            EXPERIMENTS[name](options.out.parent / "runs" / f"{name}.npz")
            continue
        for seed in options.seeds:
            train(name, seed, options.out, options.work / f"{name}-{seed}")


def parser():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("models", nargs="*", metavar="MODEL", help="names of models or experiments; all if none is given")
    p.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2], help="weights are kept of seed 0")
    p.add_argument("--threads", type=int, default=0, help="cores for TensorFlow; all if not given")
    p.add_argument("--out", type=Path, default=ROOT / "data" / "weights", help="where weights and figures go")
    p.add_argument("--work", type=Path, default=ROOT / "_build" / "training", help="where checkpoints and logs go")
    p.add_argument("--list", action="store_true", help="say what would be trained")
    return p


def set_up_tensorflow(threads):
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(threads)
    tf.config.threading.set_inter_op_parallelism_threads(1)


def train(name, seed, out, work):
    """Train one model with one seed; keep weights, losses and figures."""
    from musicbook.compose.composer import read_arrays

    run = RUNS[name]
    finished = work / "model.npz"
    if not finished.exists():  # else it was killed while it was measured
        fit(name, seed, work).replace(finished)
    model = kind_of(run).load(finished)
    note = read_arrays(finished)[0]["note"]
    if seed == 0:
        model.save(out / f"{name}.npz", note={"model": name, "seed": seed, "data": DATA})
        if (work / "course.npz").exists():
            (out.parent / "runs").mkdir(parents=True, exist_ok=True)
            shutil.copyfile(work / "course.npz", out.parent / "runs" / f"{name}.npz")
    record = {"cpu_minutes": note["cpu_minutes"], "losses": note["losses"], "figures": figures(model, run.bars)}
    keep_record(out / "training.json", name, run, seed, record)
    shutil.rmtree(work)  # a finished run that is started again begins anew
    print(json.dumps(record["figures"], indent=1), flush=True)


def fit(name, seed, work):
    """Train; give the file with the weights and a note of how it went."""
    from musicbook.music import corpus

    run = RUNS[name]
    windows = corpus.windows(run.bars, "train", corpus.FIDDLE_BOOKS)
    print(f"{name}, seed {seed}: {run.kind} on {len(windows):,} windows of {run.bars} bars", flush=True)
    model = kind_of(run)(16 * run.bars, **run.settings)
    spent = work / "cpu_seconds"
    before = float(spent.read_text(encoding="utf-8")) if spent.exists() else 0.0
    started = time.process_time() - before
    recorder = None
    if hasattr(model, "judge"):  # a GAN, whose chapter shows how its music changes from epoch to epoch
        from musicbook.compose.course import Recorder

        recorder = Recorder(work / "course.npz", windows, seed)

    def watch(composer, epoch, losses):
        # Else a run that was killed would look cheap.
        spent.write_text(str(time.process_time() - started), encoding="utf-8")
        if recorder is not None:
            recorder(composer, epoch, losses)

    model.fit(windows, seed=seed, epochs=run.epochs, batch_size=run.batch_size, folder=work, on_epoch=watch)
    losses = {key: [round(value, 4) for value in values] for key, values in model.history.items()}
    minutes = round((time.process_time() - started) / 60, 1)
    return model.save(work / "partial.npz", note={"cpu_minutes": minutes, "losses": losses})


DATA = "training split of the pre-1904 fiddle books (aird, oneill, ryan) of music21's corpus"


def kind_of(run):
    import importlib

    module = {"VAE": "vae", "Transformer": "transformer", "DenseGAN": "gan", "WGANGP": "gan"}[run.kind]
    return getattr(importlib.import_module(f"musicbook.compose.{module}"), run.kind)


def figures(model, bars):
    """Measure a model on 1,000 samples, and on held-out music what only its kind can do."""
    from musicbook.compose import evaluate, quality

    reference = evaluate.reference(bars)
    held_out = reference.unseen
    measured = quality.measure(model.sample(1000, seed=0), reference, groups=range(1000))
    result = {key: round(each.value, 4) for key, each in measured.items()}
    if hasattr(model, "reconstruct"):
        result |= {key: round(value, 4) for key, value in model.reconstruction(held_out).items()}
        greedy = model.reconstruction(held_out, candidates=0)
        result |= {f"{key}_greedy": round(value, 4) for key, value in greedy.items() if key != "kl"}
    if hasattr(model, "log_likelihood"):
        result["nats_a_token"] = round(-float(model.log_likelihood(held_out).mean()) / held_out.shape[1], 4)
    return result


def keep_record(path, name, run, seed, record):
    """Add one seed's record to the file of all; several trainings may run side by side."""
    from filelock import FileLock

    path.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(ROOT / "_build" / "training.lock"):
        table = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
        made = {"kind": run.kind, "bars": run.bars, "epochs": run.epochs, "batch_size": run.batch_size}
        made |= {"settings": run.settings, "data": DATA}
        entry = table.get(name, {})
        if {key: entry.get(key) for key in made} != made:  # figures of other settings would be no figures of this model
            entry = made | {"seeds": {}}
        entry["seeds"][str(seed)] = record
        table[name] = entry
        partial = path.with_suffix(".part")
        partial.write_text(json.dumps(table, indent=1, sort_keys=True) + "\n", encoding="utf-8", newline="\n")
        os.replace(partial, path)


def course(path, **settings):
    """Train a Wasserstein GAN for a short while, and keep what it wrote after each epoch; an experiment."""
    from musicbook.compose.course import Recorder
    from musicbook.compose.gan import WGANGP
    from musicbook.music import corpus

    windows = corpus.windows(2, "train", corpus.FIDDLE_BOOKS)
    some = windows[np.random.default_rng(0).permutation(len(windows))[:8000]]
    gan = WGANGP(32, **settings)
    gan.fit(some, epochs=10, batch_size=64 * gan.n_critic, on_epoch=Recorder(path, some))


def learning_curve(path, updates=800, batch_size=64):
    """Train the Transformer on parts of the fiddle books, in one key or in all; an experiment.

    Each training makes the same number of updates. Kept are nats a token on the test split, as it is and moved to keys
    drawn at random.
    """
    from musicbook.compose.composer import write_arrays
    from musicbook.compose.transformer import Transformer
    from musicbook.compose.windows import moved
    from musicbook.music import corpus

    windows, held_out = (corpus.windows(2, split, corpus.FIDDLE_BOOKS) for split in ("train", "test"))
    tests = [held_out, moved(held_out, seed=1)]
    stretches = np.array_split(windows, 256)  # windows are in the order of the tunes: most tunes stay whole
    order = np.random.default_rng(0).permutation(256)
    sizes, nats = [], []
    for parts in (8, 32, 128, 256):
        some = np.concatenate([stretches[i] for i in order[:parts]])
        sizes.append(len(some))
        for rows in (some, np.concatenate([moved(some, seed=seed) for seed in range(6)])):
            model = Transformer(32)
            model.fit(rows[: updates * batch_size], epochs=max(1, updates * batch_size // len(rows)))
            nats.append([-float(model.log_likelihood(each).mean()) / 32 for each in tests])
    settings = {"updates": updates, "batch_size": batch_size, "model": "Transformer", "tests": ["as it is", "moved"]}
    table = np.reshape(nats, (len(sizes), 2, 2))
    write_arrays(path, {"experiment": settings}, {"windows": np.array(sizes), "nats": table})


def vae_beta(path, betas=(0.0, 0.05, 0.2, 0.5, 1.0, 2.0, 4.0)):
    """Train small VAEs that differ in beta alone, and one with free bits; an experiment.

    Kept of each: the KL divergence of every dimension, how validation windows come back, and ten windows decoded from
    N(0, I). Nothing of a real tune is kept.
    """
    from musicbook.compose.composer import write_arrays
    from musicbook.compose.vae import VAE
    from musicbook.music import corpus

    windows, held_out = (corpus.windows(2, split, corpus.FIDDLE_BOOKS) for split in ("train", "validation"))
    some = windows[np.random.default_rng(0).permutation(len(windows))[:12800]]
    keys = ("token_accuracy", "onset_f1", "exact", "kl")
    runs = [(beta, 0.0) for beta in betas] + [(1.0, 0.25)]
    kl, came_back, tunes = [], [], []
    for beta, free_bits in runs:
        model = VAE(32, z_dim=32, width=256, features=24, beta=beta, free_bits=free_bits)
        model.fit(some, epochs=8, batch_size=128)
        mu, sigma = model.encode(held_out)
        kl.append(0.5 * (mu**2 + sigma**2 - 2 * np.log(sigma) - 1).mean(axis=0))
        measured = model.reconstruction(held_out, candidates=0)
        came_back.append([measured[key] for key in keys])
        tunes.append(model.sample(10, seed=0, prior=True))
    settings = {"z_dim": 32, "width": 256, "features": 24, "windows": len(some), "epochs": 8, "measures": keys}
    arrays = {"beta": np.array(runs), "kl": np.array(kl), "measures": np.array(came_back), "tunes": np.array(tunes)}
    write_arrays(path, {"experiment": settings}, arrays)


EXPERIMENTS = {
    "vae-beta": vae_beta,
    "learning-curve": learning_curve,
    "wgan-critic-1": partial(course, n_critic=1),
    "wgan-critic-2": partial(course, n_critic=2),
    "wgan-critic-5": partial(course, n_critic=5),
    "wgan-slow": partial(course, peak=1e-4),
    "wgan-fast": partial(course, peak=1e-2),
}


if __name__ == "__main__":
    main()
