"""Charts of plain tables: a table and ``ax=`` in, ``ax`` out.

Nothing here knows what a waiting list is. Each picture says its numbers in words as well: values are printed beside the
marks, n stands under each group, hidden groups are written out and never drawn as zero, and colour is never the only
cue. The four hues are those of the Government Analysis Function; neighbours differ by a contrast of at least 3 to 1.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from equiwait.charts.completeness import REASONS, missing_bars, missing_words
from equiwait.charts.curves import curve_plot, curve_words
from equiwait.charts.dumbbells import dumbbell_plot, dumbbell_words
from equiwait.charts.funnels import funnel_plot, funnel_words
from equiwait.charts.gaps import gap_plot, gap_words, mover_plot, mover_words
from equiwait.charts.heat_maps import heat_html, heat_plot, heat_words
from equiwait.charts.intervals import bars, interval_plot, interval_words
from equiwait.charts.map_pages import map_html
from equiwait.charts.maps import area_map, map_words
from equiwait.charts.marks import GREYS, HIDDEN, PALETTE, UNKNOWN, in_units, size_for
from equiwait.charts.plane_charts import curve_html, funnel_html, series_html
from equiwait.charts.row_charts import (
    bars_html,
    dumbbell_html,
    gap_html,
    interval_html,
    missing_html,
    mover_html,
    waterfall_html,
)
from equiwait.charts.series import series_plot, series_words
from equiwait.charts.waterfalls import waterfall_plot
from equiwait.units import Unit

if TYPE_CHECKING:  # matplotlib is heavy and only needed to draw
    from matplotlib.axes import Axes as Axes

__all__ = [
    "GREYS",
    "HIDDEN",
    "PALETTE",
    "REASONS",
    "UNKNOWN",
    "Unit",
    "area_map",
    "bars",
    "bars_html",
    "curve_html",
    "curve_plot",
    "curve_words",
    "dumbbell_html",
    "dumbbell_plot",
    "dumbbell_words",
    "funnel_html",
    "funnel_plot",
    "funnel_words",
    "gap_html",
    "gap_plot",
    "gap_words",
    "heat_html",
    "heat_plot",
    "heat_words",
    "in_units",
    "interval_html",
    "interval_plot",
    "interval_words",
    "map_html",
    "map_words",
    "missing_bars",
    "missing_html",
    "missing_words",
    "mover_html",
    "mover_plot",
    "mover_words",
    "series_html",
    "series_plot",
    "series_words",
    "size_for",
    "waterfall_html",
    "waterfall_plot",
]
