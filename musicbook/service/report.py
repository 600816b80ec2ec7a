"""The report: what the whole system found, for people and for programs.

The task
    Put together the results of all steps. Nothing is computed here and no time is told, so the report of a file is always the
    same, however often the run was interrupted.

Functions
    ``report``, ``committed``, ``as_text``

Sources
    Chapter "Running it and judging the results".
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from musicbook.music import corpus
from musicbook.service.settings import EACH_ROUND, ONCE, Settings, due
from musicbook.service.store import Store


def report(store: Store, settings: Settings) -> dict:
    """Give everything that the steps found.

    Returns
    -------
    dict
        ``settings``; the results of the steps that are done once, by name; ``rounds``, a list with a dict of the results of each
        round's steps; ``next``, the step that is due and its round, or None.
    """
    rounds = []
    for k in range(settings.rounds):
        found = {step: store.done(step, k) for step in EACH_ROUND}
        if any(result is not None for result in found.values()):
            rounds.append({step: result for step, result in found.items() if result is not None})
    once = {step: result for step in ONCE if (result := store.done(step)) is not None}
    left = due(store, settings)
    return {"settings": vars(settings), **once, "rounds": rounds, "next": list(left) if left else None}


def committed() -> dict:
    """Give the committed report of the full run, ``data/runs/system.json``: a thousand listeners, seed 42, four rounds."""
    return json.loads((corpus.data_folder() / "runs" / "system.json").read_text(encoding="utf-8"))


def as_text(found: Mapping) -> str:
    """Write a report for people."""
    settings, lines = found["settings"], []
    if "catalogue" in found:
        lines.append(f"{found['catalogue']['tunes']:,} tunes in the catalogue")
    if "listeners" in found:
        people = found["listeners"]
        kind = "simulated listeners" if people["simulated"] else "listeners"
        done = ", ".join(f"{count:,} {name}s" for name, count in people["events"].items())
        lines.append(f"{people['listeners']:,} {kind}, seed {settings['seed']}: {done}")
    if "train" in found:
        lines.append(f"composer: {found['train']['composer']} ({found['train']['kind']})")
    if "judge" in found:
        known = ", true liking" if found["listeners"]["simulated"] else ""
        lines += ["", f"Finding what was held out (NDCG@10, coverage of the catalogue{known}):"]
        lines += [
            f"  {name:12} {_value(each['ndcg'])}  {each['coverage']:.2f}"
            + (f"  {each['liked'][0]:.2f}" if "liked" in each else "")
            for name, each in found["judge"].items()
        ]
    rows = [_row(k, each) for k, each in enumerate(found["rounds"]) if "feedback" in each]
    if rows:
        head = f"{'round':5}  {'composed':>8}  {'clicks steered':>14} {'unsteered':>9}  {'gain':>23}"
        truth = (
            f"  {'liking steered':>14} {'unsteered':>9} {'real':>6}  {'gain':>23}" if "liking" in _last(found) else ""
        )
        lines += ["", head + truth, *rows]
    if found["next"]:
        step, round_ = found["next"]
        lines += ["", f"next: {step}" + (f", round {round_ + 1}" if step in EACH_ROUND else "")]
    elif rows:
        change = _last(found)["describe"]
        lines += [
            "",
            f"variety of a listener's melodies: {change['variety']['steered']:.2f} steered, "
            f"{change['variety']['unsteered']:.2f} not",
            "longest passage shared with the training tunes, of 64 steps:",
            *(
                f"  {name:10} {each['mean']:.0f} in the mean, {each['most']} at most, {each['whole']:.1%} whole"
                for name, each in change["copied"].items()
            ),
        ]
    return "\n".join(lines)


def _last(found: Mapping) -> Mapping:
    """Give the results of the last round that is complete, the liking of its melodies at the top."""
    last = [each for each in found["rounds"] if "feedback" in each][-1]
    return {**last, **last["feedback"]}


def _row(k: int, each: Mapping) -> str:
    clicks, liking = each["feedback"]["clicks"], each["feedback"].get("liking")
    rates = f"{clicks['steered']:14.3f} {clicks['unsteered']:9.3f}  {_value(clicks['gain'])}"
    row = f"{k + 1:5}  {each['compose']['composed']:8,}  {rates}"
    if liking:
        row += (
            f"  {liking['steered'][0]:14.3f} {liking['unsteered'][0]:9.3f} {liking['real windows'][0]:6.3f}"
            f"  {_value(liking['gain'])}"
        )
    return row


def _value(with_ends) -> str:
    value, low, high = with_ends
    return f"{value:+.3f} [{low:+.3f}, {high:+.3f}]"
