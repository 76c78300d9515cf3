"""Results as files: a report, a workbook, tidy tables, the ordered list, and where it all came from."""

from equiwait.reporting.accounts import how_linked, how_ordered
from equiwait.reporting.bundle import outputs
from equiwait.reporting.ordered import ordered_list
from equiwait.reporting.page import report
from equiwait.reporting.provenance import manifest
from equiwait.reporting.sheets import workbook
from equiwait.reporting.tables import tidy

__all__ = ["how_linked", "how_ordered", "manifest", "ordered_list", "outputs", "report", "tidy", "workbook"]
