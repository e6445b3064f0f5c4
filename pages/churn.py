"""Customer churn, or any table of who left: compare models, act on them, see on whom it falls, learn how."""

from __future__ import annotations

from functools import partial

from core.datasets.table import Table
from core.tabular import churn
from pages.kit import compare
from pages.kit.cases import Answerer, show_batch, show_case
from pages.kit.charts import show_chart
from pages.kit.compare import Outcome
from pages.kit.models import Models, name_run
from pages.kit.table_page import TablePage, show_table_page
from pages.kit.tabs import Part
from pages.kit.training import Training

SLUG = "churn"
ABOUT = {
    "quick": "Two models with and without SMOTE, five folds. Seconds on Telco.",
    "full": "As the shipped result: three models with and without SMOTE, folds inside folds. A minute or two.",
}
TRAINING = Training(SLUG, "core.tabular.churn:run_job", churn.Recipe, churn.RECIPES, ABOUT, hidden=("target",))


def make_outcome(model: churn.Model, table: Table) -> Outcome:
    """Gather a run's comparison; every row was scored by models that did not learn from it."""
    held_out = model.held_out
    return Outcome(
        key=name_run(model),
        models=model.names,
        classes=model.schema.classes,
        y=held_out.y,
        probabilities=held_out.probabilities,
        rows=table.frame[model.schema.names].reset_index(drop=True).iloc[held_out.ids],
        fold_scores=model.fold_scores["roc_auc"],
        leaderboard=model.leaderboard,
        scores=model.scores,
    )


def make_views(model: churn.Model, table: Table) -> dict[str, Part]:
    """List the views of a comparison."""
    outcome = make_outcome(model, table)
    return {
        "Leaderboard": partial(compare.show_board, outcome, SLUG),
        "Curves": partial(compare.show_curves, outcome, SLUG),
        "Profit": partial(show_chart, churn.profit_chart(model, churn.Costs()), f"{SLUG}_profit"),
    }


def show_trial(model: churn.Model, _table: Table) -> None:
    """Ask every model about one customer, or one model about a file."""
    fields = churn.schema_fields(model)
    answerer = Answerer(
        key=name_run(model),
        fields=fields,
        start={spec.name: spec.default for spec in fields},
        models=tuple(name for name in model.names if name != churn.BASELINE),
        answer=partial(churn.predict_case, model),
        answer_all=partial(churn.predict_all_models, model),
        find_nearest=partial(churn.nearest_cases, model),
        needed=churn.find_needed(model.schema),
        answer_table=partial(churn.predict_table, model),
    )
    show_case(answerer, f"{SLUG}_case")
    show_batch(answerer, f"{SLUG}_batch")


def show_reasoning(model: churn.Model, _table: Table) -> None:
    """Show which columns tell who leaves."""
    show_chart(churn.importance_chart(churn.explain_columns(model)), f"{SLUG}_importance")


show_table_page(TablePage(Models(SLUG, churn, bundled="telco_churn"), TRAINING, make_views, show_trial, show_reasoning))
