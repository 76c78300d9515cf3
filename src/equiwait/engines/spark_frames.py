"""A frame of Spark as it comes in and goes out: which can be worked on, what Arrow calls its columns, and their names."""

from __future__ import annotations

import inspect
import re
from collections.abc import Mapping
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from equiwait.engines.spark_edge import place
from equiwait.errors import InputError, OptionError, attempt, headers_said

__all__ = ["arrow_like", "as_it_came", "by_place", "lots_by_default", "refuse_other_frames"]

_NEVER = ("udt", "geometry", "geography")  # Arrow takes them, but Spark does not take or keep what Arrow brings
_LARGE = "spark.sql.execution.arrow.useLargeVarTypes"
_LOTS = 200  # into how many Spark itself shuffles where nobody says


def refuse_other_frames(frame: Any) -> None:
    """Refuse what is no frame of Spark, or one of a Spark that is too old."""
    if not hasattr(frame, "mapInArrow") or not hasattr(frame, "sparkSession"):
        raise OptionError(
            f"A {type(frame).__name__} is not a frame of Spark.",
            todo="Give a frame of Spark, or call .apply(frame) for a table in memory.",
        )
    refuse_old(str(frame.sparkSession.version))
    if frame.isStreaming:
        raise InputError(
            "A streaming frame of Spark has no end, and a list is looked at as a whole.",
            todo="Give the list of one day: spark.read, not spark.readStream.",
        )
    if str(frame.sparkSession.conf.get(_LARGE, "false")).lower() == "true":
        raise OptionError(
            "This session of Spark brings text in a form of its own for very long text.",
            todo=f'Say that it need not: spark.conf.set("{_LARGE}", "false").',
        )


def refuse_old(version: str) -> None:
    """Refuse a Spark that lacks what is needed.

    Examples
    --------
    >>> refuse_old("4.0.0")
    >>> refuse_old("3.5.1")
    Traceback (most recent call last):
    equiwait.errors.OptionError: Spark 3.5.1 is too old: Spark 4 or later is needed.
      Do: Choose a newer cluster (Databricks Runtime 17, Fabric Runtime 2.0, or later), or call .stream() on the files.
    """
    if int(version.split(".")[0]) < 4:  # applyInArrow of groups and toArrow came with 4.0
        raise OptionError(
            f"Spark {version} is too old: Spark 4 or later is needed.",
            todo="Choose a newer cluster (Databricks Runtime 17, Fabric Runtime 2.0, or later), or call .stream() on the files.",
        )


def _types() -> Any:
    from pyspark.sql.pandas import types

    return types


def lots_by_default(session: Any) -> int:
    """Return into how many lots Spark shuffles; a cluster that chooses for itself says "auto"."""
    said = str(session.conf.get("spark.sql.shuffle.partitions", str(_LOTS)))
    return int(said) if said.isdecimal() else _LOTS


# --- columns ---------------------------------------------------------------------------------------------------------


def arrow_like(frame: Any) -> pa.RecordBatch:
    """Return a block without rows that has the columns of a frame of Spark: moments in the time zone of its session."""
    fields = frame.schema.fields
    zone = _zone(frame.sparkSession.conf.get("spark.sql.session.timeZone"))
    kinds = [_arrow_kind(each, zone) for each in fields]
    if any(getattr(kind, "tz", None) for kind in kinds):
        attempt(lambda: pc.local_timestamp(pa.array([0], pa.timestamp("us", zone))), _no_zone)
    return pa.RecordBatch.from_arrays([pa.array([], kind) for kind in kinds], names=[each.name for each in fields])


def _zone(said: str) -> str:
    """Return a time zone of Java's by a name that everybody has.

    Examples
    --------
    >>> [_zone(name) for name in ("Europe/London", "Z", "GMT+1", "-03:30")]
    ['Europe/London', 'UTC', '+01:00', '-03:30']
    """
    offset = re.fullmatch(r"(?:UTC?|GMT)?([+-])(\d\d?)(?::?(\d\d))?", said)
    if offset:
        return f"{offset[1]}{offset[2]:0>2}:{offset[3] or '00'}"
    return "UTC" if said in ("Z", "UT") else said


def _no_zone(_failure: str) -> OptionError:
    return OptionError(
        "The time zone of the Spark session is not known here, and the list has moments.",
        todo='Name it by its place: spark.conf.set("spark.sql.session.timeZone", "Europe/London").',
    )


def _arrow_kind(each: Any, zone: str) -> pa.DataType:
    """Return the type by which a column crosses, or say which cannot."""
    kind, to_arrow_type = each.dataType, _types().to_arrow_type
    name = kind.typeName()
    if name in ("char", "varchar"):
        return pa.string()
    if name == "timestamp":
        return pa.timestamp("us", zone)
    zoned = {"timezone": zone} if "timezone" in inspect.signature(to_arrow_type).parameters else {}

    def cannot(_failure: str) -> InputError:
        return InputError(
            f"A column of the frame has a type that cannot be brought from Spark and back: {kind.simpleString()}.",
            headers_said([each.name]),
            "Leave the column out, or cast it to text before.",
        )

    if name in _NEVER:
        raise cannot("")
    return attempt(lambda: to_arrow_type(kind, **zoned), cannot)


def by_place(frame: Any) -> Any:
    """Return a frame whose columns have their places for names; text of any length limit is text."""
    from pyspark.sql import functions

    named = frame.toDF(*map(place, range(len(frame.columns))))
    limited = [
        place(at) for at, each in enumerate(frame.schema.fields) if each.dataType.typeName() in ("char", "varchar")
    ]
    return named.withColumns({name: functions.col(name).cast("string") for name in limited}) if limited else named


def as_it_came(frame: Any, like: pa.RecordBatch, own: Mapping[str, Any]) -> Any:
    """Return a frame under the names of the list, the user's own columns with the types that they had."""
    from pyspark.sql import functions

    columns = []
    for name, each in zip(like.schema.names, frame.schema.fields, strict=True):
        column, kind = functions.col(each.name), own.get(name)
        if kind is not None and kind != each.dataType:
            column = functions.lit(None) if kind.typeName() == "void" else column.cast(kind)
        columns.append(column.alias(each.name))
    return frame.select(*columns).toDF(*like.schema.names)
