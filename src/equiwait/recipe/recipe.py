"""`Recipe`: the row work of a list as a value: read, link, flag, score and count, the same on any engine."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from copy import copy, deepcopy
from dataclasses import dataclass, field, fields
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow as pa

from equiwait.counts.waits.count_waits import Asked
from equiwait.counts.waits.groups import By, questions
from equiwait.engines import memory
from equiwait.engines.work_folder import WorkLostError
from equiwait.errors import OptionError
from equiwait.files.parts import CsvParts, ParquetParts, parts_of
from equiwait.frames import arrow_or_frame, cut, from_any, in_order_of_names, to_arrow, to_pandas
from equiwait.recipe.outputs import place_of, refuse_nested, stream_to
from equiwait.recipe.work import GROWN, Work
from equiwait.rows.intake.extract import Extract, Options
from equiwait.rows.intake.read_list import clean_own, options_of
from equiwait.rows.places.link import Linker, linker_for
from equiwait.rows.policies import Policy

if TYPE_CHECKING:
    from equiwait.counts.waits import Waits
    from equiwait.engines.stream import Progress

__all__ = ["Applied", "Recipe"]


@dataclass(frozen=True)
class Applied:
    """What a recipe made of a list.

    Parameters
    ----------
    rows : pandas.DataFrame, pathlib.Path or pyspark.sql.DataFrame
        The list: a frame, the place of the files, or a frame of Spark.
    counts : Waits or None
        What the recipe counts, if anything.
    recipe : Recipe
        The recipe with the list's means in its policy, to score what comes later as this list was scored.
    """

    rows: Any
    counts: Waits | None
    recipe: Recipe


@dataclass(frozen=True, eq=False)
class Recipe:
    """The row work of a list as a value: how it is read, linked, flagged, scored and counted.

    Parameters
    ----------
    snapshot : str or datetime.date
        The day that the list describes.
    columns, profile, blank_means, codes, date_order
        As in `read_list`.
    duplicates : bool
        Whether to look for submissions of one pathway and for shared identifiers, as `read_list` does. Without it every
        row is taken for a pathway of its own: only for a list that is known to have none.
    directory, index, changes
        As in `link_deprivation`; without an ``index`` nothing is linked.
    missing : sequence of str, or False
        Fields to flag, as in `flag_missing`: by default those that it chooses; False for none.
    policy : Policy, optional
        Puts the list in order, as `score` does; without one it is not scored.
    rank_within, ranges
        As in `score`.
    count : str, or sequence of str and tuples, optional
        Groupings to count people by, as ``by`` of `count_waits`.
    within, estimand, window
        As in `count_waits`.
    keep : sequence of str, optional
        The columns that are given back, in this order; by default all.

    Notes
    -----
    Every engine runs the same functions on blocks of rows, the same sums over the list, and the same list work on small
    keys; columns, places, promises and counts are equal whichever runs it. A recipe cannot be changed; make another.

    Examples
    --------
    >>> import pandas as pd
    >>> raw = pd.DataFrame({"Pathway ID": ["a", "b"], "RTT start": ["01/04/2026", "2026-10-01"], "P code": ["p 2", ""]})
    >>> done = Recipe("2026-10-31", count="priority").apply(raw)
    >>> done.rows[["pathway_id", "priority", "days_waiting", "missing_priority"]]
      pathway_id priority  days_waiting missing_priority
    0          a       P2           213         recorded
    1          b      NaN            30            blank
    >>> done.counts.table[["group", "days", "people"]]
                      group  days  people
    0    P2: Within 4 weeks   213       1
    1  Not recorded (blank)    30       1
    """

    snapshot: str | dt.date
    columns: Mapping[str, str] = field(default_factory=dict)
    profile: str = "auto"
    blank_means: Mapping[str, str] = field(default_factory=dict)
    codes: Mapping[str, Any] = field(default_factory=dict)
    date_order: str = "day_first"
    duplicates: bool = True
    directory: Any = None
    index: Any = None
    changes: Any = None
    missing: Sequence[str] | bool | None = None
    policy: Policy | None = None
    rank_within: Sequence[str] | None = None
    ranges: bool = True
    count: By | None = None
    within: Sequence[str] | None = None
    estimand: str = "still_waiting"
    window: Sequence[object] | None = None
    keep: Sequence[str] | None = None
    options: Options = field(init=False, repr=False)
    linker: Linker | None = field(init=False, repr=False)

    def __post_init__(self) -> None:
        for name in ("columns", "blank_means", "codes"):  # what the caller changes later changes nothing here
            if isinstance(given := getattr(self, name), Mapping):
                object.__setattr__(self, name, deepcopy(dict(given)))
        for name in ("missing", "rank_within", "within", "window", "keep"):
            object.__setattr__(self, name, _once(getattr(self, name)))
        # what does the same is said in one way, so that it has one fingerprint
        object.__setattr__(self, "missing", None if self.missing is True else self.missing)
        object.__setattr__(self, "count", None if self.count is None else tuple(questions(self.count)))
        given = (self.columns, self.profile, self.blank_means, self.codes, self.date_order)
        object.__setattr__(self, "options", options_of(self.snapshot, *given, duplicates=self.duplicates))
        if self.policy is not None and not isinstance(self.policy, Policy):
            raise OptionError(
                f"policy= is a {type(self.policy).__name__}, not a Policy.",
                todo='Load it first: Policy.load("policy.toml") or Policy.preset("england_default").',
            )
        if self.index is None and (self.directory is not None or self.changes is not None):
            raise OptionError("directory= links nothing without an index.", todo='Say which: index="imd2025".')
        linker = None if self.index is None else linker_for(self.directory, self.index, self.changes)
        object.__setattr__(self, "linker", linker)

    @property
    def fingerprint(self) -> str:
        """Twelve hex digits of all that can change what comes out: options, what becomes of every place, and the policy.

        Examples
        --------
        >>> Recipe("2026-10-31").fingerprint == Recipe("2026-10-31", keep=["scope"]).fingerprint
        False
        """
        said = {each.name: getattr(self, each.name) for each in fields(self) if each.init}
        said["snapshot"] = self.options.day
        if self.linker is not None:
            said |= dict.fromkeys(("index", "directory", "changes")) | {"places": self.linker.identity}
        if self.policy is not None:
            said["policy"] = [self.policy.stamp, self.policy.to_dict()]
        text = json.dumps(said, sort_keys=True, default=str)
        return hashlib.sha256(text.encode()).hexdigest()[:12]

    def __eq__(self, other: object) -> bool:
        """Whether another recipe says the same, in whatever words: its fingerprint is equal."""
        return isinstance(other, Recipe) and self.fingerprint == other.fingerprint

    def __hash__(self) -> int:
        """Return a number that equal recipes share."""
        return hash(self.fingerprint)

    def __repr__(self) -> str:
        """Return what it is for; no rows, since it holds none."""
        steps = ["read", *(["link"] * (self.linker is not None)), *(["flag"] * (self.missing is not False))]
        steps += [f"score by {self.policy.name}"] if self.policy else []
        steps += ["count"] if self.count is not None else []
        return f"<Recipe {self.fingerprint}: {', '.join(steps)}; snapshot {self.options.day}>"

    # --- the engines --------------------------------------------------------------------------------------------------

    def apply(self, frame: object) -> Applied:
        """Apply the recipe to a table in memory.

        Parameters
        ----------
        frame : table
            A pandas frame, or anything that speaks the Arrow interface, as it comes out of the extract.

        Returns
        -------
        Applied
            Its ``rows`` are a pandas frame: the same rows, order and index.

        Raises
        ------
        EquiwaitError
            As `read_list`, `link_deprivation`, `flag_missing`, `score` and `count_waits` do.
        """
        raw = from_any(frame)
        headers = list(map(str, raw.columns))
        work = self._work(dict.fromkeys(headers, pa.null()))
        names = {header: name for name, header in work.extract.sources.items()}
        came = clean_own(raw.set_axis([names.get(header, header) for header in headers], axis=1))
        arrays = {header: to_arrow(came[names.get(header, header)]) for header in headers}
        work.extract.kinds |= {header: array.type for header, array in arrays.items()}
        done = pa.Table.from_batches(memory.run(work.plan(), cut(arrays, len(raw))))
        own = set(work.own)  # as they came: not everything that pandas holds comes back from Arrow as it was
        columns = {name: came[name].array if name in own else to_pandas(done[name]) for name in done.column_names}
        columns |= {name: _nullable(columns[name]) for name in work.nullable if name in columns}
        rows = pd.DataFrame(columns).set_axis(raw.index)
        grown = [name for name in GROWN if name not in own]
        return Applied(in_order_of_names(rows, grown), work.counts, self._with(work.policy))

    def stream(self, source: object, to: str | PathLike[str], *, progress: Progress | None = None) -> Applied:
        """Apply the recipe to files bigger than memory, part by part.

        Parameters
        ----------
        source : path, or sequence of paths
            A Parquet or CSV file, or a folder or sequence of files of one kind and one set of columns.
        to : path
            Where the list goes: a folder of Parquet files; or one file, by its ending ``.parquet`` or ``.csv``.
        progress : callable, optional
            Called as ``progress(share_done, what)``.

        Returns
        -------
        Applied
            Its ``rows`` are the path.

        Raises
        ------
        EquiwaitError
            As `apply`; for files that are not whole or not alike before anything is done; if something stands at ``to``.

        Notes
        -----
        Rows, places, promises and counts are those of `apply`. Between passes the work lies in a folder beside ``to`` (its
        name ends in ``.unfinished``), which takes some 90 to 310 bytes for a row (up to 460 where a list has but one or two
        parts), more with long columns of your own, beside the outputs, of which a single file lies there twice while it is put
        together. It is gone when the outputs are there. A run that was stopped, by Ctrl-C or otherwise, goes on when it is
        called again with the same recipe and source; what a power cut has torn is done again.
        Memory is bounded by the largest row group of a Parquet file, of which a few are held at a time, and by the largest
        group within which people are ranked.

        Examples
        --------
        >>> import tempfile
        >>> from equiwait.samples import sample_path
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     done = Recipe("2026-10-31", count="sex").stream(sample_path("adult_ptl"), Path(folder) / "list.parquet")
        ...     done.rows.name, done.counts
        ('list.parquet', <Waits: still_waiting by sex; snapshot 2026-10-31; 662 cells>)
        """
        place = place_of(to, source)
        parts = parts_of(source)
        try:
            return self._streamed(parts, place, progress)
        except WorkLostError:  # begun before the machine stopped, and gone now: it begins anew
            pass
        return self._streamed(parts, place, progress)

    def _streamed(self, parts: ParquetParts | CsvParts, to: Path, progress: Progress | None) -> Applied:
        work = self._work({each.name: each.type for each in parts.schema})
        own = [name for name in work.extract.own if self.keep is None or name in self.keep]
        refuse_nested(parts.schema, [work.extract.sources.get(name, name) for name in own], to)
        stream_to(work.plan(), parts, to, self.fingerprint, progress)
        return Applied(to, work.counts, self._with(work.policy))

    def spark(self, frame: Any) -> Applied:
        """Apply the recipe to a frame of Spark, on its cluster.

        Parameters
        ----------
        frame : pyspark.sql.DataFrame
            The list as it comes out of the extract.

        Returns
        -------
        Applied
            Its ``rows`` are a frame of Spark, in no order of their own; codes are text there.

        Raises
        ------
        EquiwaitError
            As `apply`; if the frame is not Spark's, or its Spark is older than 4.

        Notes
        -----
        Every worker needs equiwait installed. What the list as a whole must say is worked out at once, before this returns;
        the last rows are worked out when they are asked for. The directory and the index are sent to each worker once. A
        group within which people are ranked is ranked by one worker, which is sent the keys of their places and not their
        rows: rank within providers and specialties. Of submissions of one pathway that nothing else tells apart the last
        that Spark reads counts, so read a list whose order matters from one file.
        """
        from equiwait.engines import spark_frames
        from equiwait.engines.spark import run

        spark_frames.refuse_other_frames(frame)
        like = spark_frames.arrow_like(frame)
        arrow_or_frame(pa.Table.from_batches([like]))  # two columns of one name are refused, as in memory
        work = self._work({each.name: each.type for each in like.schema})
        done, named = run(work.plan(), spark_frames.by_place(frame), like, [self.linker])
        came = {each.name: each.dataType for each in frame.schema.fields}
        own = {name: came[work.extract.sources[name]] for name in work.own}
        return Applied(spark_frames.as_it_came(done, named, own), work.counts, self._with(work.policy))

    def _with(self, policy: Policy | None) -> Recipe:
        """Return the same with the policy as a list has left it, the list's means written into it; nothing is opened again."""
        same = copy(self)
        object.__setattr__(same, "policy", policy and policy.frozen())
        return same

    def _work(self, kinds: Mapping[str, pa.DataType]) -> Work:
        """Return the work on a list whose columns have these types."""
        extract = Extract(pd.DataFrame(columns=list(kinds)), kinds, self.options)
        asked = None
        if self.count is not None:
            window = tuple(str(day) for day in self.window or ())
            asked = Asked(tuple(questions(self.count)), tuple(self.within or ()), self.estimand, window)
        return Work(
            extract,
            self.linker,
            self.missing,
            self.policy,
            asked,
            keep=self.keep,
            rank_within=self.rank_within,
            ranges=self.ranges,
        )


def _once(given: Any) -> Any:
    """Return names as a tuple of our own, whatever they came in; a generator can be read but once, and a list changes."""
    if isinstance(given, set | frozenset):  # which have another order each time
        return tuple(sorted(given, key=str))
    return tuple(given) if isinstance(given, Iterable) and not isinstance(given, str) else given


def _nullable(column: pd.Series[Any]) -> pd.Series[Any]:
    return column.astype("Float64") if column.dtype == "float64" else column
