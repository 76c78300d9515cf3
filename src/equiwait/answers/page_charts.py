"""`PageChart`: a chart whose words and table are made when somebody asks for them, since a page shows the picture alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pandas as pd

from equiwait.results import Chart

if TYPE_CHECKING:  # matplotlib is heavy and only needed to draw
    from matplotlib.axes import Axes

__all__ = ["PageChart"]


class PageChart(Chart):
    """A chart as `Chart` describes it, with functions in the place of ``alt`` and ``table``; each is called once at most.

    Examples
    --------
    >>> chart = PageChart(
    ...     "gaps", "Is there a gap?", lambda: "B waits longer.", lambda ax: ax, lambda: pd.DataFrame({"n": [10]}), (7.2, 3.6), str
    ... )
    >>> chart.alt, chart.table["n"].tolist()
    ('B waits longer.', [10])
    """

    def __init__(
        self,
        name: str,
        title: str,
        alt: Callable[[], str],
        draw: Callable[[Axes], Axes],
        table: Callable[[], pd.DataFrame],
        size: tuple[float, float],
        page: Callable[[], str],
    ) -> None:
        given = {"name": name, "title": title, "_alt": alt, "draw": draw, "_table": table, "size": size, "page": page}
        self.__dict__.update(given)

    def __getattr__(self, name: str) -> Any:
        """Make what has not been asked for yet."""
        if name not in ("alt", "table"):
            raise AttributeError(name)
        made = self.__dict__[name] = self.__dict__[f"_{name}"]()
        return made
