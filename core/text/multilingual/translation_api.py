"""Translation by a server of one's own that speaks LibreTranslate's language (https://libretranslate.com/docs).

Its address comes from the setting ``TRANSLATION_API`` and from nowhere else: no visitor and no file can name a server,
and an answer that points elsewhere is not followed. Text leaves this machine only where the setting is made.

Left out: keys, and files as input.
"""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from http.client import HTTPException
from typing import Any
from urllib.parse import urlsplit

from core.hub.errors import LimitError, RecipeError, UnavailableError
from core.hub.settings import load_settings

TIMEOUT_S = 15.0
MAX_ANSWER_BYTES = 1_000_000
MAX_CHARACTERS = 5_000


class _StayHere(urllib.request.HTTPRedirectHandler):
    """Follows no redirect: the address of the setting is the only one that is asked."""

    def redirect_request(self, *_arguments: Any) -> None:
        """Follow nothing."""


def check_address(address: str) -> str:
    """Return a server's address without a slash at the end.

    Raises
    ------
    RecipeError
        If it is no http address of a host, or holds a name and password, a query or a fragment.

    Examples
    --------
    >>> check_address("https://translate.example.org/")
    'https://translate.example.org'
    """
    parts = urlsplit(address)
    bare = not (parts.username or parts.password or parts.query or parts.fragment)
    if parts.scheme not in {"http", "https"} or not parts.hostname or not bare:
        message = f"TRANSLATION_API is {address!r}; it must be an address such as http://localhost:5000"
        raise RecipeError(message)
    return address.rstrip("/")


def ask_server(text: str, source: str, target: str, address: str | None = None, timeout_s: float = TIMEOUT_S) -> str:
    """Let the configured server translate a text.

    Parameters
    ----------
    address : str, optional
        For tests; the setting by default.

    Raises
    ------
    UnavailableError
        If no server is set, or it does not answer with a translation.
    LimitError
        If the text or the answer is too long.
    RecipeError
        If the setting is no address.
    """
    address = load_settings().translation_api if address is None else address
    if not address:
        message = "no translation server is set; set TRANSLATION_API to the address of a LibreTranslate server"
        raise UnavailableError(message)
    if len(text) > MAX_CHARACTERS:
        message = f"the text has {len(text):,} characters; a translation gets at most {MAX_CHARACTERS:,}: shorten it"
        raise LimitError(message)
    body = json.dumps({"q": text, "source": source, "target": target, "format": "text"}).encode("utf-8")
    return _read_answer(_post(f"{check_address(address)}/translate", body, timeout_s))


def _post(url: str, body: bytes, timeout_s: float) -> bytes:
    """Send a request to the configured address and return what it answers."""
    # The address was checked to be http, and is the operator's own setting.
    request = urllib.request.Request(url, body, {"Content-Type": "application/json"})  # noqa: S310
    try:
        with urllib.request.build_opener(_StayHere()).open(request, timeout=timeout_s) as answer:
            content: bytes = answer.read(MAX_ANSWER_BYTES + 1)
    except (OSError, HTTPException) as error:
        reason = f"status {error.code}" if isinstance(error, urllib.error.HTTPError) else type(error).__name__
        message = f"the translation server does not answer ({reason}); check TRANSLATION_API and that it has this pair"
        raise UnavailableError(message) from error
    if len(content) > MAX_ANSWER_BYTES:
        message = f"the translation server's answer is over {MAX_ANSWER_BYTES:,} bytes; shorten the text"
        raise LimitError(message)
    return content


def _read_answer(content: bytes) -> str:
    """Take the translation out of the server's answer."""
    try:
        answer: Any = json.loads(content)["translatedText"]
    except (ValueError, KeyError, TypeError):
        answer = None
    if not isinstance(answer, str):
        message = "the translation server's answer holds no translation; check that it is a LibreTranslate server"
        raise UnavailableError(message)
    return answer
