"""`explain`: one place on the list, for a booking clerk, a clinician or a family."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import pyarrow as pa

from equiwait.charts.waterfalls import waterfall_plot
from equiwait.errors import OptionError, PolicyError, RefusedError, choose, listed
from equiwait.frames import from_any, need
from equiwait.rows.policies import Factor, Policy
from equiwait.rows.policies.expiry import protected_lines
from equiwait.rows.policies.protected_characteristics import protection_of, tells_tales
from equiwait.rows.scoring.prepared_policies import recall
from equiwait.rows.scoring.score_record import known_parts

if TYPE_CHECKING:  # matplotlib is heavy and only needed to draw
    import pandas as pd
    from matplotlib.axes import Axes

__all__ = ["Explanation", "explain"]

_OTHER = "other recorded needs"
_APART = {
    "unscored": "not scored yet, because something that the policy needs is not recorded",
    "ask_clinician": "a clinician must choose between priorities first",
    "no_tier": "the recorded codes stand in no tier of the policy, so that it says nothing of this person",
    "below_threshold": "below the policy's threshold, so not in the order; nobody is removed by this",
    "booked": "booked, and keeps the date",
    "patient_choice": "waiting at the person's own request; the clock is running",
    "out_of_scope": "not among those whom this policy orders",
    "not_open": "not an open pathway that counts",
}


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
        drawn = ax if ax is not None else _new_axes(len(self.parts))
        return waterfall_plot(self.parts, ax=drawn, scored=self.scored, policy=self.policy)

    def __repr__(self) -> str:
        """Say nothing of the person: the text itself is what ``print`` shows."""
        return f"<Explanation for a {self.audience}>"


def _new_axes(bars: int) -> Axes:
    from matplotlib.figure import Figure  # heavy: only when something is drawn

    return Figure(figsize=(7.2, 1.6 + 0.55 * bars), layout="constrained").subplots()


class _Part(NamedTuple):
    """One factor as it counted for one person."""

    factor: Factor
    points: float | None
    known: bool


def explain(
    ordered: pd.DataFrame,
    pathway_id: str,
    *,
    audience: Literal["clerk", "clinician", "family"] = "clerk",
    policy: Policy | None = None,
) -> Explanation:
    """Explain one person's place on an ordered list.

    Parameters
    ----------
    ordered : DataFrame
        A list as `score` returns it.
    pathway_id : str
        Whose place.
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
        If no row, or an unknown audience, is asked for.
    RefusedError
        If several open rows have that pathway_id.
    PolicyError
        If the policy is not at hand, is not the list's, or if two of its stamp differ in their words; give it.

    Notes
    -----
    Clerks and families are never told a sensitive factor, nor a tier that would tell tales or that reads a column of a
    sensitive factor: it becomes *other recorded needs*, without points. Everyone is told if the policy scores what the
    law protects. What is not recorded is said to be so, not to be absent, and what stands in for it (a list's
    mean) is not told as a fact about the person. Of people whose long wait alone puts them first, only the wait is said.

    Examples
    --------
    >>> import pandas as pd
    >>> from equiwait.rows.scoring import score
    >>> waiting = pd.DataFrame({
    ...     "pathway_id": ["a"], "snapshot_date": "2026-10-31", "scope": "rtt_open", "list_type": "IRTT",
    ...     "priority": ["P2"], "days_waiting": [30]})
    >>> print(explain(score(waiting, Policy.preset("england_default")), "a"))
    Suggested place 1; tier P2; waited 30 days. Counted: days waited. england_default ... [not approved]. A person decides.
    """
    tell: Callable[[Mapping[str, Any], Policy], str] = {
        "clerk": _for_clerk,
        "clinician": _for_clinician,
        "family": _for_family,
    }[choose("audience", audience, ["clerk", "clinician", "family"])]
    row = _row_of(ordered, pathway_id)
    policy = policy or recall(str(row["policy"]))
    _refuse_another(row, policy)
    explanation = Explanation(tell(row, policy))
    explanation.audience, explanation.scored = audience, row["score_status"] == "scored"
    explanation.policy = policy.stamp
    explanation.parts = _all_parts(row, policy) if audience == "clinician" else _said_parts(row, policy)
    return explanation


def _row_of(ordered: pd.DataFrame, pathway_id: str) -> Mapping[str, Any]:
    """Return the row, as plain values; messages never repeat the identifier."""
    need(ordered, ["pathway_id", "score_status", "rank", "policy"], "explain")
    mine = ordered[ordered["pathway_id"] == pathway_id]
    if not len(mine):  # identifiers that a spreadsheet made numbers
        mine = ordered[(ordered["pathway_id"].astype("string") == str(pathway_id)).fillna(False).to_numpy(bool)]
    if len(mine) > 1:
        mine = mine[mine["score_status"] != "not_open"] if (mine["score_status"] != "not_open").any() else mine[:1]
    if len(mine) == 0:
        raise OptionError("No row of this list has that pathway_id.", f"{len(ordered)} rows.", "Check the identifier.")
    if len(mine) > 1:
        raise RefusedError(
            f"{len(mine)} open rows have that pathway_id.",
            todo="Give the rows of one issuer or provider only: explain(ordered[...], pathway_id).",
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


def _parts(row: Mapping[str, Any], policy: Policy) -> list[_Part]:
    """Return every part with its points, and whether its own input is there: what is not recorded is never told as a fact."""
    found = []
    for factor, known in zip(policy.parts, known_parts(row, policy), strict=True):
        points = row.get(f"points_{factor.name}")
        known = points is not None and (known or factor.missing == "unscored")
        found.append(_Part(factor, None if points is None else float(points), known))
    return found


def _said_parts(row: Mapping[str, Any], policy: Policy) -> pd.DataFrame:
    """Return what a clerk or a family may see: what counted, without points."""
    counted = _counted(row, policy, lambda factor: factor.says)
    columns = {"factor": pa.array(counted, pa.string()), "counted": pa.array([True] * len(counted), pa.bool_())}
    return from_any(pa.table(columns))


def _all_parts(row: Mapping[str, Any], policy: Policy) -> pd.DataFrame:
    parts = _parts(row, policy)
    ends = [factor.possible() if not known else (points, points) for factor, points, known in parts]
    columns = {
        "factor": pa.array([factor.says for factor, *_ in parts], pa.string()),
        "points": pa.array([points for _, points, _ in parts], pa.float64()),
        "low": pa.array([low for low, _ in ends], pa.float64()),
        "high": pa.array([high for _, high in ends], pa.float64()),
        "counted": pa.array([bool(points) for _, points, _ in parts], pa.bool_()),
    }
    return from_any(pa.table(columns))


def _counted(row: Mapping[str, Any], policy: Policy, say: Callable[[Factor], str]) -> list[str]:
    """Return what counted, in words, sensitive factors under one name and last; of long waits that lead, only the wait."""
    if _leads(row, policy):
        return []
    counted = [part.factor for part in _parts(row, policy) if part.points and part.known]
    open_ones = [say(factor) for factor in counted if not _is_sensitive(factor)]
    return list(dict.fromkeys([*open_ones, *([_OTHER] if any(map(_is_sensitive, counted)) else [])]))


def _leads(row: Mapping[str, Any], policy: Policy) -> bool:
    """Whether the person has waited so long as to stand first in the tier, by wait alone."""
    after = policy.order.long_waits_lead_days
    return after is not None and (row["days_waiting"] or 0) >= after


def _is_sensitive(factor: Factor) -> bool:
    return factor.sensitive or any(tells_tales(column) for column in factor.reads)


def _tier(row: Mapping[str, Any], policy: Policy, *, open_to_all: bool = True) -> str | None:
    """Return the name of the tier; one that would tell what is sensitive has another name for a clerk."""
    if row.get("tier") is None or not policy.tiers:
        return None
    tier = policy.tiers[int(row["tier"]) - 1]
    return _OTHER if open_to_all and any(_is_secret(column, policy) for column in tier.reads) else tier.name


def _is_secret(column: str, policy: Policy) -> bool:
    """Whether a column would tell tales by its own name, or is what a factor marked sensitive reads."""
    return tells_tales(column) or any(factor.sensitive and column in factor.reads for factor in policy.factors)


def _lacking(row: Mapping[str, Any], policy: Policy) -> list[str]:
    """Return what keeps a person from being scored, in words."""
    lacking = ["the codes that decide the tier"] if policy.tiers and row.get("tier") is None else []
    parts = _parts(row, policy)
    lacking += [part.factor.says.lower() for part in parts if part.points is None and not _is_sensitive(part.factor)]
    return lacking + ([_OTHER] if any(part.points is None and _is_sensitive(part.factor) for part in parts) else [])


def _apart(row: Mapping[str, Any], policy: Policy) -> str:
    status = str(row["score_status"])
    why = f" ({'; '.join(_lacking(row, policy))})" if status == "unscored" else ""
    return f"Listed apart: {_APART[status]}{why}"


def _for_clerk(row: Mapping[str, Any], policy: Policy) -> str:
    if row["score_status"] != "scored":
        return f"{_apart(row, policy)}. {policy.stamp}. A person decides."
    tier = f" tier {_tier(row, policy)};" if _tier(row, policy) else ""
    return (
        f"Suggested place {row['rank']};{tier} waited {row['days_waiting']} days. "
        f"{_what_counted(row, policy)} {policy.stamp}. A person decides."
    )


def _what_counted(row: Mapping[str, Any], policy: Policy) -> str:
    if _leads(row, policy):
        return f"Has waited {policy.order.long_waits_lead_days} days or more, so first by wait; nothing else counted."
    counted = _uncapped(_counted(row, policy, lambda factor: factor.says))
    unknown = [part.factor for part in _parts(row, policy) if not part.known and part.factor.matters]
    lacking = _uncapped([factor.says for factor in unknown if not _is_sensitive(factor)])
    said = f"Counted: {', '.join(counted) or 'nothing but the tier'}."
    return said + (f" Not recorded: {', '.join(lacking)}." if lacking else "")


def _uncapped(names: list[str]) -> list[str]:
    return [words[:1].lower() + words[1:] for words in names]


def _for_clinician(row: Mapping[str, Any], policy: Policy) -> str:
    lines = [f"{policy.title}: {policy.stamp}", _standing(row, policy)]
    for factor, points, known in _parts(row, policy):
        low, high = factor.possible()
        given = "not given" if points is None else f"{points:g}"
        open_end = "" if known else f"; not recorded, could be {low:g} to {high:g}"
        lines.append(f"- {factor.says} ({factor.kind}): {given}{open_end}. Source: {factor.source}")
    if row.get("score") is not None:
        lines.append(f"Score {row['score']:g}, the sum of the parts{_span(row, 'score_low', 'score_high')}.")
    if _leads(row, policy):
        lines.append(
            f"Has waited {policy.order.long_waits_lead_days} days or more, so leads the tier by wait, whatever the points."
        )
    if policy.equity_lines:
        lines.append("The guards of the policy may hold the place nearer to where need and wait alone would put it.")
    lines.append("A suggested order: change it where you see reason to, and record the reason.")
    return "\n".join(lines)


def _standing(row: Mapping[str, Any], policy: Policy) -> str:
    if row["score_status"] != "scored":
        return f"{_apart(row, policy)}.{_could(row)}"
    name = _tier(row, policy, open_to_all=False)
    tier = f", tier {name}" if name else ""
    return f"Suggested place {row['rank']}{_span(row, 'rank_best', 'rank_worst')}{tier}; waited {row['days_waiting']} days."


def _could(row: Mapping[str, Any]) -> str:
    if row.get("rank_best") is None:
        return ""
    return f" Once recorded, the place could be {row['rank_best']} to {row['rank_worst']}."


def _span(row: Mapping[str, Any], low: str, high: str) -> str:
    least, most = row.get(low), row.get(high)
    if least is None or most is None or least == most:
        return ""
    return f" ({least:g} to {most:g} once everything unrecorded is known)"


def _for_family(row: Mapping[str, Any], policy: Policy) -> str:
    """Plain words, nothing about anybody else, and nothing that would tell tales."""
    lines = {
        "scored": "You are on the list for treatment. We suggest an order so that the most urgent come first.",
        "booked": "You have a date for your treatment, and you keep it.",
        "patient_choice": "You asked us to wait. You stay on the list, and you can tell us when you are ready.",
        "unscored": "You are on the list for treatment. Something that we need is not written down yet, and we are finding out.",
        "ask_clinician": "You are on the list for treatment. A doctor is looking at how soon it should be.",
        "no_tier": "You are on the list for treatment. Our rules do not say yet where you stand, and we are finding out.",
        "below_threshold": "You are with us. Ask your doctor what happens next; nobody is taken off by this list.",
        "out_of_scope": "This order is for people who are waiting to come into hospital. You are not on that list at the moment.",
        "not_open": "This record is not open on the list at the moment. Please ask us if you think that it should be.",
    }
    said = [lines[str(row["score_status"])]]
    if row["score_status"] == "scored":
        counted = _counted(row, policy, lambda factor: factor.said_plainly)
        counted = ["how very long you have waited"] if _leads(row, policy) else counted
        what = _joined(["how soon your doctor said that you should be seen", *counted] if policy.tiers else counted)
        said.append(f"What counted for you: {what}.")
        said.append(
            "We go over the order again and again, so your place can change. A person checks it before anything is booked."
        )
    said.append("Tell us if anything about you has changed, or if waiting is hard for you.")
    said.append(_by_law(policy))
    if not policy.approved:
        said.append("This order comes from rules that are not approved for use.")
    return " ".join(filter(None, said))


def _by_law(policy: Policy) -> str:
    """Say in plain words that the rules look at what the law protects, and at what, but for what is sensitive."""
    columns = [column for _, line in protected_lines(policy) for column in line.reads if protection_of(column)]
    if not columns:
        return ""
    known = dict.fromkeys(column.replace("_", " ") for column in columns if not _is_secret(column, policy))
    secret = [_OTHER] if any(_is_secret(column, policy) for column in columns) else []
    return f"The rules also look at something about people that the law protects: {_joined([*known, *secret])}."


def _joined(words: list[str]) -> str:
    return (
        ", ".join(words[:-1]) + (" and " if len(words) > 1 else "") + "".join(words[-1:]) or "how long you have waited"
    )
