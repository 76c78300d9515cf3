"""Reading the reference checks, running each through the public functions, and saying what came of it.

The folder is ``EQUIWAIT_REFCASES`` (default ``../shared/refcases`` beside the project). Inputs are looked for in its
``inputs/``, beside its ``checks.csv``, then in the default's ``inputs/``. Nothing here knows an expected value or the
name of a check: handlers read the measure, the input and the params.
"""

from __future__ import annotations

import csv
import gzip
import json
import math
import os
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

SHARED = Path(os.environ.get("EQUIWAIT_SHARED", Path(__file__).resolve().parents[3] / "shared"))
DEFAULT = SHARED / "refcases"
FOLDER = Path(os.environ.get("EQUIWAIT_REFCASES", DEFAULT))
# A p-value worked out as 1 − F(x) carries the rounding of numbers near 1.
P_VALUE_ROUNDING = 2.0**-52


class NotCoveredError(Exception):
    """No handler knows this measure, or not with these params."""


class InputAbsentError(Exception):
    """The input of a check is nowhere to be found."""


@dataclass(frozen=True)
class Simulated:
    """An end of an interval that the peer got by simulation: its error goes with the width, not with the end itself.

    Near 0 an end has no relative error to speak of: the relative tolerance is taken of the half width where that is
    the greater.
    """

    value: float
    half_width: float


@dataclass(frozen=True)
class Check:
    """One row of checks.csv."""

    check_id: str
    family: str
    measure: str
    input: str
    params: str
    stat: str
    expected: Any
    rtol: float
    atol: float
    note: str

    @property
    def key(self) -> tuple[str, str]:
        return self.family, self.measure


Handler = Callable[[Check], Any]
HANDLERS: dict[tuple[str, str], Handler] = {}


def handles(family: str, *measures: str) -> Callable[[Handler], Handler]:
    """Register a handler; family ``*`` answers where no handler of the family itself does."""

    def register(handler: Handler) -> Handler:
        for measure in measures:
            HANDLERS[(family, measure)] = handler
        return handler

    return register


@cache
def read_checks(folder: Path = FOLDER) -> list[Check]:
    with (folder / "checks.csv").open(encoding="utf-8", newline="") as file:
        return [_check(row) for row in csv.DictReader(file)]


def _check(row: dict[str, str]) -> Check:
    return Check(
        row["check_id"],
        row["family"],
        row["measure"],
        row["input"],
        row["params"],
        row["stat"],
        _expected(row["expected"]),
        float(row["rtol"] or 0),
        float(row["atol"] or 0),
        row["note"],
    )


def _expected(text: str) -> Any:
    if text in ("NA", "NaN", ""):
        return None
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return float(text)


def find_input(name: str) -> Path:
    for place in (FOLDER / "inputs", FOLDER, DEFAULT / "inputs"):
        if (place / name).is_file():
            return place / name
    raise InputAbsentError(name)


@cache
def read_rows(name: str) -> tuple[dict[str, str], ...]:
    path = find_input(name)
    delimiter = "\t" if ".tsv" in name else ","
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8", newline="") as file:
        return tuple(csv.DictReader(file, delimiter=delimiter))


@cache
def read_json(name: str) -> Any:
    return json.loads(find_input(name).read_text(encoding="utf-8"))


def run(check: Check) -> Any:
    handler = HANDLERS.get(check.key) or HANDLERS.get(("*", check.measure)) or _by_pattern(check)
    if handler is None:
        raise NotCoveredError(f"no handler for {check.family} {check.measure}")
    return handler(check)


PATTERNS: list[tuple[str, re.Pattern[str], Handler]] = []


def handles_like(family: str, pattern: str) -> Callable[[Handler], Handler]:
    """Register a handler of measures that say part of the question in their own name."""

    def register(handler: Handler) -> Handler:
        PATTERNS.append((family, re.compile(pattern), handler))
        return handler

    return register


def _by_pattern(check: Check) -> Handler | None:
    named = (each for family, pattern, each in PATTERNS if family == check.family and pattern.fullmatch(check.measure))
    return next(named, None)


_ROOTS = ("or_cmle", "or_lower", "or_upper", "lower", "upper")
# Iterations that the peer stops early: how far from the solution it may be, and why.
STOPS_EARLY: dict[tuple[str, str, str], tuple[float, str]] = {
    **{("R_tab", "fisher_exact", stat): (1e-4, "R's uniroot stops within 1.2e-4") for stat in _ROOTS},
    ("R_ineq", "sii_identity_binomial", "sii"): (
        1e-3,
        "R's glm stops when the deviance settles: 3e-4 standard errors off",
    ),
    ("R_ineq", "sii_identity_binomial", "se"): (1e-4, "as above"),
}


def stops_early(check: Check) -> float:
    return STOPS_EARLY.get((*check.key, check.stat), (0.0, ""))[0]


def agrees(check: Check, found: Any) -> bool:
    """Whether what was found is what the check expects, within its tolerances."""
    expected, scale = check.expected, 0.0
    if isinstance(found, Simulated):
        found, scale = found.value, found.half_width
    if isinstance(expected, list):
        return isinstance(found, list) and len(found) == len(expected) and all(map(_same, expected, found))
    if expected is None:
        return found is None or not math.isfinite(float(found))
    if found is None or not math.isfinite(float(found)):
        return False
    gap = abs(float(found) - float(expected))
    atol = max(check.atol, P_VALUE_ROUNDING) if check.stat == "p" else check.atol
    return gap <= atol + max(check.rtol, stops_early(check)) * max(abs(float(expected)), scale)


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, str) or one is None:
        return bool(one == other)
    return abs(float(one) - float(other)) < 1e-9


def outcomes(checks: list[Check], reason: Callable[[Check], str | None]) -> Iterator[tuple[Check, str, Any]]:
    """Every check with its outcome: passed, failed, not covered, or the reason it stands in the list."""
    for check in checks:
        why = reason(check)
        if why is not None:
            yield check, why, None
            continue
        try:
            found = run(check)
        except NotCoveredError as missing:
            yield check, "not covered", str(missing)
            continue
        except InputAbsentError as missing:
            yield check, "input absent", str(missing)
            continue
        except Exception as error:  # one broken check must not hide the others
            yield check, "failed", repr(error)
            continue
        yield check, "passed" if agrees(check, found) else "failed", found


def table(results: list[tuple[Check, str, Any]]) -> str:
    """Counts by family and measure, one line each, and the reasons for what is not run."""
    counts: dict[tuple[str, str], Counter[str]] = {}
    reasons: Counter[str] = Counter()
    for check, outcome, _ in results:
        kind, _, why = outcome.partition(": ")
        counts.setdefault(check.key, Counter())[kind] += 1
        reasons.update([outcome] if why else [])
    lines = [
        f"{family:16} {measure:38} " + ", ".join(f"{outcome} {count}" for outcome, count in sorted(counter.items()))
        for (family, measure), counter in sorted(counts.items())
    ]
    return "\n".join([*lines, "", *(f"{count:5} {why}" for why, count in reasons.most_common())])
