"""What a column is by its values: a name that says something else hides nothing."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping

from equiwait.fields import FIELDS, about
from equiwait.rows.policies.document import Document

__all__ = ["disguised", "looks_like"]

_FEW = 3  # different values that a word list must know before they are taken for what it lists
_BROAD = ["white", "black", "asian", "mixed", "chinese", "arab", "gypsy", "traveller"]
_MEN, _WOMEN = {"m", "male", "man", "men", "boy", "mr"}, {"f", "female", "woman", "women", "girl", "mrs", "ms", "miss"}
_NO_SEX = {
    "u",
    "x",
    "i",
    "o",
    "other",
    "unknown",
    "not known",
    "not specified",
    "indeterminate",
    "non-binary",
    "dr",
    "mx",
    "prof",
    "rev",
}
_RELIGIONS = frozenset(
    re.findall(
        r"\w+",
        "christian muslim hindu sikh jewish buddhist catholic anglican islam hinduism sikhism judaism buddhism christianity",
    )
)
_LANGUAGES = frozenset(
    re.findall(
        r"\w+",
        "urdu punjabi panjabi bengali sylheti polish arabic somali romanian gujarati portuguese spanish french turkish farsi persian "
        "pashto kurdish tamil mandarin cantonese lithuanian italian hungarian bulgarian slovak czech albanian tigrinya amharic",
    )
)


def looks_like(values: Iterable[str | None]) -> str:
    """Return the column of the catalogue, or *religion* or *language*, that different values look like; nothing if none.

    Examples
    --------
    >>> looks_like(["White - British", "Pakistani", "African", "Z"]), looks_like(["100", "110", "120"])
    ('ethnicity', '')
    >>> looks_like(["A", "B", "C", "D", "E"]), looks_like("ABCDEFGHJKLMNPRSZ"), looks_like(["M", "F"])
    ('', 'ethnicity', 'sex')
    """
    texts = sorted({text for value in values if value and (text := " ".join(str(value).split()).casefold())})
    return next((name for name, fits in _LOOKS.items() if texts and fits(texts)), "")


def _share(texts: list[str], fits: Callable[[str], object], least: float, few: int = _FEW) -> bool:
    found = sum(bool(fits(text)) for text in texts)
    return found >= few and found >= least * len(texts)


def _ethnic(texts: list[str]) -> bool:
    """Words of the census, or so many single letters of the 16+1 codes that no grading goes so far."""
    field = FIELDS["ethnicity"]
    if _share(
        texts, lambda text: len(text) > 3 and (code := field.read(text)) and code not in field.missing_codes, 0.5
    ):
        return True
    if _share(texts, lambda text: re.split(r"\W", text)[0] in _BROAD, 0.5):
        return True
    letters = {text[0] for text in texts if re.fullmatch(r"[a-hj-nprsz]\d?", text)}
    single = [text for text in texts if re.fullmatch(r"[a-hj-nprsz]\d?|99", text)]
    return len(single) >= 0.9 * len(texts) and len(letters) >= 6 and len(letters - set("abcdefgh")) >= 2


def _sexes(texts: list[str]) -> bool:
    met = {text.rstrip(".") for text in texts}
    return bool(met & _MEN) and bool(met & _WOMEN) and met <= _MEN | _WOMEN | _NO_SEX


def _births(texts: list[str]) -> bool:
    """Days most of which lie ten years and more before the last: nobody has waited so long."""
    years = [int(found[1]) for text in texts if (found := re.match(r"(\d{4})-\d\d-\d\d", text))]
    return (
        len(years) >= 20
        and len(years) >= 0.9 * len(texts)
        and sum(max(years) - year >= 10 for year in years) >= len(years) / 2
    )


_LOOKS: Mapping[str, Callable[[list[str]], bool]] = {
    "ethnicity": _ethnic,
    "sex": _sexes,
    "religion": lambda texts: _share(texts, lambda text: text.split()[0] in _RELIGIONS, 0.4),
    "language": lambda texts: _share(texts, lambda text: text.split()[0] in _LANGUAGES, 0.4),
    "postcode": lambda texts: _share(texts, re.compile(r"[a-z]{1,2}\d[a-z\d]? ?\d[a-z]{2}").fullmatch, 0.8),
    "area_code": lambda texts: _share(texts, re.compile(r"[ewsn]\d{8}|95[a-z]{2}\d{2}[a-z]\d").fullmatch, 0.8),
    "date_of_birth": _births,
}
_SAID = {
    "ethnicity": "ethnic categories",
    "sex": "the sexes or titles of people",
    "religion": "religions",
    "language": "languages",
    "postcode": "postcodes",
    "area_code": "codes of the areas where people live",
    "date_of_birth": "dates of birth",
}


def disguised(policy: Document, values: Mapping[str, Iterable[str | None]]) -> list[str]:
    """Return a sentence for each column that the policy reads and that is something else than its name says.

    Parameters
    ----------
    policy : Policy
        The policy.
    values : mapping
        Column to its different values as text; columns that the policy does not read are passed over.

    Returns
    -------
    list of str
        Empty if all is well. No sentence holds a value.

    Examples
    --------
    >>> from equiwait.rows.policies import Policy
    >>> policy = Policy.preset("england_default")
    >>> disguised(policy, {"specialty": ["White British", "Indian", "African"], "provider": ["RXX"]})
    ['specialty holds what look like ethnic categories; call the column ethnicity, in the list and in the policy']
    """
    found = {name: looks_like(values[name]) for name in policy.reads if name in values}
    return [
        f"{name} holds what look like {_SAID[what]}; call the column {what}, in the list and in the policy"
        for name, what in found.items()
        if what and not about(what) <= about(name)
    ]
