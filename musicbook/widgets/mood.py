"""Predicted mood under the reader's hand: move a tune's tempo, register and mode; rate clips against the prediction.

Task
    :class:`MoodPad` plays one tune, which the reader speeds up, moves by octaves and turns to major or minor, and shows
    where the prediction of :mod:`musicbook.music.mood` goes. :class:`MoodRating` plays clips, which the reader places on
    the plane of valence and arousal, and says how far her places agree with the predicted ones. The page computes; this
    module computes the same from Python.

Conventions
    Valence and arousal lie between -1 and 1. Tempo is in quarter notes a minute. The key profiles and all constants go to
    the page in the trait ``rule``, and the most likely key in ``found``: a tie between two keys is broken once, here.
    Ratings agree by Pearson's r, to be held against the r that pure chance reaches once in twenty with so few clips.

Classes
    ``MoodPad``, ``MoodRating``

Sources
    See :mod:`musicbook.music.mood`. The limit of chance is the two-sided 5 % point of the t-test of a correlation.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np
import traitlets
from scipy.special import stdtrit

from musicbook.music import mood
from musicbook.music.corpus import Catalogue
from musicbook.music.melody import TICKS, Melody, MusicError
from musicbook.music.tonality import NAMES, PROFILES, estimate_key
from musicbook.widgets._module import PARTS, SoundingWidget, css, esm
from musicbook.widgets.browser import beginning
from musicbook.widgets.player import check_length, rows

SLOWEST, FASTEST = 30, 300
"""Ends of the tempo slider, which is the player's."""
OCTAVES = 2
FEWEST = 3
"""Ratings from which on an agreement is told: two points always lie on a line."""
ASKED_OF = 1500
"""Tunes of a catalogue among which clips are chosen."""
GOLDEN = (math.sqrt(5) - 1) / 2

_QUADRANTS = [mood.QUADRANTS[right, up] for right in (False, True) for up in (False, True)]


class MoodPad(SoundingWidget):
    """Change a tune's tempo, register and mode, hear it, and see the predicted mood move.

    Parameters
    ----------
    melody : Melody
        One voice or several.
    tempo : float, optional
        Tempo at first, 30 to 300 quarter notes a minute; the melody's own, or the nearest that the slider has, if not
        given.
    title : str
        Shown above; the melody's own title if empty.
    caption : str
        Shown below.

    Raises
    ------
    MusicError
        If the melody has no notes, would play for more than ``sound.LONGEST`` seconds at its tempo, or leaves the MIDI
        numbers when it changes its mode.
    traitlets.TraitError
        For a tempo outside 30 to 300, and for ``octaves`` outside ``reach``.

    Notes
    -----
    The traits ``tempo``, ``octaves`` and ``mode`` ("own", "major" or "minor") follow the reader's hand, and the page
    follows them. ``reach`` holds the ends of ``octaves``: -2 and 2, or fewer for a tune near an end of the MIDI numbers.
    """

    _anywidget_id = traitlets.Unicode("musicbook.MoodPad").tag(sync=True)
    _esm = esm(*PARTS, "playerview", "charts", "moodscores", "moodplane", "moodpad")
    _css = css("theme", "player", "mood")

    notes = traitlets.List().tag(sync=True)
    meter = traitlets.Unicode("4/4").tag(sync=True)
    key = traitlets.Unicode("").tag(sync=True)
    pickup = traitlets.Float(0).tag(sync=True)
    own_tempo = traitlets.Float(120).tag(sync=True)
    found = traitlets.Dict().tag(sync=True)
    reach = traitlets.List(traitlets.Int()).tag(sync=True)
    rule = traitlets.Dict().tag(sync=True)
    quadrants = traitlets.List(traitlets.Unicode()).tag(sync=True)
    tempo = traitlets.Float(120, min=SLOWEST, max=FASTEST).tag(sync=True)
    octaves = traitlets.Int(0).tag(sync=True)
    mode = traitlets.Enum(("own", "major", "minor"), "own").tag(sync=True)

    def __init__(self, melody: Melody, tempo: float | None = None, title: str = "", caption: str = ""):
        notes = rows(melody)
        tempo = min(max(melody.tempo, SLOWEST), FASTEST) if tempo is None else tempo
        check_length(melody, tempo)
        tonic, own, _ = estimate_key(melody)
        pitches = np.concatenate([mood.in_mode(melody, mode).pitch for mode in ("major", "minor")])
        self._melody = melody
        super().__init__(
            notes=notes,
            meter=melody.meter,
            key=melody.key,
            pickup=melody.pickup / TICKS,
            own_tempo=melody.tempo,
            found={"tonic": NAMES.index(tonic), "name": tonic, "mode": own},
            reach=[max(-OCTAVES, -(int(pitches.min()) // 12)), min(OCTAVES, (127 - int(pitches.max())) // 12)],
            rule=_rule(),
            quadrants=_QUADRANTS,
            tempo=tempo,
            title=title or melody.title,
            caption=caption,
        )

    @traitlets.validate("octaves")
    def _within_reach(self, proposal):
        low, high = self.reach
        if not low <= proposal["value"] <= high:
            raise traitlets.TraitError(f"{proposal['value']} octaves; this tune can move from {low} to {high}")
        return proposal["value"]

    def melody(self) -> Melody:
        """Give the tune as it is heard."""
        heard = self._melody if self.mode == "own" else mood.in_mode(self._melody, self.mode)
        return heard.transpose(12 * self.octaves).with_(tempo=self.tempo)

    def mood(self) -> mood.Mood:
        """Predict the mood of the tune as it is heard."""
        return mood.predict(self.melody())


class MoodRating(SoundingWidget):
    """Rate the mood of clips, and see how far the prediction agrees.

    Parameters
    ----------
    melodies : sequence of Melody
        The clips, at least three.
    title, caption : str
        Above and below.
    ratings : sequence, optional
        ``[valence, arousal]`` for a clip that is rated already, ``[]`` for one that is not.

    Raises
    ------
    MusicError
        If there are fewer than three clips, the ratings do not fit them, or a clip has no notes or is too long.

    Notes
    -----
    The traits ``ratings``, ``selected`` and ``revealed`` follow the reader's hand, and the page follows them. Predictions
    and titles are hidden as long as ``revealed`` is false; the page sets it when all clips are rated.
    """

    _anywidget_id = traitlets.Unicode("musicbook.MoodRating").tag(sync=True)
    _esm = esm(*PARTS, "playerview", "jukebox", "charts", "moodscores", "moodplane", "moodrating")
    _css = css("theme", "player", "neighbours", "mood")

    tunes = traitlets.List().tag(sync=True)
    titles = traitlets.List(traitlets.Unicode()).tag(sync=True)
    predictions = traitlets.List().tag(sync=True)
    ratings = traitlets.List(traitlets.List(traitlets.Float(min=-1, max=1), maxlen=2)).tag(sync=True)
    chance = traitlets.List(traitlets.Float()).tag(sync=True)
    quadrants = traitlets.List(traitlets.Unicode()).tag(sync=True)
    selected = traitlets.Int(0, min=0).tag(sync=True)
    revealed = traitlets.Bool(False).tag(sync=True)

    def __init__(self, melodies: Sequence[Melody], title: str = "", caption: str = "", ratings: Sequence | None = None):
        if len(melodies) < FEWEST:
            raise MusicError(f"{len(melodies)} clips; an agreement needs at least {FEWEST}")
        ratings = [[] for _ in melodies] if ratings is None else [[float(x) for x in each] for each in ratings]
        fits = all(len(each) in (0, 2) and all(-1 <= x <= 1 for x in each) for each in ratings)
        if len(ratings) != len(melodies) or not fits:
            raise MusicError(
                f"ratings {ratings} of {len(melodies)} clips; each is [] or valence and arousal between -1 and 1"
            )
        super().__init__(
            tunes=[_clip(melody) for melody in melodies],
            titles=[melody.title for melody in melodies],
            predictions=[list(mood.predict(melody)) for melody in melodies],
            ratings=ratings,
            chance=[_chance(n) for n in range(FEWEST, len(melodies) + 1)],
            quadrants=_QUADRANTS,
            revealed=all(ratings),
            title=title,
            caption=caption,
        )

    @classmethod
    def of(cls, catalogue: Catalogue, n: int = 10, seconds: float = 12, seed: int = 0, **options) -> MoodRating:
        """Choose clips of a catalogue whose predicted moods are spread over the plane.

        Parameters
        ----------
        catalogue : Catalogue
            At most 1,500 of its tunes, no two of a family, are asked for their mood.
        n : int
            Number of clips.
        seconds : float
            About how much of each tune is heard, in whole bars.
        seed : int
            The same seed chooses the same clips.
        **options
            As in the class.

        Raises
        ------
        MusicError
            If the catalogue has fewer than ``n`` families of tunes, or as in the class.
        """
        asked = catalogue.table.sample(frac=1, random_state=seed).drop_duplicates("family").index[:ASKED_OF]
        if n > len(asked):
            raise MusicError(f"{n} clips wanted, and the catalogue has {len(asked)} families of tunes")
        clips = [_cut(catalogue[name], seconds) for name in asked]
        moods = np.array([mood.predict(clip) for clip in clips])
        return cls([clips[k] for k in _spread(moods, n, seed)], **options)

    def agreement(self) -> dict[str, float]:
        """Correlate the ratings that there are with the predictions.

        Returns
        -------
        dict
            ``valence`` and ``arousal``: Pearson's r; ``n``: rated clips; ``chance``: the size of r that pure chance
            reaches once in twenty. r is not a number as long as there are fewer than three ratings or all are alike.
        """
        rated = [pair for pair in zip(self.ratings, self.predictions, strict=True) if pair[0]]
        if len(rated) < FEWEST:
            return {"valence": math.nan, "arousal": math.nan, "n": len(rated), "chance": math.nan}
        mine, theirs = np.array(rated).transpose(1, 2, 0)
        valence, arousal = (_correlation(*pair) for pair in zip(mine, theirs, strict=True))
        return {"valence": valence, "arousal": arousal, "n": len(rated), "chance": _chance(len(rated))}


def _rule() -> dict:
    """Give the constants of the prediction, as the page reads them."""
    return {
        "ticks": TICKS,
        "profiles": PROFILES.tolist(),
        "usual_speed": mood.USUAL_SPEED,
        "usual_pitch": mood.USUAL_PITCH,
        "speed_weight": mood.SPEED_WEIGHT,
        "register_weight": mood.REGISTER_WEIGHT,
        "major_weight": mood.MAJOR_WEIGHT,
        "to_minor": [list(move) for move in mood.TO_MINOR.items()],
    }


def _clip(melody: Melody) -> dict:
    check_length(melody)
    return {"notes": rows(melody), "meter": melody.meter, "pickup": melody.pickup / TICKS, "tempo": melody.tempo}


def _cut(melody: Melody, seconds: float) -> Melody:
    bar = melody.bar / TICKS * 60 / melody.tempo
    return beginning(melody, max(1, round(seconds / bar)))


def _spread(moods: np.ndarray, n: int, seed: int) -> Iterator[int]:
    """Give the rows nearest to n places that cover the plane evenly, in any order; no row twice.

    The places step along valence evenly, and along arousal by the golden ratio, so that the two hardly correlate. They
    lie within the middle 96 % of each, or the rarest tunes would be chosen whatever the seed.
    """
    rng = np.random.default_rng(seed)
    low, high = np.quantile(moods, [0.02, 0.98], axis=0)
    places = low + (high - low) * np.stack(
        [(np.arange(n) + 0.5) / n, (rng.random() + GOLDEN * np.arange(n)) % 1], axis=1
    )
    free = np.ones(len(moods), bool)
    for place in rng.permutation(places):
        nearest = int(np.argmin(np.where(free, np.hypot(*(moods - place).T), np.inf)))
        free[nearest] = False
        yield nearest


def _chance(n: int) -> float:
    """Give the size that Pearson's r of n unrelated pairs reaches once in twenty."""
    t = stdtrit(n - 2, 0.975)
    return float(t / math.sqrt(n - 2 + t**2))


def _correlation(a: np.ndarray, b: np.ndarray) -> float:
    if min(np.ptp(a), np.ptp(b)) < 1e-9:
        return math.nan
    return float(np.corrcoef(a, b)[0, 1])
