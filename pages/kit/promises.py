"""Whether a comparison keeps what it promises: three ways of scoring, the floor to beat, shuffled answers, imbalance.

Left out: the scores, tests and sentences, which a project brings.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import streamlit as st

from core.evaluation.comparison import ALPHA, show_p
from core.evaluation.leaderboard import fold_interval
from core.hub.charts import Chart, Mark
from pages.kit.charts import show_chart
from pages.kit.compare import capitalise
from pages.kit.errors import escape, guard

CHANCE, BOUNDS, FAR = 0.5, (0.45, 0.55), 0.05


@dataclass(frozen=True, slots=True, eq=False)
class Promise:
    """Models' scores in several settings, explained.

    Parameters
    ----------
    title : str
        The finding.
    settings : mapping of setting to mapping of model to (value, low, high)
        Accuracies.
    short : tuple of str
        Each setting in a word.
    sentences : tuple of str
        Why they differ; the first says the figures.
    command : str
        Makes the figures again.
    """

    title: str
    settings: Mapping[str, Mapping[str, tuple[float, float, float]]]
    short: tuple[str, ...]
    sentences: tuple[str, ...]
    command: str


def show_promise(promise: Promise, key: str) -> None:
    """Draw several settings side by side, and why they differ."""
    show_chart(settings_chart(promise.title, promise.settings, promise.short), f"{key}_chart")
    st.subheader("Why do they differ?", anchor=False)
    st.markdown("\n".join(f"- {escape(sentence)}" for sentence in promise.sentences))
    st.dataframe(
        lay_out_settings(promise.settings),
        hide_index=True,
        alt="Each model's accuracy in each setting with its 95% interval",
    )
    st.caption(f"With 95% intervals. :material/terminal: `{promise.command}`")


def settings_chart(
    title: str, settings: Mapping[str, Mapping[str, tuple[float, float, float]]], short: Sequence[str]
) -> Chart:
    """Draw every model in every setting, a row each, models together.

    Examples
    --------
    >>> spans = {"folds": {"tree": (0.8, 0.7, 0.9)}, "test": {"tree": (0.7, 0.6, 0.8)}}
    >>> chart = settings_chart("Folds promise more", spans, ("folds", "test"))
    >>> [mark.name for mark in chart.marks[1:]], chart.marks[0].y.tolist()
    (['folds', 'test'], ['tree, folds', 'tree, test'])
    """
    models = list(next(iter(settings.values())))
    rows = np.array([f"{model}, {name}" for model in models for name in short], dtype=object)
    values = np.array([settings[name][model][0] for model in models for name in settings])
    marks = [Mark("points", values, rows, role="muted", size=1.0)]  # the first mark keeps the rows in their order
    for index, (name, spans) in enumerate(settings.items()):
        own = np.array([f"{model}, {short[index]}" for model in models], dtype=object)
        value, low, high = (np.array([spans[model][at] for model in models]) for at in range(3))
        marks.append(Mark("points", value, own, name, "class", index, low=low, high=high, size=10.0))
    return Chart(title, "Accuracy, 95% interval", "", tuple(marks), alt=f"{title}.", x_percent=True)


def lay_out_settings(settings: Mapping[str, Mapping[str, tuple[float, float, float]]]) -> pd.DataFrame:
    """Lay scores out: a row for each model, a column for each setting.

    Examples
    --------
    >>> lay_out_settings({"folds": {"tree": (0.8, 0.75, 0.85)}}).to_numpy().tolist()
    [['Tree', '0.800 (0.750–0.850)']]
    """
    models = list(next(iter(settings.values())))
    columns = {"Model": [f"{name[:1].upper()}{name[1:]}" for name in models]}
    for title, spans in settings.items():
        columns[title] = [f"{spans[name][0]:.3f} ({spans[name][1]:.3f}–{spans[name][2]:.3f})" for name in models]
    return pd.DataFrame(columns)


def show_floor(tests: pd.DataFrame, floor: str, n_rows: int, key: str) -> None:
    """Draw every model's lead over a floor on rows kept aside and on folds, and say which leads are real.

    Parameters
    ----------
    tests : DataFrame
        model, only_model, only_floor, difference, low, high, p, cv_difference, cv_p, sentence.
    floor : str
        What it is compared with.
    n_rows : int
        Rows kept aside.
    """
    show_chart(floor_chart(tests, floor, n_rows), f"{key}_floor", 200)
    st.markdown("\n".join(f"- {escape(sentence)}" for sentence in tests["sentence"]))
    shown = pd.DataFrame({
        "Model": [f"{name[:1].upper()}{name[1:]}" for name in tests["model"]],
        "Alone right": tests["only_model"],
        "Rule alone right": tests["only_floor"],
        "Held-out points": 100 * tests["difference"],
        "p (McNemar)": [_write_p(p) for p in tests["p"]],
        "Real": tests["p"] < ALPHA,
        "Points on folds": 100 * tests["cv_difference"],
        "p (t-test)": [_write_p(p) for p in tests["cv_p"]],
    })  # fmt: skip
    signed = st.column_config.NumberColumn(format="%+.1f")
    config = {name: signed for name in shown.columns if "points" in name.lower()}
    st.dataframe(shown, hide_index=True, column_config=config, alt=f"Each model against the {floor}")
    st.caption(f"McNemar's exact test counts the rows, of {n_rows:,} kept aside, that one alone has right; the "
               "corrected t-test (Nadeau and Bengio 2003) compares the folds. Both are adjusted by Holm.")  # fmt: skip


def _write_p(p: float) -> str:
    """Write a p-value without its letter."""
    return show_p(p).removeprefix("p ").removeprefix("= ")


def floor_chart(tests: pd.DataFrame, floor: str, n_rows: int) -> Chart:
    """Draw every model's lead over a floor, with its interval; what lies far below it is left to the table."""
    n_lead = int(((tests["cv_p"] < ALPHA) & (tests["cv_difference"] > 0)).sum())
    real = tests[(tests["p"] < ALPHA) & (tests["difference"] > 0)]["model"].tolist()
    title = f"On {n_rows:,} held-out rows no model's lead over the {floor} can be told from chance"
    if real:
        title = f"On {n_rows:,} held-out rows {' and '.join(real)} measurably beat{'s' * (len(real) == 1)} the {floor}"
    title += f"; on the folds {n_lead} lead measurably" if n_lead else ""
    tests = tests[tests["high"] > -FAR]
    names = tests["model"].to_numpy(dtype=object)
    values, low, high = (tests[name].to_numpy(dtype=float) for name in ("difference", "low", "high"))
    folds = Mark("points", tests["cv_difference"].to_numpy(dtype=float), names, "on the folds", "second", size=10.0)
    marks = (
        Mark("line", np.zeros(len(names)), names, floor, "baseline", dash=True),
        Mark("points", values, names, "held-out rows", "main", low=low, high=high, size=11.0),
        folds,
    )
    return Chart(title, "Difference in accuracy", "", marks, alt=f"{title}.", x_percent=True)


def show_shuffled(scores: Mapping[str, np.ndarray], sizes: tuple[int, int], command: str, key: str) -> None:
    """Draw what models score where answers are shuffled: chance, unless something leaks.

    Parameters
    ----------
    scores : mapping of model to array of shape (n_folds,)
        Balanced accuracy in each fold.
    sizes : (int, int)
        Rows that a fold trains on and tests on.
    """
    spans = {name: fold_interval(values, *sizes, "balanced_accuracy") for name, values in scores.items()}
    show_chart(shuffled_chart(spans), f"{key}_chart", 200)
    st.caption("The answers are shuffled among the rows and everything is done again, from imputation to scoring: "
               "whatever is then above one half is a leak. Chance is 0.500; balanced accuracy, with 95% intervals. "
               f":material/terminal: `{command}`")  # fmt: skip


def shuffled_chart(spans: Mapping[str, tuple[float, float, float]]) -> Chart:
    """Draw balanced accuracies on shuffled answers beside chance.

    Examples
    --------
    >>> shuffled_chart({"tree": (0.51, 0.47, 0.55)}).title
    'With shuffled answers nothing is left to learn: balanced accuracy 0.510, within 0.45 to 0.55'
    """
    values = np.array([span[0] for span in spans.values()])
    least, most = values.min(), values.max()
    told = f"{least:.3f}" if least == most else f"{least:.3f} to {most:.3f}"
    title = f"With shuffled answers nothing is left to learn: balanced accuracy {told}, within 0.45 to 0.55"
    if least < BOUNDS[0] or most > BOUNDS[1]:
        title = f"With shuffled answers a model still scores {most:.3f}: something may leak, or the rows are few"
    names = np.array(list(spans), dtype=object)
    low, high = (np.array([span[at] for span in spans.values()]) for at in (1, 2))
    marks = (
        Mark("line", np.full(len(names), CHANCE), names, "chance", "baseline", dash=True),
        Mark("points", values, names, "shuffled answers", "main", low=low, high=high, size=11.0),
    )
    return Chart(title, "Balanced accuracy", "", marks, alt=f"{title}.", x_range=(0.4, 0.6))


@st.fragment
@guard()
def show_choice(charts: Mapping[str, tuple[Chart, str]], figures: pd.DataFrame | None, key: str) -> None:
    """Draw one model's chart with its sentence, and the figures behind it.

    Parameters
    ----------
    charts : mapping of model to (Chart, sentence)
    figures : DataFrame, optional
        With a column ``model``.
    """
    if not charts:
        st.info("This run has no such study; the full recipe adds it.", icon=":material/balance:")
        return
    name = st.selectbox("Model", list(charts), format_func=capitalise, key=f"{key}_model", width=280)
    chart, sentence = charts[name]
    show_chart(chart, f"{key}_chart")
    st.markdown(escape(sentence))
    if figures is not None:
        st.dataframe(figures[figures["model"] == name].drop(columns="model"), hide_index=True,
                     alt=f"The figures of {name}")  # fmt: skip


def pivot_remedies(found: pd.DataFrame, names: Sequence[str]) -> pd.DataFrame:
    """Lay the figures of remedies out: a row for each model and remedy, a column for each figure with its interval."""
    cells = found.assign(cell=[f"{value:.3f} ({low:.3f}–{high:.3f})" for value, low, high in
                               found[["value", "low", "high"]].itertuples(index=False)])  # fmt: skip
    table = cells.pivot_table(index=["model", "remedy"], columns="metric", values="cell", aggfunc="first", sort=False)
    table = table.reset_index().rename_axis(columns=None)
    table["model"] = pd.Categorical(table["model"], list(names), ordered=True)
    titles = {name: name.replace("_", " ").capitalize() for name in table.columns if name != "model"}
    return table.sort_values("model", kind="stable").rename(columns=titles)
