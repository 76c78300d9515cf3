"""Frames as clusters have them: moments in the session's time zone, every header, every type, and what is refused."""

from __future__ import annotations

from types import SimpleNamespace

import pandas as pd
import pyarrow as pa
import pytest

import equiwait as ew
from engines.dirty_lists import SNAPSHOT, unlike
from equiwait.engines.spark_frames import lots_by_default, refuse_old

pytestmark = pytest.mark.filterwarnings("ignore")  # Spark's own, of its own code

HEADERS = [
    "NHS No.",
    "D.O.B.",
    "a`b",
    "two words",
    "q\"uo'te",
    "Größe",
    "L" * 200,
    "",
    "Scope",
    "SCOPE",
    "own",
    "Own",
    "c0",
    "*",
]
"""Headers with what Spark reads as a path, and pairs that differ only in case, one of them with a column that is added."""

KINDS = {
    "decimal": "cast(1.25 as decimal(10, 2))",
    "binary": "cast('x' as binary)",
    "array": "array(1, null)",
    "map": "map('a', timestamp'2026-07-01 00:30:00')",
    "struct": "named_struct('x.y', 1, 'a`b', array(timestamp'2026-07-01 00:30:00'))",
    "interval": "interval '3' day",
    "short": "1S",
    "byte": "1Y",
    "float": "cast(1.5 as float)",
    "nothing": "null",
    "moment": "timestamp'2026-07-01 00:30:00.123456'",
    "clock": "timestamp_ntz'2026-07-01 00:30:00.123456'",
    "variant": "parse_json('[1]')",
}


@pytest.fixture
def people(spark):
    """Three people, whose list says nothing else."""
    rows = [("a", "01/04/2026", "1"), ("b", "2026-10-01", "2"), ("c", "2026-09-01", None)]
    return spark.createDataFrame(rows, ["Pathway ID", "RTT start", "Sex"]).coalesce(1)


@pytest.fixture
def zoned(spark):
    """Sets the time zone of the session; it is put back."""
    before = spark.conf.get("spark.sql.session.timeZone")
    yield lambda zone: spark.conf.set("spark.sql.session.timeZone", zone)
    spark.conf.set("spark.sql.session.timeZone", before)


def in_order(rows) -> pd.DataFrame:
    """The rows as pandas by their identifiers, whatever Spark calls ambiguous."""
    table = rows.toArrow()
    columns = {f"c{at}": column for at, column in enumerate(table.columns)}
    return (
        pa.table(columns).to_pandas().set_axis(table.column_names, axis=1).sort_values("pathway_id", ignore_index=True)
    )


def test_every_header_and_every_type_comes_back_as_it_came(spark, people):
    texts = people.toArrow()
    for header in HEADERS:
        texts = texts.append_column(header, pa.array(["1980-07-01", "n", None], pa.string()))
    frame = spark.createDataFrame(texts.rename_columns([f"h{at}" for at in range(texts.num_columns)]))
    frame = frame.coalesce(1).toDF(*texts.column_names)
    recipe = ew.Recipe(SNAPSHOT, count=["Scope", "own", "Own"])
    expected, done = (
        recipe.apply(texts),
        recipe.spark(frame.selectExpr("*", *(f"{sql} as `{name}`" for name, sql in KINDS.items()))),
    )
    rows = in_order(done.rows.drop(*KINDS))
    assert not unlike(expected.rows, rows)
    assert done.counts == expected.counts
    came = frame.selectExpr("`Pathway ID`", *(f"{sql} as `{name}`" for name, sql in KINDS.items()))
    back = done.rows.select("pathway_id", *KINDS)
    assert back.dtypes[1:] == came.dtypes[1:]
    assert sorted(map(repr, back.collect())) == sorted(
        map(repr, came.withColumnRenamed("Pathway ID", "pathway_id").collect())
    )


@pytest.mark.parametrize("zone", ["UTC", "Europe/London", "America/New_York"])
def test_a_moment_is_the_day_that_the_clock_of_the_session_said(people, zoned, zone):
    zoned(zone)
    moments = {
        "RTT start": "timestamp'2026-07-01 00:30:00'",
        "DOB": "timestamp'1950-06-30 23:00:00'",
        "submitted_at": "timestamp'2026-07-01 00:30:00'",
        "seen": "timestamp'2026-07-01 00:30:00.123456'",
    }
    frame = people.drop("RTT start").selectExpr("*", *(f"{sql} as `{name}`" for name, sql in moments.items()))
    local = frame.toArrow().to_pandas()
    for name in moments:
        local[name] = local[name].dt.tz_convert(zone)
    recipe = ew.Recipe(SNAPSHOT)
    expected, done = recipe.apply(local), recipe.spark(frame)
    rows = in_order(done.rows)
    assert rows["clock_start"].astype(str).unique().tolist() == ["2026-07-01"]
    rows["seen"] = rows["seen"].dt.tz_convert(zone)
    assert not unlike(expected.rows, rows)
    assert {row["seen"] for row in done.rows.collect()} == {row["seen"] for row in frame.collect()}


def test_what_spark_cannot_bring_is_refused_in_one_sentence(spark, people, zoned):
    recipe = ew.Recipe(SNAPSHOT)
    with pytest.raises(
        ew.errors.InputError, match=r"cannot be brought from Spark and back: interval month\."
    ) as refused:
        recipe.spark(people.selectExpr("*", "interval '3' month as later"))
    assert "Headers: later." in str(refused.value)
    assert refused.value.__context__ is None
    with pytest.raises(ew.errors.InputError, match="columns of one name"):
        recipe.spark(people.toDF("Pathway ID", "RTT start", "RTT start"))
    with pytest.raises(ew.errors.InputError, match="A streaming frame"):
        recipe.spark(spark.readStream.format("rate").load())
    spark.conf.set("spark.sql.execution.arrow.useLargeVarTypes", "true")
    with pytest.raises(ew.errors.OptionError, match="form of its own for very long text"):
        recipe.spark(people)
    spark.conf.unset("spark.sql.execution.arrow.useLargeVarTypes")
    with pytest.raises(ew.errors.OptionError, match="A DataFrame is not a frame of Spark"):
        recipe.spark(pd.DataFrame())
    zoned("PST")
    with pytest.raises(ew.errors.OptionError, match="time zone of the Spark session is not known"):
        recipe.spark(people.selectExpr("*", "timestamp'2026-07-01 00:30:00' as seen"))


def test_an_older_spark_is_refused():
    old = SimpleNamespace(mapInArrow=None, sparkSession=SimpleNamespace(version="3.5.1"))
    with pytest.raises(ew.errors.OptionError, match=r"Spark 3\.5\.1 is too old: Spark 4 or later is needed"):
        ew.Recipe(SNAPSHOT).spark(old)
    refuse_old("4.1.0")


@pytest.mark.parametrize(("said", "lots"), [("auto", 200), ("64", 64)])
def test_a_cluster_may_choose_into_how_many_parts_it_shuffles(said, lots):
    conf = SimpleNamespace(get=lambda name, default=None: {"spark.sql.shuffle.partitions": said}.get(name, default))
    assert lots_by_default(SimpleNamespace(conf=conf)) == lots
