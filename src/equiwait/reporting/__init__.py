"""Results as files: a report, a workbook, tidy tables, the ordered list, and where it all came from."""

from equiwait.reporting.list_summaries import how_linked, how_ordered
from equiwait.reporting.manifest import manifest
from equiwait.reporting.release_gate import as_written, made_together
from equiwait.reporting.report import report
from equiwait.reporting.run_folder import outputs
from equiwait.reporting.team_list import ordered_list
from equiwait.reporting.tidy import tidy
from equiwait.reporting.workbook import workbook

__all__ = [
    "as_written",
    "how_linked",
    "how_ordered",
    "made_together",
    "manifest",
    "ordered_list",
    "outputs",
    "report",
    "tidy",
    "workbook",
]
