"""Commands made from the verbs of the front door: the options are the verb's own, and so are their defaults and words."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple

import typer

import equiwait
from equiwait.cli.list_options import DEFAULT_POLICY, ListOptions, opened_policy, pairs, question, with_list
from equiwait.cli.messages import steps
from equiwait.cli.shown_answers import show
from equiwait.errors import OptionError

__all__ = ["Asked", "Takes", "command_of"]

Takes = Literal["list", "policy", "ordered", "two lists", "several lists"]
"""What a verb works on: a list that is read and linked; that and a policy; a list in order; two lists or more."""


class Asked(NamedTuple):
    """How a verb of the front door becomes a command.

    Parameters
    ----------
    verb : str
        Its name at the front door.
    takes : str
        What it works on; see `Takes`.
    files : tuple of str
        Parameters that are tables in Python and files here.
    unasked : tuple of str
        Parameters that have no option, because they are Python objects.
    """

    verb: str
    takes: Takes
    files: tuple[str, ...] = ()
    unasked: tuple[str, ...] = ()
    earlier: str = ""  # a parameter that takes an earlier list, which may be left out


def command_of(asked: Asked) -> Callable[..., None]:
    """Return the function that a command runs, with the verb's own options."""
    verb = getattr(equiwait, asked.verb)
    words = _words_of(verb)
    own = _own_parameters(verb, asked)
    options = [_option(each, words.get(each.name, ""), asked) for each in own]
    extra = _extra(asked)

    def run(given: ListOptions, **options: Any) -> None:
        own_names = [each.name for each in own]
        with steps(4) as shown:
            tables = _inputs(asked, given, options, shown)
            shown.step("Counting")
            chosen = {name: _value(name, options[name], asked, given) for name in own_names}
            if asked.earlier and options["earlier"]:
                chosen[asked.earlier] = _earlier(given, options).linked(shown)
            answer = verb(*tables, **{name: value for name, value in chosen.items() if value is not None})
        show(answer, json=options["json"], to=options["to"])

    first = inspect.Parameter("given", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=ListOptions)
    run.__signature__ = inspect.Signature([first, *extra, *options, *_OUTPUT])  # type: ignore[attr-defined]
    run.__doc__ = (verb.__doc__ or "").split("\n\n")[0]
    return with_list(run)


# --- what goes in -----------------------------------------------------------------------------------------------------


def _extra(asked: Asked) -> list[inspect.Parameter]:
    """Return the options that say what else the verb works on."""
    if asked.takes in ("policy", "ordered"):
        kind: Any = Annotated[str, typer.Option(help="Policy file, or the name of a preset.")]
        return [_parameter("policy", kind, DEFAULT_POLICY)]
    if asked.earlier or asked.takes == "two lists":
        needed = asked.takes == "two lists"
        list_: Any = Annotated[Path | None, typer.Option(help="An earlier list, to hold this one against.")]
        day: Any = Annotated[str | None, typer.Option(help="The day that the earlier list describes.")]
        default = inspect.Parameter.empty if needed else None
        return [_parameter("earlier", list_, default), _parameter("earlier_snapshot", day, default)]
    if asked.takes == "several lists":
        kind = Annotated[list[str], typer.Option(help='An earlier list, "FILE@YYYY-MM-DD". Give it again for each.')]
        return [_parameter("earlier", kind)]
    return []


def _inputs(asked: Asked, given: ListOptions, options: dict[str, Any], shown: Any) -> list[Any]:
    if asked.takes == "ordered":
        return [given.ordered(opened_policy(options["policy"], given.snapshot), shown)]
    if asked.takes == "two lists":
        before = _earlier(given, options).linked(shown)
        return [before, given.linked(shown)]
    if asked.takes == "several lists":
        return [[given.of(*_at_day(each)).linked(shown) for each in options["earlier"]] + [given.linked(shown)]]
    waiting = given.linked(shown)
    return [waiting, opened_policy(options["policy"], given.snapshot)] if asked.takes == "policy" else [waiting]


def _earlier(given: ListOptions, options: dict[str, Any]) -> ListOptions:
    if not options["earlier_snapshot"]:
        raise OptionError("--earlier wants the day that it describes.", todo="Add --earlier-snapshot YYYY-MM-DD.")
    return given.of(options["earlier"], options["earlier_snapshot"])


def _at_day(given: str) -> tuple[Path, str]:
    file, at, day = given.rpartition("@")
    if not at:
        raise OptionError("--earlier wants a file and its day.", todo="Type --earlier october.csv@2026-10-31.")
    return Path(file), day


def _value(name: str, value: Any, asked: Asked, given: ListOptions) -> Any:
    """Return what an option says as the verb takes it."""
    if value is None or value == []:
        return None
    if name in asked.files:
        from equiwait.files.read_table import read_table

        return Path(value) if name == "population" else read_table(Path(value), None)
    if name == "by":
        return [question(each) for each in value]
    if name == "reference" and isinstance(value, list):
        return dict(pairs("--reference", value)) if any("=" in each for each in value) else value[0]
    if name == "window":
        return tuple(value)
    return value


# --- the verb's own options -------------------------------------------------------------------------------------------

_TABLES = {"list": 1, "policy": 2, "ordered": 1, "two lists": 2, "several lists": 1}


def _own_parameters(verb: Callable[..., Any], asked: Asked) -> list[inspect.Parameter]:
    every = list(inspect.signature(verb).parameters.values())[_TABLES[asked.takes] :]
    return [each for each in every if each.name not in (*asked.unasked, asked.earlier)]


_KINDS: tuple[tuple[str, Any], ...] = (
    (r"tuple\[str, str\]|Sequence\[object\]", tuple[str, str] | None),
    (r"Sequence\[int", list[int] | None),
    (r"By\b|Sequence\[str\]|Iterable\[str\]|Given|Mapping", list[str] | None),
    (r"float", float | None),
    (r"\bint\b", int | None),
    (r"bool", bool | None),
    (r"str|Literal|Path|DataFrame|object", str | None),
)


def _option(parameter: inspect.Parameter, words: str, asked: Asked) -> inspect.Parameter:
    """Return one parameter of a verb as an option; left out, the verb's own default holds."""
    said = str(parameter.annotation)
    kind = str | None if parameter.name in asked.files else next(k for pattern, k in _KINDS if re.search(pattern, said))
    if parameter.default is inspect.Parameter.empty:
        kind = {str | None: str, (list[str] | None): list[str]}.get(kind, kind)
    plain = parameter.default not in (None, "", inspect.Parameter.empty) and not isinstance(parameter.default, tuple)
    shown = f" [default: {parameter.default}]" if plain and not isinstance(parameter.default, bool) else ""
    option = typer.Option(f"--{parameter.name.replace('_', '-')}", help=f"{words}{shown}")
    default = inspect.Parameter.empty if parameter.default is inspect.Parameter.empty else None
    return _parameter(parameter.name, Annotated[kind, option], default)


def _parameter(name: str, kind: Any, default: Any = inspect.Parameter.empty) -> inspect.Parameter:
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, annotation=kind, default=default)


_OUTPUT: Sequence[inspect.Parameter] = (
    _parameter(
        "json", Annotated[bool, typer.Option("--json", help="The whole answer as JSON, for other tools.")], False
    ),
    _parameter("to", Annotated[Path | None, typer.Option("--to", help="Write it: .html, .xlsx, .csv or .json.")], None),
)


def _words_of(verb: Callable[..., Any]) -> dict[str, str]:
    """Return the first sentence that a docstring says of each parameter."""
    text = inspect.getdoc(verb) or ""
    section = re.search(r"\nParameters\n-+\n(.*?)(?=\n\w[\w ]*\n-{3,}|\Z)", text, re.DOTALL)
    found = re.findall(
        r"^(\S[^\n:]*?)(?: :[^\n]*)?\n((?: {4}[^\n]*\n?|\n)+)", section[1] + "\n" if section else "", re.MULTILINE
    )
    own = {name.strip(): _sentence(said) for names, said in found for name in names.split(",")}
    return {
        **own,
        **{name: said for name, said in _SHARED.items() if name != "by" or "as in" in own.get("by", "as in")},
    }


_SHARED = {
    "by": "Column to look at; a+b crosses two. May be given again.",
    "confidence": "Two-sided coverage of the intervals.",
    "estimand": "Whose waits: still_waiting, completed or time_to_treatment.",
    "reference": "The group that others are held against, or column=group. May be given again.",
    "suppression": "Small numbers: hes hides them; none keeps them, in-team.",
    "window": "First and last day of the window that completed waits and treatment are counted in.",
}
"""Words of options that many verbs share, and that their docstrings say by pointing at each other."""


def _sentence(said: str) -> str:
    one = re.sub(r"`{1,2}([^`]*)`{1,2}", r"\1", " ".join(said.split()))
    return re.split(r"(?<=[.;])\s(?=[A-Z])|; ", one)[0].rstrip(".;") + "."
