"""The manual that runs: each page of this folder has small tables, a call, and the table that it must give.

A bold line names what stands under it (a table, or a policy). A line with a call in backticks and *gives* is followed by
the answer: the columns named there must hold these values, row by row. A dash or an empty cell is *missing*. A column
``how many`` stands for so many rows. Numbers are compared at the decimals that are written.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import equiwait as ew

PAGES = sorted(Path(__file__).parent.glob("[0-9]*.md"))
NAMED = re.compile(r"^\*\*(\w+)\*\*$")
CALL = re.compile(r"^`(.+)` gives$")


def table_of(lines: list[str]) -> pd.DataFrame:
    cells = [[cell.strip() for cell in line.strip().strip("|").split("|")] for line in lines]
    width = len(cells[0])
    assert all(len(row) == width for row in cells), lines
    return pd.DataFrame(cells[2:], columns=cells[0], dtype=str)


def steps(page: Path) -> Iterator[tuple[str, str, Any]]:
    """Yield ("given", name, value) and ("call", code, answer) in reading order."""
    lines, at = page.read_text(encoding="utf-8").splitlines(), 0
    while at < len(lines):
        named, call = NAMED.match(lines[at]), CALL.match(lines[at])
        at += 1
        if not (named or call):
            continue
        assert lines[at] == "", f"a blank line after {lines[at - 1]}"
        at += 1
        start = at
        if lines[at].startswith("```"):
            at = lines.index("```", at + 1)
            yield "given", named[1], "\n".join(lines[start + 1 : at])
            continue
        while at < len(lines) and lines[at].startswith("|"):
            at += 1
        yield ("given", named[1], table_of(lines[start:at])) if named else ("call", call[1], table_of(lines[start:at]))


def given(name: str, value: Any, folder: Path) -> Any:
    """What a call gets: a list as a frame, a policy, or a place as a file on disk."""
    if name == "policy":
        return ew.Policy.read(tomllib.loads(value))
    if name == "list":
        return repeated(value).replace("", None)
    path = folder / f"{name}.csv"
    value.to_csv(path, index=False)
    return built(name, path)


def built(name: str, path: Path) -> Any:
    if name == "directory":
        return ew.Directory.build(path, columns={"postcode": "postcode", "area": "area"}, edition="the manual")
    return ew.load_index(path, edition="the manual")


def repeated(rows: pd.DataFrame) -> pd.DataFrame:
    if "how many" not in rows:
        return rows
    rows = rows.loc[rows.index.repeat(rows["how many"].astype(int))].drop(columns="how many").reset_index(drop=True)
    return rows.assign(pathway_id=[f"made {number}" for number in range(len(rows))])


def shown(value: Any, like: str) -> str:
    """A value as the manual writes it."""
    if value is None or value is pd.NA or value != value:
        return ""
    if isinstance(value, pd.Timestamp):
        return f"{value:%Y-%m-%d}"
    if isinstance(value, bool):
        return "yes" if value else "no"
    try:
        return f"{float(value):.{len(like.partition('.')[2])}f}" if re.fullmatch(r"-?[\d.]+", like) else str(value)
    except ValueError:
        return str(value)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_manual_is_true(page: Path, tmp_path: Path) -> None:
    names: dict[str, Any] = {name: getattr(ew, name) for name in ew.__all__}
    calls = 0
    for kind, name, value in steps(page):
        if kind == "given":
            names[name] = given(name, value, tmp_path)
            continue
        answer = eval(name, {}, names)
        for column in value.columns:
            expected = value[column].replace("–", "").tolist()
            found = [shown(cell, like) for cell, like in zip(answer[column].tolist(), expected, strict=True)]
            assert found == expected, f"{name}: {column}"
        calls += 1
    assert calls, "a page of the manual with nothing to run"


def test_the_manual_is_printed_in_the_docs(root: Path) -> None:
    printed = (root / "docs" / "reference" / "manual.md").read_text(encoding="utf-8")
    for page in PAGES:
        assert f"tests/spec/{page.name}" in printed
