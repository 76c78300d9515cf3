"""What a column is about: the catalogue says it of its own columns, patterns of names say it of people's own.

Kinds: a *characteristic* that the Equality Act 2010 protects (section 4), a close *proxy* of one, *disability* and *age* (which
it protects too, and lets count for more with a reason: sections 13(2) and 13(3)), a *social* circumstance, and what is
*sensitive*: naming it to a clerk or a family would tell tales. A false alarm costs a line in a policy, a gap costs a person.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Literal, TypeAlias

from equiwait.fields.catalogue import FIELDS, field_of

__all__ = ["WAITED", "About", "about", "about_name", "birthday"]

WAITED = ("days_waiting", "weeks_waiting")
"""Columns that `read_list` adds: how long somebody has waited, which says nothing of who waits."""

About: TypeAlias = Literal["characteristic", "proxy", "disability", "age", "social", "sensitive"]

# Whole words of a name stand between underscores.
_CHARACTERISTIC = (
    r"ethnic|ethnos|(^|_)eth(_|cat|grp|group|code|$)|(^|_)races?(_|$)|racial|(^|_)(bame|bme|asian|castes?)(_|$)"
    r"|(white|black)_?(british|irish|african|caribbean|other)|(^|_)(gyps(y|ies)|travellers?)(_|$)"
    r"|(^|_)roma(_|$)(?!score|index|risk|value)"  # the Risk of Ovarian Malignancy Algorithm has the name too
    # plain words are known only as the whole of a name: white_cell_count is nobody's ethnicity
    r"|^(is_)?(white|black|arab|indian|pakistani|bangladeshi|chinese|african|caribbean|wom[ae]n|m[ae]n|girls?|boys?)$"
    r"|skin_?(colou?r|tone)|national(_?(origin|ident)|it)|citizen|religio|faith|(^|_)beliefs?(_|$)|(^|_)creeds?(_|$)"
    r"|(^|_)(muslim|sikh|jew|jewish|hindu|buddhist|christian|catholic|protestant)s?(_|$)"
    r"|sexuality|(^|_)sex(ual)?(?!_(hormone|steroid|function|dysfunction|health))(_|$)|gender|orientation|pronoun"
    r"|(^|_)(gay|lesbian|bisexual|homosexual|heterosexual)s?(_|$)|lgbt"
    r"|(^|_)(fe)?males?(_|$)|(^|_)trans(_(status|woman|man|person|people))?$"
    r"|^(patient_|person_|name_)?titles?(_code)?$|honorific|(^|_)(salutation|mrs)(_|$)"  # Mrs and Miss say sex and marriage
    r"|marital|marriage|(^|_)(married|divorced|divorcee|widow(ed|er)?|spouse)s?(_|$)|civil_?partner"
    r"|pregnan|maternity|breast_?fe(eding|d)(_|$)|antenatal|prenatal|postnatal|trimester|(^|_)gestat|(^|_)(edd|lmp|gravida|parity)(_|$)"
    r"|expected_(date_of_)?(delivery|confinement)|due_to_give_birth"
)
_PROXY = (
    r"interpret(er|ing)|(^|_)translat(or|ion)s?(_|$)|language|mother_?tongue|(birth_?country|country_?of_?(birth|origin)|place_?of_?birth|birthplace)"
    r"|asylum|refugee|migrant|immigra|heritage|ancestry|born_?(abroad|overseas|outside|in_uk)|(^|_)uk_born"
    r"|charg(e|ing|eable)_(status|category)"  # who pays for care is who may live here
    r"|(^|_)overseas(_|$)|(^|_)(visa|passport)(_|$)|(^|_)(esol|eal)(_|$)|(^|_)bsl(_(user|needed|required))?$"
    r"|speaks?_?english|english_?(speak|profic|fluen)"
    r"|(single|lone)_?parent|^(patient_)?(sur|fore|first_|family_|last_|given_|full_)names?$"
)
_BORN = r"(date|month|year)_?of_?birth|birth_?(day|date|month|year)(_|$)|(^|_)(dob|yob)(_|$)|(^|_)(year|month|date|day)_?born|(^|_)born(_(on|in|year|date))?$"
_AGE = (
    rf"(^|_)aged?(_|$)|{_BORN}|(^|_)(under|over|below|above)_\d{{1,3}}(_?s)?(_(years?|yrs?|yo|old))*$|(^|_)\d+_(years?|yrs?)_(old|and_)|(^|_)u_1[68](_|s|$)"
    r"|^(is_)?(a_)?(child|children|adult|minor|infant|toddler|teenager|adolescent|elderly|older_(person|adult)|pensioner|retired)"
    r"(_(flag|indicator|patient))?$|school_year|year_group|key_stage"
)
_DISABILITY = (
    r"disab|learning|autis|(^|_)asd(_|$)|adhd|neurodiver|adjustment|wheelchair|(^|_)(deaf|blind|deafblind)(ness)?(_|$)"
    r"|(hearing|visual(ly)?|vision|sight|speech|mobility)_?(impair|loss)|downs?_syndrome|hard_of_hearing|blue_?badge|(^|_)ehcp?(_|$)"
    r"|(^|_)sen(d|co)?$|(^|_)sen(d)?_(status|need|support|register|plan|flag|provision|code)|special_educational|(^|_)(pip|dla)(_|$)"
)
_SOCIAL = (
    r"(^|_)[siw]?imd(_|$|\d|score|rank|decile|quintile|quartile|band)|idaci|idaopi|nimdm|depriv|townsend|carstairs|acorn|core_?20"
    r"|(^|_)(carers?|caring)(_|$)|caregiver|homeless|fixed_?(abode|address)|(^|_)nfa(_|$)|rough_?sleep|hostel|sofa_?surf|link_status"
    r"|(^|_)rural|isolated_area|postcode|post_code|postal_(district|sector)|outward_?code|^outcode$|area_code|(^|_)(lsoa|msoa|lad|oa\d*cd)(_|$|\d)|output_area|local_authority|(^|_)borough"
    r"|^(electoral_|council_|home_|patient_|residence_)?ward(_(code|name|of_residence))?$"  # the electoral one; ward_type is a hospital's
    r"|low_?income|(^|_)incomes?(_|$)|poverty|employ|occupation(?!al_(therap|health))|(^|_)(job|jobless|profession)(_|$)|zero_hours"
    r"|housing|household|(^|_)tenure|overcrowd|tenant|council_?tax|free_?(school_?)?meals?|(^|_)fsm(_|\d|$)|pupil_premium|food_?bank"
    r"|universal_?credit|(^|_)prison(er)?s?(_|$)|(^|_)debts?(_|$)|financial_|education_level|qualification|literacy|internet_access"
    r"|digital_(exclusion|access)|(^|_)(car|transport)_(access|owner)|veteran|armed_forces"
    r"|(^|_)(gp|gp_practice|practice_code|general_practice|registered_practice)(_(code|name|ods))?$|^practice$"  # a practice is a neighbourhood
    # expected_benefits are clinical
    r"|^benefits$|(^|_)(on|receives?|receiving|claims?|claiming|receipt_of|state|welfare|tested)_benefits?(_|$)"
    r"|benefits?_?(claim|recip|status)"
)
_SENSITIVE = (
    r"child_?protection|safeguard|looked_?after|domestic_?(abuse|violence)|(^|_)domestic(_|$)|(^|_)in_?care(_|$)|care_leaver|foster|kinship"
    r"|(^|_)adopt(ed|ion)(_|$)|child(ren)?_?in_?need|^cin(_(status|plan|flag))?$|(^|_)(lac|marac|fgm)(_|$)|(^|_)abuse|trafficked|slavery"
)
_PATTERNS: dict[About, str] = {  # compiled when a column of somebody's own is met
    "characteristic": _CHARACTERISTIC,
    "proxy": _PROXY,
    "disability": _DISABILITY,
    "age": _AGE,
    "social": _SOCIAL,
    "sensitive": _SENSITIVE,
}

# Long words that people misspell: one slip of the pen in six to eight letters, two in nine and more.
_WORDS: dict[str, About] = {
    **dict.fromkeys(
        "ethnicity ethnic religion religious gender sexuality orientation nationality citizenship pregnant pregnancy maternity marital "
        "married marriage pronouns antenatal muslim christian".split(),
        "characteristic",
    ),
    **dict.fromkeys("interpreter language refugee asylum migrant immigrant immigration".split(), "proxy"),
    **dict.fromkeys("disability disabled autism autistic wheelchair".split(), "disability"),
    **dict.fromkeys(
        "deprivation deprived homeless homelessness employed employment unemployed unemployment poverty housing postcode income prisoner".split(),
        "social",
    ),
    **dict.fromkeys("safeguarding fostering".split(), "sensitive"),
}
_OTHER_WORDS = frozenset(
    "tender render sender bender fender lender gander martial carried carriage rationality interpreted derivation derived deviation "
    "durability hopeless hopelessness artistic muslin outcome incomer paternal ethics region regional migraine statistic".split()
)
# Letters of other scripts that a reader takes for plain ones (after Unicode's TS 39), each beside the one that it looks like.
_PAIRS = (
    "аa еe вb гr ѕs іi їi јj кk ӏl мm нh оo рp сc тt уy хx ԁd ɡg һh ԛq ԝw ьb αa βb γy εe ηn ιi κk λl νv "
    "οo ρp σo τt υu χx ωw ϲc ϳj օo սu հh ցg ոn ıi łl øo đd ħh ŋn ɑa ɩi ʀr ɪi ʏy ʟl ɴn ʙb ɢg ʜh ᴀa ᴄc ᴅd "
    "ᴇe ᴊj ᴋk ᴍm ᴏo ᴘp ᴛt ᴜu ᴠv ᴡw ᴢz ꜱs ꜰf "
)
_LOOK_ALIKE = str.maketrans({pair[0]: pair[1] for pair in _PAIRS.split()})
_LEET = str.maketrans("013457$@", "oieastsa")


def about(column: str) -> frozenset[About]:
    """Return what a column is about: nothing, or one or more kinds.

    What the catalogue says of its own columns is all that counts for them; a column of the user's own is known by its name,
    near-misspellings and look-alike letters included.

    Examples
    --------
    >>> sorted(about("ethnicity")), sorted(about("Ethnicty code")), sorted(about("age_of_carer")), sorted(about("pain"))
    (['characteristic'], ['characteristic'], ['age', 'social'], [])
    """
    field = FIELDS.get(field_of(column) or column)
    if field is None:
        return frozenset() if column in WAITED else about_name(column)
    said: set[About] = {field.protected} if field.protected else set()
    said |= {"social"} if field.social else set()
    said |= {"sensitive", "social"} if field.sensitive else set()
    return frozenset(said)


@lru_cache(maxsize=4096)
def about_name(name: str) -> frozenset[About]:
    """Return what a name alone says that a column is about, whatever the catalogue knows."""
    found: set[About] = set()
    for words in dict.fromkeys((_words(name), _words(name, leet=True))):
        found |= {kind for kind, pattern in _PATTERNS.items() if re.search(pattern, words)}
        together = words.replace("_", "")
        found |= {kind for word, kind in _WORDS.items() if len(word) >= 8 and word in together and word not in words}
        found |= {kind for each in words.split("_") for kind in _misspelt(each)}
    return frozenset(found | {"social"} if "sensitive" in found else found)


def birthday(column: str) -> bool:
    """Return whether the column holds the day or the year of somebody's birth.

    Examples
    --------
    >>> birthday("dob"), birthday("year_born"), birthday("age")
    (True, True, False)
    """
    return bool(re.search(_BORN, _words(field_of(column) or column)))


def _words(name: str, *, leet: bool = False) -> str:
    """A name in small plain letters, its words between underscores; ``ethnicGroup``, ``IMDRank``, ``race2`` are two too."""
    plain = "".join(
        each for each in unicodedata.normalize("NFKD", str(name)) if unicodedata.category(each) not in ("Mn", "Cf")
    )
    if leet:
        plain = re.sub(r"(?<=[A-Za-z])[013457$@](?=[A-Za-z])", lambda found: found[0].translate(_LEET), plain)
    ends = r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|(?<=[A-Za-z])(?=\d)|(?<=\d)(?=[A-Za-z])"
    spaced = re.sub(ends, "_", plain).lower().translate(_LOOK_ALIKE)
    return re.sub(r"[^\w]+|_+", "_", spaced).strip("_")


def _misspelt(word: str) -> set[About]:
    """Return what a word is a slip for, if it is one."""
    if len(word) < 5 or word in _OTHER_WORDS:
        return set()
    if word in _WORDS:
        return {_WORDS[word]}
    return {kind for right, kind in _WORDS.items() if _is_slip(word, right)}


def _is_slip(word: str, right: str) -> bool:
    """Whether a word is one slip away from a longer word, or two slips away from a long one with the same beginning."""
    allowed = 0 if len(right) < 6 else 1 if len(right) < 9 else 2
    slips = _slips(word, right) if abs(len(word) - len(right)) <= allowed else allowed + 1
    return slips <= allowed and (slips < 2 or word[0] == right[0])


def _slips(one: str, other: str) -> int:
    """Count letters left out, put in, changed or swapped (the Damerau-Levenshtein distance of adjacent swaps)."""
    before, row = list(range(len(other) + 1)), list(range(len(other) + 1))
    for i, letter in enumerate(one, start=1):
        older, before, row = before, row, [i]
        for j, right in enumerate(other, start=1):
            row.append(min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != right)))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == right:
                row[j] = min(row[j], older[j - 2] + 1)
    return row[-1]
