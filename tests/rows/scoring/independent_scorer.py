"""A second scorer, in plain Python, row by row, written from the documents and not from the code.

It knows of the library only the shape of a policy file (docs/reference/policy-file.md) and the rules of
docs/explanation/order.md. ``test_independent.py`` holds `score` against it on random policies and lists; the whole is run by

    python tests/rows/scoring/independent_scorer.py 2000 [kinds]

With ``kinds`` short lists are read as long ones are, by the kinds of row that they hold.
"""

from __future__ import annotations

import hashlib
import math
from fractions import Fraction
from itertools import pairwise
from typing import Any

SNAPSHOT_DAY = 20_757  # 2026-10-31, in days since 1970
UNKNOWN = None
CODES = ["P1a", "P1b", "P1", "P2", "P3", "P4"]


def micro(value: Any) -> int:
    """Points in whole millionths."""
    return round(Fraction(str(value)) * 1_000_000) if not isinstance(value, Fraction) else round(value * 1_000_000)


# --- conditions -------------------------------------------------------------------------------------------------------


def matches(level: str, value: str) -> bool:
    if level.endswith("*"):
        return value.lower().startswith(level[:-1].lower())
    return value.lower() == level.lower()


def best_level(levels: list[str], value: str) -> str | None:
    """The named level that a value is: itself, else the longest beginning."""
    exact = [level for level in levels if not level.endswith("*") and matches(level, value)]
    begins = sorted((level for level in levels if level.endswith("*") and matches(level, value)), key=len)
    return exact[0] if exact else begins[-1] if begins else None


def as_text(value: Any) -> str | None:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def asks(asked: Any) -> list[str]:
    return [as_text(each) or "" for each in (asked if isinstance(asked, list) else [asked])]


def one_holds(asked: Any, value: Any, blank_no: bool) -> bool | None:
    if as_text(value) is None:
        return False if blank_no else None
    if isinstance(asked, dict):
        number = float(value)
        return number >= asked.get("at_least", -math.inf) and number < asked.get("below", math.inf)
    return any(matches(level, as_text(value) or "") for level in asks(asked))


def condition(when: Any, row: dict[str, Any], blank_no: set[str] = frozenset()) -> bool | None:
    tables = when if isinstance(when, list) else [when]
    answers = []
    for table in tables:
        parts = [one_holds(asked, row.get(column), column in blank_no) for column, asked in table.items()]
        answers.append(False if False in parts else None if None in parts else True)
    return True if True in answers else None if None in answers else False


# --- the matrix -------------------------------------------------------------------------------------------------------


def priorities(policy: dict[str, Any], row: dict[str, Any]) -> list[str | None]:
    """The priorities that the matrix leaves: several ask a clinician, none waits for what is not recorded."""
    rule, code = policy.get("retier"), row.get("priority")
    if row.get("chosen"):  # by a clinician
        return [row["chosen"]]
    if rule is None or code not in rule["outcomes"]:
        return [code]
    level = as_text(row.get(rule["column"]))
    named = {each for by_level in rule["outcomes"].values() for each in by_level}
    if level not in named:
        return [] if rule["missing"] == "unscored" else [code]
    found = rule["outcomes"][code].get(level, code)
    return list(found) if isinstance(found, list) else [found]


# --- one row ----------------------------------------------------------------------------------------------------------


def target_of(policy: dict[str, Any], row: dict[str, Any]) -> tuple[int | None, bool]:
    """The target in days of the priority that the matrix gives, and whether it runs from the clock start."""
    rule, codes = policy.get("targets"), priorities(policy, row)
    if rule is None or len(codes) != 1 or codes[0] is None:
        return None, False
    code, row = codes[0], {**row, "priority": codes[0]}
    for case in rule.get("cases", []):
        if code in case.get("days", {}) or code in case.get("from_clock_start", {}):
            holds = condition(case["when"], row)
            if holds is None:
                return None, False
            if holds:
                if code in case.get("days", {}):
                    return case["days"][code], False
                return case["from_clock_start"][code], True
    if code in rule.get("days", {}):
        return rule["days"][code], False
    if code in rule.get("from_clock_start", {}):
        return rule["from_clock_start"][code], True
    return None, False


def listed_for(row: dict[str, Any]) -> int | None:
    """Days since the priority was set, else since the decision to admit."""
    for name in ("priority_date", "decision_to_admit"):
        if row.get(name) is not None and row[name] <= SNAPSHOT_DAY:
            return SNAPSHOT_DAY - row[name]
    return None


def percent(policy: dict[str, Any], row: dict[str, Any]) -> Fraction | None:
    days, from_clock = target_of(policy, row)
    passed = row.get("days_waiting") if from_clock else listed_for(row)
    return None if days is None or passed is None else Fraction(100 * passed, days)


def along(knots: list[list[float]], value: Fraction) -> Fraction:
    points = [(Fraction(str(at)), Fraction(str(gives))) for at, gives in knots]
    if value <= points[0][0]:
        return points[0][1]
    for (x0, y0), (x1, y1) in pairwise(points):
        if value <= x1:
            return y0 + (value - x0) * (y1 - y0) / (x1 - x0)
    return points[-1][1]


def own_points(factor: dict[str, Any], policy: dict[str, Any], row: dict[str, Any]) -> int | None:
    """What a factor's own input gives, in millionths; None where it is not recorded."""
    if factor.get("percent_of_target"):
        value = percent(policy, row)
        return None if value is None else micro(along(factor["knots"], value))
    if "any_of" in factor:
        flags = [row.get(name) for name in factor["any_of"]]
        if True in flags:
            return micro(factor["points"]["true"])
        return None if None in flags else micro(factor["points"]["false"])
    if "days_until" in factor:
        day = row.get(factor["days_until"])
        if day is None:
            return micro(factor["blank"]) if "blank" in factor else None
        return micro(along(factor["knots"], Fraction(day - SNAPSHOT_DAY)))
    value = row.get(factor["column"])
    if as_text(value) is None:
        return None
    if "per" in factor:
        return micro(Fraction(value) * Fraction(str(factor["per"]["points"])) / Fraction(str(factor["per"]["every"])))
    if "knots" in factor:
        return micro(along(factor["knots"], Fraction(value)))
    if "lookup" in factor:
        found = best_level(list(factor["lookup"]), as_text(value) or "")
        level = None if found is None else factor["lookup"][found]
    else:
        level = best_level(list(factor["points"]), as_text(value) or "")
    if level is not None:
        return micro(factor["points"][level])
    return micro(factor["otherwise"]) if "otherwise" in factor else None


def factor_points(factor: dict[str, Any], policy: dict[str, Any], row: dict[str, Any]) -> int | None:
    points = own_points(factor, policy, row)
    for times in factor.get("times", []):
        value = as_text(row.get(times["by"]))
        levels = times["levels"]
        found = None if value is None else best_level([level for level in levels if level != "otherwise"], value)
        by = None if value is None else levels.get("otherwise" if found is None else found)
        points = None if points is None or by is None else round(points * by)
    if "per" in factor and points is not None:
        low, high = (micro(end) for end in factor["range"])
        too_many = points > high and factor["kind"] != "time"  # no wait is ever too long to count
        points = None if points < low or too_many else points
    for special in factor.get("specials", []):
        if as_text(row.get(special["column"])) == special["value"]:
            points = micro(special["points"])
    if "only_if" in factor:
        codes = priorities(policy, row)
        answers = {condition(factor["only_if"], {**row, "priority": code}) for code in codes or [None]}
        holds = answers.pop() if len(answers) == 1 else None
        if holds is False:
            return 0
        if holds is None:
            return 0 if points == 0 else None
    return points


def protected(policy: dict[str, Any], row: dict[str, Any]) -> bool:
    rule = {"priorities": ["P1a", "P1b", "P1"], "cancer": True, "near_target": {"P2": 7},
            **policy.get("guards", {}).get("protect", {})}  # fmt: skip
    codes = priorities(policy, row) or [row.get("priority")]
    if set(codes) & set(rule["priorities"]) or (rule["cancer"] and row.get("cancer_pathway") is True):
        return True
    close = [rule["near_target"][code] for code in codes if code in rule["near_target"]]
    if not close:
        return False
    days, _ = target_of(policy, row)
    passed = listed_for(row)
    passed = passed if passed is not None else row.get("days_waiting") or 0
    return days is None or passed >= days - max(close)


def kept_apart(policy: dict[str, Any], row: dict[str, Any], status: str) -> str:
    """What keeps a person out of the order whatever is known of them: the last that holds says why."""
    if row.get("patient_choice") in ("P5", "P6"):
        status = "patient_choice"
    if row.get("tci_date") is not None and SNAPSHOT_DAY <= row["tci_date"] <= SNAPSHOT_DAY + 731:
        status = "booked"
    if policy["people"] == "admitted" and row.get("list_type") != "IRTT" and row.get("decision_to_admit") is None:
        status = "out_of_scope"
    if policy.get("specialties") and best_level(policy["specialties"], as_text(row.get("specialty")) or "") is None:
        status = "out_of_scope"
    return "not_open" if row.get("scope", "rtt_open") != "rtt_open" else status


def tier_of(tiers: list[dict[str, Any]], row: dict[str, Any]) -> tuple[int | None, bool]:
    """The place of the first tier that the person certainly belongs to, and whether a question is left open."""
    if not tiers:
        return 1, False
    open_question = False
    for number, tier in enumerate(tiers, 1):
        if tier.get("skip"):
            continue
        if "when" not in tier:
            return (number if tier["takes_unknown"] or not open_question else None), open_question
        tables = tier["when"] if isinstance(tier["when"], list) else [tier["when"]]
        blank = tier.get("blank_means")
        silent = {column for table in tables for column in table} if blank == "no" else set(blank or {})
        holds = condition(tier["when"], row, silent)
        if holds:
            return number, False
        open_question |= holds is None
    return None, open_question


def score_row(policy: dict[str, Any], row: dict[str, Any], means: dict[str, int | None]) -> dict[str, Any]:
    tiers = policy.get("tiers", [])
    social = any(f["kind"] == "equity" for f in policy["factors"]) or any(t.get("kind") == "equity" for t in tiers)
    kept = social and protected(policy, row)
    codes = priorities(policy, row)
    placed = {**row, "priority": codes[0] if codes else None}
    tier, open_question = tier_of(tiers, placed)
    base, _ = tier_of([{**each, "skip": each.get("kind") == "equity"} for each in tiers], placed)
    if tier is None and base is not None and kept:
        tier = base
    status = "scored"
    if len(codes) != 1:  # nobody has a tier before a clinician has chosen, or the harm is recorded
        tier = base = None
    if len(codes) > 1:
        status = "ask_clinician"
    elif not codes:
        status = "unscored"
    elif tier is None:
        status = "unscored" if open_question else "no_tier"
    elif row.get("days_waiting") is None:
        status = "unscored"
    rule = policy.get("eligibility")
    if rule:
        level = (
            best_level(list(rule.get("levels", {})), as_text(row.get(rule.get("by", ""))) or "")
            if rule.get("by")
            else None
        )
        least = rule["levels"][level] if level else rule["at_least"]
        value = row.get(rule["column"])
        if value is None:
            status = "unscored" if rule["missing"] == "unscored" else status
        elif value < least:
            status = "below_threshold"
    status = kept_apart(policy, row, status)
    if status in ("out_of_scope", "not_open"):
        nothing = dict.fromkeys([each["name"] for each in policy["factors"]])
        return {"status": status, "tier": None, "points": nothing, "score": None}
    points: dict[str, int | None] = {}
    for factor in policy["factors"]:
        value = factor_points(factor, policy, row)
        if value is None:
            missing = factor["missing"]
            value = {"unscored": None, "zero": 0, "list_mean": means.get(factor["name"])}.get(missing) if isinstance(
                missing, str) else micro(missing)  # fmt: skip
            stays = kept and factor["kind"] == "equity"
            if missing == "unscored" and status in ("scored", "no_mean") and not stays:
                status = "unscored"
            if missing == "list_mean" and value is None and status == "scored" and not stays:
                status = "no_mean"
        points[factor["name"]] = value
    counted = dict(points)
    for group in policy.get("groups", []):
        mine = [counted[name] or 0 for name in group["of"]]
        if group["take"] != "sum":
            best = mine.index(max(mine) if group["take"] == "highest" else min(mine))
            mine = [value if at == best else 0 for at, value in enumerate(mine)]
        if group.get("at_most") is not None:
            total = 0
            for at, value in enumerate(mine):
                mine[at] = min(value, max(micro(group["at_most"]) - total, 0)) if value > 0 else value
                total += mine[at]
        counted |= dict(zip(group["of"], mine, strict=True))
    if policy["order"]["then"] == "accumulation":
        days = row.get("days_waiting") or 0
        total = before = 0
        for factor in sorted(policy["factors"], key=lambda each: each["kind"] == "equity"):
            total += counted[factor["name"]] or 0
            counted[factor["name"]] = round(total * (1 + days / 7)) - before
            before += counted[factor["name"]]
    no_mean = any(points[each["name"]] is None and each["missing"] == "list_mean" for each in policy["factors"])
    given = {name: None if points[name] is None else counted[name] for name in points}
    return {"status": status, "tier": tier, "base_tier": base, "kept": kept, "points": given,
            "score": None if no_mean else sum(value or 0 for value in counted.values()),
            "total": sum(value or 0 for value in counted.values()),
            "base_total": sum(counted[f["name"]] or 0 for f in policy["factors"] if f["kind"] != "equity")}  # fmt: skip


# --- the list ---------------------------------------------------------------------------------------------------------


def capped(base: list[int], equity: list[int], kept: set[int], most: int | None, gain: int | None) -> list[int]:
    """The capped order: at each place whoever must go there; else the first in the equity order of those who may."""
    base_place = {who: at for at, who in enumerate(base)}
    left, order = list(equity), []
    for place in range(len(base)):
        fence = min((base_place[who] for who in left if who in kept), default=math.inf)
        must = [who for who in left if who in kept and base_place[who] == place]
        must += [who for who in left if most is not None and who not in kept and base_place[who] + most == place]
        may = [who for who in left if base_place[who] <= fence and (gain is None or base_place[who] - gain <= place)]
        order.append((must or may)[0])
        left.remove(order[-1])
    return order


def worth(policy: dict[str, Any], row: dict[str, Any], total: int) -> tuple[bool, float]:
    """What a score counts for, less first: itself, or in a lottery the lot drawn, by tickets; who has none comes after."""
    if policy["order"]["then"] != "lottery":
        return (False, -total)
    text = f"{policy['order']['seed']}\x1f{row['pathway_id']}"
    lot = (int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big") + 0.5) / 2**64
    return (total <= 0, -math.log(lot) / (total / 1e6 if total > 0 else 1))


def mean_points(policy: dict[str, Any], rows: list[dict[str, Any]]) -> dict[str, int | None]:
    """The mean points of each factor that asks for it, over the people of the list who have it recorded."""
    people = [row for row in rows if kept_apart(policy, row, "") not in ("out_of_scope", "not_open")]
    means: dict[str, int | None] = {}
    for factor in policy["factors"]:
        if factor["missing"] == "list_mean":
            known = [value for row in people if (value := factor_points(factor, policy, row)) is not None]
            means[factor["name"]] = round(Fraction(sum(known), len(known))) if known else None
    return means


def score_list(
    policy: dict[str, Any], rows: list[dict[str, Any]], means: dict[str, int | None] | None = None
) -> list[dict[str, Any]]:
    """Everyone's status, points, score and place; with the means of another list, if they are given."""
    means = mean_points(policy, rows) if means is None else means
    found = [score_row(policy, row, means) for row in rows]
    social = any(f["kind"] == "equity" for f in policy["factors"]) or any(
        t.get("kind") == "equity" for t in policy.get("tiers", []))  # fmt: skip
    lead = policy["order"].get("long_waits_lead_days")
    for group in {row["specialty"] for row in rows}:
        mine = [at for at, row in enumerate(rows) if row["specialty"] == group and found[at]["status"] == "scored"]

        def key(at: int, base: str) -> tuple[Any, ...]:
            leads = lead is not None and rows[at]["days_waiting"] >= lead
            tier = found[at][f"{base}tier"]
            score = (False, 0) if leads else worth(policy, rows[at], found[at][f"{base}total"])
            return (
                math.inf if tier is None else tier,
                not leads,
                score,
                -rows[at]["days_waiting"],
                rows[at]["pathway_id"],
            )

        def sort(base: str, mine: list[int] = mine) -> list[int]:
            keys = {at: key(at, base) for at in mine}
            if policy["order"].get("same_person") == "together":
                person = {at: rows[at]["person_id"] or ("alone", at) for at in mine}
                keys = {at: (min(keys[o] for o in mine if person[o] == person[at]), keys[at]) for at in mine}
            return sorted(mine, key=lambda at: keys[at])

        equity, base = sort(""), sort("base_") if social else sort("")
        guards = policy.get("guards", {})
        order = equity
        if social:
            kept = {at for at in mine if found[at]["kept"]}
            order = capped(base, equity, kept, guards.get("max_places_moved_down"), guards.get("max_gain"))
        for place, at in enumerate(order, 1):
            found[at]["rank"] = place
        for place, at in enumerate(base, 1):
            found[at]["base_rank"] = place
    return found


if __name__ == "__main__":
    import sys

    from independent_lists import differences, outside_their_range

    from equiwait.rows.scoring import row_scores

    row_scores.SEVERAL = 0 if "kinds" in sys.argv else row_scores.SEVERAL
    many = int(sys.argv[1]) if len(sys.argv) > 1 else 2000
    wrong = [(seed, said) for seed in range(many) if (said := differences(seed))]
    outside = [(seed, said) for seed in range(many) if (said := outside_their_range(seed))]
    for seed, said in [*wrong[:20], *outside[:20]]:
        print(seed, *said, sep="\n  ")
    print(f"{many} policies x lists: {len(wrong)} differ; {len(outside)} with somebody outside a range")
    sys.exit(bool(wrong or outside))
