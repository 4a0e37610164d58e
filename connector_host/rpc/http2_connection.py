"""The state of an HTTP/2 connection of gRPC, for both sides: the library h2 with the settings that are used here."""

from __future__ import annotations

from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.settings import SettingCodes, Settings

__all__ = ["open_http2"]

MOST_FRAME = 1 << 20
"""Bytes of a frame that are accepted: most pages are one frame."""


def open_http2(*, is_client: bool, stream_window: int, connection_window: int) -> H2Connection:
    """Return a connection whose first bytes, with its settings, are to be sent.

    The windows are the bytes that the other side may send on a stream, and in all, before it waits.
    """
    connection = H2Connection(
        H2Configuration(
            client_side=is_client,
            header_encoding=None,
            validate_outbound_headers=False,
            normalize_outbound_headers=False,
            validate_inbound_headers=False,
            normalize_inbound_headers=False,
        )
    )
    values = {SettingCodes.INITIAL_WINDOW_SIZE: stream_window, SettingCodes.MAX_FRAME_SIZE: MOST_FRAME}
    if is_client:
        values[SettingCodes.ENABLE_PUSH] = 0
    connection.local_settings = Settings(client=is_client, initial_values=values)
    connection.max_inbound_frame_size = MOST_FRAME  # h2 takes it from the settings before these
    connection.initiate_connection()
    connection.increment_flow_control_window(connection_window)
    return connection
