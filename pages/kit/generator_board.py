"""Generators beside each other: their stored figures with goals, fresh samples measured now, and the collapse alarm.

Left out: training (``generator_training``).
"""

from __future__ import annotations

from functools import partial

import streamlit as st

from core.evaluation.metrics import find_metric
from core.vision import image_generation as project
from pages.kit.charts import show_chart
from pages.kit.errors import escape
from pages.kit.generators import SLUG, Asked, choose_generator, draw_once, load_generators, load_pictures, show_sheet
from pages.kit.slow import load_on_demand

ROW_PX, FRAME_PX = 46, 150


def show_standings() -> None:
    """Draw one figure of every generator with intervals and goal, and the table of all figures."""
    models = load_generators()
    if not models:
        st.info("No generator is stored yet; train one below.", icon=":material/leaderboard:")
        return
    standings = project.list_standings(models)
    metrics = [
        name for name in project.FIGURES if any(name in each.rows and not each.is_baseline for each in standings)
    ]
    metric = st.segmented_control("Figure", metrics, default=metrics[0], required=True, key=f"{SLUG}_figure", wrap=True,
                                  format_func=lambda name: project.FIGURES[name].title) or metrics[0]  # fmt: skip
    show_chart(project.draw_standings(standings, metric), f"{SLUG}_standing_{metric}", 380)
    st.caption(escape(find_metric(metric).help))
    frame = project.lay_standings(standings)
    st.dataframe(frame, hide_index=True, alt="Figures of every generator with 95% intervals",
                 column_config={"Generator": st.column_config.TextColumn(pinned=True)})  # fmt: skip
    show_floors(models)
    for command in dict.fromkeys(project.describe_command(model.recipe) for model in models.values()):
        st.caption(f":material/terminal: `{command}`")


def show_floors(models: dict[str, project.Model]) -> None:
    """Say what the distance of each generator is beside what real pictures reach."""
    lines = []
    for title, model in models.items():
        row = next(row for row in model.scores if (row.model, row.split, row.metric) == (
            model.name, "test", "frechet_distance"))  # fmt: skip
        lines.append(
            f"- **{title}:** distance {row.value:.2f} ({row.low:.2f} to {row.high:.2f}); as many training pictures are "
            f"{row.baseline_value:.2f} from the test set, the floor ({row.n:,} pictures each)."
        )
    with st.expander("Fréchet distances and their floors"):
        st.markdown("\n".join(lines))
        st.caption("In our own classifier's features: they compare with each other, not with published figures. "
                   "Fewer pictures give a larger distance, so each run has its own floor.")  # fmt: skip


def show_fresh() -> None:
    """Draw new samples of a generator and measure them: fidelity by class, and the distance of an endless sample."""
    asked = choose_generator()
    if asked is None:
        return
    truncation = st.slider("Truncation", 0.0, 1.5, 1.0, 0.1, key=f"{SLUG}_fresh_truncation", width=360,
                           help="1 draws as mapped; towards 0 pictures are surer and more alike.")  # fmt: skip
    data = load_pictures()
    found = load_on_demand("Draw 1,000 pictures and measure them", (asked.key, truncation),
                           lambda: project.look_afresh(asked.model, data, truncation), f"{SLUG}_fresh")  # fmt: skip
    if found is None:
        return
    st.caption(f"{found.n:,} pictures drawn by the **{asked.title}** now, seed 11, truncation {truncation:g}.")
    show_chart(project.draw_extrapolation(found.sizes, found.distances, found.endless), f"{SLUG}_endless")
    st.caption(f"The distance falls on a line in 1/n; the same line for real training pictures ends at "
               f"{found.real_endless:.2f}, where it should end at 0.")  # fmt: skip
    with st.container(horizontal=True):
        st.metric("Among real pictures", f"{found.precision:.1%}", border=True,
                  help="Precision: samples that lie among real pictures in the classifier's features.")  # fmt: skip
        st.metric("Real ones among samples", f"{found.recall:.1%}", border=True,
                  help="Recall: real test pictures that lie among samples; low where variety is missing.")  # fmt: skip
    if found.fidelity is None:
        st.info(f"A {asked.title} is not asked for classes, so it has no label fidelity.", icon=":material/info:")
    else:
        show_chart(project.draw_fidelity(found.fidelity, project.CLASSES), f"{SLUG}_by_class")


def show_alarms() -> None:
    """Sound the collapse alarm on every generator, the collapsed one beside the good ones."""
    models = load_generators()
    st.markdown(
        "The alarm counts classes, diversity within a class and near-twins on five sets of 200 samples. Its limits "
        "come from 400 draws of real pictures, so that real ones ring it on at most 1% of draws."
    )
    data = load_pictures()
    found = load_on_demand("Sound the alarm on every generator", tuple(sorted(f"{name}{model.fit_s}" for name, model in
                           models.items())), lambda: {name: project.sound_alarm(model, data) for name, model in
                           models.items()}, f"{SLUG}_alarm")  # fmt: skip
    if found is None:
        return
    with st.grid(2, min_column_width=340, gap="medium"):
        for name, heard in found.items():
            with st.container(border=True):
                show_alarm(name, models[name], heard)


def show_alarm(name: str, model: project.Model, heard: project.Alarmed) -> None:
    """Draw one generator's alarm: whether it rings, why, and what it drew."""
    ringing, n = heard.n_ringing, len(heard.alarms)
    icon = ":red[:material/notifications_active:]" if ringing else ":green[:material/notifications_off:]"
    st.markdown(f"{icon} **{name}: {'rings' if ringing else 'silent'} on {ringing or n} of {n} sets**")
    worst = min(heard.alarms, key=lambda alarm: alarm.variety.diversity)
    st.caption(escape(worst.sentence))
    show_chart(project.draw_variety(worst, heard.limits), f"{SLUG}_variety_{name}", 220)
    asked = Asked(name, name, model)
    sheet = draw_once((asked.key, "alarm"), partial(project.draw_sheet, model, 24, None, 1.0, 11))
    show_sheet(sheet.pictures, f"24 samples of the {name}", 12, 520)
