"""A history as a script of its own: pandas and scikit-learn alone, and the same table bit for bit.

The script is not a second version of the steps: it holds the source of the operations that the page runs, cut out of
their modules together with what they use, and calls them in order. Whatever comes from the table or from a person
(names, values, constants) enters the source only through ``repr``, so that it stays a value whatever it says. At its
end the script hashes what it made and fails unless the hash is the page's.

Left out: versions of the libraries other than those of ``requirements.txt``, and processors whose floating-point
libraries sum in another order: on those the script says that the last digits differ.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import io
import sys
import textwrap
from importlib.metadata import version
from types import ModuleType

import pandas as pd

from core.hub.errors import DataError
from core.hub.packing import make_zip
from core.tabular.eda.cleaning import digest
from core.tabular.eda.cleaning.apply import Argument, Call, plan_call
from core.tabular.eda.cleaning.history import History, tidy_base

BASE_FILE, SCRIPT_FILE, NEEDS_FILE, RESULT_FILE = "base.parquet", "clean.py", "requirements.txt", "cleaned.parquet"
PACKAGES = ("numpy", "pandas", "pyarrow", "scikit-learn", "scipy", "threadpoolctl")
MAX_LINE = 110
OWN = "core."
_HEAD = '''"""Clean a table step by step and check that the result is the one seen on the page, bit for bit.

Run it in the folder that holds base.parquet:  python clean.py
It writes cleaned.parquet. The packages it needs are listed in requirements.txt.
"""

from __future__ import annotations
'''
_TAIL = '''

def load_base(path: Path) -> pd.DataFrame:
    """Read the table as it was before the first step, with the column types it had."""
    frame = pd.read_parquet(path, use_threads=False)
    for name, dtype in DTYPES.items():
        column = frame[name].astype(dtype)
        frame[name] = column.where(column.notna(), np.nan) if dtype == "object" else column
    return frame


def main() -> None:
    """Clean the table, write it and say whether it is the one that was expected."""
    folder = Path(__file__).resolve().parent
    frame = clean(load_base(folder / "base.parquet"))
    frame.to_parquet(folder / "cleaned.parquet", index=False)
    if digest_frame(frame) != EXPECTED:
        sys.exit("the cleaned table differs from the page's; install the versions in requirements.txt")
    print(f"cleaned.parquet: {len(frame)} rows, {len(frame.columns)} columns, equal to the page's table bit for bit")


if __name__ == "__main__":
    main()
'''


def write_script(history: History) -> str:
    """Write a runnable script that reads the base table and makes the cleaned one.

    Returns
    -------
    str
        Python source; equal histories give equal text.

    Raises
    ------
    DataError
        If a step of the history cannot be applied.

    Examples
    --------
    >>> from core.datasets.catalogue import load_table
    >>> from core.tabular.eda.cleaning.steps import DropDuplicates
    >>> script = write_script(History(load_table("iris")).add(DropDuplicates()))
    >>> "frame = drop_duplicates(frame, columns=())" in script, "import core" in script
    (True, False)
    """
    tables = history.replay_each()
    calls = [plan_call(table, step) for table, step in zip(tables, history.steps, strict=False)]
    cutting = _Cutting()
    for call in calls:
        cutting.take(call.function.__name__, _module_of(call))
    cutting.take("digest_frame", digest)
    imports = sorted(
        {*cutting.imports, "import sys", "import numpy as np", "import pandas as pd", "from pathlib import Path"}
    )
    dtypes = {str(name): str(dtype) for name, dtype in tables[0].frame.dtypes.items()}
    facts = f"EXPECTED = {digest.digest_frame(tables[-1].frame)!r}\n{_write_dtypes(dtypes)}"
    body = _write_clean(calls, [table.steps[-1] for table in tables[1:]], history.base.name)
    parts = [_HEAD, _write_imports(imports), facts, *cutting.constants.values()]
    return "\n".join([*parts, "\n\n" + "\n\n\n".join([*cutting.functions.values(), body]), _TAIL])


def _write_imports(imports: list[str]) -> str:
    """Write imports in two blocks, the standard library first."""
    own = [line for line in imports if line.split()[1].partition(".")[0] in sys.stdlib_module_names]
    return "\n".join([*own, "", *(line for line in imports if line not in own), ""])


def _module_of(call: Call) -> ModuleType:
    """Return the module that defines a call's function."""
    return importlib.import_module(call.function.__module__)


def _write_dtypes(dtypes: dict[str, str]) -> str:
    """Write the types of the base's columns."""
    lines = [f"    {name!r}: {dtype!r}," for name, dtype in dtypes.items()]
    return "\n".join(["DTYPES = {", *lines, "}"])


def _write_clean(calls: list[Call], sentences: list[str], name: str) -> str:
    """Write the function that does the steps, each under its sentence."""
    lines = ["def clean(frame: pd.DataFrame) -> pd.DataFrame:", '    """Do the steps, in order."""']
    lines.append(f"    # The table: {_as_comment(name)}")
    for number, (call, sentence) in enumerate(zip(calls, sentences, strict=True), start=1):
        lines += textwrap.wrap(
            f"{number}. {_as_comment(sentence)}",
            MAX_LINE,
            initial_indent="    # ",
            subsequent_indent="    #    ",
            break_long_words=False,
        )
        lines += _write_call(call)
    return "\n".join([*lines, "    return frame"])


def _as_comment(text: str) -> str:
    """Return a text that cannot leave its comment: line ends and whatever does not print are escaped."""
    return repr(text)[1:-1]


def _write_call(call: Call) -> list[str]:
    """Write a call on one line, or an argument a line where it is long."""
    arguments = [f"{name}={_write_value(value)}" for name, value in call.arguments.items()]
    one_line = f"    frame = {call.function.__name__}({', '.join(['frame', *arguments])})"
    if len(one_line) <= MAX_LINE:
        return [one_line]
    return [f"    frame = {call.function.__name__}(", *(f"        {each}," for each in ["frame", *arguments]), "    )"]


def _write_value(value: Argument) -> str:
    """Write a value as a literal; NumPy's own numbers would write themselves as calls."""
    if isinstance(value, tuple):
        return repr(tuple(str(each) for each in value))
    if isinstance(value, bool) or not isinstance(value, float):
        return repr(value)
    return repr(float(value))


class _Cutting:
    """Cuts functions out of our modules, with every function, constant and import that they use."""

    def __init__(self) -> None:
        self.functions: dict[str, str] = {}
        self.constants: dict[str, str] = {}
        self.imports: set[str] = set()
        self._seen: dict[str, str] = {}

    def take(self, name: str, module: ModuleType) -> None:
        """Take a top-level name of a module, what it uses first."""
        if self._seen.setdefault(name, module.__name__) != module.__name__:
            message = f"{name} is defined in {self._seen[name]} and in {module.__name__}; a script needs one"
            raise ValueError(message)
        if name in self.functions or name in self.constants:
            return
        source = inspect.getsource(module)
        tree = ast.parse(source)
        for node in tree.body:
            if name in _names_defined(node):
                self._take_uses(node, tree, module)
                self._keep(name, node, source)

    def _take_uses(self, node: ast.stmt, tree: ast.Module, module: ModuleType) -> None:
        """Take all that a definition uses of its module's own names and imports."""
        used = {each.id for each in ast.walk(node) if isinstance(each, ast.Name)} - _names_defined(node)
        for other in tree.body:
            if isinstance(other, ast.ImportFrom) and (other.module or "").startswith(OWN):
                for alias in other.names:
                    if alias.name in used:
                        self.take(alias.name, importlib.import_module(str(other.module)))
            elif isinstance(other, ast.Import | ast.ImportFrom):
                self._take_imports(other, used)
            else:
                for name in sorted(_names_defined(other) & used):
                    self.take(name, module)

    def _take_imports(self, node: ast.Import | ast.ImportFrom, used: set[str]) -> None:
        """Take the imports of other packages, a line for each name."""
        start = f"from {node.module} import " if isinstance(node, ast.ImportFrom) else "import "
        for alias in node.names:
            if (alias.asname or alias.name) in used:
                self.imports.add(start + alias.name + (f" as {alias.asname}" if alias.asname else ""))

    def _keep(self, name: str, node: ast.stmt, source: str) -> None:
        """Keep a definition's source; of a docstring only the first line, since its examples are for developers."""
        lines = source.splitlines()[node.lineno - 1 : node.end_lineno]
        if not isinstance(node, ast.FunctionDef):
            self.constants[name] = "\n".join(lines)
            return
        first = node.body[0]
        if isinstance(first, ast.Expr) and (title := (ast.get_docstring(node) or "").partition("\n")[0]):
            top, end = first.lineno - node.lineno, (first.end_lineno or first.lineno) - node.lineno
            lines[top : end + 1] = [f'    """{title}"""']
        self.functions[name] = "\n".join(lines)


def _names_defined(node: ast.stmt) -> set[str]:
    """Return the names that a top-level statement defines."""
    if isinstance(node, ast.FunctionDef):
        return {node.name}
    targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
    return {each.id for target in targets for each in ast.walk(target) if isinstance(each, ast.Name)}


def write_base(history: History) -> bytes:
    """Write the base table as the Parquet file that the script reads.

    Raises
    ------
    DataError
        If a column's cells cannot be written without changing them.
    """
    frame = tidy_base(history.base).frame
    buffer = io.BytesIO()
    try:
        frame.to_parquet(buffer, index=False)
    except (ValueError, TypeError) as error:  # pyarrow's own errors are both
        message = f"{history.base.name} holds cells that no Parquet file can; read its columns as text or number first"
        raise DataError(message) from error
    back = pd.read_parquet(io.BytesIO(buffer.getvalue()), use_threads=False)
    back = back.astype({name: str(dtype) for name, dtype in frame.dtypes.items()})
    if digest.digest_frame(back) != digest.digest_frame(frame):
        message = f"{history.base.name} holds columns of mixed types; read them as text or number first"
        raise DataError(message)
    return buffer.getvalue()


def make_script_bundle(history: History) -> bytes:
    """Pack the script, its base table and the versions it needs as a zip; equal histories give equal bytes.

    Raises
    ------
    DataError
        If a step cannot be applied, or the base table cannot be written without changing it.
    """
    needs = "".join(f"{name}=={version(name)}\n" for name in PACKAGES)
    files = {SCRIPT_FILE: write_script(history).encode(), BASE_FILE: write_base(history), NEEDS_FILE: needs.encode()}
    return make_zip(files)
