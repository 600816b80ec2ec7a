"""Read the lists of records in ``data/*.yml`` that pages are made from, and complain clearly.

Nothing here needs Sphinx: a chapter reads the errata with the same code as the build.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from musicbook.course.records import RecordError

ERRATUM = (
    "id",
    "line",
    "section",
    "says_zh",
    "says",
    "right",
    "sources",
    "severity",
    "evidence",
    "chapter",
    "proof",
)
"""The fields of an erratum."""
SEVERITIES = {"S1": "false, or does not run", "S2": "misleading", "S3": "editorial"}
EVIDENCE = {
    "reproduced": "reproduced here",
    "verified": "verified in the sources",
    "known": "common knowledge",
    "not-found": "looked for and not found",
}


def load_records(path: Path, key: str, required: tuple[str, ...], optional: tuple[str, ...] = ()) -> list[dict]:
    """Read a YAML list of records and check its form.

    Parameters
    ----------
    path : Path
        The file.
    key : str
        The field that names a record; no two may share its value.
    required, optional : tuple of str
        The fields that a record must and may have. A required one may be null but not left out.

    Returns
    -------
    list of dict
        The records, in the order of the file.

    Raises
    ------
    RecordError
        Names the file, the record and what is wrong with it.
    """
    try:
        records = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise RecordError(f"{path}: cannot be read ({error.strerror})") from error
    except yaml.YAMLError as error:
        raise RecordError(f"{path}: is not YAML: {error}") from error
    if not isinstance(records, list) or not all(isinstance(record, dict) for record in records):
        raise RecordError(f"{path}: must be a list of records")
    seen: set[Any] = set()
    for position, record in enumerate(records, start=1):
        name = record.get(key, f"record {position}")
        missing = [field for field in required if field not in record]
        unknown = [field for field in record if field not in required + optional]
        if missing:
            raise RecordError(f"{path}: {name} lacks the field {', '.join(missing)}")
        if unknown:
            raise RecordError(f"{path}: {name} has the unknown field {', '.join(unknown)}")
        if name in seen:
            raise RecordError(f"{path}: {name} is there twice")
        seen.add(name)
    return records


def check_sources(path: Path, records: list[dict], key: str, known: set[str]) -> None:
    """Require that every source of every record is in the bibliography.

    Parameters
    ----------
    path : Path
        The file of the records, for the message.
    records : list of dict
        Records with a list in the field ``sources``.
    key : str
        The field that names a record.
    known : set of str
        BibTeX keys.

    Raises
    ------
    RecordError
        Names the record and its unknown sources.
    """
    for record in records:
        unknown = [source for source in record["sources"] or [] if source not in known]
        if unknown:
            raise RecordError(f"{path}: {record[key]} cites {', '.join(unknown)}, which the bibliography lacks")


def load_errata(path: Path, known: set[str]) -> dict[str, dict]:
    """Read and check the file of errata.

    Parameters
    ----------
    path : Path
        ``data/errata.yml``.
    known : set of str
        BibTeX keys that may be cited.

    Returns
    -------
    dict of str to dict
        The records by id.

    Raises
    ------
    RecordError
        Names the record and what is wrong with it.
    """
    records = load_records(path, "id", ERRATUM)
    for record in records:
        if record["severity"] not in SEVERITIES:
            wanted = ", ".join(SEVERITIES)
            raise RecordError(f"{path}: {record['id']} has severity: {record['severity']}, not {wanted}")
        unknown = [str(kind) for kind in record["evidence"] or [None] if kind not in EVIDENCE]
        if unknown:
            raise RecordError(f"{path}: {record['id']} has evidence: {unknown[0]}, not {', '.join(EVIDENCE)}")
        if not record["chapter"]:
            raise RecordError(f"{path}: {record['id']} has no chapter")
    check_sources(path, records, "id", known)
    return {record["id"]: record for record in records}
