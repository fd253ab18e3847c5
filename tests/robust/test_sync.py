"""The server's copy of a document stays the editor's, whatever is typed: 100,000 edits through the server's process."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest
from client import Client
from copies import Copy
from editor import FULL_CLIENT
from neovim import FAKE_ENGINE, SERVE

URI = "file:///home/ada/novel"
CHANGES = 25
"""Changes a notification."""
NOTES = 40
"""Notifications between two looks at the server's copy."""
LOOKS = 34
"""Looks: 34 x 40 x 25 edits in each of three encodings."""

Start = Callable[..., Client]

LANGUAGES = ("markdown", "plaintext", "latex", "restructuredtext", "asciidoc", "org")


def check_tokens(client: Client, copy: Copy) -> None:
    """Every token lies inside its line, and cuts no character in two."""
    data = client.ask("textDocument/semanticTokens/full", {"textDocument": {"uri": URI}}, 120)["data"]
    lines = copy.lines()
    line = column = 0
    for down, right, length in zip(data[::5], data[1::5], data[2::5], strict=True):
        line, column = line + down, right + (0 if down else column)
        start, end = lines[line]
        assert 0 < length <= end - start - column, (line, column, length)
        assert copy.begins(start + column) and copy.begins(start + column + length)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-32"])
def test_a_hundred_thousand_edits(
    start: Start, chance: random.Random, many: Callable[[int], int], encoding: str
) -> None:
    client = start([*SERVE, *FAKE_ENGINE])
    capabilities = {**FULL_CLIENT, "general": {"positionEncodings": [encoding]}}
    assert client.initialize(capabilities)["capabilities"]["positionEncoding"] == encoding
    version, copy = 1, Copy("", encoding)
    for look in range(many(LOOKS)):
        before = copy.text
        if look % 6 == 0:
            client.note("textDocument/didClose", {"textDocument": {"uri": URI}})
            client.open(URI, before, LANGUAGES[look // 6 % len(LANGUAGES)])
        edits = []
        for _ in range(NOTES):
            edits.append([copy.edit(chance) for _ in range(CHANGES)])
            version += 1
            document = {"uri": URI, "version": version}
            client.note("textDocument/didChange", {"textDocument": document, "contentChanges": edits[-1]})
        assert client.ask("prism/text", {"uri": URI}, 120) == copy.text, (before, edits)
        check_tokens(client, copy)
    assert client.leave(60) == 0
    assert client.errors == ""
