"""Asking from a program: the commands that give a case's answer over HTTP and on the command line, and the limits.

Left out: serving itself (``python -m core serve``).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import streamlit as st

ADDRESS = "http://localhost:8000"
ONE, MANY, FILE = "One case over HTTP", "Many over HTTP", "Command line"


def show_programs(slug: str, values: Mapping[str, Any], key: str) -> None:
    """Draw how the shipped model is asked for this very case from a program.

    Parameters
    ----------
    values : mapping of field to value
        The case on screen.
    """
    with st.expander("Ask from a program", icon=":material/terminal:", key=f"{key}_programs"):
        way = st.segmented_control("Ask by", [ONE, MANY, FILE], default=ONE, required=True, key=f"{key}_way", wrap=True)
        st.code(write_commands(slug, values)[way], language="bash", wrap_lines=True)
        st.markdown(
            "Serve the shipped model with `make api`; the schema of every field, with its range and an example that "
            f"can be sent as it is, stands at `{ADDRESS}/openapi.json` (OpenAPI 3.1)."
        )
        st.table(list_limits(), border="horizontal", alt="Limits of the API")


def write_commands(slug: str, values: Mapping[str, Any]) -> dict[str, str]:
    """Write the commands that ask for a case, each by its way.

    Examples
    --------
    >>> print(write_commands("housing", {"area": 900})["One case over HTTP"])
    curl -s http://localhost:8000/v1/housing/predict -H 'Content-Type: application/json' -d '{"area": 900}'
    """
    case = json.dumps(dict(values)).replace("'", "'\\''")
    post = f"curl -s {ADDRESS}/v1/{slug}/predict"
    header = "-H 'Content-Type: application/json'"
    return {
        ONE: f"{post} {header} -d '{case}'",
        MANY: f"{post}/batch {header} -d '{{\"cases\": [{case}]}}'",
        FILE: f"python -m core predict {slug} --input '{case}'\n"
        f"python -m core predict {slug} --table cases.csv --out answers.csv",
    }


def list_limits() -> dict[str, str]:
    """List what a request is held to."""
    from core.serving.limits import MAX_BODY_BYTES, MAX_BODY_S, MAX_CASES

    return {
        "Cases in a batch": f"1 to {MAX_CASES:,}",
        "Size of a body": f"{MAX_BODY_BYTES / 1e6:g} MB, sent within {MAX_BODY_S:g} s",
        "A value out of range or unknown": "422 with one sentence that names the field, its value and its limit",
        "Too many at once": "503 with Retry-After",
    }
