"""Ask whether the wait for care is fair, and what order would be fairer.

equiwait reads a waiting-list extract as it really comes, links each person's postcode to the deprivation index of their
nation, shows what is not recorded about whom, measures the gaps in waits between groups, and puts the list in an order
that combines clinical urgency with social need under a written policy. It suggests and explains; people decide.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from equiwait.disparity import Disparities as Disparities
    from equiwait.disparity import disparities as disparities
    from equiwait.errors import EquiwaitError as EquiwaitError
    from equiwait.flags import flag_missing as flag_missing
    from equiwait.intake import Problems as Problems
    from equiwait.intake import check_list as check_list
    from equiwait.intake import read_list as read_list
    from equiwait.movement import Adherence as Adherence
    from equiwait.movement import Displacement as Displacement
    from equiwait.movement import Sensitivity as Sensitivity
    from equiwait.movement import adherence as adherence
    from equiwait.movement import displacement as displacement
    from equiwait.movement import places_that_depend as places_that_depend
    from equiwait.movement import sensitivity as sensitivity
    from equiwait.places import Directory as Directory
    from equiwait.places import Index as Index
    from equiwait.places import link_deprivation as link_deprivation
    from equiwait.places import load_index as load_index
    from equiwait.policies import Policy as Policy
    from equiwait.publications import read_published as read_published
    from equiwait.recording import Completeness as Completeness
    from equiwait.recording import completeness as completeness
    from equiwait.reporting import report as report
    from equiwait.reporting import tidy as tidy
    from equiwait.reporting import workbook as workbook
    from equiwait.representation import Exits as Exits
    from equiwait.representation import Persistence as Persistence
    from equiwait.representation import Tail as Tail
    from equiwait.representation import exits as exits
    from equiwait.representation import persistence as persistence
    from equiwait.representation import read_population as read_population
    from equiwait.representation import referral_growth as referral_growth
    from equiwait.representation import tail as tail
    from equiwait.results import Chart as Chart
    from equiwait.results import Result as Result
    from equiwait.samples import load_sample as load_sample
    from equiwait.samples import make_list as make_list
    from equiwait.scoring import Score as Score
    from equiwait.scoring import explain as explain
    from equiwait.scoring import schema as schema
    from equiwait.scoring import score as score
    from equiwait.scoring import score_record as score_record
    from equiwait.scoring import score_records as score_records
    from equiwait.waits import Waits as Waits
    from equiwait.waits import count_waits as count_waits

__version__ = "0.1.0"

# The front door: each name and the room it lives in. A room is opened when its name is first used, so that
# `import equiwait` stays quick and silent and loads nothing heavy.
_ROOMS = {
    "Adherence": "movement",
    "Chart": "results",
    "Completeness": "recording",
    "Directory": "places",
    "Disparities": "disparity",
    "Displacement": "movement",
    "EquiwaitError": "errors",
    "Exits": "representation",
    "Index": "places",
    "Persistence": "representation",
    "Policy": "policies",
    "Problems": "intake",
    "Result": "results",
    "Score": "scoring",
    "Sensitivity": "movement",
    "Tail": "representation",
    "Waits": "waits",
    "adherence": "movement",
    "check_list": "intake",
    "completeness": "recording",
    "count_waits": "waits",
    "disparities": "disparity",
    "displacement": "movement",
    "exits": "representation",
    "explain": "scoring",
    "flag_missing": "flags",
    "link_deprivation": "places",
    "load_index": "places",
    "load_sample": "samples",
    "make_list": "samples",
    "persistence": "representation",
    "places_that_depend": "movement",
    "read_list": "intake",
    "read_population": "representation",
    "read_published": "publications",
    "referral_growth": "representation",
    "report": "reporting",
    "schema": "scoring",
    "score": "scoring",
    "score_record": "scoring",
    "score_records": "scoring",
    "sensitivity": "movement",
    "tail": "representation",
    "tidy": "reporting",
    "workbook": "reporting",
}

# Rooms that people use by name: equiwait.statistics.wilson, equiwait.places.postcodes.normalise.
_OPEN_ROOMS = ("errors", "fields", "places", "representation", "samples", "statistics")

__all__ = sorted(_ROOMS)


def __getattr__(name: str) -> Any:
    """Open the room of a public name when it is first asked for."""
    if name in _OPEN_ROOMS:
        return importlib.import_module(f"equiwait.{name}")
    if name not in _ROOMS:
        raise AttributeError(f"module 'equiwait' has no attribute {name!r}")
    value = getattr(importlib.import_module(f"equiwait.{_ROOMS[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """Return the public names."""
    return [*__all__, *_OPEN_ROOMS, "__version__"]
