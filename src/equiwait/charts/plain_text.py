"""Labels are text: a group called ``$A$`` is drawn so, and is no mathematics."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, ParamSpec

if TYPE_CHECKING:  # matplotlib is heavy and only needed to draw
    from matplotlib.axes import Axes

__all__ = ["plain_text"]

Arguments = ParamSpec("Arguments")


def plain_text(draw: Callable[Arguments, Axes]) -> Callable[Arguments, Axes]:
    """Make a chart whose words are all drawn as they are written: labels, titles, notes, legends, names of rows.

    matplotlib reads what stands between two dollar signs as mathematics, and refuses a label that is none. Words that stood
    on the axes before are left as they were.
    """

    @wraps(draw)
    def drawn(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Axes:
        from matplotlib.text import Text  # heavy: only when something is drawn

        given = kwargs.get("ax")
        before = {text: text.get_text() for text in given.findobj(Text)} if given is not None else {}  # type: ignore[attr-defined]
        ax = draw(*args, **kwargs)
        for text in ax.findobj(Text):
            if before.get(text) != text.get_text():
                text.set_parse_math(False)
                text.set_usetex(False)
        return ax

    return drawn
