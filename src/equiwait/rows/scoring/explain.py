"""`explain`: one place on the list, for a booking clerk, a clinician or a family."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from html import escape
from typing import TYPE_CHECKING, Any, Literal

import pyarrow as pa

from equiwait.derived import list_from
from equiwait.errors import OptionError, PolicyError, RefusedError, choose, listed
from equiwait.fields.catalogue import named_by
from equiwait.frames import from_any, need
from equiwait.rows.intake.identifiers import one_form
from equiwait.rows.policies import Policy
from equiwait.rows.policies.words import days_said
from equiwait.rows.scoring.family_words import family_words
from equiwait.rows.scoring.points import MILLION
from equiwait.rows.scoring.prepared_policies import recall
from equiwait.rows.scoring.protected_people import said_by
from equiwait.rows.scoring.score_record import case_of, days_of, part_ends, priorities_open, score_record
from equiwait.rows.scoring.sentences import (
    APART,
    Case,
    counted_said,
    figure,
    has_secrets,
    held_said,
    joined,
    lowered,
    open_factors,
    tier_said,
)

if TYPE_CHECKING:  # matplotlib is heavy and only needed to draw
    import pandas as pd
    from matplotlib.axes import Axes

__all__ = ["Explanation", "explain"]


class Explanation(str):
    """An explanation: its text, with the parts of the score beside it.

    ``parts`` is a table of ``factor points low high counted``; for a clerk or a family it names no sensitive factor and
    gives no points. The text and the parts speak of one person: they are for those who may see the record.
    """

    parts: pd.DataFrame
    audience: str
    scored: bool
    policy: str

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the parts of the score one after another, for a clinician; nobody else is shown points."""
        if self.audience != "clinician":
            raise RefusedError(
                f"An explanation for a {self.audience} gives no points to draw.",
                todo="Ask for explain(..., audience='clinician') for those who may see the record.",
            )
        from equiwait.charts.waterfalls import waterfall_plot  # whoever scores and draws nothing need not open them

        drawn = ax if ax is not None else _new_axes(len(self.parts))
        return waterfall_plot(self.parts, ax=drawn, scored=self.scored, policy=self.policy)

    def _repr_html_(self) -> str:
        """Return the text for a notebook, line by line, and for a clinician the parts of the score."""
        lines = "".join(f"<p>{escape(line)}</p>" for line in str(self).splitlines() if line.strip())
        parts = (
            self.parts.round(2).to_html(index=False, na_rep="not recorded", border=0)
            if self.audience == "clinician"
            else ""
        )
        kept = "<p><em>It speaks of one person: for those who may see the record.</em></p>"
        return f"<h4>For a {escape(self.audience)}</h4>{lines}{parts}{kept}"

    def __repr__(self) -> str:
        """Say nothing of the person: the text itself is what ``print`` shows."""
        return f"<Explanation for a {self.audience}>"


def _new_axes(bars: int) -> Axes:
    from matplotlib.figure import Figure  # heavy: only when something is drawn

    return Figure(figsize=(7.2, 1.6 + 0.55 * bars), layout="constrained").subplots()


def explain(
    ordered: pd.DataFrame | Mapping[str, Any],
    pathway_id: str | None = None,
    *,
    audience: Literal["clerk", "clinician", "family"] = "clerk",
    policy: Policy | None = None,
) -> Explanation:
    """Explain one person's place on an ordered list.

    Parameters
    ----------
    ordered : DataFrame or mapping
        A list as `score` returns it; or one record as for `score_record`, which needs ``policy`` and has no place.
    pathway_id : str, optional
        Whose place: the ``person_id`` where the list has only that; of a record, nobody else's can be meant.
    audience : {"clerk", "clinician", "family"}
        One line; the parts with their reasons and ranges; or plain words.
    policy : Policy, optional
        The policy that ordered the list; by default the one of that fingerprint seen in this session, or a preset.

    Returns
    -------
    Explanation
        The text, a ``str``, with ``.parts`` beside it.

    Raises
    ------
    ColumnsError
        If the list has not been scored.
    OptionError
        If no row, or an unknown audience, is asked for, or a record comes without a policy.
    RefusedError
        If several open rows have that pathway_id.
    PolicyError
        If the policy is not at hand, is not the list's, or if two of its stamp differ in their words; give it.

    Notes
    -----
    Clerks and families are never told a sensitive factor, nor one that reads a column which is sensitive anywhere in the
    policy: everybody is told that other recorded needs count where there are any, so that the sentence tells of nobody.
    Where the name of a tier would tell, tiers have numbers. Everyone is told if the policy scores what the law protects.
    What is not recorded is said to be so, not to be absent, and what stands in for it (a list's mean) is not told as a
    fact about the person. Of people whose long wait alone puts them first, only the wait is said. A guard that has the
    last word on a place is said, with the place that need and wait alone would give. The family of a child (under 16,
    by age, age band or date of birth) is addressed as a family; where the age is not recorded, as either.

    Examples
    --------
    >>> import pandas as pd
    >>> from equiwait.rows.scoring import score
    >>> waiting = pd.DataFrame({
    ...     "pathway_id": ["a"], "snapshot_date": "2026-10-31", "scope": "rtt_open", "list_type": "IRTT",
    ...     "priority": ["P2"], "days_waiting": [30]})
    >>> print(explain(score(waiting, Policy.preset("england_default")), "a"))
    Suggested place 1; tier P2; waited 30 days. Counted: days waited. england_default ... [not approved]. A person decides.

    Of one record, without a list:

    >>> one = {"snapshot_date": "2026-10-31", "list_type": "IRTT", "priority": "P2", "days_waiting": 30}
    >>> print(explain(one, policy=Policy.preset("england_default")))
    The place needs the whole list; tier P2; waited 30 days. Counted: days waited. england_default ... A person decides.
    """
    tell: Callable[[Mapping[str, Any], Policy], str] = {
        "clerk": _for_clerk,
        "clinician": _for_clinician,
        "family": family_words,
    }[choose("audience", audience, ["clerk", "clinician", "family"])]
    if isinstance(ordered, Mapping):
        row, policy = _row_of_record(ordered, policy)
    else:
        row = _row_of(list_from(ordered, ordered=True), pathway_id)
        policy = policy or recall(str(row["policy"]))
    _refuse_another(row, policy)
    explanation = Explanation(tell(row, policy))
    explanation.audience, explanation.scored = audience, row["score_status"] == "scored"
    explanation.policy = policy.stamp
    explanation.parts = _all_parts(row, policy) if audience == "clinician" else _said_parts(row, policy)
    return explanation


def _row_of_record(record: Mapping[str, Any], policy: Policy | None) -> tuple[Mapping[str, Any], Policy]:
    """Return a record as the row that a list would have, but for its place: that needs the whole list."""
    if policy is None:
        raise OptionError("A record is explained by a policy.", todo="Give it: explain(record, policy=policy).")
    found = score_record(record, policy)
    points = {f"points_{name}": value for name, value in found.points.items()}
    scored = {
        name: getattr(found, name) for name in ("tier", "tier_name", "score", "score_low", "score_high", "policy")
    }
    own = {**record, "days_waiting": days_of(record, policy), "age": _age(record)}
    return {**own, **points, **scored, "score_status": found.status, "rank": None}, policy


def _age(record: Mapping[str, Any]) -> float | None:
    try:
        return float(record.get("age") or "")
    except (TypeError, ValueError):
        return None


def _row_of(ordered: pd.DataFrame, pathway_id: str | None) -> Mapping[str, Any]:
    """Return the row, as plain values; messages never repeat the identifier."""
    if pathway_id is None:
        raise OptionError("Whose place is to be explained is left out.", todo="Give a pathway_id of the list.")
    name = named_by(ordered.columns)
    need(ordered, [name, "score_status", "rank", "policy"], "explain")
    mine = ordered[ordered[name] == pathway_id]
    if not len(mine):  # the identifier as the hospital writes it, with its dashes and spaces
        mine = ordered[(ordered[name].astype("string") == one_form(pathway_id)).fillna(False).to_numpy(bool)]
    if not len(mine):  # identifiers that a spreadsheet made numbers
        mine = ordered[(ordered[name].astype("string") == str(pathway_id)).fillna(False).to_numpy(bool)]
    if len(mine) > 1:
        mine = mine[mine["score_status"] != "not_open"] if (mine["score_status"] != "not_open").any() else mine[:1]
    if len(mine) == 0:
        raise OptionError(f"No row of this list has that {name}.", f"{len(ordered)} rows.", "Check the identifier.")
    if len(mine) > 1:
        raise RefusedError(
            f"{len(mine)} open rows have that {name}.",
            todo=f"Give the rows of one provider or specialty only: explain(ordered[...], {name}).",
        )
    values = mine.astype(object).where(mine.notna(), None).iloc[0]
    return {str(name): value for name, value in values.items()}


def _refuse_another(row: Mapping[str, Any], policy: Policy) -> None:
    """A policy whose parts are not those of the list would tell of somebody else's order."""
    lacking = [f"points_{factor.name}" for factor in policy.parts if f"points_{factor.name}" not in row]
    if lacking:
        raise PolicyError(
            f"The policy {policy.name} did not order this list.",
            found=f"The list lacks {listed(lacking)}.",
            todo="Give the policy that did: explain(ordered, pathway_id, policy=...).",
        )


# --- the parts --------------------------------------------------------------------------------------------------------


def _said_parts(row: Mapping[str, Any], policy: Policy) -> pd.DataFrame:
    """Return what a clerk or a family may see: what counted, without points."""
    case = case_of(row, policy)
    counted = [] if case.leads else [factor.says for factor in open_factors(policy, (*case.more, *case.less))]
    columns = {"factor": pa.array(counted, pa.string()), "counted": pa.array([True] * len(counted), pa.bool_())}
    return from_any(pa.table(columns))


def _all_parts(row: Mapping[str, Any], policy: Policy) -> pd.DataFrame:
    points = [row.get(f"points_{factor.name}") for factor in policy.parts]
    ends = _ends(row, policy)
    columns = {
        "factor": pa.array([factor.says for factor in policy.parts], pa.string()),
        "points": pa.array([None if value is None else float(value) for value in points], pa.float64()),
        "low": pa.array([low for low, _ in ends], pa.float64()),
        "high": pa.array([high for _, high in ends], pa.float64()),
        "counted": pa.array([bool(value) for value in points], pa.bool_()),
    }
    return from_any(pa.table(columns))


def _ends(row: Mapping[str, Any], policy: Policy) -> list[tuple[float, float]]:
    """Return between which points each part lies once all is recorded, built up over the wait as the score is."""
    return [(low / MILLION, high / MILLION) for low, high in part_ends(row, policy)]


# --- for a clerk ------------------------------------------------------------------------------------------------------


def _lacking(row: Mapping[str, Any], policy: Policy) -> list[str]:
    """Return what keeps a person from being scored, in words; a sensitive factor is something that the policy needs."""
    lacking = ["the codes that decide the tier"] if policy.tiers and row.get("tier") is None else []
    empty = [at for at, factor in enumerate(policy.parts) if row.get(f"points_{factor.name}") is None]
    return lacking + [lowered(factor.says) for factor in open_factors(policy, empty)]


def _apart(row: Mapping[str, Any], policy: Policy) -> str:
    status, lacking = str(row["score_status"]), _lacking(row, policy)
    why = f" ({'; '.join(lacking)})" if status in ("unscored", "no_mean") and lacking else ""
    return f"Listed apart: {APART[status]}{why}"


def _for_clerk(row: Mapping[str, Any], policy: Policy) -> str:
    stamp = str(row["policy"]) if said_by(str(row["policy"])) == policy.stamp else policy.stamp
    if row["score_status"] != "scored":
        return f"{_apart(row, policy)}. {stamp}. A person decides."
    case = case_of(row, policy)
    tier = f" {lowered(tier_said(policy, case.tier))};" if tier_said(policy, case.tier) else ""
    said = ". ".join([*counted_said(policy, case), *_held(row, policy, case, open_to_all=True)])
    place = "The place needs the whole list" if row["rank"] is None else f"Suggested place {row['rank']}"
    return f"{place};{tier} {_waited(row)}. {said}. {stamp}. A person decides."


def _waited(row: Mapping[str, Any]) -> str:
    days = row["days_waiting"]
    return "how long they have waited is not known" if days is None else f"waited {days_said(int(days))}"


def _held(row: Mapping[str, Any], policy: Policy, case: Case, *, open_to_all: bool) -> list[str]:
    """Say which guard has held a place, and where it would be without what is social.

    A gain that is held tells of a need, so that nobody but a clinician hears of one that may be sensitive.
    """
    if not case.held or (open_to_all and case.held == "max_gain" and has_secrets(policy)):
        return []
    return [f"{held_said(policy, case.held)}; without what is social the place would be {row['base_rank']}"]


# --- for a clinician --------------------------------------------------------------------------------------------------


def _for_clinician(row: Mapping[str, Any], policy: Policy) -> str:
    case = case_of(row, policy)
    lines = [f"{policy.title}: {policy.stamp}", _standing(row, policy)]
    for at, (factor, (low, high)) in enumerate(zip(policy.parts, _ends(row, policy), strict=True)):
        points = row.get(f"points_{factor.name}")
        given = "not given" if points is None else f"{figure(points)}"
        unknown = at in case.missing
        open_end = f"; not recorded, could be {figure(low)} to {figure(high)}" if unknown else ""
        lines.append(f"- {factor.says} ({factor.kind}): {given}{open_end}. Source: {factor.source}")
    if row.get("score") is not None:
        lines.append(f"Score {figure(row['score'])}, the sum of the parts{_span(row, 'score_low', 'score_high')}.")
    if policy.then == "lottery":
        lines.append(f"The place is drawn by lot (seed {policy.order.seed}); the points are tickets.")
    if case.leads:
        after = policy.order.long_waits_lead_days
        lines.append(f"Has waited {after} days or more, so leads the tier by wait, whatever the points.")
    lines += [f"{said}." for said in _held(row, policy, case, open_to_all=False)]
    if policy.equity_lines and not case.held and row.get("base_rank") is not None:
        lines.append(f"Without what is social the place would be {row['base_rank']}; no guard has held it.")
    if row.get("days_to_target") is not None:
        lines.append(_target(int(row["days_to_target"])))
    lines.append("A suggested order: change it where you see reason to, and record the reason.")
    return "\n".join(lines)


def _target(left: int) -> str:
    return f"{-left} days past the target." if left < 0 else f"{left} days until the target."


def _standing(row: Mapping[str, Any], policy: Policy) -> str:
    if row["score_status"] == "ask_clinician":
        choices = joined(priorities_open(row, policy)).replace(" and ", " or ")
        return f"Listed apart: a clinician must choose first, between {choices}.{_could(row)}"
    if row["score_status"] != "scored":
        return f"{_apart(row, policy)}.{_could(row)}"
    tier = f", tier {policy.tiers[int(row['tier']) - 1].name}" if policy.tiers else ""
    place = "The place needs the whole list" if row["rank"] is None else f"Suggested place {row['rank']}"
    return f"{place}{_span(row, 'rank_best', 'rank_worst')}{tier}; {_waited(row)}."


def _could(row: Mapping[str, Any]) -> str:
    if row.get("rank_best") is None:
        return ""
    return f" Once recorded, the place could be {row['rank_best']} to {row['rank_worst']}."


def _span(row: Mapping[str, Any], low: str, high: str) -> str:
    least, most = row.get(low), row.get(high)
    if least is None or most is None or least == most:
        return ""
    return f" ({figure(least)} to {figure(most)} once everything unrecorded is known)"
