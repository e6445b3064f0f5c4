"""Where a table comes from, and how to get the same figures again without this page.

Left out: the command line itself, which is ``core.__main__``.
"""

from __future__ import annotations

import streamlit as st

from core.datasets.catalogue import Entry, load_catalogue
from core.datasets.fixes.wording import count_of
from core.datasets.table import Table
from pages.kit.errors import escape
from pages.kit.session import describe_keeping


def write_size(rows: int, columns: int) -> str:
    """Write the size of a table.

    Examples
    --------
    >>> write_size(1, 1), write_size(1200, 5)
    ('1 row × 1 column', '1,200 rows × 5 columns')
    """
    return f"{count_of(rows, 'row')} × {count_of(columns, 'column')}"


def find_entry_of(table: Table) -> Entry | None:
    """Return the catalogue row that a bundled table came from; None for an upload or a changed table."""
    if table.origin != "bundled":
        return None
    return next((entry for entry in load_catalogue() if table.name in {entry.name, entry.title}), None)


def show_provenance(table: Table) -> None:
    """Say who published a bundled table, under which licence, and its hash; or what was done to an upload."""
    entry = find_entry_of(table)
    if entry is None:
        _show_upload(table)
        return
    st.markdown(escape(entry.description))
    facts = {
        "Publication": escape(entry.publication),
        "Source": escape(f"{entry.source} {entry.version}"),
        "Licence": escape(entry.licence),
        "Size": write_size(entry.rows, entry.columns),
        "sha256": f"`{entry.sha256}`",
        "Rebuilt by": f"`{entry.command}`",
    }
    st.table(facts, border="horizontal", alt=f"Provenance of {entry.title}")


def _show_upload(table: Table) -> None:
    """Say what is known of an uploaded table: its hash and what was done to it."""
    st.caption(f"Uploaded by you and {describe_keeping()}.")
    if table.steps:
        st.markdown("\n".join(f"{number}. {escape(step)}" for number, step in enumerate(table.steps, 1)))
    st.table({"sha256": f"`{table.sha256}`"}, border="horizontal", alt="Hash of the table")


def show_reproduce(table: Table, command: str, code: str, facts: dict[str, str]) -> None:
    """Draw the box that lets anyone make the same figures again.

    Parameters
    ----------
    table : Table
        Its hash identifies the data.
    command : str
        The command-line call that prints the figures of this page.
    code : str
        The same in Python.
    facts : dict of str to str
        Seed, settings and whatever else decides the result.
    """
    with st.expander("Reproduce these numbers", icon=":material/replay:"):
        st.code(command, language="bash", wrap_lines=True)
        st.code(code, language="python", wrap_lines=True)
        shown = {name: escape(value) for name, value in facts.items()}
        st.table({"Data (sha256)": f"`{table.sha256[:16]}…`", **shown}, border="horizontal",
                 alt="What decides these numbers")  # fmt: skip


def write_code(module: str, recipe_json: str, table_file: str = "", target: str = "") -> str:
    """Write the Python that does a page's run again.

    Parameters
    ----------
    module : str
        ``"core.tabular.iris"``.
    table_file : str
        File of a person's own table; empty for the bundled one.

    Examples
    --------
    >>> print(write_code("core.tabular.iris", '{"seed":0}').splitlines()[2])
    from core.tabular import iris as project
    """
    package, _, name = module.rpartition(".")
    reading = ["", "table = None"]
    if table_file:
        reading = [
            "from core.datasets.reading import read_table",
            "",
            f"table = read_table(open({table_file!r}, 'rb').read(), {table_file!r}).table.with_target({target!r})",
        ]
    lines = [
        "import json",
        "",
        f"from {package} import {name} as project",
        "from core.hub.fields import make_recipe",
        *reading,
        f"recipe = make_recipe(project.Recipe, json.loads({recipe_json!r}))",
        "data = project.load(recipe, table)",
        "model = project.train(recipe, data)",
        "for row in project.evaluate(model, data):",
        "    print(row.model, row.metric, row.split, round(row.value, 4), round(row.low, 4), round(row.high, 4))",
    ]
    return "\n".join(lines) + "\n"
