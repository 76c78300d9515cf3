"""How a part of a policy file is read: strictly, and with every fault of it reported, not only the first."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Annotated, Any, ClassVar, Self, TypeAlias

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    ModelWrapValidatorHandler,
    StringConstraints,
    ValidationError,
    model_validator,
)
from pydantic_core import InitErrorDetails, PydanticCustomError

__all__ = ["Days", "Fault", "Name", "Number", "Part", "Path", "Places", "Said", "written"]

Path: TypeAlias = tuple[str | int, ...]
Fault: TypeAlias = tuple[Path, str]

UNFILLED = "?"


def _number(value: object) -> float | None:
    if value == UNFILLED or value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise PydanticCustomError("number", "must be a finite number (or '?' in a template)")
    return float(value)


def _days(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= 36_525:
        raise PydanticCustomError("days", "must be a whole number of days, 0 or more")
    return value


def _places(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise PydanticCustomError("places", "must be a whole number of places, 0 or more")
    return value


Number: TypeAlias = Annotated[float | None, BeforeValidator(_number)]
"""Points, weights and cut-offs; None stands for the ``"?"`` of a template whose source gives no number."""

Days: TypeAlias = Annotated[int, BeforeValidator(_days)]
Places: TypeAlias = Annotated[int, BeforeValidator(_places)]
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


class Part(BaseModel):
    """A table of a policy file: no unknown keys, frozen, and checked to the last fault."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True, protected_namespaces=())
    stand_ins: ClassVar[Mapping[str, Any]] = {}
    """Values that let the checks run on the rest of a part whose own were missing or could not be read."""

    def faults(self) -> Iterable[Fault]:
        """Yield what is wrong between fields that can each be read."""
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
        if found and isinstance(data, Mapping):
            part = _attempt(handler, {**cls.stand_ins, **_without(data, [path for path, _ in found])})
        if part is not None:
            found += part.faults()
        if found or part is None:
            raise ValidationError.from_exception_data(cls.__name__, [_detail(fault) for fault in found])
        return part


def _attempt(handler: ModelWrapValidatorHandler[Any], data: object) -> Any:
    try:
        return handler(data)
    except ValidationError:
        return None


def _without(data: Mapping[str, Any], paths: Iterable[Path]) -> dict[str, Any]:
    """Leave out every field, or item of a list, that could not be read."""
    bad_items: dict[str, set[int]] = {}
    kept = dict(data)
    for field, *rest in paths:
        if rest and isinstance(rest[0], int) and isinstance(data.get(str(field)), list):
            bad_items.setdefault(str(field), set()).add(rest[0])
        else:
            kept.pop(str(field), None)
    for field, places in bad_items.items():
        if field in kept:
            kept[field] = [item for place, item in enumerate(kept[field]) if place not in places]
    return kept


def _detail(fault: Fault) -> InitErrorDetails:
    path, message = fault
    return InitErrorDetails(type=PydanticCustomError("fault", "{message}", {"message": message}), loc=path, input=None)


def _translated(error: Any, part: type[Part]) -> Fault:
    """Say a fault that pydantic found in the words of this library."""
    from equiwait.errors import did_you_mean

    path, kind = tuple(error["loc"]), error["type"]
    if kind == "extra_forbidden":
        return path, f"is not a field here.{did_you_mean(str(path[-1]), part.model_fields)}"
    if kind == "missing":
        return path, "is left out; it has no default"
    return path, error["msg"].replace("Input should be", "must be").replace("String should", "must")
