"""How a part of a policy file is read: strictly, with every fault of it reported; once it is, nothing can change it."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from typing import Annotated, Any, ClassVar, Never, Self, TypeAlias, TypeVar, get_args, get_origin

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    ModelWrapValidatorHandler,
    StringConstraints,
    ValidationError,
    WithJsonSchema,
    model_validator,
)
from pydantic_core import InitErrorDetails, PydanticCustomError

from equiwait.errors import PolicyError, did_you_mean

__all__ = [
    "UNFILLED", "Days", "DaysTable", "Fault", "Name", "Number", "NumberTable", "Part", "Path", "Places", "Said", "Table",
    "TextTable", "hypothetical", "number", "refused", "written",
]  # fmt: skip

Path: TypeAlias = tuple[str | int, ...]
Fault: TypeAlias = tuple[Path, str]

UNFILLED = "?"
_MOST = 1_000_000_000  # points are held in whole millionths, and sums of them must fit


def number(value: object) -> float | None:
    """Read a finite number, or the ``"?"`` of a template as None."""
    if value == UNFILLED or value is None:
        return None
    # a whole number is finite, and may be too long for a float
    finite = isinstance(value, int) or (isinstance(value, float) and math.isfinite(value))
    if isinstance(value, bool) or not isinstance(value, int | float) or not finite:
        raise PydanticCustomError("number", "must be a finite number (or '?' in a template)")
    if abs(value) > _MOST:
        raise PydanticCustomError("number", "must lie between -1,000,000,000 and 1,000,000,000")
    return float(value)


def _days(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= 36_525:
        raise PydanticCustomError("days", "must be a whole number of days, 0 or more")
    return value


def _places(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= _MOST:
        raise PydanticCustomError("places", "must be a whole number of places, 0 to 1,000,000,000")
    return value


Number: TypeAlias = Annotated[
    float | None,
    BeforeValidator(number),
    WithJsonSchema({"anyOf": [{"type": "number", "minimum": -_MOST, "maximum": _MOST}, {"const": UNFILLED}]}),
]
"""Points, weights and cut-offs; None stands for the ``"?"`` of a template whose source gives no number."""

Days: TypeAlias = Annotated[
    int, BeforeValidator(_days), WithJsonSchema({"type": "integer", "minimum": 0, "maximum": 36_525})
]
Places: TypeAlias = Annotated[
    int, BeforeValidator(_places), WithJsonSchema({"type": "integer", "minimum": 0, "maximum": _MOST})
]
Name: TypeAlias = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,59}$")]
Said: TypeAlias = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
"""Words that somebody must have written: a source, a reason, an owner."""


def written(path: Iterable[str | int]) -> str:
    """Return a path into the file as people write it.

    Examples
    --------
    >>> written(("factors", 2, "points", "P2"))
    'factors[2].points.P2'
    """
    steps = (f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return "".join(steps).removeprefix(".")


def refused(called: str, found: Iterable[Fault]) -> PolicyError:
    """Return the one error that names every fault by its path."""
    lines = sorted({f"{written(path) or 'the file'}: {message}" for path, message in found})
    shown = "\n    ".join(lines)
    return PolicyError(
        f"{called} cannot be used: {len(lines)} fault{'s' if len(lines) > 1 else ''}.",
        found=f"\n    {shown}",
        todo="Mend each line; docs/reference/policy-file.md says what every field means.",
    )


def _unchangeable(*_: object, **__: object) -> Never:
    raise PolicyError(
        "A policy cannot be changed: it was checked, and perhaps approved, as it is.",
        todo="Make another, which is checked anew: policy.with_changes(order={'long_waits_lead_days': 365}).",
    )


class Table(dict[str, Any]):
    """A table of a policy: a dict that cannot be changed.

    Examples
    --------
    >>> points = Table({"1": 8.0})
    >>> points["1"], points == {"1": 8.0}
    (8.0, True)
    >>> points["1"] = 999
    Traceback (most recent call last):
        ...
    equiwait.errors.PolicyError: A policy cannot be changed: it was checked, and perhaps approved, as it is.
      Do: Make another, which is checked anew: policy.with_changes(order={'long_waits_lead_days': 365}).
    """

    __slots__ = ()
    __setitem__ = __delitem__ = __ior__ = _unchangeable
    clear = pop = popitem = setdefault = update = _unchangeable

    def __hash__(self) -> int:  # type: ignore[override]  # a dict has none because it can change
        """Return the same for equal tables, whatever their order."""
        return hash(frozenset(self.items()))

    def __copy__(self) -> Self:
        """Return the table itself: nothing can change it."""
        return self

    def __deepcopy__(self, _: object) -> Self:
        """Return the table itself: nothing can change it."""
        return self

    def __reduce__(self) -> tuple[type[Self], tuple[dict[str, Any]]]:
        """Pickle it as a plain dict, which becomes a table again."""
        return type(self), (dict(self),)


NumberTable: TypeAlias = Annotated[dict[str, Number], AfterValidator(Table)]
DaysTable: TypeAlias = Annotated[dict[str, Days], AfterValidator(Table)]
TextTable: TypeAlias = Annotated[dict[str, str], AfterValidator(Table)]


class Part(BaseModel):
    """A table of a policy file: no unknown keys, frozen, and checked to the last fault."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, hide_input_in_errors=True, protected_namespaces=(), defer_build=True
    )
    stand_ins: ClassVar[Mapping[str, Any]] = {}
    """Values that let the checks run on the rest of a part whose own were missing or could not be read."""

    __setattr__ = __delattr__ = __setstate__ = _unchangeable

    @classmethod
    def model_construct(cls, _fields_set: set[str] | None = None, **_: Any) -> Never:
        """Refuse to make a part that nobody has checked."""
        raise PolicyError("A policy is not made unchecked.", todo="Make it with Policy.read(...) or Policy.load(...).")

    @classmethod
    def checked(cls, fields: Mapping[str, Any]) -> Self:
        """Make the part of these fields; PolicyError names every fault."""
        part: Self | None = None
        found: list[Fault] = []
        try:
            part = cls.model_validate(dict(fields))
        except ValidationError as error:
            found = faults_of(error)
        if part is None:
            raise refused(cls.__name__, found)
        return part

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """Return the part with some fields changed, checked anew; without changes, itself."""
        return self.checked({**self.given(), **update}) if update else self

    def copy(self, *, update: Mapping[str, Any] | None = None, **_: Any) -> Self:  # pydantic's old name
        """Return the part with some fields changed, checked anew; pydantic's own would check nothing."""
        return self.model_copy(update=update)

    def given(self) -> dict[str, Any]:
        """Return every field as it is held."""
        return {name: getattr(self, name) for name in type(self).model_fields}

    def __copy__(self) -> Self:
        """Return the part itself: nothing can change it."""
        return self

    def __deepcopy__(self, memo: dict[int, Any] | None = None) -> Self:
        """Return the part itself: nothing can change it."""
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle the fields; they are checked again when they come back."""
        return type(self).checked, (self.given(),)

    def faults(self) -> Iterable[Fault]:
        """Yield what is wrong between fields that can each be read.

        A fault about several fields names them in its words, so that it can be held back while one cannot be read.
        """
        return ()

    def last_faults(self) -> Iterable[Fault]:
        """Yield what can only be said of a part that is right in everything else."""
        return ()

    @model_validator(mode="wrap")
    @classmethod
    def _every_fault(cls, data: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        found: list[Fault] = []
        part: Self | None = None
        try:
            part = handler(data)
        except ValidationError as error:
            found = [_translated(each, cls) for each in error.errors(include_url=False, include_input=False)]
        bad = [path for path, _ in found]
        kept = _without(cls, data, bad) if isinstance(data, Mapping) else {}
        if bad and isinstance(data, Mapping):
            part = _attempt(handler, {**cls.stand_ins, **kept})
        if part is not None:
            found += _still_so(part.faults(), bad, kept, data)
            found += () if found else part.last_faults()
        if found or part is None:
            raise ValidationError.from_exception_data(cls.__name__, [_detail(fault) for fault in found])
        return part


PartType = TypeVar("PartType", bound=Part)


def hypothetical(part: PartType, **fields: Any) -> PartType:
    """Return a part with fields changed and nothing checked: for asking *what if*, never for a policy that is used."""
    kind = type(part)
    other = kind.__new__(kind)
    object.__setattr__(other, "__dict__", {**part.given(), **fields})
    for name, value in (("fields_set", set(part.model_fields_set) | set(fields)), ("extra", None), ("private", None)):
        object.__setattr__(other, f"__pydantic_{name}__", value)
    return other


def faults_of(error: ValidationError) -> list[Fault]:
    """Return the faults that pydantic carried, without any value."""
    return [(tuple(each["loc"]), each["msg"]) for each in error.errors(include_url=False, include_input=False)]


def _attempt(handler: ModelWrapValidatorHandler[Any], data: object) -> Any:
    try:
        return handler(data)
    except ValidationError:
        return None


def _without(part: type[Part], data: Mapping[str, Any], bad: list[Path]) -> dict[str, Any]:
    """Leave out every field, item of a list or key of a table that could not be read."""
    kept: dict[str, Any] = {}
    for field, value in data.items():
        own = [path for path in bad if path[0] == field]
        if isinstance(value, list) and (field,) not in own and not (own and _is_pair(part, field)):
            kept[field] = [value[place] for place in _readable(field, value, bad)]
        elif own and isinstance(value, dict) and _is_table(part, field) and (field,) not in own:
            kept[field] = {key: item for key, item in value.items() if not any(path[1] == key for path in own)}
        elif not own:
            kept[field] = value
    return kept


def _is_table(part: type[Part], field: str) -> bool:
    return field in part.model_fields and get_origin(part.model_fields[field].annotation) is dict


def _is_pair(part: type[Part], field: str) -> bool:
    """Whether the field holds so many values and no fewer, so that none of them can be left out."""
    written = part.model_fields[field].annotation if field in part.model_fields else None
    every = [each for kind in (written, *get_args(written)) if get_origin(kind) is tuple for each in get_args(kind)]
    return bool(every) and Ellipsis not in every


def _readable(field: str | int, items: list[Any], bad: list[Path]) -> list[int]:
    """The places of a list that could be read."""
    return [place for place in range(len(items)) if not any(path[:2] == (field, place) for path in bad)]


def _still_so(faults: Iterable[Fault], bad: list[Path], kept: Mapping[str, Any], data: object) -> Iterable[Fault]:
    """Drop what only follows from something left out, and number list items as the file does."""
    for path, message in faults:
        if _follows(path, message, bad, kept):
            continue
        items = data.get(str(path[0])) if path and isinstance(data, Mapping) else None
        if isinstance(items, list) and len(path) > 1 and isinstance(path[1], int):
            path = (path[0], _readable(path[0], items, bad)[path[1]], *path[2:])
        yield path, message


def _follows(path: Path, message: str, bad: list[Path], kept: Mapping[str, Any]) -> bool:
    """Whether a fault may only follow from something that could not be read.

    It may where what it points at was left out, or where it is about whole fields and names one of which nothing is left.
    """
    if len(path) > 1:
        return any(path == each[: len(path)] for each in bad)
    named = {*path, *re.findall(r"\w+", message)}
    return any(each and each[0] in named and (each[:1] != path or not kept.get(str(each[0]))) for each in bad)


def _detail(fault: Fault) -> InitErrorDetails:
    path, message = fault
    return InitErrorDetails(type=PydanticCustomError("fault", "{message}", {"message": message}), loc=path, input=None)


def _translated(error: Any, part: type[Part]) -> Fault:
    """Say a fault that pydantic found in the words of this library."""
    # pydantic adds a step for each branch of a union that it tried, such as "nullable[float]"; no file has such a step
    path, kind = tuple(step for step in error["loc"] if "[" not in str(step)), error["type"]
    if kind == "extra_forbidden":
        return path, f"is not a field here.{did_you_mean(str(path[-1]), part.model_fields)}"
    if kind == "missing":
        return path, "is left out; it has no default"
    if kind in ("tuple_type", "list_type"):
        return path, f"must be a list{_of_tables(part, path)}"
    if kind in ("model_type", "dict_type", "model_attributes_type", "dataclass_type"):
        return path, "must be a table"
    return path, error["msg"].removeprefix("Value error, ").replace("Input should be", "must be").replace(
        "String should", "must"
    )


def _of_tables(part: type[Part], path: Path) -> str:
    field = part.model_fields.get(str(path[0])) if len(path) == 1 else None
    tables = field and any(isinstance(kind, type) and issubclass(kind, Part) for kind in get_args(field.annotation))
    return f" of tables: [[{path[0]}]]" if tables else ""
