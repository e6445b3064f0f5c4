"""What a fitted line says: coefficients with their doubt and digits, rows that bend it, and how it is worked out.

Left out: the figures themselves, which ``core.scratch.linear_regression`` works out.
"""

from __future__ import annotations

from math import isnan
from typing import Any

import pandas as pd
import streamlit as st

from core.hub.charts import Chart
from core.scratch import linear_regression as project
from core.scratch.linear_regression import charts
from core.scratch.linear_regression.diagnostics import measure_condition
from core.scratch.linear_regression.inference import Inference
from core.scratch.linear_regression.nist import NORMAL, PRECISE, QR, SOLVERS, score_solver
from pages.kit.charts import show_chart
from pages.kit.errors import escape

LEAST_WIDTH = 360
N_KEPT = 16
CERTIFIED = (PRECISE, QR, NORMAL, "numpy.linalg.lstsq")
NUMBER = st.column_config.NumberColumn
COLUMNS = {
    "term": st.column_config.TextColumn("Term", pinned=True),
    "coefficient": NUMBER("Coefficient", format="%.6g", help="Change of the answer for one unit."),
    "standard_error": NUMBER("Standard error", format="%.4g", help="How far it would scatter over other samples."),
    "t": NUMBER("t", format="%.2f", help="The coefficient in its own standard errors."),
    "p": NUMBER("p", format="%.2g", help="How often chance alone gives a t as large."),
    "low": NUMBER("95% from", format="%.4g"),
    "high": NUMBER("95% to", format="%.4g"),
    "vif": NUMBER("VIF", format="%.3g", help="How many times its variance grows because columns go together."),
    "believe": NUMBER("Digits to believe", help="The least of the three limits, to whole digits."),
    "qr": NUMBER("QR gets right", format="%.1f", help="Digits in which float QR and double-double agree."),
    "normal": NUMBER("Normal equations get right", format="%.1f"),
    "stored": NUMBER("Storage leaves", format="%.1f", help="Each stored value may be half a last place off."),
    "noise": NUMBER("The sample leaves", format="%.1f", help="Digits before it drowns in its standard error."),
    "row": NUMBER("Row"),
    "true": NUMBER("True", format="%.5g"),
    "fitted": NUMBER("Fitted", format="%.5g"),
    "deviations": NUMBER("Miss, in deviations", format="%.2f"),
    "leverage": NUMBER("Leverage", format="%.3f"),
    "cook": NUMBER("Cook's distance", format="%.3f"),
}


@st.fragment
def show_coefficients(model: Any, key: str) -> None:
    """Draw the coefficients of least squares, with the kind of standard error that is chosen."""
    kinds = list(project.ERRORS)
    errors = st.segmented_control("Standard errors", kinds, default=model.recipe.errors, required=True,
                                  key=f"{key}_errors", wrap=True,
                                  help="Classical: all rows scatter alike. HC0 to HC3: they need not.")  # fmt: skip
    found = model.infer(errors)
    with st.grid(4, min_column_width=130, gap="small"):
        for name, value in {
            "R²": f"{found.r2:.3f}",
            "Adjusted R²": f"{found.adjusted_r2:.3f}",
            "F": "–" if isnan(found.f_value) else f"{found.f_value:.4g}",
            "p of F": "–" if isnan(found.f_value) else f"{found.f_p_value:.2g}",
        }.items():
            st.metric(name, value, border=True)
    lone = project.describe_lone_rows(model, found)
    if lone:
        st.info(escape(lone), icon=":material/info:")
    show_chart(charts.coefficient_chart(model, found), f"{key}_chart")
    st.dataframe(project.list_coefficients(model, found), hide_index=True, column_config=COLUMNS, placeholder="",
                 height="content", alt="Coefficients with errors, tests, intervals and variance inflation")  # fmt: skip
    st.subheader("How many digits to believe", anchor=False)
    st.markdown(escape(project.describe_digits(model)))
    frame = project.list_digits(model)
    if not frame.empty:
        st.dataframe(frame, hide_index=True, column_config=COLUMNS, height="content",
                     alt="Digits of each coefficient to believe")  # fmt: skip
    st.caption(f"Condition number of the scaled columns: {measure_condition(model.design):,.0f}. "
               "An error in the data can be magnified that many times.")  # fmt: skip


def show_rows(model: Any, key: str) -> None:
    """Draw what the line leaves and which rows bend it."""
    found: Inference = model.infer("classical")
    with st.grid(2, min_column_width=LEAST_WIDTH, gap="medium"):
        for name, chart in {
            "residuals": charts.residual_chart(model, found),
            "influence": charts.influence_chart(found, model.ids),
        }.items():
            with st.container():
                show_chart(chart, f"{key}_{name}")
    st.markdown("**The rows that bend the line most**")
    st.dataframe(project.list_influential(model, found), hide_index=True, column_config=COLUMNS,
                 alt="The ten training rows with the largest Cook's distance")  # fmt: skip


def show_steps(key: str) -> None:
    """Draw a method step by step: each formula with a plain sentence beside it."""
    names = list(project.STEPS)
    name = st.segmented_control("Method", names, default=names[0], required=True, key=f"{key}_method", wrap=True)
    for number, step in enumerate(project.STEPS[name], 1):
        with st.container(border=True), st.grid(2, min_column_width=260, gap="medium", vertical_alignment="center"):
            with st.container():
                st.latex(step.formula)
            with st.container():
                st.markdown(f"**{number}.** {step.sentence}")


def show_walks(model: Any, key: str) -> None:
    """Draw how near each walk came to the line that is solved for."""
    chart = charts.walk_chart(model)
    if chart is None:
        st.info("No line of this run was walked to. Choose a descent among the ways of fitting.",
                icon=":material/downhill_skiing:")  # fmt: skip
        return
    show_chart(chart, f"{key}_walks")
    sentences = [
        f"- **{escape(name)}**: {escape(line.sentence)}" for name, line in model.lines.items() if line.sentence
    ]
    st.markdown("\n".join(sentences))


def show_held_out(model: Any, key: str) -> None:
    """Draw a line's answers on the rows that were kept aside."""
    name = st.selectbox("Line", model.names, key=f"{key}_line")
    show_chart(charts.answer_chart(model, name), f"{key}_held_out")


def show_certified(key: str) -> None:
    """Draw how many certified digits each method gets right."""
    chart, frame = load_certified()
    show_chart(chart, f"{key}_digits")
    config = {name: NUMBER(name, format="%.1f") for name in frame.columns if name != "set"}
    st.dataframe(frame, hide_index=True, column_config={"set": "NIST set", **config}, height="content",
                 alt="Right digits of each method on each of NIST's eleven linear sets")  # fmt: skip
    st.caption("Digits of the worst coefficient or standard deviation, of 15 that NIST certifies. QR in double-double "
               "reads decimal text; the others read floats. The lstsq and the factor of SVD are NumPy's, the rest is "
               "written by hand. docs/BENCHMARKS.md adds scikit-learn and statsmodels.")  # fmt: skip


@st.cache_data(max_entries=1, show_spinner="Solving the certified sets…")
def load_certified() -> tuple[Chart, pd.DataFrame]:
    """Solve the certified sets once for everyone."""
    chart = charts.digits_chart({name: score_solver(SOLVERS[name]) for name in CERTIFIED})
    return chart, project.list_certified()
