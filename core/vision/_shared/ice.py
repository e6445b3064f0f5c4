"""Where a live webcam may find its way to the server: STUN and TURN addresses out of the settings.

On localhost and inside one network none is needed. Behind address translation a browser learns its outer address from
a STUN server, and where no direct way exists the video goes through a TURN server (RFC 8445, RFC 8656). A TURN password
reaches every visitor's browser; with ``TURN_SECRET`` each gets one of two hours instead, as coturn's
``use-auth-secret`` checks it (https://datatracker.ietf.org/doc/html/draft-uberti-behave-turn-rest-00).

Left out: asking a provider's own service for passwords.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import time
from dataclasses import dataclass, field

from core.hub.errors import RecipeError
from core.hub.settings import Settings, load_settings

KEEP_S = 7_200
SCHEMES = ("stun:", "stuns:", "turn:", "turns:")
RELAYS = ("turn:", "turns:")


@dataclass(frozen=True, slots=True)
class IceServer:
    """One address, with name and password where it relays."""

    url: str
    username: str = ""
    credential: str = field(default="", repr=False)


def make_ice_servers(settings: Settings | None = None, now: float | None = None) -> tuple[IceServer, ...]:
    """List the servers of the settings; an empty tuple means that browser and server talk directly.

    Parameters
    ----------
    now : float, optional
        Seconds since 1970, from which a time-limited password counts.

    Raises
    ------
    RecipeError
        If an address has no scheme of ICE, or a relay has no name and password.

    Examples
    --------
    >>> make_ice_servers(Settings())
    ()
    >>> servers = make_ice_servers(Settings(ice_servers="stun:a:3478, turn:b:3478", turn_secret="s"), now=0.0)
    >>> servers[0].url, servers[1].username, servers[1].credential
    ('stun:a:3478', '7200:mastery', 'rMd7Cmy6bgualNlM3UusQ59Xvqo=')
    """
    chosen = settings or load_settings()
    urls = [url for url in (part.strip() for part in chosen.ice_servers.split(",")) if url]
    return tuple(_make_server(url, chosen, time.time() if now is None else now) for url in urls)


def _make_server(url: str, settings: Settings, now: float) -> IceServer:
    """Check one address and give a relay its name and password."""
    if not url.startswith(SCHEMES) or url in SCHEMES:
        message = f"ICE_SERVERS has {url!r}; each address must be stun:, stuns:, turn: or turns: and a host"
        raise RecipeError(message)
    if not url.startswith(RELAYS):
        return IceServer(url)
    if settings.turn_secret:
        username = f"{int(now) + KEEP_S}:{settings.turn_username or 'mastery'}"
        digest = hmac.new(settings.turn_secret.encode(), username.encode(), hashlib.sha1).digest()
        return IceServer(url, username, base64.b64encode(digest).decode())
    if not (settings.turn_username and settings.turn_credential):
        message = f"ICE_SERVERS has the relay {url!r}; set TURN_USERNAME and TURN_CREDENTIAL, or TURN_SECRET"
        raise RecipeError(message)
    return IceServer(url, settings.turn_username, settings.turn_credential)
