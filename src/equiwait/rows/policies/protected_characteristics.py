"""What the law protects and what is social, by the names of columns: the catalogue's own, and patterns for people's own."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Literal

from equiwait.fields import FIELDS, field_of, plain
from equiwait.rows.policies.validation import Fault

__all__ = ["birthday", "lawful_faults", "must_be_equity", "protection_of", "social_of", "tells_tales"]

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


def birthday(column: str) -> bool:
    """Return whether the column holds the day or the year of somebody's birth."""
    return bool(_BORN.search(_name(column)))


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
