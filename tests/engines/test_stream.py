"""Lists bigger than memory: the same as in memory, resumed where a job was stopped, whole or not at all."""

from __future__ import annotations

import datetime as dt
import gzip
import resource
import signal
import sys

import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq
import pytest

import equiwait as ew
from engines.dirty_lists import HELD, PLACES, SNAPSHOT, dirty, promising, unlike
from equiwait.engines import stream, work_folder
from equiwait.engines.passes import BETWEEN
from equiwait.errors import InputError, OptionError
from equiwait.files import parts as list_parts
from equiwait.files.csv_out import safe_column, safe_text
from equiwait.files.parts import parts_of
from equiwait.rows.scoring import row_scores
from equiwait.samples import sample_path

POLICY = ew.Policy.preset("england_default")
RECIPE = {"snapshot": SNAPSHOT, **PLACES, "policy": POLICY, "count": ["imd_quintile", ("sex", "ethnicity")]}


@pytest.fixture(autouse=True)
def small_lots(monkeypatch):
    monkeypatch.setattr(stream, "_LOT", 150)  # rows: several lots of keys
    monkeypatch.setattr(stream, "BLOCK", 64)
    monkeypatch.setattr(stream, "_TABLES", 2)  # of counts: added up more than once
    monkeypatch.setattr(list_parts, "_LONG", 50)  # the last row group is cut


def parquet(frame, path, rows=90):
    pq.write_table(pa.Table.from_pandas(frame, preserve_index=False), path, row_group_size=rows)
    return path


@pytest.mark.parametrize("several", [0, 4096])  # rows from which kinds of row are told apart
def test_a_dirty_list_streams_to_what_it_is_in_memory(tmp_path, monkeypatch, several):
    monkeypatch.setattr(row_scores, "SEVERAL", several)
    raw, recipe = dirty(500), ew.Recipe(**{**RECIPE, "policy": promising()})
    expected = recipe.apply(raw)
    done = recipe.stream(parquet(raw, tmp_path / "list.parquet"), tmp_path / "out.parquet")
    assert not unlike(expected.rows, pq.read_table(done.rows).to_pandas())
    assert done.counts == expected.counts
    assert set(expected.rows["held_by"].dropna()) == HELD
    means = [each.recipe.policy.last_state.means for each in (done, expected)]
    assert means[0] == means[1] != {}
    assert sorted(each.name for each in tmp_path.iterdir()) == ["list.parquet", "out.parquet"]


@pytest.mark.parametrize("policy", [POLICY, None])
@pytest.mark.parametrize("to", ["out", "out.parquet"])
def test_a_file_says_that_what_is_missing_is_said_of_everybody(tmp_path, policy, to):
    recipe = ew.Recipe(SNAPSHOT, missing=["sex", "priority", "postcode"], policy=policy)
    done = recipe.stream(parquet(dirty(200), tmp_path / "list.parquet"), tmp_path / to)
    fields = pq.read_table(done.rows).schema
    assert {each.name for each in fields if not each.nullable} == {"missing_sex", "missing_postcode"}
    assert recipe.apply(dirty(200)).rows["missing_sex"].notna().all()


@pytest.mark.parametrize(
    "form", [pa.string(), pa.large_string(), pa.string_view(), pa.dictionary(pa.int32(), pa.string())]
)
def test_marks_that_nobody_sees_go_from_own_text_in_whatever_form_a_file_has_it(tmp_path, form):
    own = pa.array(["Ea\u200bst", "East", None, "West"])
    raw = pa.table({"clock_sta\u200brt": ["2026-04-01"] * 4, "Ward": own.cast(form)})
    pq.write_table(raw, tmp_path / "list.parquet", row_group_size=2)
    done = ew.Recipe(SNAPSHOT).stream(tmp_path / "list.parquet", tmp_path / "out.parquet")
    assert pq.read_table(done.rows)["Ward"].to_pylist() == ["East", "East", None, "West"]


TEXT, DAYS, WHOLE = ["P2", "07", None], [dt.date(2026, 3, 4), dt.date(2025, 1, 1), None], [1, 0, None]
BYTES = [cell and cell.encode() for cell in TEXT]
MOMENTS = [day and dt.datetime(day.year, day.month, day.day, 9, 30) for day in DAYS]
CELLS = {
    **dict.fromkeys([pa.large_string(), pa.string_view()], TEXT),
    **dict.fromkeys([pa.binary(), pa.large_binary(), pa.binary(2), pa.binary_view()], BYTES),
    **dict.fromkeys([pa.int8(), pa.int64(), pa.uint64(), pa.float32(), pa.decimal128(5, 2)], WHOLE),
    **dict.fromkeys([pa.date32(), pa.date64()], DAYS),
    **dict.fromkeys([pa.timestamp("ns"), pa.timestamp("s", "Europe/London"), pa.timestamp("us", "+02:00")], MOMENTS),
    **{pa.bool_(): [True, False, None], pa.null(): [None] * 3},
    **{pa.duration("s"): [dt.timedelta(1), None, None], pa.time32("s"): [dt.time(9), None, None]},
}
FORMS = [pa.array(cells, kind) for kind, cells in CELLS.items()] + [
    pa.DictionaryArray.from_arrays(pa.array([0, 1, None], index), pa.array(TEXT[:2], kind))
    for index in (pa.int8(), pa.int64(), pa.uint16(), pa.uint64())
    for kind in (pa.string(), pa.large_string())
]


@pytest.mark.parametrize("column", FORMS, ids=lambda column: str(column.type))
def test_a_column_of_any_type_is_read_by_a_stream_as_by_the_verbs(tmp_path, column):
    raw = pa.table(
        {
            "clock_start": ["2026-04-01"] * 3,
            **dict.fromkeys(("pathway_id", "provider", "postcode", "sex", "date_of_birth"), column),
        }
    )
    pq.write_table(raw, tmp_path / "list.parquet", row_group_size=2)
    done = ew.Recipe(SNAPSHOT).stream(tmp_path / "list.parquet", tmp_path / "out.parquet")
    expected = ew.flag_missing(ew.read_list(raw, snapshot=SNAPSHOT))
    assert not unlike(expected, pq.read_table(done.rows).to_pandas())


TIES = ["RXX-2026-00017", "RXX-2026-00023", "RXX-2026-00017-b", "RYY1", "RXX-2026-00017", None, "", "0"]


@pytest.mark.parametrize("keep", [None, ["rank"], ["pathway_id", "rank"], ["provider", "rank"]])
def test_identifiers_settle_ties_alike_in_memory_and_part_by_part_wherever_they_lie(tmp_path, keep):
    """Parts whose identifiers begin alike, by other letters each time, or are all blank; of people alike in all else."""
    parts = [TIES[:2], TIES[2:5], TIES[5:7], TIES[7:], TIES[:1] * 3, TIES]
    named = pa.array([each for part in parts for each in part] * 4)
    days = pd.date_range("2026-01-01", periods=2).repeat(len(named) // 2)
    raw = pd.DataFrame(
        {"pathway_id": named.to_pandas(), "clock_start": days, "provider": "RXX", "priority": "P2", "list_type": "IRTT"}
    )
    recipe = ew.Recipe(SNAPSHOT, policy=POLICY, keep=keep, duplicates=False)
    folder, start = tmp_path / "list", 0
    folder.mkdir()
    for number, part in enumerate(parts * 4):
        parquet(raw[start : (start := start + len(part))], folder / f"part-{number:02d}.parquet")
    expected, done = recipe.apply(raw), recipe.stream(folder, tmp_path / "out.parquet")
    assert not unlike(expected.rows, pq.read_table(done.rows).to_pandas())
    assert 1 < expected.rows["rank"].nunique() < len(raw)


def test_a_part_may_have_nobody_in_a_lot_whatever_its_identifiers_begin_with(tmp_path, monkeypatch):
    monkeypatch.setattr(stream, "_LOT", 4)
    parts = [[f"A{number}" for number in range(6)], ["B1"], [f"C{number}" for number in range(6)]]
    raw = pd.DataFrame(
        {
            "pathway_id": [each for part in parts for each in part],
            "clock_start": "2026-01-01",
            "priority": "P2",
            "list_type": "IRTT",
        }
    )
    raw["specialty"] = [str(100 + 10 * number) for part in parts for number in range(len(part))]
    folder, start = tmp_path / "list", 0
    folder.mkdir()
    for number, part in enumerate(parts):
        parquet(raw[start : (start := start + len(part))], folder / f"part-{number}.parquet")
    recipe = ew.Recipe(SNAPSHOT, policy=POLICY)
    done = recipe.stream(folder, tmp_path / "out.parquet")
    assert not unlike(recipe.apply(raw).rows, pq.read_table(done.rows).to_pandas())


def test_many_parts_may_each_have_identifiers_that_begin_in_their_own_way(tmp_path, monkeypatch):
    monkeypatch.setattr(stream, "_LOT", 1000)
    named = [f"{number:03d}-{letter}" for number in range(140) for letter in "ba"]
    raw = pd.DataFrame({"pathway_id": named, "clock_start": "2026-01-01", "priority": "P2", "list_type": "IRTT"})
    recipe = ew.Recipe(SNAPSHOT, policy=POLICY, keep=["pathway_id", "rank"], duplicates=False)
    done = recipe.stream(parquet(raw, tmp_path / "list.parquet", 2), tmp_path / "out.parquet")
    back = pq.read_table(done.rows).to_pandas().sort_values("pathway_id")
    assert back["rank"].tolist() == list(range(1, 281))


def test_csv_in_and_out(tmp_path):
    expected = ew.Recipe(**RECIPE).apply(ew.load_sample("adult_ptl"))
    shown = []
    done = ew.Recipe(**RECIPE).stream(
        sample_path("adult_ptl"), tmp_path / "out.csv", progress=lambda *said: shown.append(said)
    )
    assert done.counts == expected.counts
    back = pd.read_csv(done.rows, dtype=str, keep_default_na=False)
    assert list(back) == list(expected.rows)
    for name in ("pathway_id", "scope", "score_status", "row_problems", "why"):
        assert back[name].tolist() == expected.rows[name].astype(object).fillna("").map(safe_text).tolist(), name
    assert (
        back["rank"].tolist()
        == expected.rows["rank"].astype(object).where(expected.rows["rank"].notna(), "").astype(str).tolist()
    )
    assert all(0 <= share <= 1 for share, _ in shown)
    assert {what.split(":")[0] for _, what in shown} >= {"looking", "reading", "scoring", "places"}


def test_a_folder_of_files_is_one_list(tmp_path):
    raw, folder = dirty(300), tmp_path / "months"
    folder.mkdir()
    for number, start in enumerate(range(0, 300, 75)):
        parquet(raw.iloc[start : start + 75], folder / f"part-{number:02d}.parquet")
    expected = ew.Recipe(SNAPSHOT, keep=["pathway_id", "scope", "row_problems"]).apply(raw)
    done = ew.Recipe(SNAPSHOT, keep=["pathway_id", "scope", "row_problems"]).stream(folder, tmp_path / "out")
    assert not unlike(expected.rows, pq.read_table(done.rows).to_pandas())
    texts = tmp_path / "texts"
    texts.mkdir()
    for number, start in enumerate(range(0, 300, 100)):
        raw.iloc[start : start + 100].to_csv(texts / f"{number}.csv", index=False)
    again = ew.Recipe(SNAPSHOT, keep=["pathway_id", "scope", "row_problems"]).stream(texts, tmp_path / "again")
    assert not unlike(expected.rows, pq.read_table(again.rows).to_pandas())


def test_counts_of_a_stream_are_the_sum_of_those_of_any_split(tmp_path):
    raw = ew.load_sample("adult_ptl").drop_duplicates("Pathway ID")
    recipe = ew.Recipe(SNAPSHOT, **PLACES, count=["imd_quintile", ("sex", "ethnicity")], missing=False)
    whole = recipe.stream(parquet(raw, tmp_path / "list.parquet", 400), tmp_path / "out").counts
    parts = [recipe.apply(raw.iloc[start:stop]).counts for start, stop in ((0, 7), (7, 900), (900, len(raw)))]
    assert sum(parts) == whole


@pytest.mark.parametrize("many", [1, 2])
def test_the_last_row_group_is_handed_out_in_halves_and_read_once_by_every_core(tmp_path, monkeypatch, many):
    read, threads = pq.ParquetFile.read_row_group, []
    monkeypatch.setattr(list_parts, "cores", lambda: many)
    monkeypatch.setattr(
        pq.ParquetFile,
        "read_row_group",
        lambda *asked, **how: (threads.append(how["use_threads"]), read(*asked, **how))[1],
    )
    raw = pa.table({"pathway_id": [str(number) for number in range(231)]})
    pq.write_table(raw, tmp_path / "list.parquet", row_group_size=90)
    tables = [part() for part in parts_of(tmp_path / "list.parquet").parts()]
    assert [table.num_rows for table in tables] == [90, 90, 25, 26]
    assert pa.concat_tables(tables).equals(raw)
    assert threads == [False, False, many > 1]


def test_a_list_with_typed_days_is_read_once_and_one_that_can_be_read_two_ways_is_refused(tmp_path):
    days = pa.array([20_000, 20_300, None], pa.date32())
    shown = []
    for priority, name in ((["P2", "1", None], "clear"), (["2", "1", None], "doubtful")):
        pq.write_table(pa.table({"clock_start": days, "Priority": priority}), tmp_path / name, row_group_size=1)
    clear, doubtful = ((tmp_path / name).rename(tmp_path / f"{name}.parquet") for name in ("clear", "doubtful"))
    ew.Recipe(SNAPSHOT).stream(clear, tmp_path / "out", progress=lambda _, what: shown.append(what.split(":")[0]))
    assert set(shown) == {"all"}
    with pytest.raises(InputError, match="two ways"):
        ew.Recipe(SNAPSHOT).stream(doubtful, tmp_path / "none")
    assert sorted(each.name for each in tmp_path.iterdir()) == ["clear.parquet", "doubtful.parquet", "out"]


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere Arrow keeps its own allocator")
@pytest.mark.parametrize("named", [None, "default"])
def test_a_stream_takes_memory_from_the_system_unless_the_environment_says_otherwise(tmp_path, monkeypatch, named):
    monkeypatch.delenv("ARROW_DEFAULT_MEMORY_POOL", raising=False)
    if named:
        monkeypatch.setenv("ARROW_DEFAULT_MEMORY_POOL", named)
    usual, met = pa.default_memory_pool().backend_name, set()
    source = parquet(dirty(100), tmp_path / "list.parquet", 40)
    ew.Recipe(**RECIPE).stream(
        source, tmp_path / "out", progress=lambda *_: met.add(pa.default_memory_pool().backend_name)
    )
    assert met == {usual if named else "system"}
    assert pa.default_memory_pool().backend_name == usual


def test_what_a_part_was_made_of_goes_once_the_part_is_whole(tmp_path, monkeypatch):
    source, whole, left = parquet(dirty(400), tmp_path / "list.parquet", 60), stream.whole, []

    def told(path, make):
        if path.name.startswith("part-"):
            left.append(len(list((tmp_path / "out.parquet.unfinished").glob("pass-*/part-*/rows.*"))))
        whole(path, make)

    monkeypatch.setattr(stream, "whole", told)
    monkeypatch.setattr(stream, "spread", lambda work, pieces: map(work, pieces))
    ew.Recipe(**RECIPE).stream(source, tmp_path / "out.parquet")
    assert max(left) == len(list(parts_of(source).parts()))  # as many as the list has, and never two passes of them


def test_ctrl_c_at_any_write_loses_and_repeats_nothing(tmp_path, monkeypatch):
    source, whole = parquet(dirty(150), tmp_path / "list.parquet", 60), stream.whole
    expected = ew.Recipe(**RECIPE).stream(source, tmp_path / "expected.parquet")
    stops = 0
    for left in ([4] for _ in range(40)):  # each run gets a little further

        def stopped(path, write, left=left):
            left[0] -= 1
            if left[0] == 0:
                raise KeyboardInterrupt
            whole(path, write)

        for module in (stream, work_folder):
            monkeypatch.setattr(module, "whole", stopped)
        try:
            done = ew.Recipe(**RECIPE).stream(source, tmp_path / "out.parquet")
            break
        except KeyboardInterrupt:
            stops += 1
    assert stops > 4
    assert pq.read_table(done.rows).equals(pq.read_table(expected.rows))
    assert done.counts == expected.counts


def test_unfinished_work_on_another_list_or_by_another_recipe_is_refused(tmp_path, monkeypatch):
    source, write = parquet(dirty(120), tmp_path / "list.parquet"), stream._Job._written

    def stopped(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(stream._Job, "_written", stopped)
    with pytest.raises(KeyboardInterrupt):
        ew.Recipe(SNAPSHOT).stream(source, tmp_path / "out")
    monkeypatch.setattr(stream._Job, "_written", write)
    monkeypatch.setattr(stream, "_SHAPE", "1 of an earlier release")
    with pytest.raises(OptionError, match="another version"):
        ew.Recipe(SNAPSHOT).stream(source, tmp_path / "out")
    monkeypatch.undo()
    with pytest.raises(OptionError, match="another recipe"):
        ew.Recipe(SNAPSHOT, missing=False).stream(source, tmp_path / "out")
    parquet(dirty(121), source)
    with pytest.raises(OptionError, match="has changed since"):
        ew.Recipe(SNAPSHOT).stream(source, tmp_path / "out")
    assert list(tmp_path.glob("*.unfinished"))


def test_a_full_disk_is_one_sentence_and_the_work_goes_on_later(tmp_path):
    source = parquet(dirty(300), tmp_path / "list.parquet", 150)
    before, handler = resource.getrlimit(resource.RLIMIT_FSIZE), signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, before[1]))
    try:
        with pytest.raises(OptionError, match="could not be written") as failed:
            ew.Recipe(**RECIPE).stream(source, tmp_path / "out.parquet")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)
    assert failed.value.__context__ is None
    assert not (tmp_path / "out.parquet").exists()
    ew.Recipe(**RECIPE).stream(source, tmp_path / "out.parquet")


def parts(folder, many, change=None):
    folder.mkdir()
    for number in range(many):
        frame = pd.DataFrame({"clock_start": ["2026-04-01"] * 3, "ward": ["7"] * 3})
        parquet(change(frame) if change and number == 37 else frame, folder / f"part-{number:03d}.parquet")
    return folder


def test_outputs_do_not_lie_among_the_files_of_their_list(tmp_path):
    folder = parts(tmp_path / "list", 3)
    for to in (folder / "out.parquet", folder / ".." / "list" / "out.csv"):
        with pytest.raises(OptionError, match="would lie among the files of the list"):
            ew.Recipe(SNAPSHOT).stream(folder, to)
    assert len(list(folder.iterdir())) == 3
    (folder / "out.unfinished").mkdir()  # of a run that was stopped
    ew.Recipe(SNAPSHOT).stream(folder, folder / "out")
    with pytest.raises(InputError, match="would not be read"):
        ew.Recipe(SNAPSHOT).stream(folder, folder / "again")


@pytest.mark.parametrize("data", [b"Smith,a\n1,2\n", gzip.compress(b"clock_start\n2026-01-01\n" * 99)[:9]])
def test_a_file_that_is_no_gzip_is_refused_in_one_sentence(tmp_path, data):
    (tmp_path / "list.csv.gz").write_bytes(data)
    for read in (lambda path: ew.read_list(path, snapshot=SNAPSHOT), parts_of):
        with pytest.raises(InputError, match=r"'list.csv.gz' could not be opened as a gzip file") as refused:
            read(tmp_path / "list.csv.gz")
        assert refused.value.__context__ is None


@pytest.mark.parametrize("other", ["p2.xlsx", "p2.csv.unfinished", "p2.csv.1", "p2.CSV.bz2", "sub/p2.csv", "notes.md"])
def test_nothing_in_a_folder_is_left_out_in_silence(tmp_path, other):
    folder = tmp_path / "list"
    (folder / other).parent.mkdir(parents=True)
    for name in ("p1.csv", "_SUCCESS", ".p1.csv.crc", other):
        (folder / name).write_text("clock_start\n2026-01-01\n")
    with pytest.raises(InputError, match="would not be read") as refused:
        parts_of(folder)
    assert repr(other.split("/")[0]) in refused.value.found
    assert len(parts_of([folder / "p1.csv"]).paths) == 1


@pytest.mark.parametrize("ending", ["parquet", "csv"])
def test_every_file_that_is_wrong_is_named_at_once(tmp_path, ending):
    folder = tmp_path / "list"
    folder.mkdir()
    for at in range(5):
        table = pa.table({"clock_start": ["2026-01-01"], "own": [1]})
        table = table.rename_columns(["clock_start", "other"]) if at in (2, 3) else table
        path = folder / f"part-{at}.{ending}"
        pq.write_table(table, path) if ending == "parquet" else pacsv.write_csv(table, path)
    (folder / f"part-4.{ending}").write_bytes(b"")
    with pytest.raises(InputError, match="3 things are wrong") as refused:
        parts_of(folder)
    assert f"'part-2.{ending}' has" in refused.value.found
    assert f"'part-3.{ending}' has" in refused.value.found
    assert f"'part-4.{ending}' is empty" in refused.value.found
    with pytest.raises(InputError, match="2 things are wrong") as refused:
        parts_of([folder / "a.csv", folder / "b.csv"])
    assert "a.csv" in refused.value.found
    assert "b.csv" in refused.value.found


def test_a_column_that_changes_type_in_part_37_is_refused_before_anything_is_written(tmp_path):
    folder = parts(tmp_path / "list", 40, lambda frame: frame.assign(ward=[7, 7, 7]))
    with pytest.raises(
        InputError, match=r"'part-037.parquet' has columns of another type than 'part-000.parquet'"
    ) as failed:
        ew.Recipe(SNAPSHOT).stream(folder, tmp_path / "out")
    assert "ward: " in failed.value.found
    assert "there, int64 here" in failed.value.found
    assert [each.name for each in tmp_path.iterdir()] == ["list"]


def test_a_part_with_other_columns_is_refused(tmp_path):
    folder = parts(tmp_path / "list", 40, lambda frame: frame.assign(Smith="secret"))
    with pytest.raises(InputError, match="has other columns"):
        ew.Recipe(SNAPSHOT).stream(folder, tmp_path / "out")


@pytest.mark.parametrize("cut", [0.4, 0.99])
def test_a_truncated_part_is_refused(tmp_path, cut):
    folder = parts(tmp_path / "list", 3)
    data = (folder / "part-001.parquet").read_bytes()
    (folder / "part-001.parquet").write_bytes(data[: int(cut * len(data))])
    with pytest.raises(InputError, match=r"'part-001.parquet' could not be opened as a Parquet file"):
        ew.Recipe(SNAPSHOT).stream(folder, tmp_path / "out")
    assert [each.name for each in tmp_path.iterdir()] == ["list"]


def test_a_part_whose_pages_are_damaged_leaves_nothing_half_written(tmp_path):
    path = parquet(dirty(400), tmp_path / "list.parquet")
    data = bytearray(path.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 4000] = b"\xff" * 4000
    path.write_bytes(data)
    with pytest.raises(InputError, match="could not be opened"):
        ew.Recipe(SNAPSHOT).stream(path, tmp_path / "out")
    assert [each.name for each in tmp_path.iterdir()] == ["list.parquet"]


def test_a_row_out_of_shape_deep_in_a_csv_file_leaves_nothing_half_written(tmp_path):
    path = tmp_path / "list.csv"
    path.write_text("clock_start,ward\n" + "2026-04-01,7\n" * 500 + "2026-04-01,7,8\n")
    with pytest.raises(InputError, match="not fit its header"):
        ew.Recipe(SNAPSHOT).stream(path, tmp_path / "out")
    assert [each.name for each in tmp_path.iterdir()] == ["list.csv"]


def test_what_cannot_be_streamed_is_refused_in_one_sentence(tmp_path):
    raw = pd.DataFrame({"clock_start": ["2026-04-01"]})
    with pytest.raises(InputError, match="cannot be read in parts"):
        ew.Recipe(SNAPSHOT).stream(raw, tmp_path / "out")
    with pytest.raises(InputError, match="There is no file"):
        ew.Recipe(SNAPSHOT).stream(tmp_path / "no.parquet", tmp_path / "out")
    with pytest.raises(InputError, match="holds no Parquet or CSV file"):
        ew.Recipe(SNAPSHOT).stream(tmp_path, tmp_path / "out")
    with pytest.raises(InputError, match="is not a kind of file"):
        ew.Recipe(SNAPSHOT).stream(sample_path("childrens_surgery"), tmp_path / "out")
    (tmp_path / "out").mkdir()
    with pytest.raises(OptionError, match="stands at 'out' already"):
        ew.Recipe(SNAPSHOT).stream(parquet(raw, tmp_path / "list.parquet"), tmp_path / "out")


def test_text_is_made_safe_for_spreadsheets_in_the_same_way_cell_by_cell_and_column_by_column():
    cells = [
        "=1",
        "+x",
        "-3",
        "-3.5",
        "-3x",
        "@a",
        "\t",
        "\u00a0=1",
        "\u200b=1",
        "\ufeff-1-",
        "\x1f=1",
        "＝1",
        "a=1",
        "",
        None,
        "\n",
    ]
    assert safe_column(pa.array(cells)).to_pylist() == [each if each is None else safe_text(each) for each in cells]


def grouped_list(rows=900):
    """Whose providers and specialties are few, in several spellings, and blank in every way."""
    raw = pd.DataFrame({"pathway_id": [f"A{n:06d}" for n in range(rows)], "clock_start": ["2026-04-01"] * rows})
    given = ["RAA", "raa ", "RBB", "", "N/K", "#REF!", None]
    return raw.assign(
        provider=[given[n % 7] for n in range(rows)], specialty=[["100", " 101"][n % 2] for n in range(rows)]
    ).assign(priority=[f"P{n % 4 + 1}" for n in range(rows)])


@pytest.mark.parametrize("count", [None, "sex", "specialty"])
def test_whom_people_are_ranked_with_is_text_in_what_is_given_back_however_it_is_stored(tmp_path, count):
    raw = grouped_list().assign(sex="1", list_type="IRTT")
    policy = {"policy": ew.Policy.preset("nhsr_targets"), "rank_within": ["provider", "specialty"]}
    keep = ["pathway_id", "provider", "specialty", "rank", "row_problems"]
    recipe = ew.Recipe(SNAPSHOT, duplicates=False, count=count, keep=keep, **policy)
    source, table = tmp_path / "list.parquet", pa.Table.from_pandas(raw, preserve_index=False)
    texts = [pa.field(each.name, pa.string()) for each in table.schema]
    pq.write_table(table.cast(pa.schema(texts)), source, row_group_size=300)
    assert set(parts_of(source).coded) >= {"provider", "specialty"}
    done, expected = recipe.stream(source, tmp_path / "out"), recipe.apply(raw)
    assert not unlike(expected.rows, pq.read_table(done.rows).to_pandas())
    assert {pq.read_schema(next(done.rows.iterdir())).field(name).type for name in keep[1:3]} == {pa.string()}
    assert done.counts == expected.counts
    assert not unlike(expected.rows, recipe.apply(raw.astype({"provider": "category"})).rows)


def test_a_part_says_of_numbers_between_which_they_lie_and_nothing_of_identifiers_and_codes(tmp_path):
    recipe = ew.Recipe(SNAPSHOT, **PLACES, keep=["pathway_id", "days_waiting", "clock_start", "imd_decile"])
    done = recipe.stream(parquet(dirty(60), tmp_path / "list.parquet"), tmp_path / "out")
    group = pq.read_metadata(next(done.rows.iterdir())).row_group(0)
    assert [group.column(at).is_stats_set for at in range(4)] == [False, True, True, False]


@pytest.mark.parametrize("to", ["out", "out.parquet"])
def test_what_has_few_values_is_written_by_them_and_what_has_many_as_it_is(tmp_path, to):
    rows = pd.Series(range(9_000))
    raw = pd.DataFrame({"pathway_id": "A" + rows.astype(str), "case": rows, "Ward": "ward " + (rows % 40).astype(str)})
    raw = raw.assign(clock_start=pd.Timestamp("2026-04-01") + pd.to_timedelta(rows % 200, "D"), beds=rows % 30 * 10**6)
    recipe = ew.Recipe(SNAPSHOT, duplicates=False, keep=[*raw.columns, "days_waiting"])
    done = recipe.stream(parquet(raw, tmp_path / "list.parquet", rows=3_000), tmp_path / to)
    first = done.rows if done.rows.is_file() else min(done.rows.iterdir())
    columns = [pq.read_metadata(first).row_group(0).column(at) for at in range(6)]
    assert ["RLE_DICTIONARY" in each.encodings for each in columns] == [False, False, True, True, True, True]
    assert {each.compression for each in columns} == {"SNAPPY"}
    expected, other = recipe.apply(raw).rows, pl.read_parquet(done.rows)
    assert not unlike(expected, pq.read_table(done.rows).to_pandas())
    for name in ("case", "Ward", "beds", "days_waiting"):
        assert other[name].to_list() == expected[name].tolist()


@pytest.mark.parametrize("count", ["sex", "tier_name", ["sex", ("score_status", "sex")]])
def test_people_are_counted_alike_before_they_are_put_in_order_and_after(tmp_path, count):
    raw = dirty(300)
    recipe = ew.Recipe(SNAPSHOT, **PLACES, policy=POLICY, count=count, keep=["pathway_id", "rank"])
    done = recipe.stream(parquet(raw, tmp_path / "list.parquet"), tmp_path / "out")
    whole = ew.Recipe(SNAPSHOT, **PLACES, policy=POLICY).apply(raw)
    assert done.counts == ew.count_waits(whole.rows, count) == recipe.apply(raw).counts
    assert pq.read_table(done.rows).to_pandas()["rank"].equals(whole.rows["rank"].astype(float))


def kept_between_passes(recipe, source, to, monkeypatch):
    """Stream, and return the schema of the rows that were kept on disk last."""
    schemas, write = [], stream.write_table
    monkeypatch.setattr(
        stream,
        "write_table",
        lambda table, path: (schemas.append(table.schema) if path.name == "rows.arrow" else None, write(table, path)),
    )
    recipe.stream(source, to)
    return schemas[-1]


def test_what_people_are_only_counted_by_is_not_kept_on_disk_between_passes(tmp_path, monkeypatch):
    source = parquet(dirty(200), tmp_path / "list.parquet")
    recipe = ew.Recipe(SNAPSHOT, **PLACES, policy=POLICY, count="sex", keep=["pathway_id", "rank"], duplicates=False)
    assert "sex" not in kept_between_passes(recipe, source, tmp_path / "early", monkeypatch).names
    late = ew.Recipe(SNAPSHOT, **PLACES, policy=POLICY, count=[("sex", "tier_name")], keep=["rank"], duplicates=False)
    assert "sex" in kept_between_passes(late, source, tmp_path / "late", monkeypatch).names


def test_points_lie_on_disk_between_passes_as_whole_numbers_and_come_back_as_they_were(tmp_path, monkeypatch):
    source = parquet(dirty(200), tmp_path / "list.parquet")
    recipe = ew.Recipe(SNAPSHOT, **PLACES, policy=promising(), duplicates=False)
    kept = kept_between_passes(recipe, source, tmp_path / "out.parquet", monkeypatch)
    points = [each.name for each in kept if each.name.startswith(("score_", "points_")) and each.name != "score_status"]
    assert {"score_low", "score_high"} < set(points)
    kinds = [kept.field(name).type for name in ["score", *points]]
    assert all(map(pa.types.is_integer, kinds))
    assert kept.field(f"{BETWEEN}kinds 0").type.index_type == pa.int16()  # points of codes are few
    back = pq.read_table(tmp_path / "out.parquet").to_pandas()
    assert not unlike(recipe.apply(pd.read_parquet(source)).rows, back)
    assert back["score"].dtype == float


def trades(times, names):
    """A policy of factors that give points of 200 specialties, weighed by so many sites."""
    factor = {"kind": "clinical", "source": "invented", "column": "specialty", "missing": "zero",
              "points": {f"{number}": number for number in range(100, 300)}}  # fmt: skip
    weighed = [{"by": "site", "levels": {f"S{number}": 1 + number / 1000 for number in range(times)}}] if times else []
    factors = [{"name": name, **factor, **({"times": weighed} if weighed else {})} for name in names]
    return ew.Policy.read(
        {"name": "trades", "title": "Trades", "status": "draft", "source": "invented", "people": "everyone",
         "order": {"then": "points"}, "tiers": [{"name": "All", "takes_unknown": True}], "factors": factors}
    )  # fmt: skip


@pytest.mark.parametrize(
    ("times", "names", "kinds"), [(0, ["one"], 1), (100, ["one"], 1), (200, ["one"], 0), (0, ["one", "two"], 2)]
)
def test_points_lie_in_kinds_of_row_where_short_numbers_tell_all_of_them_apart(
    tmp_path, monkeypatch, times, names, kinds
):
    sites, rows = max(times, 1), 300
    raw = pd.DataFrame(
        {"pathway_id": map(str, range(rows)), "clock_start": "2026-01-01", "list_type": "IRTT", "Site Code": [f"S{at % sites}" for at in range(rows)],
         "specialty": [str(100 + at % 200) for at in range(rows)]}
    )  # fmt: skip
    recipe = ew.Recipe(SNAPSHOT, policy=trades(times, names), duplicates=False, columns={"Site Code": "site"})
    kept = kept_between_passes(recipe, parquet(raw, tmp_path / "list.parquet"), tmp_path / "out.parquet", monkeypatch)
    marked = [name.removeprefix(BETWEEN) for name in kept.names if name.startswith(f"{BETWEEN}kinds")]
    assert marked == [f"kinds {number}" for number in range(kinds)]
    assert [f"points_{name}" in kept.names for name in names] == [not kinds for _ in names]
    assert not unlike(recipe.apply(raw).rows, pq.read_table(tmp_path / "out.parquet").to_pandas())


@pytest.mark.parametrize(("wanted", "kept"), [([], []), (["tier"], ["tier"]), (["points_two"], [f"{BETWEEN}kinds 1"])])
def test_only_columns_that_somebody_asks_for_lie_on_disk_and_a_tier_alone_as_it_is(tmp_path, monkeypatch, wanted, kept):
    policy = trades(0, ["one", "two"])
    recipe = ew.Recipe(SNAPSHOT, policy=policy, keep=["pathway_id", "rank", *wanted], duplicates=False)
    source = parquet(dirty(200), tmp_path / "list.parquet")
    assert kept_between_passes(recipe, source, tmp_path / "out", monkeypatch).names == ["pathway_id", *kept]
    assert not unlike(recipe.apply(pd.read_parquet(source)).rows, pq.read_table(tmp_path / "out").to_pandas())
