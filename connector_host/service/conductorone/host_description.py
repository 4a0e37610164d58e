"""The first call's facts about this computer and this program. No field may be empty: ConductorOne requires each."""

from __future__ import annotations

import os
import platform
import socket
import sys
from importlib import metadata
from pathlib import Path

from ...wire.pb.c1.connector.v2 import connector_pb2
from ...wire.pb.c1.connectorapi.baton.v1 import baton_pb2 as pb

__all__ = ["hello_request", "host_id"]

HOST_ID = "BATON_HOST_ID"
"""The id of this host in ConductorOne, for `service`; by default the name of the computer."""
LONGEST = 256
"""Characters of a field."""
UNKNOWN = "unknown"
SYSTEMS = {"linux": "linux", "darwin": "darwin", "win32": "windows"}


def host_id() -> str:
    """Return the id of this host: `BATON_HOST_ID`, else its name."""
    text = os.environ.get(HOST_ID, "").strip() or socket.gethostname().strip() or "connector-host"
    return text[:LONGEST]


def hello_request(
    task_id: str, package: str, version: str, described: connector_pb2.ConnectorMetadata
) -> pb.BatonServiceHelloRequest:
    """Return the first call of a host, and the answer to a task that asks for it.

    `package` and `version` name the distribution of the connector.
    """
    request = pb.BatonServiceHelloRequest
    host_version = metadata.version("connector-host")
    return request(
        host_id=host_id(),
        task_id=task_id,
        build_info=request.BuildInfo(
            lang_version=f"python{platform.python_version()}",
            package=_field(package),
            package_version=_field(f"{version or UNKNOWN} (connector-host {host_version})"),
        ),
        os_info=_os_info(),
        connector_metadata=described,
    )


def _os_info() -> pb.BatonServiceHelloRequest.OSInfo:
    release = _release()
    return pb.BatonServiceHelloRequest.OSInfo(
        hostname=_field(socket.gethostname()),
        os=_field(SYSTEMS.get(sys.platform, sys.platform)),
        platform=_field(release.get("ID", platform.system().lower())),
        platform_version=_field(release.get("VERSION_ID", platform.version())),
        platform_family=_field(release.get("ID_LIKE", release.get("ID", platform.system().lower())).split(" ")[0]),
        kernel_version=_field(platform.release()),
        kernel_arch=_field(platform.machine()),
        virtualization_system=_virtualization(),
    )


def _release() -> dict[str, str]:
    try:
        return platform.freedesktop_os_release()
    except OSError:
        return {}


def _virtualization() -> str:
    if os.environ.get("KUBERNETES_SERVICE_HOST"):
        return "kubernetes"
    return "docker" if Path("/.dockerenv").exists() else "none"


def _field(text: str) -> str:
    return text.strip()[:LONGEST] or UNKNOWN
