"""Places: postcode to area to index of deprivation.

What links a list is here; building places, maps and single records stand in files of their own, which a list needs not.
"""

from equiwait.rows.places.directory import Directory
from equiwait.rows.places.indices import Index, load_index
from equiwait.rows.places.link import LINK_STATUSES, Linker, link_deprivation, link_summary
from equiwait.rows.places.lsoa_changes import AreaChanges, load_area_changes
from equiwait.rows.places.places_folder import places_folder

__all__ = [
    "LINK_STATUSES",
    "AreaChanges",
    "Directory",
    "Index",
    "Linker",
    "link_deprivation",
    "link_summary",
    "load_area_changes",
    "load_index",
    "places_folder",
]
