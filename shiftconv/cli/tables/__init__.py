"""Results as tables for a person."""

from shiftconv.cli.tables.comparing import (
    comparison_table,
    dot_comparison_table,
    estimate_errors_table,
    fill_table,
    recipe_search_table,
    recipes_table,
    samples_table,
    schemes_table,
    structures_table,
)
from shiftconv.cli.tables.measuring import (
    area_table,
    board_run_table,
    evaluation_table,
    pnr_table,
    proofs_table,
    simulation_table,
)
from shiftconv.cli.tables.plain import (
    plain_table,
)
from shiftconv.cli.tables.planning import (
    boards_table,
    front_table,
    limits_table,
    operators_table,
    plan_table,
    sweep_table,
)

__all__ = [
    "area_table",
    "board_run_table",
    "boards_table",
    "comparison_table",
    "dot_comparison_table",
    "estimate_errors_table",
    "evaluation_table",
    "fill_table",
    "front_table",
    "limits_table",
    "operators_table",
    "plain_table",
    "plan_table",
    "pnr_table",
    "proofs_table",
    "recipe_search_table",
    "recipes_table",
    "samples_table",
    "schemes_table",
    "simulation_table",
    "structures_table",
    "sweep_table",
]
