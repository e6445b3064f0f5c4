"""What the server's log may hold of a fault: the kind of error and where it happened.

The text of an error may quote a cell of somebody's table ("could not convert string to float: …"), and so may what a
library prints; neither is written down. Frames name the source alone (file, line, function).

Left out: errors that a person may cause, whose sentence is shown (``core.hub.errors``).
"""

from __future__ import annotations

import re
import traceback

MAX_FRAMES = 50
_NATIVE = re.compile(
    r"Fatal Python error: (Segmentation fault|Aborted|Bus error|Floating-point exception|Illegal instruction)"
    r"|(Current thread|Thread) 0x[0-9a-f]+ \(most recent call first\):"
    r'|  File "[^"]*", line \d+ in \S+'
)


def describe_fault(error: BaseException) -> str:
    """Return the classes and frames of an error and of those that led to it, without a word of their texts.

    Parameters
    ----------
    error : BaseException
        The innermost 50 frames of each are kept.

    Examples
    --------
    >>> try:
    ...     float("Ann")
    ... except ValueError as error:
    ...     print(describe_fault(error).splitlines()[0])
    ValueError
    """
    lines: list[str] = []
    seen: set[int] = set()
    each: BaseException | None = error
    while each is not None and id(each) not in seen:
        seen.add(id(each))
        lines += [f"after {type(each).__name__}" if lines else type(each).__name__, *_list_frames(each)]
        each = each.__cause__ or (None if each.__suppress_context__ else each.__context__)
    return "\n".join(lines)


def keep_frames(stderr: str) -> str:
    r"""Return the lines that Python's fault handler wrote when a process crashed, and nothing else of its stderr.

    Examples
    --------
    >>> keep_frames('Ann, 41\nFatal Python error: Aborted\n\n  File "/a.py", line 7 in count\nCORE: Ann')
    'Fatal Python error: Aborted\n  File "/a.py", line 7 in count'
    """
    return "\n".join(line for line in stderr.splitlines() if _NATIVE.fullmatch(line))


def _list_frames(error: BaseException) -> list[str]:
    """List file, line and function of each frame."""
    frames = traceback.extract_tb(error.__traceback__, limit=-MAX_FRAMES)
    return [f'  File "{frame.filename}", line {frame.lineno} in {frame.name}' for frame in frames]
