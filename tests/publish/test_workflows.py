"""The workflows in .github: what GitHub would refuse is refused here, where nothing has to be pushed first."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml
from check_jsonschema import main
from click.testing import CliRunner

ROOT = Path(__file__).parents[2]
FILES = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
JOBS = [
    pytest.param(job, id=f"{path.stem}-{name}")
    for path in FILES
    for name, job in yaml.safe_load(path.read_text(encoding="utf-8"))["jobs"].items()
]
WRITES = {"publish-deploy": {"pages", "id-token"}}


def against_the_schema(path: Path):
    return CliRunner().invoke(main, ["--builtin-schema", "vendor.github-workflows", str(path)])


def test_there_are_three():
    assert [path.stem for path in FILES] == ["nightly", "publish", "test"]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_workflow_keeps_to_the_schema(path):
    done = against_the_schema(path)
    assert done.exit_code == 0, done.output


def test_the_schema_notices_a_key_that_is_misspelt(tmp_path):
    text = FILES[0].read_text(encoding="utf-8").replace("runs-on:", "run-on:")
    (tmp_path / "bad.yml").write_text(text, encoding="utf-8")
    assert "run-on" in against_the_schema(tmp_path / "bad.yml").output


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_workflow_says_first_why_it_is_there_and_allows_nothing_by_default(path):
    text = path.read_text(encoding="utf-8")
    assert text.startswith("# ")
    assert yaml.safe_load(text)["permissions"] == {}


@pytest.mark.parametrize("job", JOBS)
def test_a_job_ends_may_do_little_and_uses_actions_at_exact_tags(job, request):
    assert job["timeout-minutes"] <= 90
    assert re.search(r"-\d|^\$", job["runs-on"])  # an image with its number, here or in the matrix
    writes = {name for name, right in job["permissions"].items() if right == "write"}
    assert writes == WRITES.get(request.node.callspec.id, set())
    for step in job["steps"]:
        assert re.fullmatch(r"actions/[a-z/-]+@v\d+\.\d+\.\d+|", step.get("uses", "")), step
        if step.get("uses", "").startswith("actions/checkout@"):
            assert step["with"]["persist-credentials"] is False


def test_what_the_workflows_run_is_there():
    steps = [step.get("run", "") for job in JOBS for step in job.values[0]["steps"]]
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in re.findall(r"make (\w+)", "\n".join(steps)):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target
    (contents,) = re.findall(r"--toc (\S+)", "\n".join(steps))
    listed = yaml.safe_load((ROOT / contents).read_text(encoding="utf-8"))
    for page in (listed["root"], *(entry["file"] for entry in listed["chapters"])):
        assert any((ROOT / f"{page}{ending}").is_file() for ending in (".ipynb", ".md")), page
    assert (ROOT / ".ci" / "run").is_file()


def test_a_release_makes_a_tag_that_publishes():
    published = yaml.safe_load((ROOT / ".github/workflows/publish.yml").read_text(encoding="utf-8"))
    (pattern,) = published[True]["push"]["tags"]  # YAML 1.1 reads "on" as true
    assert re.fullmatch(pattern.replace(".", r"\."), "v12.0.3")
    assert not re.fullmatch(pattern.replace(".", r"\."), "v1.0-draft")
