"""The router: Home, the workbench and every built page, grouped by family. ``make run`` serves it."""

import streamlit as st

from pages.kit.errors import guard
from pages.kit.navigation import make_pages
from pages.kit.startup import start_app
from pages.kit.theme import FAVICON, TITLE

st.set_page_config(page_title=TITLE, page_icon=FAVICON, layout="wide")
st.logo(FAVICON, size="large")
page = st.navigation(make_pages())
with guard():
    start_app()
    page.run()
