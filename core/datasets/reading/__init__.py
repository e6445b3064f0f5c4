"""Reading of uploads: bytes of CSV, Excel, Parquet or JSON become a typed table and an account of what was understood.

- ``reader``: the whole way, :func:`read_table`; ``choices``: what a person may set, and what is handed back
- ``limits``, ``signatures``: caps, and what the bytes are whatever the name says
- ``encoding``, ``dialect``, ``header``, ``cutter``, ``text_file``: delimited text
- ``workbook`` and ``sheet_process``, ``columnar`` and ``parquet_process``, ``json_file``: the other formats
- ``isolation``: the processes of their own that read workbooks and Parquet
- ``names``, ``survey``, ``numerals``, ``dates``, ``kinds``: names and types; ``retype``: :func:`change_kinds`
"""

from core.datasets.reading.choices import Choices, Reading, RejectedLine, Understanding
from core.datasets.reading.limits import check_size
from core.datasets.reading.reader import read_table
from core.datasets.reading.retype import change_kinds

__all__ = ["Choices", "Reading", "RejectedLine", "Understanding", "change_kinds", "check_size", "read_table"]
