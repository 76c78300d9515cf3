"""Places: postcode to area to index of deprivation."""

from equiwait.rows.places.build import FileCheck, build_place, check_place, list_places
from equiwait.rows.places.directory import Directory
from equiwait.rows.places.geography import Boundaries, add_distance, locate_areas, read_boundaries
from equiwait.rows.places.indices import Index, load_index
from equiwait.rows.places.link import LINK_STATUSES, Linker, link_deprivation, link_summary
from equiwait.rows.places.link_record import link_record
from equiwait.rows.places.lsoa_changes import AreaChanges, load_area_changes
from equiwait.rows.places.places_folder import places_folder

__all__ = [
    "LINK_STATUSES",
    "AreaChanges",
    "Boundaries",
    "Directory",
    "FileCheck",
    "Index",
    "Linker",
    "add_distance",
    "build_place",
    "check_place",
    "link_deprivation",
    "link_record",
    "link_summary",
    "list_places",
    "load_area_changes",
    "load_index",
    "locate_areas",
    "places_folder",
    "read_boundaries",
]
