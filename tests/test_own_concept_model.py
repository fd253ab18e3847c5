"""A project's own concept with the real model and the shipped pack, over stdin and stdout."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from client import Client
from editor import FULL_CLIENT

from prism_lsp import concept_file
from prism_lsp.features.tokens import LEGEND

ROOT = Path(__file__).parents[1]
PACK = ROOT / "models" / "smollm2-135m"
LONG = 600.0
"""Seconds for the model to be found and loaded, ordinary prose to be read, and the concept to be fitted."""

pytestmark = [
    pytest.mark.model,
    pytest.mark.skipif(not (PACK / "pack.toml").exists(), reason="the pack has not been built"),
]

PAIRS = [
    ("The road ran on to the town.", "The sea ran high against the rocks."),
    ("He closed the door of the shop and went home.", "He reefed the topsail and went below."),
    ("Nothing was to be seen but fields and hedges.", "Nothing was to be seen but waves and foam."),
    ("The old carter drove his horses up the hill.", "The old captain steered his ship into the harbour."),
    ("She wrote that the meeting had gone well.", "She wrote that the voyage had gone well."),
    ("They spent the winter in a house near Leeds.", "They spent the winter aboard a whaler near Greenland."),
    ("A cart stood in the lane.", "A boat lay at anchor in the bay."),
    ("We had bread and apples for our supper.", "We had hardtack and salt cod for our supper."),
    ("The men sang as they mowed the meadow.", "The sailors sang as they hauled the anchor."),
    ("Is there a letter from your brother?", "Is there a sail on the horizon?"),
]
AT_SEA = (
    "The mate ordered the crew to lower the boats.",
    "All night the storm drove us before it, and the masts groaned.",
    "A whale rose close by the ship and spouted.",
)
ON_LAND = (
    "My aunt keeps a small shop in Market Street.",
    "The committee approved the budget after a short debate.",
    "In the garden the roses had begun to fade.",
)
TEXT = "\n\n".join((*AT_SEA, *ON_LAND)) + "\n"


@pytest.fixture
def client(tmp_path: Path) -> Iterator[Client]:
    """A server with a folder that has a concept, `seafaring`, and a cache of its own."""
    file = tmp_path / "book" / concept_file.FOLDER / "seafaring.toml"
    file.parent.mkdir(parents=True)
    file.write_text(concept_file.write("Seafaring", PAIRS, chosen=False), "utf-8")
    one = Client([sys.executable, "-m", "prism_lsp"], {**os.environ, "XDG_CACHE_HOME": str(tmp_path / "cache")})
    options = {"prism": {"notifications": True, "pack": str(PACK)}}
    folder = (tmp_path / "book").as_uri()
    params = {"processId": None, "rootUri": folder, "capabilities": FULL_CLIENT, "initializationOptions": options}
    one.ask("initialize", params)
    one.note("initialized", {})
    yield one
    one.stop()


def features(client: Client) -> list[str]:
    """Ids, a second later: asking all the time would keep the model from its work."""
    time.sleep(1)
    listed = client.ask("workspace/executeCommand", {"command": "prism.features", "arguments": []}, LONG)
    return [feature["id"] for feature in listed]


def coloured(client: Client, uri: str) -> dict[str, str]:
    """Sentence -> token type. The document has one sentence in every other line."""
    data = client.ask("textDocument/semanticTokens/full", {"textDocument": {"uri": uri}}, LONG)["data"]
    time.sleep(0.5)
    lines, found, line = TEXT.split("\n"), {}, 0
    for at in range(0, len(data), 5):
        line += data[at]
        found[lines[line]] = LEGEND.token_types[data[at + 3]]
    return found


def test_a_workspace_is_coloured_by_its_own_concept(client: Client, tmp_path: Path) -> None:
    uri = (tmp_path / "book" / "chapter.md").as_uri()
    client.open(uri, TEXT)
    client.until(lambda: features(client)[-1] == "seafaring", LONG)
    client.ask("workspace/executeCommand", {"command": "prism.focus", "arguments": ["seafaring"]})
    client.until(lambda: len(coloured(client, uri)) >= 3, LONG)
    assert coloured(client, uri) == dict.fromkeys(AT_SEA, "prismProject1")
