"""Places: postcode to area to index of deprivation."""

from equiwait.places.changes import AreaChanges, load_changes
from equiwait.places.directory import Directory
from equiwait.places.indices import Index, load_index
from equiwait.places.linking import LINK_STATUSES, Linker, link_deprivation, link_summary

__all__ = [
    "LINK_STATUSES",
    "AreaChanges",
    "Directory",
    "Index",
    "Linker",
    "link_deprivation",
    "link_summary",
    "load_changes",
    "load_index",
]
