"""The options that every command about a list has, in one place, and the list as they say it."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, get_type_hints

import typer

from equiwait.cli.first_runs import with_candidates
from equiwait.cli.messages import Steps, quoted
from equiwait.cli.saved_mapping import UNSAID, Mapped, mapping_for
from equiwait.errors import ColumnsError, InputError, OptionError, choose, listed

if TYPE_CHECKING:  # each room is opened when its step begins, so that the command starts at once
    import pandas as pd

    from equiwait.rows.policies import Policy

__all__ = [
    "DEFAULT_POLICY",
    "NO_POLICY",
    "ListOptions",
    "index_asked",
    "opened_policy",
    "pairs",
    "question",
    "refuse_folder",
    "with_list",
]

DEFAULT_POLICY = "england_default"
NO_POLICY = "none"


@dataclass(frozen=True)
class ListOptions:
    """A list, and all that is said about how to read, link and order it."""

    source: Annotated[Path, typer.Argument(metavar="LIST", help="The waiting list: CSV, Excel or Parquet.")]
    snapshot: Annotated[str, typer.Option(help="The day that the list describes, YYYY-MM-DD.")]
    directory: Annotated[
        str | None, typer.Option(help="Postcodes to areas: a name, an .equiwait file, or ONSPD or NSPL as published.")
    ] = None
    index: Annotated[
        list[str] | None,
        typer.Option(help="Index of deprivation: a name or a file, or idaci=FILE. May be given again."),
    ] = None
    changes: Annotated[str | None, typer.Option(help="LSOA 2011 to 2021 lookup: a name or a file.")] = None
    columns: Annotated[
        list[str] | None, typer.Option(help='Your header for a column, "Their header=name". May be given again.')
    ] = None
    blank_means: Annotated[
        list[str] | None,
        typer.Option(help='What a blank means in a flag, "learning_disability=no". May be given again.'),
    ] = None
    all_are: Annotated[
        str | None, typer.Option(help="admitted: everybody on the list waits to be admitted, and no column says so.")
    ] = None
    mapping: Annotated[
        Path | None, typer.Option(help="What `equiwait map` wrote; by default equiwait-mapping.toml beside the list.")
    ] = None
    sheet: Annotated[str | None, typer.Option(help="Sheet of the workbook.")] = None
    date_order: Annotated[
        str | None, typer.Option(help="How 03/04/2026 is read: day_first (the default) or month_first.")
    ] = None

    def read(self, said_of: Callable[[Mapping[str, str]], Mapping[str, str]] = dict) -> pd.DataFrame:
        """Return the list as read; ``said_of`` is given what is said of its headers."""
        from equiwait.rows.intake import read_list

        refuse_folder(self.source)
        if not self.snapshot:
            raise OptionError(
                "Missing option '--snapshot'.", todo="Say the day that the list describes: --snapshot 2026-10-31."
            )
        said = self.said
        lacking: ColumnsError | None = None
        try:
            waiting = read_list(
                self.source,
                snapshot=self.snapshot,
                columns=said_of({**said.columns, **pairs("--columns", self.columns)}),
                blank_means={**said.blank_means, **pairs("--blank-means", self.blank_means)} or None,
                date_order=choose(
                    "--date-order", self.date_order or said.date_order or "day_first", ("day_first", "month_first")
                ),
                sheet=self.sheet or said.sheet,
            )
        except ColumnsError as error:
            lacking = error
        if lacking is not None:  # outside the block above, so that nothing travels along
            raise with_candidates(lacking, self.source, self.sheet) if "clock start" in lacking.wrong else lacking
        return _all_admitted(waiting) if self.everybody_admitted else waiting

    @property
    def said(self) -> Mapped:
        """What was said once and saved, for this list."""
        return mapping_for(self.source, self.mapping)

    @property
    def has_mapping(self) -> bool:
        """Whether a mapping was saved for this list."""
        return self.said is not UNSAID

    @property
    def everybody_admitted(self) -> bool:
        """Whether it was said that everybody on the list waits to be admitted."""
        return choose("--all-are", self.all_are or self.said.all_are, (None, "admitted")) is not None

    def linked(self, steps: Steps) -> pd.DataFrame:
        """Return the list with its areas and indices, where any were given, and what is missing."""
        steps.step("Reading the list")
        return self.link(self.read(), steps)

    def link(self, waiting: pd.DataFrame, steps: Steps) -> pd.DataFrame:
        """Return a list that was read with its areas and indices, and what is missing."""
        from equiwait.rows.missing import flag_missing

        steps.step("Linking postcodes to areas")
        index = list(self.index or [])
        if self.directory and not index:
            raise OptionError(
                "--directory finds each person's area, and nothing says what to find out about the area.",
                todo="Add an index: --index imd2025, or --index FILE. The names that are built: equiwait places list.",
            )
        if index:
            from equiwait.rows.places import link_deprivation, load_index

            known = [load_index(file, name=name, domain=domain) for name, domain, file in map(index_asked, index)]
            waiting = link_deprivation(
                waiting,
                directory=self._directory(steps),
                index=known[0] if len(known) == 1 else known,
                changes=self.changes,
            )
        return flag_missing(waiting)

    def _directory(self, steps: Steps) -> Any:
        """Return the directory by name or file; one as published is built in memory, and nothing is kept."""
        from equiwait.rows.places import Directory

        if self.directory is None:
            return None
        path = Path(self.directory)
        if path.exists() and path.suffix != ".equiwait":
            return Directory.build(path, progress=steps.part)
        return Directory.load(self.directory)

    def ordered(self, policy: Policy, steps: Steps) -> pd.DataFrame:
        """Return the list in the order that a policy suggests."""
        from equiwait.rows.scoring import score

        waiting = self.linked(steps)
        steps.step("Putting the list in order")
        return score(waiting, policy)

    def of(self, source: Path, snapshot: str) -> ListOptions:
        """Return the same said of another list."""
        return replace(self, source=source, snapshot=snapshot)

    def refuse_absent(self, beside: Mapping[str, Any]) -> None:
        """Refuse files that are not there, where there are several: of one its reader knows more to say.

        ``beside``: what a command is given beside a list; a name without an ending can be that of a policy or of places.
        """
        given = [("--directory", self.directory), ("--changes", self.changes)]
        given += [("--index", file) for _, _, file in map(index_asked, self.index or [])]
        given += [("--policy", policy) for policy in _several(beside.get("policy"))]
        files = [("the list", self.source), *(("--mapping", each) for each in _several(self.mapping))]
        files += [
            (f"--{name.replace('_', '-')}", _file(each)) for name in _FILES for each in _several(beside.get(name))
        ]
        files += [(said, Path(named)) for said, named in given if named and Path(named).suffix]
        gone = [f"{said} {file.name!r}" for said, file in files if file.name != "-" and not _is_there(file)]
        if len(gone) > 1:
            raise OptionError(
                f"{len(gone)} files are not there.", found=f"{listed(gone)}.", todo="Check their names and folders."
            )

    def sources(self, policy: str | None) -> dict[str, Path]:
        """Return the files that went in, by what they were used as."""
        named = {"list": str(self.source), "directory": self.directory, "policy": policy}
        named |= {f"index {name}": file for name, _, file in map(index_asked, self.index or [])}
        named |= {"changes": self.changes}
        return {use: Path(given) for use, given in named.items() if given and Path(given).is_file()}


def with_list(command: Callable[..., None], *, stream: bool = False) -> Callable[..., None]:
    """Give a command that takes a `ListOptions` first the options that make one.

    A command that takes a stream of records too wants no snapshot for those: each record says its own.
    """
    own = list(inspect.signature(command, eval_str=True).parameters.values())[1:]
    hints = get_type_hints(ListOptions, include_extras=True)
    shared = [
        inspect.Parameter(
            each.name,
            inspect.Parameter.KEYWORD_ONLY,
            annotation=hints[each.name],
            default=getattr(ListOptions, each.name, inspect.Parameter.empty),
        )
        for each in fields(ListOptions)
    ]
    if stream:
        shared[1] = shared[1].replace(default="")
    every = [*shared, *(each.replace(kind=inspect.Parameter.KEYWORD_ONLY) for each in own)]
    mine = {each.name for each in shared}

    @wraps(command)
    def made(**given: Any) -> None:
        asked = ListOptions(**{name: value for name, value in given.items() if name in mine})
        asked.refuse_absent(given)
        command(asked, **{name: value for name, value in given.items() if name not in mine})

    needed = [each for each in every if each.default is inspect.Parameter.empty]
    rest = [each for each in every if each.default is not inspect.Parameter.empty]
    made.__signature__ = inspect.Signature([*needed, *rest])  # type: ignore[attr-defined]
    made.__annotations__ = {each.name: each.annotation for each in every}
    del made.__wrapped__
    return made


_FILES = ("previous", "population", "treated", "earlier", "before_order", "overrides")
"""Options of commands that name files to be read, beside those of a list."""


def _is_there(path: Path) -> bool:
    """Whether a file is there; of a name that no disk takes it is not."""
    try:
        return path.exists()
    except (OSError, ValueError):
        return False


def _file(given: Any) -> Path:
    """The file that an option names; an earlier list can have its day behind it."""
    file, at, _ = str(given).rpartition("@")
    return Path(file if at and not _is_there(Path(given)) else given)


def _several(given: Any) -> list[Any]:
    """What an option was given, whether it takes one or several."""
    return list(given) if isinstance(given, list | tuple) else [given] if given else []


def _all_admitted(waiting: pd.DataFrame) -> pd.DataFrame:
    """Say of every row that the person waits to be admitted, where no column of the list says otherwise."""
    if "list_type" in waiting and waiting["list_type"].notna().any():
        raise OptionError(
            "--all-are admitted was given, and the list has a column that says who is.",
            found="list_type is recorded.",
            todo="Leave --all-are out.",
        )
    import numpy as np

    from equiwait.fields import FIELDS
    from equiwait.frames import categorical

    codes = list(FIELDS["list_type"].codes)
    return waiting.assign(list_type=categorical(np.full(len(waiting), codes.index("IRTT"), np.int8), codes))


def refuse_folder(path: Path) -> None:
    """Refuse a folder where a list is wanted, and name the lists in it."""
    if not path.is_dir():
        return
    lists = sorted(each.name for each in path.iterdir() if each.suffix.lower() in (".csv", ".xlsx", ".xls", ".parquet"))
    raise InputError(
        f"{path.name or str(path)!r} is a folder, not a list.",
        found=f"It holds {listed(lists, 5)}." if lists else "It holds no CSV, Excel or Parquet file.",
        todo=f"Name the file: {quoted(path / (lists[0] if lists else 'october.csv'))}",
    )


def opened_policy(given: str, snapshot: str | None = None) -> Policy:
    """Return a policy by its file, with what has expired by the snapshot among its faults, or by the name of a preset."""
    from equiwait.errors import PolicyError
    from equiwait.rows.policies import Policy

    path = Path(given)
    if path.is_file():
        return Policy.load(path, snapshot=snapshot)
    if path.suffix or path.exists():
        raise PolicyError(
            f"There is no policy file {path.name!r} at that path.",
            todo=f"Give the path of a TOML file, or one of: {listed(Policy.presets(), 30)}.",
        )
    return Policy.preset(given)


def index_asked(given: str) -> tuple[str, str, str]:
    """Return the name of an index's columns, its domain, and its file or name: ``FILE`` or ``name[:domain]=FILE``."""
    left, equals, file = given.partition("=")
    if not equals or Path(given).exists():
        return "imd", "overall", given
    name, _, domain = left.partition(":")
    return name, domain or "overall", file


def question(given: str) -> str | tuple[str, ...]:
    """Return one question: ``a`` looks at a, ``a+b`` at both crossed."""
    parts = tuple(part.strip() for part in given.split("+"))
    return parts if len(parts) > 1 else parts[0]


def pairs(option: str, given: Sequence[str] | None) -> Mapping[str, str]:
    """Return ``left=right`` as a mapping; the header on the left may itself hold an equals sign."""
    wrong = [pair for pair in given or [] if not all(part.strip() for part in pair.rpartition("="))]
    if wrong:
        raise OptionError(
            f"{option} wants two names with an equals sign between them.", todo=f'Type {option} "left=right".'
        )
    return {left.strip(): right.strip() for left, _, right in (pair.rpartition("=") for pair in given or [])}
