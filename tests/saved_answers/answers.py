"""What the front door answers on each bundled sample, as text to be compared.

    python -m saved_answers.answers        (in the folder tests: writes the answers anew)

Tables of answers are kept whole. Of a list's own columns only a checksum is kept, one for each column. Numbers are cut
to ten significant digits, below which the order of a sum may show.
"""

from __future__ import annotations

import hashlib
import inspect
from collections.abc import Callable, Iterator
from pathlib import Path

import pandas as pd

import equiwait as ew
from equiwait.samples import sample_path

HERE = Path(__file__).parent
SNAPSHOT = "2026-10-31"
SAMPLES = {
    "adult_ptl": ("england_default", "index"),
    "childrens_surgery": ("paediatric_surgery_illustrative", "index_children"),
    "wlmds_extract": ("england_default", "index"),
}
QUESTIONS = ["imd_quintile", "ethnicity", "sex", ("imd_quintile", "sex")]


def checksums(frame: pd.DataFrame) -> pd.DataFrame:
    """One line for each column: its type, how many cells are missing, and a checksum of all of them as text."""
    lines = []
    for name in frame.columns:
        cells = frame[name].map(_text, na_action=None)
        sum_ = hashlib.sha256("\x1f".join(cells).encode()).hexdigest()[:16]
        lines.append((name, str(frame[name].dtype).split("(")[0], int(frame[name].isna().sum()), sum_))
    return pd.DataFrame(lines, columns=["column", "type", "missing", "checksum"])


def _text(cell: object) -> str:
    return f"{cell:.10g}" if isinstance(cell, float) else str(cell)


def answers(sample: str) -> Iterator[tuple[str, pd.DataFrame]]:
    """Yield each answer's name and table."""
    preset, index = SAMPLES[sample]
    policy = ew.Policy.preset(preset)
    waiting = ew.read_list(sample_path(sample), snapshot=SNAPSHOT)
    name = "idaci" if index == "index_children" else "imd"
    places = ew.load_index(sample_path(index), name=name) if _takes_name() else sample_path(index)
    linked = ew.flag_missing(ew.link_deprivation(waiting, directory=sample_path("directory"), index=places))
    if name == "idaci":
        linked = ew.link_deprivation(linked, directory=sample_path("directory"), index=sample_path("index"))
    ordered = ew.score(linked, policy)
    yield "list", checksums(ordered)
    yield "problems", ew.check_list(waiting).table
    yield "completeness", ew.completeness(linked, by="sex").table
    for rule in ("hes", "none"):
        gaps = ew.disparities(
            ordered, by=QUESTIONS, measures=["over_18_weeks", "over_52_weeks", "median_weeks"], suppression=rule
        )
        yield f"gaps {rule}", gaps.table
        yield f"indices {rule}", gaps.summary
    yield "gaps within priority", ew.disparities(ordered, by="imd_quintile", within="priority").table
    yield "tail", ew.tail(linked, by="imd_quintile").table
    base = ew.score(linked, ew.Policy.preset("england_default"))
    yield "displacement", ew.displacement(base, ordered, by="imd_quintile").table
    yield "counts", checksums(ew.count_waits(linked, by="sex").table)


def _takes_name() -> bool:
    return "name" in inspect.signature(ew.load_index).parameters


def as_text(sample: str) -> dict[str, str]:
    """Return each answer of a sample as CSV text; a refusal is an answer too."""
    found: dict[str, str] = {}
    for name, table in answers(sample):
        found[name] = table.to_csv(index=False, float_format="%.10g", lineterminator="\n")
    return found


def write(folder: Path, of: Callable[[str], dict[str, str]] = as_text) -> None:
    """Write every answer into a folder of CSV files."""
    for sample in SAMPLES:
        for name, text in of(sample).items():
            file = folder / sample / f"{name.replace(' ', '_')}.csv"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write(HERE)
