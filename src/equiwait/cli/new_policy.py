"""What `equiwait policy new` does: questions, and a policy made of the answers, a start and perhaps a sheet of points."""

from __future__ import annotations

import csv
import io
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from equiwait.cli.messages import say
from equiwait.errors import OptionError, PolicyError, listed

if TYPE_CHECKING:
    from equiwait.rows.policies import Factor, Policy

__all__ = ["Answers", "new_policy", "suggested", "written_sheet"]

_DEFAULT = "england_default"
_CHILDREN = ("171", *(str(code) for code in range(211, 224)), "241", "242", "420")  # treatment functions for children


class Answers:
    """Questions with an answer in brackets, which stands where nothing is typed: at a terminal, or line by line from a pipe.

    Parameters
    ----------
    quiet : bool
        Ask nothing, and take what stands in brackets.
    """

    def __init__(self, *, quiet: bool = False) -> None:
        self.quiet = quiet

    def __call__(self, question: str, given: str | None, usual: str) -> str:
        """Return what was given as an option, else the answer."""
        if given is not None or self.quiet:
            return usual if given is None else given.strip()
        say(f"{question} [{usual or 'empty'}]:")
        if line := _typed_line():
            return line.strip() or usual
        raise OptionError(
            "Nobody answers: the standard input has ended. Nothing was written.",
            todo="Say --yes to take what stands in brackets, and give the rest as options; or type the command at a terminal.",
        )


def _typed_line() -> str:
    """Return the next line of the standard input; nothing at its end, or where the job has none."""
    return sys.stdin.readline() if sys.stdin is not None and not sys.stdin.closed else ""


def suggested(specialty: str) -> str:
    """Return the policy to start from for a specialty: for children's, the one with a child's life in view."""
    text = specialty.lower()
    children = text.split(" ")[0] in _CHILDREN or text.startswith(("paed", "child"))
    return "paediatric_surgery_illustrative" if children else _DEFAULT


def new_policy(
    start: Policy,
    ask: Answers,
    *,
    specialty: str,
    points: Path | None,
    missing: str | None,
    given: Mapping[str, str | None],
) -> Policy:
    """Return the policy that the answers make; PolicyError says every fault of it."""
    from equiwait.rows.policies.points_sheet import factors_of_sheet

    words = f" for {specialty}" if specialty else ""
    changes: dict[str, Any] = {
        "name": ask("What is it called? Small letters, digits, underscores", given["name"], "our_policy"),
        "title": ask("Its title", given["title"], f"Our order of the waiting list{words}"),
        "source": ask("Who agreed it, and when", given["source"], f"Started from {start.name}; to be agreed"),
        "people": ask("Whom does it order: admitted or everyone", given["people"], start.people),
        "about": f"{f'For {specialty}. ' if specialty else ''}{start.about}".strip(),
        "version": "1",
    }
    if codes := _codes(specialty):
        changes["specialties"] = codes
    if points is not None:
        changes |= _with_points(start, factors_of_sheet(points, missing=missing))
    policy = _drafted(start, changes)
    if not policy.equity_lines:
        return policy
    before = start.guards.max_places_moved_down
    cap = ask(
        "The most places that anyone may lose to what is social, or none",
        given["cap"],
        "10" if before is None else str(before),
    )
    return policy.with_changes(guards={"max_places_moved_down": _places(cap)})


def _codes(specialty: str) -> list[str]:
    """Return the codes of what was called specialties, by code or by name; a name without a known code stays, and is said."""
    from equiwait.counts.publications.treatment_functions import specialty_code

    given = [part for part in re.split(r"\s*[,;]\s*", specialty.strip()) if part]
    codes = [specialty_code(re.sub(r"^(\w?_?\d{3})\b.+", r"\1", part)) for part in given]
    if named := [code for code in codes if not re.fullmatch(r"[A-Z]?\d{2,3}\*?", code)]:
        say(
            f"No code is known for {listed(named)}: the list must call it just so, or write its treatment function code."
        )
    return codes


def _with_points(start: Policy, factors: list[dict[str, Any]]) -> dict[str, Any]:
    """The factors of a sheet in place of those of the start; what belongs to other factors goes with them."""
    own = start.order.then in ("days_waited", "percent_of_target", "lottery")
    order = {"then": "points", "seed": None} if own else {}
    return {"factors": factors, "order": order, "groups": None, "state": None}


def _drafted(start: Policy, changes: Mapping[str, Any]) -> Policy:
    """Return the changed policy as a draft; where an illustration scores what needs dates, it stays one, and says so."""
    if start.status == "template":
        return start.with_changes(**changes)
    faults: PolicyError | None = None
    try:
        return start.with_changes(**changes, status="draft", approval=None)
    except PolicyError as error:
        faults = PolicyError(error.wrong, error.found, error.todo)
    if "factors" in changes:
        raise _in_words_of_the_sheet(faults, changes["factors"])
    if start.status != "illustrative":
        raise faults
    say(
        "It stays an illustration: as a draft every line that the law protects needs an owner and a date; fill them in, then say draft."
    )
    return start.with_changes(**changes)


def _in_words_of_the_sheet(faults: PolicyError, factors: Sequence[Mapping[str, Any]]) -> PolicyError:
    """Say the factors that are at fault as the sheet calls them."""
    found = re.sub(r"factors\[(\d+)\]", lambda at: f"{factors[int(at[1])]['label']!r}", faults.found)
    return PolicyError(
        "The sheet does not make a policy yet.", found, "Mend these lines of the sheet; a date is written 2027-03-31."
    )


def _places(cap: str) -> int | None:
    if cap.lower() in ("none", "no", ""):
        return None
    if not cap.isdigit():
        raise OptionError(
            "The most places that anyone may lose is not a whole number.", todo="Say --cap 10, or --cap none."
        )
    return int(cap)


# --- a sheet to fill in -----------------------------------------------------------------------------------------------


def written_sheet(policy: Policy) -> str:
    """Return the factors of a policy as a sheet of points, which `factors_of_sheet` reads back."""
    from equiwait.rows.policies.points_sheet import HEADERS

    out = io.StringIO()
    writer = csv.DictWriter(out, HEADERS, restval="", lineterminator="\n")
    writer.writeheader()
    for factor in policy.factors:
        first = True
        for level, points in _levels(factor):
            writer.writerow(
                {**(_about(factor) if first else {}), "factor": factor.says, "level": level, "points": points}
            )
            first = False
    return out.getvalue()


def _about(factor: Factor) -> dict[str, Any]:
    reason = factor.justification
    said = (
        {}
        if reason is None
        else {"reason": reason.reason, "owner": reason.owner, "expires": reason.expires, "review": reason.review}
    )
    column = "percent_of_target" if factor.percent_of_target else factor.column
    return said | {
        "column": column,
        "kind": factor.kind,
        "how": "line" if factor.knots else "levels",
        "plain": factor.plain,
        "source": factor.source,
        "missing": "?" if factor.missing is None else factor.missing,
        "sensitive": "yes" if factor.sensitive else "",
    }


def _levels(factor: Factor) -> Iterable[tuple[str, Any]]:
    """Levels of a column, or the bends of a line; what a sheet cannot say (flags together, days until a date) is left out."""
    if not factor.column and not factor.percent_of_target:
        return
    yield from ((level, _points(points)) for level, points in factor.points.items())
    yield from ((f"{at:g}", _points(points)) for at, points in factor.knots if at is not None)
    if factor.otherwise != "":
        yield "otherwise", _points(factor.otherwise)


def _points(points: object) -> str:
    return f"{points:g}" if isinstance(points, int | float) else ""
