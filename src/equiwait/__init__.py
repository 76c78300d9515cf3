"""Ask whether the wait for care is fair, and what order would be fairer.

equiwait reads a waiting-list extract as it really comes, links each person's postcode to the deprivation index of their
nation, shows what is not recorded about whom, measures the gaps in waits between groups, and puts the list in an order
that combines clinical urgency with social need under a written policy. It suggests and explains; people decide.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from equiwait.answers.completeness import Completeness as Completeness
    from equiwait.answers.completeness.completeness import completeness as completeness
    from equiwait.answers.disparity import Disparities as Disparities
    from equiwait.answers.disparity.disparities import disparities as disparities
    from equiwait.answers.funnel import Funnelled as Funnelled
    from equiwait.answers.funnel import funnel as funnel
    from equiwait.answers.longest_waits import Tail as Tail
    from equiwait.answers.longest_waits import tail as tail
    from equiwait.answers.plausibility import Plausibility as Plausibility
    from equiwait.answers.plausibility import plausibility as plausibility
    from equiwait.answers.population import Representation as Representation
    from equiwait.answers.population import read_population as read_population
    from equiwait.answers.population.representation import representation as representation
    from equiwait.answers.reconciliation import Reconciliation as Reconciliation
    from equiwait.answers.reconciliation import reconciliation as reconciliation
    from equiwait.answers.reordering.adherence import Adherence as Adherence
    from equiwait.answers.reordering.adherence import adherence as adherence
    from equiwait.answers.reordering.displacement import Displacement as Displacement
    from equiwait.answers.reordering.displacement import displacement as displacement
    from equiwait.answers.reordering.fairness import movers as movers
    from equiwait.answers.reordering.overrides import record_override as record_override
    from equiwait.answers.reordering.promise_price import PromisePrice as PromisePrice
    from equiwait.answers.reordering.promise_price import price_of_the_promise as price_of_the_promise
    from equiwait.answers.reordering.sensitivity import Sensitivity as Sensitivity
    from equiwait.answers.reordering.sensitivity import places_that_depend as places_that_depend
    from equiwait.answers.reordering.sensitivity import sensitivity as sensitivity
    from equiwait.answers.snapshots.exits import Exits as Exits
    from equiwait.answers.snapshots.exits import exits as exits
    from equiwait.answers.snapshots.persistence import Persistence as Persistence
    from equiwait.answers.snapshots.persistence import persistence as persistence
    from equiwait.answers.snapshots.pile_up import PileUp as PileUp
    from equiwait.answers.snapshots.pile_up import pile_up as pile_up
    from equiwait.answers.snapshots.referral_growth import referral_growth as referral_growth
    from equiwait.answers.snapshots.tested_change import TestOfChange as TestOfChange
    from equiwait.answers.snapshots.tested_change import test_of_change as test_of_change
    from equiwait.answers.snapshots.trend import Trend as Trend
    from equiwait.answers.snapshots.trend import trend as trend
    from equiwait.answers.stages import Stages as Stages
    from equiwait.answers.stages.stages import stages as stages
    from equiwait.answers.unknowns import Unknowns as Unknowns
    from equiwait.answers.unknowns.unknowns import unknowns as unknowns
    from equiwait.counts.publications import read_published as read_published
    from equiwait.counts.waits import Waits as Waits
    from equiwait.counts.waits import count_waits as count_waits
    from equiwait.errors import EquiwaitError as EquiwaitError
    from equiwait.recipe.recipe import Applied as Applied
    from equiwait.recipe.recipe import Recipe as Recipe
    from equiwait.reporting import how_linked as how_linked
    from equiwait.reporting import how_ordered as how_ordered
    from equiwait.reporting import report as report
    from equiwait.reporting import tidy as tidy
    from equiwait.reporting import workbook as workbook
    from equiwait.reporting.fix_list import write_fix_list as write_fix_list
    from equiwait.reporting.governance.governance import governance as governance
    from equiwait.reporting.release_check import ReleaseCheck as ReleaseCheck
    from equiwait.reporting.release_check import release_check as release_check
    from equiwait.reporting.run_folder import outputs as outputs
    from equiwait.reporting.voices import Voice as Voice
    from equiwait.results import Chart as Chart
    from equiwait.results import Headline as Headline
    from equiwait.results import Result as Result
    from equiwait.rows.intake import Problems as Problems
    from equiwait.rows.intake import check_list as check_list
    from equiwait.rows.intake import read_list as read_list
    from equiwait.rows.intake.headings import headings as headings
    from equiwait.rows.intake.reconcile import reconcile as reconcile
    from equiwait.rows.intake.stitch import stitch as stitch
    from equiwait.rows.intake.stitched import Stitched as Stitched
    from equiwait.rows.missing import flag_missing as flag_missing
    from equiwait.rows.places import AreaChanges as AreaChanges
    from equiwait.rows.places import Directory as Directory
    from equiwait.rows.places import Index as Index
    from equiwait.rows.places import link_deprivation as link_deprivation
    from equiwait.rows.places import link_summary as link_summary
    from equiwait.rows.places import load_area_changes as load_area_changes
    from equiwait.rows.places import load_index as load_index
    from equiwait.rows.places.build import build_place as build_place
    from equiwait.rows.places.build import check_place as check_place
    from equiwait.rows.places.build import list_places as list_places
    from equiwait.rows.places.geography import add_distance as add_distance
    from equiwait.rows.places.geography import locate_areas as locate_areas
    from equiwait.rows.places.geography import read_boundaries as read_boundaries
    from equiwait.rows.places.link_record import link_record as link_record
    from equiwait.rows.places.postcodes import classify_postcode as classify_postcode
    from equiwait.rows.places.postcodes import normalise_postcode as normalise_postcode
    from equiwait.rows.places.postcodes import repair_postcode as repair_postcode
    from equiwait.rows.policies import Policy as Policy
    from equiwait.rows.scoring import score as score
    from equiwait.rows.scoring.explain import explain as explain
    from equiwait.rows.scoring.schemas import schema as schema
    from equiwait.rows.scoring.score_record import score_record as score_record
    from equiwait.rows.scoring.score_record import score_records as score_records
    from equiwait.rows.scoring.scores import Score as Score
    from equiwait.samples import load_sample as load_sample
    from equiwait.samples import make_list as make_list

__version__ = "0.1.0"

# The front door: each name and the room it lives in. A room is opened when its name is first used, so that
# `import equiwait` stays quick and silent and loads nothing heavy.
_ROOMS = {
    "Adherence": "answers.reordering.adherence",
    "Applied": "recipe.recipe",
    "AreaChanges": "rows.places",
    "Chart": "results",
    "Completeness": "answers.completeness",
    "Directory": "rows.places",
    "Disparities": "answers.disparity",
    "Displacement": "answers.reordering.displacement",
    "EquiwaitError": "errors",
    "Exits": "answers.snapshots.exits",
    "Funnelled": "answers.funnel",
    "Headline": "results",
    "Index": "rows.places",
    "Persistence": "answers.snapshots.persistence",
    "PileUp": "answers.snapshots.pile_up",
    "Plausibility": "answers.plausibility",
    "Policy": "rows.policies",
    "Problems": "rows.intake",
    "PromisePrice": "answers.reordering.promise_price",
    "Recipe": "recipe.recipe",
    "Reconciliation": "answers.reconciliation",
    "ReleaseCheck": "reporting.release_check",
    "Representation": "answers.population",
    "Result": "results",
    "Score": "rows.scoring.scores",
    "Sensitivity": "answers.reordering.sensitivity",
    "Stages": "answers.stages",
    "Stitched": "rows.intake.stitched",
    "Tail": "answers.longest_waits",
    "TestOfChange": "answers.snapshots.tested_change",
    "Trend": "answers.snapshots.trend",
    "Unknowns": "answers.unknowns",
    "Voice": "reporting.voices",
    "Waits": "counts.waits",
    "add_distance": "rows.places.geography",
    "adherence": "answers.reordering.adherence",
    "build_place": "rows.places.build",
    "check_list": "rows.intake",
    "check_place": "rows.places.build",
    "classify_postcode": "rows.places.postcodes",
    "completeness": "answers.completeness.completeness",
    "count_waits": "counts.waits",
    "disparities": "answers.disparity.disparities",
    "displacement": "answers.reordering.displacement",
    "exits": "answers.snapshots.exits",
    "explain": "rows.scoring.explain",
    "flag_missing": "rows.missing",
    "funnel": "answers.funnel",
    "governance": "reporting.governance.governance",
    "headings": "rows.intake.headings",
    "how_linked": "reporting",
    "how_ordered": "reporting",
    "link_deprivation": "rows.places",
    "link_record": "rows.places.link_record",
    "link_summary": "rows.places",
    "list_places": "rows.places.build",
    "load_area_changes": "rows.places",
    "load_index": "rows.places",
    "load_sample": "samples",
    "locate_areas": "rows.places.geography",
    "make_list": "samples",
    "movers": "answers.reordering.fairness",
    "normalise_postcode": "rows.places.postcodes",
    "outputs": "reporting.run_folder",
    "persistence": "answers.snapshots.persistence",
    "pile_up": "answers.snapshots.pile_up",
    "places_that_depend": "answers.reordering.sensitivity",
    "plausibility": "answers.plausibility",
    "price_of_the_promise": "answers.reordering.promise_price",
    "read_boundaries": "rows.places.geography",
    "read_list": "rows.intake",
    "read_population": "answers.population",
    "read_published": "counts.publications",
    "reconcile": "rows.intake.reconcile",
    "reconciliation": "answers.reconciliation",
    "record_override": "answers.reordering.overrides",
    "referral_growth": "answers.snapshots.referral_growth",
    "release_check": "reporting.release_check",
    "repair_postcode": "rows.places.postcodes",
    "report": "reporting",
    "representation": "answers.population.representation",
    "schema": "rows.scoring.schemas",
    "score": "rows.scoring",
    "score_record": "rows.scoring.score_record",
    "score_records": "rows.scoring.score_record",
    "sensitivity": "answers.reordering.sensitivity",
    "stages": "answers.stages.stages",
    "stitch": "rows.intake.stitch",
    "tail": "answers.longest_waits",
    "test_of_change": "answers.snapshots.tested_change",
    "tidy": "reporting",
    "trend": "answers.snapshots.trend",
    "unknowns": "answers.unknowns.unknowns",
    "workbook": "reporting",
    "write_fix_list": "reporting.fix_list",
}

# Rooms that people use by name: equiwait.statistics.wilson, equiwait.charts.intervals.
_OPEN_ROOMS = ("charts", "errors", "fields", "samples", "statistics")

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
