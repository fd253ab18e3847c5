"""Python imports this at its start when its folder is on the path: notes every process and every socket that could leave it.

One line each in the file $SOCKET_LOG: `started` with the program's words, or `socket` with its family and where it was made.
"""

from __future__ import annotations

import os
import socket
import sys
import traceback
from typing import Any

LOG = os.environ["SOCKET_LOG"]
FORBIDDEN = ("socket.connect", "socket.bind", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto")


def note(line: str) -> None:
    """Add a line."""
    with open(LOG, "a", encoding="utf-8") as file:
        file.write(line + "\n")


def hook(event: str, arguments: tuple[Any, ...]) -> None:
    """See every call that makes, connects or names a socket."""
    made = event == "socket.__new__" and arguments[1] not in (-1, socket.AF_UNIX)
    if made or event in FORBIDDEN:
        frames = "; ".join(f"{frame.name} {frame.filename}" for frame in traceback.extract_stack(limit=4)[:-1])
        note(f"socket {event} {arguments[1:]} at {frames}")


note(f"started {sys.orig_argv}")
sys.addaudithook(hook)
