"""One connector process: started as the Go runner starts it, connected to, and ended without leaving anything behind.

It gets a listening socket, and on standard input one line with its certificate. End-of-file there is its signal to end.
"""

from __future__ import annotations

import contextlib
import os
import shlex
import signal
import socket
import subprocess
import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ..errors import ConfigError
from ..operating_system import KILL_SIGNAL
from ..rpc.rpc_errors import ConnectionLost
from .log_lines import LogLines

if TYPE_CHECKING:  # a process is started before the libraries are imported that it is connected to with
    import ssl

    from ..rpc.tls_material import ProcessMaterial
    from ..rpc.tls_stream import TlsStream
    from ..rpc.unary_client import UnaryConnection

__all__ = ["ConnectorProcess"]

SUBCOMMAND = "_connector-service"
DESCRIPTOR = "BATON_CONNECTOR_SERVICE_LISTENER_FD"
"""The number of the listening socket that a host passes to the process of a connector. Hosts set it themselves."""
HOST = "127.0.0.1"
POLL = 0.25
GRACE = 5.0
"""Seconds from the end of standard input to SIGTERM, and from there to SIGKILL."""


class ConnectorProcess:
    """A started process. `ended()` is True once it is gone; `stop()` ends it.

    It waits for `configure`, so that the certificates can be made while it starts.
    """

    def __init__(self, command: Sequence[str], environment: Mapping[str, str], log: LogLines) -> None:
        """Start the command. ConfigError if it cannot be started."""
        self.command, self._log = tuple(command), log
        listener = socket.create_server((HOST, 0), backlog=16)
        try:
            self._port = listener.getsockname()[1]
            passes = os.name != "nt"
            if not passes:  # there the process binds the port itself
                listener.close()
            self._process = self._start(environment, listener.fileno() if passes else None)
        finally:
            listener.close()
        assert self._process.stderr is not None
        assert self._process.stdout is not None
        log.read(self._process.stderr)
        log.read(self._process.stdout)
        self._context: ssl.SSLContext

    def configure(self, material: ProcessMaterial, session_port: int) -> None:
        """Send the process its certificate and ports."""
        from ..rpc.tls_contexts import client_context  # noqa: PLC0415 - as above
        from ..wire.services.remote_requests import server_config_line  # noqa: PLC0415

        self._context = client_context(material.authority, material.client_certificate, material.client_key)
        line = server_config_line(
            material.authority, material.server_certificate, material.server_key, self._port, session_port
        )
        assert self._process.stdin is not None
        with contextlib.suppress(OSError):  # it ended already: connecting says so
            self._process.stdin.write(line)
            self._process.stdin.flush()

    def _start(self, environment: Mapping[str, str], descriptor: int | None) -> subprocess.Popen[bytes]:
        arguments = [*self.command, SUBCOMMAND]
        variables = {**environment, DESCRIPTOR: "" if descriptor is None else str(descriptor)}
        posix: Any = {} if descriptor is None else {"pass_fds": (descriptor,), "process_group": 0}
        try:
            return subprocess.Popen(
                arguments,
                env=variables,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                **posix,  # in a group of its own: Ctrl-C is for the host, which ends it
            )
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise ConfigError(
                f"the connector {shlex.join(self.command)} cannot be started: {reason}",
                hint="Check the command: its first word is a program that exists and may be executed.",
            ) from error

    @property
    def name(self) -> str:
        """Return the name of the program."""
        return os.path.basename(self.command[0])  # noqa: PTH119 - also of a name that is no path here

    @property
    def pid(self) -> int:
        """Return the number of the process."""
        return self._process.pid

    def ended(self) -> bool:
        """Return True if the process is gone."""
        return self._process.poll() is not None

    def connect(self, seconds: float) -> UnaryConnection:
        """Return a new connection, made within so many seconds. ConfigError if that fails: it is no connector."""
        from ..rpc.tls_stream import TlsStream  # noqa: PLC0415 - as above
        from ..rpc.unary_client import UnaryConnection  # noqa: PLC0415

        deadline = time.monotonic() + seconds
        try:
            sock = socket.create_connection((HOST, self._port), timeout=seconds)
        except OSError as error:
            if os.name == "nt" and not self.ended() and time.monotonic() < deadline:  # it does not listen yet
                time.sleep(POLL)
                return self.connect(deadline - time.monotonic())
            raise self._unreachable(_words(error)) from error
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        secured = TlsStream(sock, self._context, host=HOST)
        try:
            self._shake_hands(secured, deadline)
            return UnaryConnection(secured)
        except ConnectionLost as error:
            raise self._unreachable(str(error)) from error
        except BaseException:
            secured.close()
            raise

    def _shake_hands(self, secured: TlsStream, deadline: float) -> None:
        """Wait for the handshake, which the process answers when it has begun to serve."""
        started = time.monotonic()
        secured.settimeout(POLL)
        while True:
            try:
                secured.do_handshake()
                return
            except TimeoutError:
                if self.ended():
                    raise self._unreachable("") from None
                if time.monotonic() >= deadline:
                    raise ConfigError(
                        f"{self.name} did not begin to serve within {deadline - started:.0f} seconds",
                        hint="Check that the command is a Baton connector. If it only starts slowly, use"
                        " --start-timeout.",
                    ) from None
            except (OSError, ValueError) as error:
                raise self._unreachable(_words(error)) from error

    def _unreachable(self, reason: str) -> ConfigError:
        """Return the error of a process that cannot be connected to."""
        if self._wait_for_end(1.0):
            return ConfigError(
                f"the connector process {self.ending()}",
                hint=f"Try it by itself: {shlex.join([*self.command, '--help'])}",
            )
        return ConfigError(
            f"{self.name} does not speak the protocol of Baton connectors ({reason})",
            hint="Check that the command is a Baton connector.",
        )

    def wait(self, seconds: float) -> bool:
        """Wait for the end of the process; return True if it came within so many seconds."""
        return self._wait_for_end(seconds)

    def _wait_for_end(self, seconds: float) -> bool:
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(seconds)
        return self.ended()

    def ending(self) -> str:
        """Return how the process ended, with the last thing that it wrote."""
        code = self._process.poll()
        if code is None:
            how = "stopped answering"
        elif code < 0:
            how = f"was ended by {_signal_name(-code)}"
        else:
            how = f"ended with exit code {code}"
        self._log.wait(0.5)
        last = self._log.last()
        return f"{how}: {last}" if last else how

    def ask_to_end(self) -> None:
        """Ask the process to end, by the end of its input, and do not wait."""
        self._close_input()

    def stop(self, grace: float = GRACE) -> None:
        """End the process: by the end of its input, then SIGTERM, then SIGKILL. Safe to call again."""
        self._close_input()
        for end in (None, self._process.terminate, self._kill_group):
            if end is not None:
                with contextlib.suppress(OSError):
                    end()
            if self._wait_for_end(grace):
                break
        self._kill_group()
        self._log.wait(1)

    def kill(self) -> None:
        """End the process at once. Safe to call again, and from another thread."""
        self._kill_group()
        self._close_input()
        self._wait_for_end(GRACE)

    def _close_input(self) -> None:
        with contextlib.suppress(OSError, ValueError):
            if self._process.stdin is not None:
                self._process.stdin.close()

    def _kill_group(self) -> None:
        """Kill the process and those that it started and left in its group."""
        with contextlib.suppress(OSError):
            if hasattr(os, "killpg"):
                os.killpg(self._process.pid, KILL_SIGNAL)
            else:
                self._process.kill()


def _signal_name(number: int) -> str:
    with contextlib.suppress(ValueError):
        return signal.Signals(number).name
    return f"signal {number}"


def _words(error: BaseException) -> str:
    import ssl  # noqa: PLC0415 - as above

    if isinstance(error, ssl.SSLError):
        return (error.reason or str(error)).lower().replace("_", " ")
    return str(getattr(error, "strerror", None) or error).lower()
