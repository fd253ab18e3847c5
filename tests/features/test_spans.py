"""Spans taken over from the version before are the ones that would be found anew."""

from __future__ import annotations

import asyncio

from hypothesis import example, given, settings
from hypothesis import strategies as st

from prism_lsp import prose
from prism_lsp.document import ENCODINGS, Document
from prism_lsp.features.tokens import Tokens, same, spans
from prism_lsp.opened import Split

PIECES = st.sampled_from(
    [
        *(
            "Call me Ishmael. ",
            "Is it so? ",
            "He said “no”. ",
            "“It is. ",
            "So it is.” ",
            '"',
            "Ein 😀 Wort. ",
            "wrapped\nline. ",
            "\n\n",
            "\n",
            "\r\n",
        ),
        *(
            "A note[^1] stands here. ",
            "A \\footnote{Inner. Two.} note. ",
            "\\footnote{",
            "} ",
            "\n\n[^1]: The note. It is long.\n\n",
            "^[An inline note. Two.] ",
            "*em* `code` ",
        ),
        *(
            "é",
            "😀",
            "*",
            "`",
            "[",
            "x. ",
            " ",
            "> quote. ",
            "- item. ",
            "# Head\n",
            "$x$ ",
            "prism:off",
            "<!-- c. -->",
        ),
    ]
)
TEXTS = st.lists(PIECES, max_size=25).map("".join)
EDITS = st.lists(st.tuples(st.floats(0, 1), st.integers(0, 30), TEXTS.map(lambda text: text[:20])), max_size=6)


def split_of(document: Document) -> Split:
    sentences = prose.sentences(document.text, document.language_id)
    return Split(document, sentences, [sentence.start for sentence in sentences])


@settings(max_examples=300, deadline=None)
@example("The outer one\\footnote{\nInner one. Inner two.\n} and\ngoes on. Next.\n", [(0.06, 0, "x")], "utf-8", "latex")
@example("The outer one\n\\footnote{Inner one.\nInner two.} and\ngoes on. Next.\n", [(0.9, 0, "x")], "utf-8", "latex")
@given(TEXTS, EDITS, st.sampled_from(ENCODINGS), st.sampled_from(["markdown", "plaintext", "latex", "org"]))
def test_spans_after_edits_are_those_found_anew(
    text: str, edits: list[tuple[float, int, str]], encoding: str, language: str
) -> None:
    memory = Tokens()
    document = Document("file:///a", 1, language, text)
    asyncio.run(memory.spans(split_of(document), encoding))
    for version, (place, length, new) in enumerate(edits, 2):
        start = int(place * len(document.text))
        document = document.replace(start, min(start + length, len(document.text)), new, version)
        split = split_of(document)
        anew = sorted(spans(split, encoding), key=lambda span: (span.line, span.start))
        assert asyncio.run(memory.spans(split, encoding)) == anew


def test_a_letter_typed_in_a_long_text_leaves_all_but_its_paragraph() -> None:
    text = "\n\n".join(f"This is paragraph {number}. It has two sentences." for number in range(500))
    old = Document("file:///a", 1, "markdown", text)
    place = text.index("paragraph 250")
    new = old.replace(place, place, "x", 2)
    assert same(split_of(old), split_of(new)) == (500, 498)
