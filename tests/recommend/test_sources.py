"""Files of listening data: right ones are read, wrong ones are refused in a sentence.

The published files may not be passed on, so these are small ones of the same formats, made here.
"""

from __future__ import annotations

import hashlib
import zipfile

import numpy as np
import pytest

from musicbook.recommend import sources
from musicbook.recommend.interactions import InteractionsError

LASTFM = "userID\tartistID\tweight\n2\t51\t13883\n2\t52\t11690\n10\t51\t7\n"
MOVIELENS = "196\t242\t3\t881250949\n186\t302\t3\t891717742\n196\t302\t5\t881250950\n"


@pytest.fixture
def write(tmp_path):
    def writer(text, name="file.dat"):
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return writer


def test_lastfm_from_file_folder_and_zip(write, tmp_path):
    path = write(LASTFM, "user_artists.dat")
    with zipfile.ZipFile(tmp_path / "hetrec.zip", "w") as archive:
        archive.write(path, "hetrec2011-lastfm-2k/user_artists.dat")
    for where in (path, tmp_path, tmp_path / "hetrec.zip"):
        data = sources.read_lastfm(where, check=False)
        assert data.matrix.toarray().tolist() == [[7, 0], [13883, 11690]]
        assert data.listeners.tolist() == ["10", "2"]
        assert (data.kind, data.time) == ("plays", None)


def test_movielens(write, monkeypatch):
    path = write(MOVIELENS, "u.data")
    data = sources.read_movielens(path, check=False)
    assert data.kind == "ratings"
    assert data.matrix.toarray().tolist() == [[0, 3], [3, 5]]
    assert data.time.tolist() == [881250949, 891717742, 881250950]
    with pytest.raises(InteractionsError, match=r"not the published file, or it is damaged.*--unchecked"):
        sources.read_movielens(path)
    monkeypatch.setattr(sources, "MOVIELENS_SHA", hashlib.sha256(MOVIELENS.encode()).hexdigest())
    assert len(sources.read_movielens(path)) == 3


def test_published_lastfm_is_known_by_its_size(write, monkeypatch):
    path = write(LASTFM, "user_artists.dat")
    with pytest.raises(InteractionsError, match="not the published file"):
        sources.read_lastfm(path)
    monkeypatch.setattr(sources, "LASTFM_SIZE", {"pairs": 3, "listeners": 2, "items": 2})
    assert len(sources.read_lastfm(path)) == 3


def test_a_zip_of_another_content_is_refused(write, tmp_path):
    with zipfile.ZipFile(tmp_path / "ml-100k.zip", "w") as archive:
        archive.writestr("ml-100k/u.data", MOVIELENS)
    with pytest.raises(InteractionsError, match=r"not the published zip.*SHA-256"):
        sources.read_movielens(tmp_path / "ml-100k.zip")
    with pytest.raises(InteractionsError, match=r"holds no user_artists\.dat"):
        sources.read_lastfm(tmp_path / "ml-100k.zip", check=False)
    cut = write((tmp_path / "ml-100k.zip").read_bytes()[:60], "cut.zip")
    with pytest.raises(InteractionsError, match="damaged zip"):
        sources.read_movielens(cut, check=False)


@pytest.mark.parametrize(
    ("reader", "text", "message"),
    [
        (sources.read_lastfm, "", "is empty"),
        (sources.read_lastfm, MOVIELENS, "has the columns .*userID, artistID and weight"),
        (sources.read_lastfm, LASTFM + "10\t52\tmany\n", "row 4 of the data: the weight is 'many', not a number"),
        (sources.read_lastfm, LASTFM + "10\t52\tNaN\n", "row 4 of the data: the weight is 'NaN'"),
        (sources.read_lastfm, LASTFM + "10\t52", "row 4 of the data: the weight is ''"),
        (sources.read_lastfm, LASTFM + "10\t51\t3\n", "listener 10 and item 51 occur twice"),
        (sources.read_lastfm, LASTFM + "10\t52\t-3\n", "weight -3.0 in row 3"),
        (sources.read_lastfm, LASTFM + "\t52\t3\n", "row 4 of the data, has no listener"),
        (sources.read_lastfm, LASTFM + "10\t52\t3\t4\n", "not a table of text"),
        (sources.read_lastfm, LASTFM.split("\n")[0] + "\n", "there are no pairs"),
        (sources.read_movielens, LASTFM, "has 3 columns.*four: user, item, rating, timestamp"),
        (sources.read_movielens, b"\xff\xfe\x00" * 9, "not a table of text"),
        (sources.read_movielens, MOVIELENS + "7\t8\t9\t881250949\n", "rates something 9"),
    ],
)
def test_wrong_files_are_named(write, reader, text, message):
    with pytest.raises(InteractionsError, match=message):
        reader(write(text), check=False)


def test_missing_file_and_folder(tmp_path):
    with pytest.raises(InteractionsError, match="can't be read: No such file"):
        sources.read_lastfm(tmp_path / "no.dat")
    with pytest.raises(InteractionsError, match=r"the folder .* holds no u\.data"):
        sources.read_movielens(tmp_path)


@pytest.mark.parametrize(
    ("text", "kind", "timed"),
    [
        ("listener,item,plays,time\na,x,3,100\nb,x,1,200\n", "plays", True),
        ("User;Track\na;x\nb;x\n", "plays", False),
        ("rating\tmovieId\tuserId\n4\tx\ta\n2\tx\tb\n", "ratings", False),
        ("﻿listener,item,mood\na,x,sad\nb,x,glad\n", "plays", False),
    ],
)
def test_csv(write, text, kind, timed):
    data = sources.read_csv(write(text))
    assert data.listeners.tolist() == ["a", "b"]
    assert data.items.tolist() == ["x"]
    assert data.kind == kind
    assert (data.time is not None) == timed


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("listener,plays\na,3\n", "no column 'item'.*name it item, or one of"),
        ("who,what\na,3\n", "no column 'listener'"),
        ("user,listener,item\na,b,x\n", "two columns for the listener"),
        ("listener,item,plays\na,x,1\na,x,2\n", "occur twice together"),
        ("listener,item,plays\na,x,\n", "the plays is ''|the weight is ''"),
        ("listener,item,plays\na,,3\n", "has no item"),
        ("  \n", "is empty"),
    ],
)
def test_bad_csv_is_named(write, text, message):
    with pytest.raises(InteractionsError, match=message):
        sources.read_csv(write(text))


def test_ready_made_split_shares_one_numbering(write):
    train = write("listener,item,plays\na,x,3\nb,y,1\n", "train.csv")
    test = write("listener,item,plays\na,z,2\nc,x,1\n", "test.csv")
    one, two = sources.read_split(train, test)
    assert one.shape == two.shape == (3, 3)
    assert one.matrix.toarray().tolist() == [[3, 0, 0], [0, 1, 0], [0, 0, 0]]
    assert two.matrix.toarray().tolist() == [[0, 0, 2], [0, 0, 0], [1, 0, 0]]
    assert np.array_equal(one.listeners, two.listeners)
    with pytest.raises(InteractionsError, match=r"together: .*occur twice"):
        sources.read_split(train, train)


def test_a_log_is_a_source_too(tmp_path):
    from musicbook.recommend.log import Log

    with Log(tmp_path / "log.sqlite") as log:
        log.add_listeners(["ada"])
        log.add_tunes([("t", "Tune", "ryan")])
        log.add_events([{"event_id": "1", "listener": "ada", "tune": "t", "kind": "play", "time": 5, "count": 3}])
    assert sources.read("log", tmp_path / "log.sqlite").matrix.toarray().tolist() == [[3]]
    with pytest.raises(InteractionsError, match="there is no log"):
        sources.read("log", tmp_path / "none.sqlite")
    assert not (tmp_path / "none.sqlite").exists()


def test_unknown_source():
    with pytest.raises(InteractionsError, match="there are simulated, lastfm, movielens, csv and log"):
        sources.read("spotify", "x")
    with pytest.raises(InteractionsError, match="needs the path"):
        sources.read("lastfm")
