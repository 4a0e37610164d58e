"""A TLS connection that one thread reads while others write, with few calls of the system.

A socket of Python's `ssl` may not be used by two threads at once, and each read of it returns one record of at most
16 KiB. Here a read takes what has arrived, decrypts all of it, and holds the lock only for that.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading

__all__ = ["TlsStream"]

CHUNK = 1 << 18
RECORD = 1 << 14


class TlsStream:
    """One side of a connection over a connected socket, which it takes over. It fails as a socket does: OSError."""

    def __init__(self, sock: socket.socket, context: ssl.SSLContext, *, host: str = "") -> None:
        """Wrap the socket: as the client of `host`, without one as the server."""
        self._socket = sock
        self._arrived, self._leaving = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._arrived, self._leaving, server_side=not host, server_hostname=host or None)
        self._lock = threading.Lock()

    def settimeout(self, seconds: float | None) -> None:
        """Set how many seconds a call waits for the other side; None: for ever."""
        self._socket.settimeout(seconds)

    def do_handshake(self) -> None:
        """Shake hands; after a TimeoutError call it again to go on."""
        while True:
            try:
                self._tls.do_handshake()
            except ssl.SSLWantReadError:
                self._flush()
                self._fill()
            except ssl.SSLError:
                with contextlib.suppress(OSError):
                    self._flush()  # the alert says why to the other side
                raise
            else:
                return self._flush()

    def recv(self, _size: int = CHUNK) -> bytes:
        """Return what has arrived, at least a byte; nothing at the end of the connection."""
        while True:
            if not (self._arrived.pending or self._arrived.eof or self._tls.pending()):
                self._fill()
            with self._lock:
                data = self._decrypted()
            if data is not None:
                return data
            self._fill()

    def sendall(self, data: bytes) -> None:
        """Send all of the data."""
        with self._lock:
            self._tls.write(data)
            self._flush()

    def close(self) -> None:
        """Close the connection; a thread that reads it gets its end."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()

    def _fill(self) -> None:
        """Wait for bytes of the other side."""
        data = self._socket.recv(CHUNK)
        with self._lock:
            if data:
                self._arrived.write(data)
            else:
                self._arrived.write_eof()

    def _decrypted(self) -> bytes | None:
        """Return what can be decrypted now: None if more has to arrive, nothing at the end."""
        parts: list[bytes] = []
        try:
            while self._arrived.pending or self._arrived.eof or self._tls.pending():
                part = self._tls.read(RECORD)
                if not part:
                    break
                parts.append(part)
        except ssl.SSLWantReadError:
            self._flush()
            if not parts:
                return None
        except (ssl.SSLZeroReturnError, ssl.SSLEOFError):
            pass
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def _flush(self) -> None:
        if self._leaving.pending:
            self._socket.sendall(self._leaving.read())
