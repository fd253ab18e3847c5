"""What is read of a document, where it stands, and how a rewritten sentence goes back."""

from __future__ import annotations

import html
import re
from itertools import pairwise

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from prism_lsp.blocks import Offsets
from prism_lsp.markup import markdown
from prism_lsp.prose import MarkupError, edits, language, replaced, sentences


def texts(document: str, language_id: str = "markdown") -> list[str]:
    return [sentence.text for sentence in sentences(document, language_id)]


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ("", []),
        ("Call me Ishmael. Some years ago.", ["Call me Ishmael.", "Some years ago."]),
        ("One line\nand another.\n\nNext.", ["One line and another.", "Next."]),
        ("One line  \nand\\\nanother.", ["One line and another."]),
        ("# The *first* chapter #\nText.", ["The first chapter", "Text."]),
        ("A head\nin two lines\n===\nText.", ["A head in two lines", "Text."]),
        ("> Quoted\n> and on\nlazily.\n>\n> > Deeper.", ["Quoted and on lazily.", "Deeper."]),
        ("- One.\n  More.\n- Two\n\n  - Three\n1. Four", ["One.", "More.", "Two", "Three", "Four"]),
        ("- [ ] To do.\n- [x] Done.", ["To do.", "Done."]),
        ("**Bold**, _soft_, ~~gone~~ and ***all***.", ["Bold, soft, gone and all."]),
        ("2 * 3 * 4 and snake_case_name.", ["2 * 3 * 4 and snake_case_name."]),
        ('See [the *map*](http://a.b/c "A title") now.', ["See the map now."]),
        ("See [the map][m] and [m], not [n].\n\n[m]: http://a.b", ["See the map and m, not [n]."]),
        ("See [[Page|the page]] and [[Other]].", ["See the page and Other."]),
        ("An image ![with text](a.png) here.", ["An image here."]),
        ("Call `run()` or ``a ` b``.", ["Call run() or a ` b."]),
        ("Call `a very long piece of code, left out` now.", ["Call now."]),
        ("See <https://a.b> or https://a.b/c_d_e(f), or www.a.b.", ["See or , or ."]),
        ("A <b>bold</b> move.<!-- not\nthis --> Yes<br>or no.", ["A bold move.", "Yes or no."]),
        (r"Not \*bold\* \a.", [r"Not *bold* \a."]),
        ("Salt &amp; pepper&nbsp;&mdash; d&eacute;j&agrave;&#33; &no; AT&T.", ["Salt & pepper — déjà! &no; AT&T."]),
        ("Noted.[^1]\n\n[^1]: The note.", ["Noted.", "The note."]),
        ("* * *\n\n---\n\n…\n\nText.", ["Text."]),
        ("| A \\| b | `c` |\n|---|:--|\n| One. Two. | |", ["A | b", "c", "One.", "Two."]),
        ("---\ntitle: No.\n---\nText.", ["Text."]),
        ("+++\ntitle = 'No.'\n+++\nText.", ["Text."]),
        ("\ufeff---\r\ntitle: No.\r\n---\r\nText.", ["Text."]),
        ("---\n\nNot front matter.\n\n---\n", ["Not front matter."]),
        ("Text.\n\n---\ntitle: Yes\n---\n", ["Text.", "title: Yes"]),
        ("```\ncode\n\nmore code\n```\nText.", ["Text."]),
        ("~~~\nnever\n\nclosed.", []),
        ("Text.\n\n    indented code\n\nText too.", ["Text.", "Text too."]),
        ("- One.\n\n      code in an item\n\n  More.", ["One.", "More."]),
        ("<div>\nnot read\n</div>\n\n<!-- nor\n\nthis -->\n\nText.", ["Text."]),
        ("$$\nx = y\n$$\nText with $$z$$ in it.", ["Text with in it."]),
        ("$$ is not closed.\n\nText.", ["$$ is not closed.", "Text."]),
        ("The root $x_1$ of $$z$$ and $\\sum_i a_i b_i + \\sum_j c_j d_j$ is real.", ["The root x_1 of and is real."]),
        ("It cost $5 and 10$, or $20; no more than $30.", ["It cost $5 and 10$, or $20; no more than $30."]),
        (r"The root \(x\) of \[y = z\] \(as said\) \[sic\].", ["The root x of (as said) [sic]."]),
        ("\\[\nx = y\n\\]\n\n\\begin{align}\nx\n\\end{align}\n\nText.", ["Text."]),
        ("Noted.[^1]\n\n[^1]: The note.\n\n    More of it.\n\nText.", ["Noted.", "The note.", "More of it.", "Text."]),
        (
            "Sea\n: The *water*.\n  And more.\n\nShip\n\n:   What floats.\n\n    Or not.\n\nText.",
            ["Sea", "The water.", "And more.", "Ship", "What floats.", "Or not.", "Text."],
        ),
        ("# A head {#sec .x}\n\n::: {.note}\nIn a box.\n:::\n\nText{.y} here.", ["A head", "In a box.", "Text here."]),
        ("He says so [@melville, p. 3; see @b] and [*not* @c](url) @d.", ["He says so and not @c @d."]),
        ("A note^[which is left [out] here] and {{< include x >}} this.", ["A note and this."]),
        ("> [!note] A call\n> goes on.", ["A call goes on."]),
        ("“I am.” She said “No! Go away.” and left.", ["“I am.”", "She said “No!", "Go away.” and left."]),
        ("One\u2028two\u00a0three\x0bfour.", ["One two three four."]),
    ],
)
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_markdown(document: str, expected: list[str], line_end: str) -> None:
    assert texts(document.replace("\r\n", "\n").replace("\n", line_end)) == expected


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ("One line\n  and another.\n \nNext *one*.\n\n\n", ["One line and another.", "Next *one*."]),
        ("# Not a heading\n```\nnot code", ["# Not a heading ``` not code"]),
        ("See https://a.b/c, then.", ["See , then."]),
        ("  ---  \n\n* * *\n\n1", ["1"]),
        ("\ufeffText.", ["Text."]),
    ],
)
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("language_id", ["plaintext", "text", "some-new-language"])
def test_plain_text(document: str, expected: list[str], line_end: str, language_id: str) -> None:
    assert texts(document.replace("\n", line_end), language_id) == expected


def test_a_sentence_starts_and_ends_at_characters_that_are_read() -> None:
    document = "Oh yes. **Call me.**  \n> _Me?_"
    assert [document[s.start : s.end] for s in sentences(document, "markdown")] == ["Oh yes.", "Call me.", "Me?"]
    assert [s.block for s in sentences(document, "markdown")] == [0, 0, 1]


def test_a_collapsed_blank_stands_at_its_first_character() -> None:
    document = "One  \r\n> two."
    (sentence,) = sentences("> " + document, "markdown")
    assert sentence.map == (2, 3, 4, 5, 11, 12, 13, 14)


def test_an_endless_sentence_is_cut_at_blanks() -> None:
    words = "word " * 2000
    found = sentences(words, "plaintext")
    assert max(len(s.text) for s in found) <= 2000
    assert " ".join(s.text for s in found) == words.strip()
    assert [len(s.text) for s in sentences("x" * 4500, "plaintext")] == [2000, 2000, 500]


# Properties

WORDS = ["Call", "me", "Ishmael.", "No!", "“Yes?”", "e\u0301té", "😀", "don't", "1.", "it's"]
MARKUP = [
    "**bold words**", "_soft_", "*", "_", "~~gone~~", "[a link](http://url/CODE)", "[ref]", "![CODE](CODE)", "`short`",
    "`CODE that is much longer than thirty characters`", "https://url/CODE", "<https://url/CODE>", "<b>",
    "<!-- CODE -->", r"\*", "&amp;", "[^1]", "<br>", "$$ CODE $$", "[[CODE|shown]]", "|", "\\",
]  # fmt: skip
BREAKS = ["\n", "\n", "\n\n", "\n\n", "  \n", "\n> ", "\n- ", "\n  ", "\n1. ", "\n# ", "\u2028", "\x0b", "\0"]
PARTS = [
    "\n\n```\nCODE\n\nCODE\n```\n\n",
    "\n\n    CODE\n\n",
    "\n\n<!--\nCODE\n\nCODE -->\n\n",
    "\n\n[ref]: CODE\n\n",
    "\n|a|b|\n|-|-|\n|c|d\\|e|\n",
]
spaced = st.lists(st.sampled_from(WORDS * 3 + MARKUP + BREAKS), max_size=30).map(" ".join)
tight = st.lists(st.sampled_from(WORDS + MARKUP + BREAKS + [" "] * 9 + PARTS), max_size=30).map("".join)
line_ends = st.sampled_from(["\n", "\n", "\r\n", "\r"])
documents = st.builds(
    lambda front, text, end: (front + text).replace("\n", end),
    st.sampled_from(["", "---\nCODE: 1\n---\n"]),
    spaced | tight,
    line_ends,
)
languages = st.sampled_from(["markdown", "plaintext"])


@settings(deadline=None)
@given(documents, languages)
@example("*a*\r\n> b **c**\u2028d", "markdown")
def test_sentences_are_ordered_disjoint_and_map_to_the_document(document: str, language_id: str) -> None:
    before = 0
    for sentence in sentences(document, language_id):
        assert before <= sentence.start < sentence.end
        before = sentence.end
        offsets = tuple(sentence.map)
        assert (offsets[0], offsets[-1]) == (sentence.start, sentence.end - 1)
        assert list(offsets) == sorted(set(offsets))
        assert tuple(sentence.map[i] for i in range(len(offsets))) == offsets
        assert re.search(r"[^\W_]", sentence.text)
        assert sentence.text == " ".join(sentence.text.split())
        for char, offset in zip(sentence.text, offsets, strict=True):
            blank = char == " " and (document[offset].isspace() or document[offset] in "\\<&")
            entity = re.search(r"&#?\w+;$", document[: offset + 1]) or re.match(r"&#?\w+;", document[offset:])
            named = language_id == "markdown" and entity and html.unescape(entity[0]) == char
            assert document[offset] == char or blank or named


paragraphs = st.lists(st.sampled_from(WORDS + [part for part in MARKUP if len(part) > 2]), max_size=12).map(
    lambda parts: " ".join(["So", *parts])
)
whole_constructs = st.lists(paragraphs | st.sampled_from(PARTS), max_size=6).map("\n\n".join)


@settings(deadline=None)
@given(st.sampled_from(["", "---\nCODE: 1\n---\n", "+++\nCODE = 1\n+++\n"]), whole_constructs, line_ends)
def test_code_front_matter_and_urls_are_never_read(front: str, text: str, line_end: str) -> None:
    read = " ".join(texts((front + text).replace("\n", line_end)))
    assert "CODE" not in read
    assert read.count("Ishmael") == text.count("Ishmael")  # and everything else is


@settings(deadline=None)
@given(documents, st.integers(0, 200), st.sampled_from([*WORDS, *MARKUP, *BREAKS, "`", "```", "$$"]), languages)
def test_a_keystroke_gives_what_reading_everything_anew_gives(
    document: str, at: int, typed: str, language_id: str
) -> None:
    sentences(document, language_id)
    at = min(at, len(document))
    document = document[:at] + typed + document[at:]
    warm = sentences(document, language_id)
    markdown._parse.cache_clear()
    assert warm == sentences(document + "", language_id)


@settings(deadline=None)
@given(documents)
def test_pieces_read_alone_give_what_the_whole_gives(document: str) -> None:
    """Cutting a document into pieces, and the short cut for plain paragraphs, change nothing."""
    start = front.end() if (front := markdown._FRONT_MATTER.match(document)) else 0
    source = re.sub(r"\r\n|\r", "\n", document[start:])
    line_starts = [0, *(m.end() for m in re.finditer("\n", source))]
    whole = markdown._parse_blocks(source, source.split("\n"), line_starts)
    pieces = [inline.content for _, _, parsed in markdown._pieces(document, start) for inline in parsed.inlines]
    assert pieces == [inline.content for inline in whole.inlines]


@settings(deadline=None)
@given(documents, languages, st.data())
def test_an_edited_document_reads_as_the_new_text(document: str, language_id: str, data: st.DataObject) -> None:
    found = sentences(document, language_id)
    assume(found)
    sentence = data.draw(st.sampled_from(found))
    words = sentence.text.split()
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.integers(0, len(words)))
        words[place : place + data.draw(st.integers(0, 2))] = data.draw(
            st.lists(st.sampled_from([*WORDS, "a*b*", "[x]"]), max_size=2)
        )
    new = " ".join(words)
    try:
        replacements = edits(sentence, document, new)
    except MarkupError:
        return
    assert all(a[1] < b[0] for a, b in pairwise(replacements))
    changed = replaced(document, replacements)
    pieces = language(language_id).read(document)
    runs = [
        (base + run.start, base + run.end)
        for base, blocks in pieces
        for block in blocks
        for run in block.runs
        if not run.locked
    ]
    read = {offset for start, end in runs for offset in range(start, end)}
    masked = {offset for offset, char in enumerate(document) if char not in "*_~"} - read
    assert not masked & {offset for start, end, _ in replacements for offset in range(start, end)}
    before = " ".join(s.text for s in found if s.start < sentence.start)
    behind = " ".join(s.text for s in found if s.start > sentence.start)
    whole = " ".join(texts(changed, language_id))
    if re.search(r"[^\W_]", new):
        letters = r"[\W_]+"  # sentences without a letter, read or not, stand in between
        assert re.sub(letters, "", whole) == re.sub(letters, "", before + new + behind)


# Edits that a writer would see


@pytest.mark.parametrize(
    ("document", "number", "new", "expected"),
    [
        ("Call me *now*.", 0, "Phone me now.", "Phone me *now*."),
        ("> He was\r\n> tired of it.", 0, "He was sick of it.", "> He was\r\n> sick of it."),
        ("It was **very** good.", 0, "It was good.", "It was good."),
        ("It was **very good**.", 0, "It was good.", "It was **good**."),
        ("It was **not** good. Was it?", 1, "It was.", "It was **not** good. It was."),
        ("A [big *red* fox](url) ran.", 0, "A small red fox ran!", "A [small *red* fox](url) ran!"),
        ("Use `run` now.", 0, "Did you use run now?", "Did you use `run` now?"),
        ("See https://a.b soon.", 0, "Come soon.", "Come https://a.b soon."),
        ("It ends.", 0, "It *ends*.", r"It \*ends\*."),
        ("Then it began.", 0, "1986. It began.", r"1986\. It began."),
        ("One. Two. Three.", 1, "", "One.  Three."),
        ("No.", 0, "No. Yes.", "No. Yes."),
        ("Same.", 0, " Same. ", "Same."),
    ],
)
def test_edits_keep_markup_and_line_breaks(document: str, number: int, new: str, expected: str) -> None:
    sentence = sentences(document, "markdown")[number]
    assert replaced(document, edits(sentence, document, new)) == expected


def test_an_edit_touches_only_the_words_that_change() -> None:
    document = "Some years\nago I left."
    (sentence,) = sentences(document, "plaintext")
    assert edits(sentence, document, "Some weeks ago we left.") == [(5, 10, "weeks"), (15, 16, "we")]


@pytest.mark.parametrize("language_id", ["markdown", "plaintext", "org"])
def test_one_of_two_paragraphs_with_the_same_words_is_rewritten(language_id: str) -> None:
    document = "It was not so.\n\nIt was not so.\n\nA dog.\n"
    for number, expected in ((0, "It was so.\n\nIt was not so."), (1, "It was not so.\n\nIt was so.")):
        sentence = sentences(document, language_id)[number]
        assert replaced(document, edits(sentence, document, "It was so.")) == f"{expected}\n\nA dog.\n"


def test_code_is_not_rewritten() -> None:
    document = "Use `run` now."
    (sentence,) = sentences(document, "markdown")
    with pytest.raises(MarkupError, match="code"):
        edits(sentence, document, "Use walk now.")


def test_a_link_does_not_lose_its_text() -> None:
    document = "See [this](http://a.b) now."
    (sentence,) = sentences(document, "markdown")
    with pytest.raises(MarkupError, match="link"):
        edits(sentence, document, "See now.")


def test_a_sentence_that_has_changed_is_refused() -> None:
    (sentence,) = sentences("Call me.", "markdown")
    with pytest.raises(MarkupError, match="has changed"):
        edits(sentence, "Calm me.", "Phone me.")


def test_plain_text_is_written_as_it_is() -> None:
    document = "It ends."
    (sentence,) = sentences(document, "plaintext")
    assert edits(sentence, document, "It *ends*.") == [(3, 3, "*"), (7, 7, "*")]


def test_offsets_read_like_a_tuple() -> None:
    offsets = Offsets((0, 1), (3, 7), 3, 1)
    assert offsets == (4, 8, 9)
    assert (len(offsets), offsets[0], offsets[-1], offsets[-2:], hash(offsets)) == (3, 4, 9, (8, 9), hash((4, 8, 9)))
    with pytest.raises(IndexError):
        offsets[3]


def test_plain_text_that_is_not_wrapped_has_a_paragraph_a_line() -> None:
    long = "This paragraph was typed without a break, as word processors do. " * 4
    text = f"Chapter One\n{long.strip()}\nAnd another one.\n"
    found = sentences(text, "plaintext")
    texts = [s.text for s in found]
    assert (texts[0], texts[-1]) == ("Chapter One", "And another one.")
    assert len({s.block for s in found}) == 3
    assert all(text[s.start : s.end] == s.text for s in found)
