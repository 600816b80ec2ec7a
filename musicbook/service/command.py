"""The command ``python -m musicbook``: the whole system, the article's ``main.py``.

The task
    One command that loads, simulates, composes, recommends, listens and reports, and can be stopped at any moment; and one for
    each of its steps, for those who want to look in between.

Conventions
    The report goes to standard output, everything else to standard error. Exit codes: 0 done; 2 what was asked is wrong; 3 the
    database can't be used or written; 4 the system waits for what real listeners did; 130 stopped by the user.

Functions
    ``main``

Sources
    Chapter "The project".
"""

from __future__ import annotations

import argparse
import functools
import importlib
import json
import sqlite3
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pandas as pd
from tqdm import tqdm

from musicbook.compose.composer import WeightsError
from musicbook.compose.originality import nearest_of_each
from musicbook.music import corpus, provenance
from musicbook.music.melody import HIGH, LOW, Melody, MusicError
from musicbook.recommend.interactions import InteractionsError
from musicbook.recommend.log import LogError
from musicbook.service import plugins
from musicbook.service.loop import System, WaitingError
from musicbook.service.report import as_text, report
from musicbook.service.settings import EACH_ROUND, ONCE, QUICK, Settings, due, plan
from musicbook.service.store import Store, from_text

WRONG, DATABASE, WAITING, STOPPED = 2, 3, 4, 130
COMMANDS = {
    "run": "do every step that is not done yet, then report (this is what happens without a command)",
    "catalogue": "put the tunes of the corpus into the database, each with its features, predicted style and mood",
    "listeners": "simulate the listeners, or import a log of real ones (--log)",
    "train": "open the composing machine, or train one (--epochs)",
    "judge": "hold out a fifth of what was played, and see how well each recommender finds it",
    "compose": "compose for every listener, steered by her history and not",
    "describe": "predict style and mood of what was composed, and check it for copies",
    "recommend": "rank old and new tunes for every listener, and log what is shown",
    "feedback": "let the simulated listeners react, or read what real ones did (--events)",
    "status": "say which steps are done",
    "report": "print what was found so far",
    "export": "write a composed tune to a file (--tune, --out)",
}
EPILOG = """
examples:
  python -m musicbook --quick                      the whole loop on 200 simulated listeners, about a minute
  python -m musicbook --db my.db --seed 7          the whole loop on 1,000, some minutes; run it again if it was stopped
  python -m musicbook report --db my.db --json     what it found, for a program
  python -m musicbook export --db my.db --tune C1-L007-for1 --out mine.mid
  python -m musicbook --log plays.csv --db real.db listeners of your own: a CSV file with listener, item, weight, time

The database is SQLite: open it with any tool for it, or from Python with musicbook.service.store.Store.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line, and give the exit code."""
    options = _parser().parse_args(arguments)
    try:
        if options.plugin:
            importlib.import_module(options.plugin)
        return _dispatch(options)
    except WaitingError as error:
        return _complain(error, WAITING)
    except (LogError, sqlite3.Error) as error:
        return _complain(error, DATABASE)
    except KeyError as error:
        return _complain(error.args[0], WRONG)
    except (InteractionsError, MusicError, WeightsError, ValueError, TypeError, OSError, ImportError) as error:
        return _complain(error, WRONG)
    except KeyboardInterrupt:
        return _complain("stopped; the same command goes on where it was", STOPPED)


def _parser() -> argparse.ArgumentParser:
    width = max(map(len, COMMANDS))
    commands = "commands:\n" + "\n".join(f"  {name:{width}}  {words}" for name, words in COMMANDS.items())
    parser = argparse.ArgumentParser(
        "python -m musicbook",
        description="Compose, recommend, listen, and compose again: the whole system on one SQLite file.\n\ncommands:\n"
        + commands,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "command", nargs="?", default="run", choices=COMMANDS, metavar="command", help="see above; run if left out"
    )
    parser.add_argument("--db", type=Path, default=Path("musicbook.db"), help="the SQLite file (default: musicbook.db)")
    parser.add_argument("--json", action="store_true", help="print results as JSON")
    begin = parser.add_argument_group("settings, kept in the file when it is begun")
    quick = ", ".join(f"{value} {name}" for name, value in QUICK.items())
    begin.add_argument("--quick", action="store_true", help=f"a small system: {quick}")
    for name, kind, words in (
        ("seed", int, "of all that is drawn"),
        ("listeners", int, "number of simulated listeners"),
        ("log", str, "CSV file of real plays to use instead of simulated listeners"),
        ("rounds", int, "times round the loop"),
        ("tunes", int, "melodies for a listener in a round"),
        ("candidates", int, "times as many that are composed, to choose from"),
        ("strength", float, "how far to steer, in standard deviations"),
        ("composer", str, f"one of {', '.join(plugins.composers())}"),
        ("recommender", str, f"one of {', '.join(plugins.recommenders())}"),
        ("epochs", int, "train a VAE for so many epochs and let it compose"),
    ):
        default = getattr(Settings, name)
        shown = f" (default: {default})" if default not in ("", 0) else ""
        begin.add_argument(f"--{name}", type=kind, help=words + shown)
    begin.add_argument(
        "--plugin", metavar="MODULE", help="a Python module to import first, which adds composers or recommenders"
    )
    single = parser.add_argument_group("for single commands")
    single.add_argument("--events", type=Path, help="feedback: CSV file with listener, tune, kind and perhaps count")
    single.add_argument("--tune", help="export: id of a composed tune, such as C1-L007-for1")
    single.add_argument(
        "--out",
        type=Path,
        help="export: a .mid or .musicxml file, which says in itself how it was made",
    )
    return parser


def _dispatch(options) -> int:
    reads_only = options.command in ("status", "report", "export")
    if reads_only and not options.db.exists():
        raise LogError(f"there is no {options.db}; make one with: python -m musicbook run --db {options.db}")
    with Store(options.db) as store:
        settings = Settings(**store.settings(None if reads_only else _wanted(options, options.db)))
        if options.command == "status":
            return _status(store, settings, options.json)
        if options.command == "export":
            return _export(store, settings, options)
        if options.command != "report":
            _do(store, settings, options)
        found = report(store, settings)
        print(json.dumps(found, indent=1) if options.json else as_text(found))
    return 0


def _wanted(options, path: Path) -> dict:
    """Give the settings that were asked for: all of them for a new file, and only those that were named for one that exists."""
    named = {name: getattr(options, name) for name in vars(Settings()) if getattr(options, name) is not None}
    if "log" in named:
        named["log"] = str(Path(named["log"]).resolve(strict=True))
    wanted = {**(QUICK if options.quick else {}), **named}
    if path.exists():
        with Store(path) as store:
            if store.begun():
                return wanted
    settings = Settings(**wanted)
    plugins.make_composer(settings.composer, settings.seed)
    if settings.recommender not in plugins.recommenders():
        raise KeyError(
            f"no recommender is called {settings.recommender!r}; there are {', '.join(plugins.recommenders())}"
        )
    return vars(settings)


def _do(store: Store, settings: Settings, options) -> None:
    """Do all steps that are due, or the one that was named."""
    watch = functools.partial(tqdm, leave=False, disable=None)
    system = System(store, settings, watch)
    steps = plan(settings)
    if options.command == "run":
        todo = [each for each in steps if store.done(*each) is None]
    else:
        following = due(store, settings)
        todo = [following] if following and following[0] == options.command else []
        if not todo and not any(step == options.command and store.done(step, k) is not None for step, k in steps):
            raise ValueError(
                f"before {options.command} comes {following[0]}: python -m musicbook {following[0]} --db {options.db}"
            )
    for step, round_ in todo:
        started = time.monotonic()
        if options.events and step == "feedback":
            table = pd.read_csv(options.events)
            lacking = {"listener", "tune", "kind"} - set(table.columns)
            if lacking:
                raise ValueError(f"{options.events} has no column {', '.join(sorted(lacking))}")
            system.hear(table.to_dict("records"), round_)
        else:
            system.run(step, round_)
        name = step + (f", round {round_ + 1} of {settings.rounds}" if step in EACH_ROUND else "")
        place = steps.index((step, round_)) + 1
        print(f"[{place:2}/{len(steps)}] {name}: {time.monotonic() - started:.1f} s", file=sys.stderr)


def _status(store: Store, settings: Settings, as_json: bool) -> int:
    states = [
        {"step": step, "round": round_ + 1 if step not in ONCE else None, "done": store.done(step, round_) is not None}
        for step, round_ in plan(settings)
    ]
    if as_json:
        print(json.dumps(states, indent=1))
    else:
        for each in states:
            name = each["step"] + (f", round {each['round']}" if each["round"] else "")
            print(f"{'done' if each['done'] else '    '}  {name}")
    return 0


def _export(store: Store, settings: Settings, options) -> int:
    if not options.tune or not options.out:
        raise ValueError("export needs --tune and --out")
    made = store.composed().set_index("tune")
    if options.tune not in made.index:
        raise ValueError(f"no composed tune is called {options.tune}; there are {', '.join(made.index[:3])}, ...")
    about, tokens = made.loc[options.tune], from_text(made.loc[options.tune, "tokens"])
    title = store.query(f"SELECT title FROM tunes WHERE id = '{options.tune}'")["title"][0]
    melody = Melody.from_tokens(tokens, low=LOW, high=HIGH, meter="4/4", title=title)
    where = (plugins.N_BARS, "train", corpus.FIDDLE_BOOKS)
    found = nearest_of_each(tokens[None], corpus.windows(*where))[0]
    nearest = corpus.load().table["title"][corpus.window_tunes(*where)[found.source]]
    how = {"strength": settings.strength if about["steered"] else 0, "round": int(about["round"]) + 1}
    label = provenance.made_by(
        about["model"], int(about["seed"]), how, nearest, f"{found.steps} of {len(tokens)} steps"
    )
    print(provenance.write_labelled(melody, options.out, label))
    return 0


def _complain(error, code: int) -> int:
    print(f"musicbook: {error}", file=sys.stderr)
    return code
