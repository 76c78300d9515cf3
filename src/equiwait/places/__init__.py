"""Places: postcode to area to index of deprivation."""

from equiwait.places.building import FileCheck, build_place, check_file, list_places
from equiwait.places.changes import AreaChanges, load_changes
from equiwait.places.directory import Directory
from equiwait.places.folder import places_folder
from equiwait.places.geography import Boundaries, add_distance, locate_areas, read_boundaries
from equiwait.places.indices import Index, load_index
from equiwait.places.linking import LINK_STATUSES, Linker, link_deprivation, link_summary

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
    "check_file",
    "link_deprivation",
    "link_summary",
    "list_places",
    "load_changes",
    "load_index",
    "locate_areas",
    "places_folder",
    "read_boundaries",
]
