"""Glossary, concepts, errata and bibliography: complete, consistent, and true to the article where they quote it."""

import importlib
import re

import pytest
import rules

from musicbook.widgets.graph import check, load_concepts

ERRATA = rules.data("errata.yml")
GLOSSARY = rules.data("glossary.yml")
CONCEPTS = rules.data("concepts.yml")
CHINESE = re.compile(r"[\u4e00-\u9fff]")

# The article's own flow chart and word lists, typed in from its sections 2 and 1.4.
ARTICLE_EDGES = ["A-B", "A-C", "A-D", "B-E", "C-E", "D-E"]
ARTICLE_NODES = {"A": "智能作曲", "B": "生成模型", "C": "音乐风格分类", "D": "音乐情感分析", "E": "个性化推荐"}
ARTICLE_WORDS = {
    "1.4.1": ["智能作曲", "个性化推荐", "深度学习", "神经网络", "生成对抗网络", "协同过滤"],
    "1.4.2": ["音乐风格分类", "音乐情感分析", "用户行为数据"],
}
ARTICLE_ABBREVIATIONS = {"AI", "GAN", "IDE", "SMT"}
ADDED_ABBREVIATIONS = {"VAE", "RNN", "CTR", "KL", "MIDI", "SMF", "ABC"}


def exists(chapter):
    return (rules.CHAPTERS / f"{chapter}.ipynb").is_file()


# ---- errata -----------------------------------------------------------------------------------------------------


def test_all_87_errata_are_there_once():
    assert sorted(record["id"] for record in ERRATA) == [f"B-{number:02d}" for number in range(1, 88)]


@pytest.mark.parametrize("record", ERRATA, ids=lambda record: record["id"])
def test_erratum(record):
    assert list(record) == [
        *("id", "line", "section", "says_zh", "says", "right", "sources", "severity", "evidence", "chapter"),
        "proof",
    ]
    assert re.fullmatch(r"L\d+(-L\d+)?(, L\d+(-L\d+)?)*", record["line"])
    assert record["severity"] in {"S1", "S2", "S3"}
    assert record["evidence"]
    assert set(record["evidence"]) <= {"reproduced", "verified", "known", "not-found"}
    assert set(record["sources"]) <= rules.bibliography()
    assert len(record["says"].split()) >= 3
    assert len(record["right"].split()) >= 8
    assert not CHINESE.search(record["says"] + record["right"])
    assert exists(record["chapter"])


def test_what_was_not_found_is_not_called_inexistent():
    for record in ERRATA:
        if "not-found" in record["evidence"]:
            assert not re.search(r"does not exist|invented|fake", record["right"]), record["id"]


def test_a_verified_erratum_that_corrects_names_its_source():
    bare = [r["id"] for r in ERRATA if r["evidence"] == ["verified"] and not r["sources"]]
    assert bare == []


# ---- glossary ---------------------------------------------------------------------------------------------------


def test_every_word_of_the_article_is_in_the_glossary():
    for section, words in ARTICLE_WORDS.items():
        assert [record["zh"] for record in GLOSSARY if record["article"] == section] == words
    shorts = {record["short"] for record in GLOSSARY if record["article"] != "added" and "short" in record}
    assert shorts == ARTICLE_ABBREVIATIONS
    assert {
        record["short"] for record in GLOSSARY if record["article"] == "added" and "short" in record
    } == ADDED_ABBREVIATIONS


@pytest.mark.parametrize("record", GLOSSARY, ids=lambda record: record["term"])
def test_glossary_entry(record):
    assert CHINESE.search(record["zh"])
    assert CHINESE.search(record["definition_zh"])
    assert record["definition"].endswith(".")
    assert record["definition_zh"].endswith("。")
    assert not re.search(r"[.!?] [A-Z]", record["definition"]), "one sentence"
    assert "。" not in record["definition_zh"][:-1], "one sentence"
    assert set(record["sources"]) <= rules.bibliography()
    assert record["sources"] or record.get("erratum") == "B-06"
    assert exists(record["chapter"])
    assert record.get("erratum") is None or record["erratum"] in {erratum["id"] for erratum in ERRATA}


def test_terms_are_unique():
    terms = [record["term"] for record in GLOSSARY]
    assert len(set(terms)) == len(terms)


# ---- concepts ---------------------------------------------------------------------------------------------------


def test_the_articles_picture_is_drawn_exactly():
    assert [edge["id"] for edge in CONCEPTS["edges"] if edge["source"] == "article"] == ARTICLE_EDGES
    assert {node["id"]: node["zh"] for node in CONCEPTS["nodes"] if node["kind"] == "article"} == ARTICLE_NODES


def test_what_the_picture_lacks_is_added():
    assert [edge["id"] for edge in CONCEPTS["edges"] if edge["source"] == "text"] == ["E-A"]
    assert {node["label"] for node in CONCEPTS["nodes"] if node["kind"] == "added"} == {
        "Catalogue",
        "Listeners",
        "Event log",
    }
    check(load_concepts())


@pytest.mark.parametrize("edge", CONCEPTS["edges"], ids=lambda edge: edge["id"])
def test_edge_names_a_function_that_exists_or_a_chapter_to_come(edge):
    assert edge["chapter"] is None or exists(edge["chapter"])
    assert edge["planned"]
    if edge["function"]:
        assert callable(resolve(edge["function"]))
        assert edge["chapter"], "a function that exists is built in a chapter that exists"
    else:
        assert not edge["chapter"]


def resolve(dotted):
    parts = dotted.split(".")
    for i in range(len(parts) - 1, 0, -1):
        try:
            found = importlib.import_module(".".join(parts[:i]))
        except ModuleNotFoundError:
            continue
        for part in parts[i:]:
            found = getattr(found, part)
        return found
    raise AssertionError(f"{dotted} cannot be imported")


def test_the_journey_is_a_path_round_the_loop():
    ends = {edge["id"]: (edge["from"], edge["to"]) for edge in CONCEPTS["edges"]}
    steps = [step["edge"] for step in CONCEPTS["journey"]]
    assert steps[-1] == "E-A"
    assert len(set(steps)) == len(steps)
    seen = {"K", "A"}
    for step in steps:
        assert ends[step][0] in seen, f"{step} starts where the tune has not been"
        seen.add(ends[step][1])
    assert seen == {node["id"] for node in CONCEPTS["nodes"]}
