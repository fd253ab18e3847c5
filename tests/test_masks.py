"""What is not read is left alone by all that an editor is told: colours, diagnostics and edits, in every format."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from editor import FULL_CLIENT, LspError, StubEngine, editing, span
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_markup_properties import FORMATS, made, masks

from prism_lsp.document import Document
from prism_lsp.prose import sentences
from prism_lsp.reading import Edit, Reading, Rewrite, Rewrites

CAPABILITIES: dict[str, Any] = {
    **FULL_CLIENT,
    "workspace": {**FULL_CLIENT["workspace"], "diagnostics": {"refreshSupport": True}},
    "textDocument": {**FULL_CLIENT["textDocument"], "diagnostic": {}},
}
"""Of an editor that pulls diagnostics."""


class Everything(StubEngine):
    """Finds every feature in every sentence, and rewrites a sentence into what it is told."""

    def __init__(self, change: Callable[[str], str]) -> None:
        super().__init__()
        self.change = change

    async def read(self, texts: Sequence[str], evidence: bool = False, **more: Any) -> list[Reading]:
        found = await super().read(texts, evidence, **more)
        return [each._replace(activations=(1.0,) * len(each.activations)) for each in found]

    async def rewrite(self, text: str, edit: Edit, candidates: int = 8) -> Rewrites:
        return Rewrites((Rewrite(self.change(text), {}, 1.0, 1.0),), None)


@pytest.mark.parametrize("name", FORMATS)
@settings(deadline=None, max_examples=10, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_no_editor_is_told_to_touch_what_is_not_read(
    name: str, data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """What a client gets: tokens, diagnostics of a rule that every sentence breaks, and the edits of actions."""
    each = FORMATS[name]
    off, on = (each.off.format(f"prism:{word}") for word in ("off", "on"))
    text = data.draw(made(each, True))
    end = "\n" if "\n" in text or "\r" not in text else "\r"
    text = f"Call me Ishmael.\n\n{off}\n\nZQX it is. A ZQX here.\n\n{on}\n\n".replace("\n", end) + text
    new = data.draw(st.lists(st.sampled_from(["New", "50%", "a_b", "words."]), min_size=1))
    place, count = data.draw(st.integers(0, 6)), data.draw(st.integers(0, 3))

    def change(sentence: str) -> str:
        words = sentence.split()
        return " ".join((*words[:place], *new, *words[place + count :]))

    folder = tmp_path_factory.mktemp("project")
    (folder / "prism.toml").write_text('[rules]\nquestion = "off"\n', encoding="utf-8")
    asyncio.run(_all_of_an_editor(text, each.language, folder, change))


async def _all_of_an_editor(text: str, language: str, folder: Path, change: Callable[[str], str]) -> None:
    uri, masked = (folder / "one").as_uri(), masks(text)
    document = Document(uri, 1, language, text)

    def touched(where: dict[str, dict[str, int]]) -> set[int]:
        start, end = (document.offset(at["line"], at["character"], "utf-16") for at in (where["start"], where["end"]))
        return masked & set(range(start, end))

    async with editing(Everything(change), CAPABILITIES, folder) as editor:
        editor.open(text, uri, language)
        await editor.all_read(uri)
        data = (await editor.ask("textDocument/semanticTokens/full", {"textDocument": {"uri": uri}}))["data"]
        line = start = 0
        for down, right, length in zip(data[::5], data[1::5], data[2::5], strict=True):
            line, start = line + down, right if down else start + right
            assert not touched(span(line, start, line, start + length))
        assert data

        report = await editor.ask("textDocument/diagnostic", {"textDocument": {"uri": uri}})
        assert report["items"]
        assert not any(touched(item["range"]) for item in report["items"])

        for sentence in sentences(text, language):
            at = document.position(sentence.start, "utf-16")
            for action in (await editor.menu(*at, uri=uri))[:1]:
                try:
                    edit = (await editor.ask("codeAction/resolve", action))["edit"]
                except LspError:
                    continue  # refused, with the reason
                assert not any(touched(each["range"]) for each in edit["documentChanges"][0]["edits"])
