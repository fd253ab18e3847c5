"""The language server with one request more, `prism/text`: its copy of a document, to compare with the editor's.

Arguments: the engine's command; none for the real engine.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

from prism_lsp import server

create = server.create_server


def create_server(engine_command: Sequence[str] | None = None) -> server.PrismServer:
    made = create(engine_command)

    async def text(ls: server.PrismServer, params: Any) -> str | None:
        document = ls.session.document(params["uri"])
        return document and document.text

    made.feature("prism/text")(text)
    return made


server.create_server = create_server

if __name__ == "__main__":
    sys.exit(server.main(sys.argv[1:] or None))
