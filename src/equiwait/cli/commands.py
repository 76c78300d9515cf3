"""The one table of commands. What the command line offers, its help, its completion and its page in the docs come from it.

To add a command: write its function in a small file of this folder (typer's annotations; nothing heavy at the top), or
name a verb of the front door whose options it shall have (`Asked`), and add a row to `TABLE`. ``answers`` names the verbs
of the front door that the command answers; a test holds that every verb stands in a row or in `WITHOUT_COMMAND`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cache
from types import MappingProxyType
from typing import Annotated, Any, NamedTuple

import typer
from typer.core import TyperGroup

import equiwait
from equiwait.cli import map_command, order_commands, place_commands, policy_commands, report_commands, serve_command
from equiwait.cli.messages import say
from equiwait.cli.month_command import month
from equiwait.cli.published_report import published
from equiwait.cli.verb_commands import Asked, command_of

__all__ = ["GROUPS", "TABLE", "WITHOUT_COMMAND", "Row", "command", "single"]


class Row(NamedTuple):
    """A command: the words that are typed, what it does, what runs it, and the verbs of the front door that it answers."""

    words: str
    says: str
    runs: Callable[..., None] | Asked
    answers: tuple[str, ...] = ()


TABLE = (
    Row("demo", "Make a report on the bundled sample, an invented list.", report_commands.demo, ("load_sample",)),
    Row("examples", "Put a script, notebooks and sample files into a folder.", report_commands.examples),
    Row(
        "report",
        "Make a report on a list, with the ordered list, tables and a manifest beside it.",
        report_commands.report,
        ("outputs", "report", "workbook", "tidy", "read_list", "link_deprivation", "flag_missing", "load_index"),
    ),
    Row("governance", "Write the papers that a board asks for.", report_commands.governance, ("governance",)),
    Row("headings", "Say how each heading of a list is understood.", order_commands.headings, ("headings",)),
    Row("map", "Ask once how a file's headers are read, and save it.", map_command.map_file),
    Row("check", "Say every problem of a list at once.", Asked("check_list", "list"), ("check_list",)),
    Row("score", "Put a list in the order that a policy suggests.", order_commands.score, ("score",)),
    Row("explain", "Explain one person's place on a list.", order_commands.explain, ("explain",)),
    Row("compare", "Say who moves between two policies or orders.", order_commands.compare, ("displacement",)),
    Row("movers", "List whom fairness moves, in-team.", Asked("movers", "ordered"), ("movers",)),
    Row("gaps", "Measure the gaps in waits between groups.", Asked("disparities", "list", unasked=("benchmark",)),
        ("disparities", "count_waits")),
    Row("missing", "Say what is not recorded about whom.", Asked("completeness", "list"), ("completeness",)),
    Row("unknowns", "Say whether what is missing could change the conclusion.", Asked("unknowns", "list"), ("unknowns",)),
    Row("tail", "Say who makes up the longest waits.", Asked("tail", "list"), ("tail",)),
    Row("funnel", "Compare providers, sites or specialties with the whole.", Asked("funnel", "list"), ("funnel",)),
    Row("plausibility", "Say what of a list is hard to believe.", Asked("plausibility", "list"), ("plausibility",)),
    Row("reconciliation", "Say where sources of a list disagree.", Asked("reconciliation", "list"), ("reconciliation",)),
    Row("representation", "Hold a list against the people who live there.",
        Asked("representation", "list", files=("population",), unasked=("labels",)), ("representation", "read_population")),
    Row("exits", "Say who left between two lists, and how.", Asked("exits", "two lists"), ("exits",)),
    Row("persistence", "Say who stays among the longest waits, list after list.", Asked("persistence", "several lists"),
        ("persistence",)),
    Row("referral-growth", "Say whose referrals grow.", Asked("referral_growth", "list", earlier="before"), ("referral_growth",)),
    Row("month", "Put a folder of monthly lists together and say whether the gap is closing.", month, ("stitch",)),
    Row("trend", "Say whether a gap is closing, list after list.", Asked("trend", "several lists"), ("trend",)),
    Row("change", "Say what a change made of a gap.", Asked("test_of_change", "several lists"), ("test_of_change",)),
    Row("pile-up", "Say who is treated just under a target.", Asked("pile_up", "list"), ("pile_up",)),
    Row("stages", "Say where on the way to treatment a gap arises.", Asked("stages", "list"), ("stages",)),
    Row("sensitivity", "Say how far an order hangs on its weights.", Asked("sensitivity", "policy"), ("sensitivity",)),
    Row("depends", "List whose place hangs on a weight, in-team.", Asked("places_that_depend", "policy"), ("places_that_depend",)),
    Row("promise-price", "Say what a cap on lost places costs.", Asked("price_of_the_promise", "policy"), ("price_of_the_promise",)),
    Row("adherence", "Say whether treatment followed the order.",
        Asked("adherence", "ordered", files=("treated", "overrides")), ("adherence",)),
    Row("override", "Record that a person decided otherwise, in-team.", order_commands.override, ("record_override",)),
    Row("link-summary", "Count what became of each postcode, in-team.", Asked("link_summary", "list"), ("link_summary",)),
    Row("published", "Make a report on NHS England's own figures.", published, ("read_published",)),
    Row("release-check", "Say whether files may leave the room.", report_commands.check_release, ("release_check",)),
    Row("schema", "Print the JSON Schema of a record, a score or a policy.", order_commands.schema_of, ("schema",)),
    Row("serve", "Score and explain records over HTTP, on this machine.", serve_command.serve),
    Row("audit", "Say whether the service's audit log holds together.", serve_command.audit),
    Row("policy list", "List the policies that come with equiwait.", policy_commands.list_),
    Row("policy show", "Read a policy aloud.", policy_commands.show),
    Row("policy check", "Say everything that is wrong with a policy.", policy_commands.check),
    Row("policy diff", "Say what one policy changes of another.", policy_commands.diff),
    Row("policy sheet", "Write a sheet of points for a workshop.", policy_commands.sheet),
    Row("policy new", "Write a policy, question by question.", policy_commands.new),
    Row("policy try", "Say what each weight does to a list.", policy_commands.try_),
    Row("places build", "Keep a published file under a name.", place_commands.build, ("build_place",)),
    Row("places list", "List what the places folder holds.", place_commands.list_, ("list_places",)),
    Row("places check", "Say what a file is, and whether it is whole.", place_commands.check, ("check_place",)),
)  # fmt: skip

GROUPS: Mapping[str, str] = MappingProxyType(
    {
        "policy": "Policies: write one with people, read it aloud, check it, compare it, try it on a list.",
        "places": "Directories of postcodes and indices of deprivation, built once from the published files.",
    }
)
"""First words that hold several commands, and what those are about."""

WITHOUT_COMMAND: Mapping[str, str] = MappingProxyType(
    {
        "add_distance": "adds a column for a step that Python takes next",
        "classify_postcode": "works on a column; link-summary says it of a list",
        "how_linked": "the report command writes it",
        "how_ordered": "the report command writes it",
        "link_record": "one record: the service has it, and link-summary says it of a list",
        "load_area_changes": "opens a file; --changes does",
        "locate_areas": "adds a column for a step that Python takes next",
        "make_list": "makes invented lists for tests",
        "normalise_postcode": "works on a column; link-summary says it of a list",
        "read_boundaries": "opens a file for maps",
        "reconcile": "takes frames of several sources",
        "score_record": "one record: equiwait score reads any number from the standard input",
        "score_records": "records: equiwait score reads them from the standard input",
        "repair_postcode": "works on a column; link-summary says it of a list",
        "write_fix_list": "one explicit act, with a result in hand",
    }
)
"""Verbs of the front door that no command answers, and why."""


def single(row: Row) -> Any:
    """Return the command of one row."""
    return _single(row)


@cache
def _single(row: Row) -> Any:
    runs = command_of(row.runs) if isinstance(row.runs, Asked) else row.runs
    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)
    app.command(row.words.split()[-1])(runs)
    made = typer.main.get_command(app)
    options: Iterable[Any] = made.params
    for each in options:
        if each.param_type_name == "option" and not each.is_flag:
            each.metavar = each.metavar or _METAVARS.get(each.name, "TEXT")
    return made


_METAVARS: Mapping[str, str] = MappingProxyType(
    {
        **dict.fromkeys(("snapshot", "earlier_snapshot", "before_snapshot", "when"), "YYYY-MM-DD"),
        **dict.fromkeys(("by", "within"), "COLUMN"),
        **dict.fromkeys(("directory", "index", "changes"), "NAME|FILE"),
        **dict.fromkeys(("columns", "blank_means"), "LEFT=RIGHT"),
        **dict.fromkeys(
            ("confidence", "share", "change", "limit", "smallest_gap", "per_week", "top", "most"), "NUMBER"
        ),
        **dict.fromkeys(("to", "out", "mapping", "record", "earlier", "before_order", "policies"), "PATH"),
        "window": "FROM TO",
        "policy": "POLICY",
    }
)


class _Commands(TyperGroup):
    """Commands of the table, each made when it is asked for, so that the command line starts at once."""

    rows: Iterable[Row] = TABLE
    first = ""

    def _named(self) -> dict[str, str]:
        """Return the next word of each command below this one, and what it says."""
        named: dict[str, str] = {}
        for row in self.rows:
            head, _, rest = row.words.partition(" ")
            if self.first:
                named |= {rest: row.says} if head == self.first else {}
            else:
                named.setdefault(head, GROUPS.get(head, row.says))
        return named

    def list_commands(self, ctx: Any) -> list[str]:
        return list(self._named())

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name not in self._named():
            return None
        if not self.first and cmd_name in GROUPS:
            return _group(cmd_name)
        words = f"{self.first} {cmd_name}".strip()
        return single(next(row for row in self.rows if row.words == words))

    @property  # type: ignore[override]
    def commands(self) -> dict[str, Any]:
        return {name: self.get_command(None, name) for name in self._named()}

    @commands.setter
    def commands(self, given: Any) -> None:
        """Typer gives what was registered; the table says what there is."""

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(self._named().items()))


@cache
def _group(word: str) -> Any:
    kind = type(f"_{word}", (_Commands,), {"first": word})
    app = typer.Typer(cls=kind, help=GROUPS[word], **_PLAIN)

    @app.callback()
    def _about() -> None:
        pass

    return typer.main.get_command(app)


_PLAIN: Mapping[str, Any] = {
    "add_completion": False,
    "no_args_is_help": True,
    "pretty_exceptions_enable": False,
    "rich_markup_mode": None,
}
_ENDING = """\b
Start here:  equiwait demo
Your list:   equiwait report october.csv --snapshot 2026-10-31 --out october
Each command says its options: equiwait report --help. Nothing is sent anywhere."""


def command() -> Any:
    """Return the command line as one command."""
    app = typer.Typer(
        cls=_Commands,
        help="Is the wait for care fair, and what order would be fairer? It suggests and explains; people decide.",
        epilog=_ENDING,
        **{**_PLAIN, "add_completion": True},
    )
    app.callback()(_options)
    return typer.main.get_command(app)


def _version(wanted: bool) -> None:
    if wanted:
        say(f"equiwait {equiwait.__version__}")
        raise typer.Exit


def _options(
    version: Annotated[
        bool, typer.Option("--version", help="Say the version and end.", callback=_version, is_eager=True)
    ] = False,
) -> None:
    pass
