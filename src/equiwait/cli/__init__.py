"""The command line: two commands from a spreadsheet to a report.

`main` is what ``equiwait`` runs. It shows one clear message for anything that equiwait refuses, never a traceback and
never a patient's value, and ends with a code that says what kind of thing went wrong (`EXIT_CODES`).
"""

from __future__ import annotations

import atexit
import gc
from collections.abc import Sequence

from equiwait.cli.libraries import tell_libraries
from equiwait.cli.messages import EXIT_CODES, Stopped, guarded

__all__ = ["EXIT_CODES", "main"]

_SELDOM = (3_000_000, 20, 100)
"""A command makes a million objects or two, hardly any in rings, and is soon over: looking for rings as often as Python does takes time."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code.

    Parameters
    ----------
    arguments : sequence of str, optional
        What was typed after ``equiwait``; by default what the system says.

    Returns
    -------
    int
        0 if all went well; otherwise as in `EXIT_CODES`.
    """
    usual = gc.get_threshold()
    gc.set_threshold(*_SELDOM)
    tell_libraries()  # none of them is loaded yet
    atexit.register(gc.freeze)  # or Python would look through all that is left three times more before it goes
    try:
        return guarded(lambda: _run(arguments))
    finally:
        _look_later()
        gc.set_threshold(*usual)


def _look_later() -> None:
    """Count what the command has made among what has long been there, or Python would look through all of it at the next object."""
    if not gc.get_freeze_count():  # what the caller froze stays so
        gc.freeze()
        gc.unfreeze()


def _run(arguments: Sequence[str] | None) -> int:
    from equiwait.cli.commands import command  # typer is heavy, and a failure to open it is shown like any other

    done = command().main(
        args=list(arguments) if arguments is not None else None, prog_name="equiwait", standalone_mode=False
    )
    if done == EXIT_CODES[KeyboardInterrupt]:  # the parser of commands ends in silence
        raise Stopped
    return int(done or 0)
