"""The catalogue of columns: what each means, how it is spelt, its codes, and what it means that a cell says nothing."""

from equiwait.fields.catalogue import AGE_BANDS, FIELDS, field_of
from equiwait.fields.characteristics import About, about, birthday
from equiwait.fields.ethnicity import ETHNIC_GROUPS, ETHNICITY_LISTS
from equiwait.fields.field import INVALID, REASONS, Field, Kind, Protection, read_flag
from equiwait.fields.groupings import MERGES, made_from
from equiwait.fields.missing_words import MISSING_WORDS, MissingReason, missing_word, plain

__all__ = [
    "AGE_BANDS",
    "ETHNICITY_LISTS",
    "ETHNIC_GROUPS",
    "FIELDS",
    "INVALID",
    "MERGES",
    "MISSING_WORDS",
    "REASONS",
    "About",
    "Field",
    "Kind",
    "MissingReason",
    "Protection",
    "about",
    "birthday",
    "field_of",
    "made_from",
    "missing_word",
    "plain",
    "read_flag",
]
