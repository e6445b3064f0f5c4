"""Gates of a gallery with both error rates, what its pairs cannot support, and three ways to name compared.

Whose faces: one's own gallery, or simulated people, who belong to nobody and are many enough to show something.

Left out: the gates that ship and their figures (``face_board``).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np
import streamlit as st

from core.vision import face_recognition as project
from core.vision.face_recognition.face_charts import methods_chart
from core.vision.face_recognition.method_trial import MethodScore, compare_methods
from core.vision.face_recognition.simulated import simulate_people
from core.vision.face_recognition.tables import list_methods
from core.vision.face_recognition.thresholds import FEWEST_PEOPLE, bound_names
from pages.kit.charts import show_chart
from pages.kit.errors import escape, guard
from pages.kit.face_people import SLUG, Mine, load_mine, load_model

YOURS, SIMULATED = "Your gallery", "24 simulated people"
N_SIMULATED, N_EACH = 24, 6
PROMISES = (0.001, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2)
LEAST_GATE, MOST_GATE, GATE_STEP = 0.2, 1.0, 0.01
READ_YOURS = """import json
import numpy as np
from core.vision.face_recognition import judge_claim, measure_gallery

people = json.load(open("people.json"))["people"]  # the export of your gallery
vectors = np.concatenate([person["vectors"] for person in people])
whose = np.repeat(np.arange(len(people)), [len(person["vectors"]) for person in people])
"""
READ_SIMULATED = f"""from core.vision.face_recognition import judge_claim, measure_gallery
from core.vision.face_recognition.simulated import simulate_people

vectors, whose = simulate_people({N_SIMULATED}, {N_EACH})
"""


@dataclass(frozen=True, slots=True, eq=False)
class Source:
    """Faces to measure on: vectors (n, 128), whose each is (n,), names, and what they are called."""

    title: str
    vectors: np.ndarray
    people: np.ndarray
    names: tuple[str, ...]

    @property
    def is_yours(self) -> bool:
        """Whether it is the session's own gallery."""
        return self.title == YOURS


@st.cache_resource(max_entries=1, show_spinner=False)
def load_simulated() -> Source:
    """Simulate people once a server."""
    vectors, people = simulate_people(N_SIMULATED, N_EACH)
    return Source(SIMULATED, vectors, people, tuple(f"simulated {number}" for number in range(1, N_SIMULATED + 1)))


def choose_source(place: str, mine: Mine) -> Source:
    """Ask on whose faces to measure; one's own come first where there are two people."""
    is_enough = not mine.is_sample and len(mine.gallery.people) >= FEWEST_PEOPLE
    titles = [YOURS, SIMULATED] if is_enough else [SIMULATED, YOURS]
    chosen = st.segmented_control("Measured on", titles, default=titles[0], required=True,
                                  key=f"{SLUG}_source_{place}_{is_enough}", wrap=True)  # fmt: skip
    if chosen == SIMULATED:
        st.caption(f"{N_SIMULATED} people who do not exist, {N_EACH} vectors each, with distances as measured on real "
                   "photographs; they show how it goes, not how it goes with your camera.")  # fmt: skip
        return load_simulated()
    if mine.is_sample:
        st.caption("The two samples are one photograph each in several copies: what is measured on them is no finding.")
    return Source(YOURS, *mine.stack())


@st.cache_resource(max_entries=1, show_spinner="Measuring every pair…")
def measure_simulated() -> project.GateCurve:
    """Measure the simulated people's gates once a server."""
    found = load_simulated()
    return project.measure_gallery(found.vectors, found.people)


def measure_source(source: Source, mine: Mine) -> project.GateCurve:
    """Measure every gate; of one's own gallery again after each change."""
    if not source.is_yours:
        return measure_simulated()
    curve: project.GateCurve = mine.recall("curve", partial(project.measure_gallery, source.vectors, source.people))
    return curve


def show_rates() -> None:
    """Draw both error rates of a gallery, what it can promise, and the gate in use."""
    mine = load_mine()
    source = choose_source("rates", mine)
    gate = ask_gate(mine)
    with guard():
        curve = measure_source(source, mine)
        show_chart(curve.chart(gate), f"{SLUG}_rates_{source.is_yours}")
        show_at(curve, gate)
        show_claim(curve, mine, source)


def ask_gate(mine: Mine) -> float:
    """Ask for the gate of naming; it holds everywhere on this page at once."""
    shipped = load_model()
    key = f"{SLUG}_gate"
    st.session_state[key] = round(mine.gallery.gate, 2)
    gate: float = st.slider("Gate in use for naming", LEAST_GATE, MOST_GATE, step=GATE_STEP, key=key,
                            on_change=_use_gate, width=420)  # fmt: skip
    told = f"shipped: {shipped.naming_gates['nearest faces']:.2f} to name, {shipped.gate:.2f} to compare two"
    st.caption(f"Greatest distance at which a name is given · {told} · 0.60 is that of the network's author")
    return gate


def _use_gate() -> None:
    """Take the gate of the slider."""
    load_mine().gallery.set_rule(float(st.session_state[f"{SLUG}_gate"]))


def show_at(curve: project.GateCurve, gate: float) -> None:
    """Say both rates at one gate, with intervals and what they are made of."""
    place = curve.find(gate)
    told = (("False accepts", curve.accepts, "different people"), ("False rejects", curve.rejects, "one person"))
    with st.grid(2, min_column_width=220, gap="small"):
        for title, rates, what in told:
            errors = f"{int(rates.errors[place]):,} of {rates.n_pairs:,} pairs of {what}"
            span = f"95% interval {rates.low[place]:.1%} to {rates.high[place]:.1%}"
            with st.container(border=True, gap="xsmall"):
                st.metric(f"{title} at {gate:.2f}", f"{rates.rate[place]:.2%}", errors, delta_color="off",
                          delta_arrow="off")  # fmt: skip
                worth = f"worth {rates.n_independent[place]:,.0f} independent pairs of {rates.n_people} people"
                st.caption(f"{span} · {worth}")


def show_claim(curve: project.GateCurve, mine: Mine, source: Source) -> None:
    """Ask for a promise and say whether the people support it, and at which gate."""
    promised = st.select_slider("Promise: fewer false accepts than", PROMISES, value=0.01, key=f"{SLUG}_promised",
                                format_func=lambda share: f"{share:.1%}", width=420)  # fmt: skip
    claim = project.judge_claim(curve, float(promised))
    if claim.gate is None:
        st.warning(escape(claim.sentence), icon=":material/block:", title="This cannot be claimed")
    else:
        st.success(escape(claim.sentence), icon=":material/verified:")
        if source.is_yours:
            n_pictures = len(source.vectors)
            st.caption(f"That is of one comparison. A stranger is compared with all {n_pictures} enrolled pictures, so "
                       f"up to {bound_names(claim, n_pictures):.0%} of strangers may get a name there.")  # fmt: skip
            st.button(f"Use {claim.gate:.2f} to name", key=f"{SLUG}_use", icon=":material/check:",
                      on_click=mine.gallery.set_rule, args=(claim.gate,))  # fmt: skip
    with st.expander("Reproduce these numbers", icon=":material/replay:"):
        code = READ_YOURS if source.is_yours else READ_SIMULATED
        st.code(f"{code}print(judge_claim(measure_gallery(vectors, whose), {promised}).sentence)\n", language="python")


def show_methods() -> None:
    """Compare nearest mean, nearest faces and support vectors behind one gate, on a press."""
    mine = load_mine()
    source = choose_source("methods", mine)
    st.markdown(
        "**Does a cleverer classifier help?** Every picture is left out once and comes as somebody known, every person "
        "once as a stranger. Without a gate each method names every stranger."
    )
    gate = mine.gallery.gate
    name = f"methods_{source.title}_{gate:.2f}"
    if st.button("Compare the three", type="primary", key=f"{SLUG}_methods", icon=":material/compare:"):
        with guard(), st.spinner("Naming everybody by three methods…"):
            mine.recall(name, partial(compare_methods, source.vectors, source.people, gate))
    scores: tuple[MethodScore, ...] | None = mine.learnt.get(name)
    if scores is None:
        st.caption(f"About two seconds, on {len(source.vectors)} vectors of {len(source.names)} people, behind a gate "
                   f"of {gate:.2f}. *Shipped figures* has two of them on 20 photographed people.")  # fmt: skip
        return
    show_chart(methods_chart(scores, gate), f"{SLUG}_methods_chart")
    st.dataframe(list_methods(scores), hide_index=True, alt="Three ways to name with 95% intervals over people")
    with st.expander("Reproduce these numbers", icon=":material/replay:"):
        code = (READ_YOURS if source.is_yours else READ_SIMULATED).replace("judge_claim, measure_gallery", "METHODS")
        call = "from core.vision.face_recognition.method_trial import compare_methods\n"
        st.code(f"{call}{code}print(compare_methods(vectors, whose, gate={gate}))\n", language="python")
