"""Charts as inline SVG, on a sheet of white paper in light and dark: the same bytes each time, text as text, no outside reference."""

from __future__ import annotations

import io
import re
from html import escape

from equiwait.results import Chart

__all__ = ["svg"]

# Whatever a user's matplotlib is set to, a report looks and reads the same.
_STYLE = {"svg.fonttype": "none", "svg.hashsalt": "equiwait", "font.family": "DejaVu Sans", "hatch.linewidth": 0.8}
_FONTS = "Arial, Helvetica, 'DejaVu Sans', sans-serif"


def svg(chart: Chart, name: str) -> str:
    """Return a chart as an SVG element that carries its text alternative.

    Parameters
    ----------
    chart : Chart
        What to draw.
    name : str
        Stands before every id of the drawing, so that two drawings on one page cannot clash.
    """
    import matplotlib.style  # heavy: only when something is drawn
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    buffer = io.StringIO()
    with matplotlib.style.context(["default", _STYLE]):
        figure = Figure(figsize=chart.size, layout="constrained")
        FigureCanvasSVG(figure)
        chart.draw(figure.subplots())
        figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None}, facecolor="white")
    return _inline(buffer.getvalue(), chart.alt, name)


def _inline(drawing: str, alt: str, name: str) -> str:
    drawing = drawing[drawing.index("<svg") :].strip()
    drawing = re.sub(r"<metadata>.*?</metadata>", "", drawing, flags=re.DOTALL)
    drawing = re.sub(r'id="([^"]+)"', rf'id="{name}-\1"', drawing)
    drawing = re.sub(r'(href="#|url\(#)', rf"\1{name}-", drawing)
    drawing = re.sub(r"font: (\S+) [^;\"]*", rf"font: \1 {_FONTS}", drawing)
    head = re.match(r"<svg[^>]*>", drawing)
    box = re.search(r'viewBox="[^"]+"', head[0] if head else "")
    width = re.search(r'width="([0-9.]+)pt"', head[0] if head else "")
    opening = (
        f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" {box[0] if box else ""} '
        f'class="sheet" style="max-width:{width[1] if width else 520}pt" role="img" aria-label="{escape(alt, quote=True)}">'
    )
    return opening + drawing[len(head[0]) if head else 0 :]
