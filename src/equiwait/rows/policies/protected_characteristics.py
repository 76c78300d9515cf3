"""What a policy may say about a column: its levels, whether it is a protected characteristic, whether it tells tales."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Literal

from equiwait.errors import did_you_mean, listed
from equiwait.fields import FIELDS, field_of, plain
from equiwait.rows.policies.parts import Fault

__all__ = [
    "answer_faults", "as_levels", "birthday", "counts_days", "lawful_faults", "level_faults", "levels_of", "must_be_equity",
    "protection_of", "silent_levels", "social_of", "tells_tales", "unlevel_faults", "wait_date",
]  # fmt: skip

# Whole words of a name stand between underscores; a false alarm costs a line in the policy, a gap costs a person.
_CHARACTERISTIC = re.compile(
    r"ethnic|ethnos|(^|_)eth(_|cat|grp|group|code|$)|(^|_)races?(_|$)|racial|(^|_)(bame|bme|asian|castes?)(_|$)"
    r"|(white|black)_?(british|irish|african|caribbean|other)|(^|_)(gyps(y|ies)|travellers?)(_|$)"
    r"|(^|_)roma(_|$)(?!score|index|risk|value)"  # the Risk of Ovarian Malignancy Algorithm has the name too
    # plain words are known only as the whole of a name: white_cell_count is nobody's ethnicity
    r"|^(is_)?(white|black|arab|indian|pakistani|bangladeshi|chinese|african|caribbean|wom[ae]n|m[ae]n|girls?|boys?)$"
    r"|skin_?(colou?r|tone)|national(_?origin|ity)|religio|faith|(^|_)beliefs?(_|$)"
    r"|(^|_)(muslim|sikh|jew|jewish|hindu|buddhist|christian)s?(_|$)"
    r"|(^|_)sex(ual)?(?!_(hormone|steroid|function|dysfunction|health))(_|$)|gender|orientation"
    r"|(^|_)(gay|lesbian|bisexual|homosexual|heterosexual)s?(_|$)|lgbt"
    r"|(^|_)(fe)?males?(_|$)|(^|_)trans(_(status|woman|man|person|people))?$"
    r"|marital|marriage|(^|_)(married|divorced|divorcee|widow(ed|er)?|spouse)s?(_|$)|civil_?partner"
    r"|pregnan|maternity|breast_?fe(eding|d)(_|$)"
)
_PROXY = re.compile(
    r"interpret(er|ing)|(^|_)translat(or|ion)s?(_|$)|language|mother_?tongue|(birth_?country|country_?of_?birth|place_?of_?birth|birthplace)"
    r"|asylum|refugee|migrant|immigra|heritage|ancestry|born_?(abroad|overseas|outside|in_uk)|(^|_)uk_born"
    r"|(^|_)esol(_|$)|(^|_)bsl(_(user|needed|required))?$|speaks?_?english|english_?(speak|profic|fluen)"
    r"|(single|lone)_?parent|^(patient_)?(surname|family_name|last_name)$"
)
_BORN = re.compile(r"(date|month|year)_?of_?birth|birth_?(day|date|month|year)(_|$)|(^|_)(dob|yob)(_|$)")
_AGE = re.compile(rf"(^|_)age(_|$)|{_BORN.pattern}")
_WITH_A_REASON = re.compile(
    rf"disab|learning|autis|adjustment|wheelchair|(^|_)(deaf|blind|deafblind)(ness)?(_|$)|{_AGE.pattern}"
)
_SOCIAL = re.compile(
    r"(^|_)[siw]?imd(_|$|\d|score|rank|decile|quintile|quartile|band)|idaci|idaopi|nimdm|depriv|townsend|carstairs|core_?20"
    r"|(^|_)carers?(_|$)|caregiver|homeless|fixed_?abode|link_status|(^|_)rural|isolated_area|postcode|area_code|(^|_)lsoa"
    r"|low_?income|(^|_)incomes?(_|$)|household_?income|poverty|unemploy|housing|council_?tax|free_?school_?meals"
    r"|universal_?credit|(^|_)prison(er)?s?(_|$)"
    # expected_benefits are clinical
    r"|^benefits$|(^|_)(on|receives?|receiving|claims?|claiming|receipt_of|state|welfare|tested)_benefits?(_|$)"
    r"|benefits?_?(claim|recip|status)"
)
_DAYS = ("days_waiting", "weeks_waiting")
_ANSWERS = ("score", "tier", "rank", "score_low", "score_high", "rank_best", "rank_worst", "score_status", "policy")
_WAIT_DATES = ("clock_start", "decision_to_admit", "priority_date", "referral_received")


def levels_of(column: str) -> tuple[str, ...]:
    """Return the levels that a column can hold, or none if they are not known.

    Examples
    --------
    >>> levels_of("imd_quintile"), levels_of("learning_disability"), levels_of("my_own")
    (('1', '2', '3', '4', '5'), ('true', 'false'), ())
    """
    field = FIELDS.get(column)
    if field and field.codes:
        return tuple(field.codes)
    if field and field.kind == "flag":
        return ("true", "false")
    if match := re.search(r"_(quintile|decile)$", column):
        return tuple(str(level) for level in range(1, 6 if match[1] == "quintile" else 11))
    return ()


def as_levels(values: object) -> tuple[str, ...]:
    """Return what a file gives as levels: ``true``, one code, or a list of them, as text.

    Examples
    --------
    >>> as_levels(True), as_levels("P2"), as_levels([1, 2])
    (('true',), ('P2',), ('1', '2'))
    """
    several = values if isinstance(values, list | tuple) else [values]
    return tuple(str(value).lower() if isinstance(value, bool) else str(value) for value in several)


def level_faults(column: str, levels: Iterable[str], path: tuple[str | int, ...] = ()) -> Iterable[Fault]:
    """Yield every level that ``column`` cannot hold."""
    known = levels_of(column)
    for level in levels:
        if known and level not in known:
            yield (*path, level), f"is no level of {column}.{did_you_mean(level, known)} It has: {listed(known, 20)}"


def unlevel_faults(column: str, path: tuple[str | int, ...]) -> Iterable[Fault]:
    """Yield a fault if a column is read by its levels and has none: levels of days could lower a place for waiting on."""
    if counts_days(column):
        yield path, f"{column} counts days, and this reads levels; give a factor with knots or per instead"
    elif (name := field_of(column)) and FIELDS[name].kind == "date":
        yield path, f"{column} is a date, and this reads levels; give a factor with days_until instead"


def answer_faults(column: str, path: tuple[str | int, ...]) -> Iterable[Fault]:
    """Yield a fault if the column is one that ``score`` itself writes: a policy would read its own answer.

    Examples
    --------
    >>> [path for path, message in answer_faults("points_need", ("column",))], list(answer_faults("need_points", ()))
    ([('column',)], [])
    """
    if column in _ANSWERS or column.startswith("points_"):
        yield path, f"{column} is a column that score writes itself; rename yours, in the list and here"


def silent_levels(column: str) -> tuple[str, ...]:
    """Return the codes of a column that record a silence, such as *not stated*."""
    return tuple(FIELDS[column].silent) if column in FIELDS else ()


def protection_of(column: str) -> Literal["strict", "reason", ""]:
    """Return how a column may be scored: ``"strict"`` wants owner and expiry, ``"reason"`` owner and review date.

    Examples
    --------
    >>> protection_of("ethnicity"), protection_of("learning_disability"), protection_of("carer")
    ('strict', 'reason', '')
    """
    name = _name(column)
    if _CHARACTERISTIC.search(name) or _PROXY.search(name):
        return "strict"
    return "reason" if _WITH_A_REASON.search(name) else ""


def social_of(column: str) -> str:
    """Return what makes a column more than clinical, in words; nothing if it is not known to be.

    Examples
    --------
    >>> social_of("sex"), social_of("main_language"), social_of("imd_quintile"), social_of("pain")
    ('a protected characteristic', 'a close proxy of a protected characteristic', 'a social circumstance', '')
    """
    name = _name(column)
    if _CHARACTERISTIC.search(name) or _WITH_A_REASON.search(name):
        return "a protected characteristic"
    if _PROXY.search(name):
        return "a close proxy of a protected characteristic"
    return "a social circumstance" if _SOCIAL.search(name) or tells_tales(column) else ""


def must_be_equity(columns: Iterable[str]) -> str:
    """Return the first column that no clinical line may read, with what it is; age can be a clinical reason.

    Examples
    --------
    >>> must_be_equity(["age_band", "age_of_carer"])
    'age_of_carer is a social circumstance'
    """
    found = ((column, social_of(_AGE.sub("_", _name(column)))) for column in columns)
    return next((f"{column} is {what}" for column, what in found if what), "")


def lawful_faults(column: str, path: tuple[str | int, ...], because: str) -> Iterable[Fault]:
    """Yield a fault if a column that nothing social may stand in is social, with ``because`` saying why it may not."""
    if what := social_of(column):
        yield path, f"is {what}; {because}"


def counts_days(column: str) -> bool:
    """Return whether the column counts days or weeks waited."""
    return (field_of(column) or column) in _DAYS


def birthday(column: str) -> bool:
    """Return whether the column holds the day or the year of somebody's birth."""
    return bool(_BORN.search(_name(column)))


def wait_date(column: str) -> bool:
    """Return whether the column holds a day from which somebody has waited."""
    return (field_of(column) or column) in _WAIT_DATES


def tells_tales(column: str) -> bool:
    """Return whether naming the column to a clerk or a family would tell tales."""
    name = field_of(column) or column
    known = name in FIELDS and FIELDS[name].sensitive
    return known or bool(re.search(r"childprotection|safeguard|lookedafter|domestic|incare", plain(column)))


def _name(column: str) -> str:
    """A column's name in small letters, its words between underscores; ``ethnicGroup``, ``IMDRank``, ``race2`` are two too."""
    ends = r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|(?<=[A-Za-z])(?=\d)|(?<=\d)(?=[A-Za-z])"
    spaced = re.sub(ends, "_", str(field_of(column) or column))
    return re.sub(r"[^a-z0-9]+", "_", spaced.lower()).strip("_")
