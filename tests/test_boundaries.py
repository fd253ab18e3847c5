"""Where sentences of fiction end. In the table a bar stands where one ends and the next begins."""

from __future__ import annotations

import time
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from prism_lsp.boundaries import split
from prism_lsp.prose import sentences

DIALOGUE = [
    "“Call me. | I saw it.”",
    "“Stop!” he cried. | “Go home.”",
    "“Why?” asked Anna, “do you go?”",
    "“Why?” Anna asked. | “I won’t.”",
    "“Why?” Old Mr. Weston softly asked. | “I won’t.”",
    "“Why?” | Anna turned to the window. | “I won’t.”",
    "“Really?!” she said. | “Really…?” | He nodded.",
    "“It was Plan B.” | Anna sighed.",
    "He said: “Yes. | No.” | Then: silence; nothing more.",
    "I said, “Who’s there?” | No answer came.",
    "A cry of “Fire!” and another of “Help!” were heard. | We ran.",
    "“Yes.” | “No.” | “Maybe.”",
    '"I am." | "You are?" she asked. | "Indeed! | I am."',
    '"So calm!--so cheerful!" | "Calm?"',
    "‘Why?’ Mr. Knightley said. | ‘She told me, “Never! | Not once.” | That was all.’",
    "“‘Twas he!’ she cried. | ‘I saw him.’ | That is what she said,” he told us.",
    "'Damn your eyes! what's that pump for?' roared he. | 'Thunder away at it!'",
    "‘The dogs’ tails wagged.’ | They barked. | The boys’ ’tis said, too.",
    "*Stop!* he thought. | _Stop._ | He ran.",
    "« Non ! » dit-elle. | « Oui. » | Il partit.",
]
DASHES = [
    '"I was only—" | "Nonsense!" said he. | "You were not."',
    "“If you would only—” | She turned away.",
    "“If you would only—” Anna began, and stopped.",
    "Is it so?—no, it is not. | —But yes!",
    '"But it is far. | --I cannot go. | --No, never."',
    '"To appear happy when I am so miserable-- | Oh! who can require it?"',
    "She—Martha, that is—and the Captain—I know him well—left.",
    "“But—But I never—I never knew.”",
    "He left. | —You’ll come too?",
    "“Mr.—uh—Mr. Smith?” Kitty inquired.",
]
ELLIPSES = [
    "She looked away… | Then she left.",
    "He went... but not far.",
    "“I… I don’t know. … I do.”".replace(" … ", " | … "),
    "Well . . . | No. | Never.",
    "“...” She said nothing. | “…and then?” | “Nothing.”",
    "We will go when he comes again... | But it may be months.",
    "He would be so very.... | I wanted to keep it.",
]
EXCLAMATIONS = [
    "Oh! how she laughed. | Oh! Captain, what a day! | Alas! I forgot.",
    "Oh! | What shall I do?",
    "The squall! the squall! jump, my jollies!",
    "What?! | You?!",
    "Yahoo! was founded in 1994. | I like it!",
]
ABBREVIATIONS = [
    "Mr. and Mrs. Smith of St. Ives met Dr. J. A. Bach at 5 p.m. | They drank tea.",
    "No. 7 is free, i.e. empty, e.g. at night. | No. | I see Capt. Ahab. | He is at No. 7, Park St. | It was cold.",
    "He paid $3.50 for 2.5 kg. | Then he left with butter, etc. | He was cross.",
    "We live in the U.S. Navy yard. | He left the U.S. | She was glad.",
    "It was I. | He knew.",
    "He was born in 1851. | In 1852 he was one. | It was A.D. 1853 by then.",
    "CHAPTER XXXII. Cetology. | Already we are launched.",
    "1. First we go. | 2. Then we rest.",
    "Dear Sir: I write; you do not. | Yours, Thos. Smith, Jr.",
]
ASIDES = [
    "He left. | (It was late. | Nobody saw him.) | She stayed (why? nobody knew!) and slept.",
    "He stayed (What luck! He was early) and sat down.",
    "They were both painters, (They were? They are?) | Well, anyhow, they went.",
    "Will you? | (turning to her.) | Will you choose?",
    "ALL. | The squall! | (They scatter.)",
    "She laughed (i.e. Smith did [Ed.]). | He :( did not. | She was.",
]
OTHERS = [
    "the cat sat. | it was tired! | was it? | (it was.) | yes.",
    "The cat was there. | 🐋 No. | £5 was lost!😀 | Then he had €3. | #1 was he.",
    "See www.example.com and a.txt. | Wait.Really?",
    "Он ушёл. | Она осталась… | Да.",
]


@pytest.mark.parametrize("paragraph", [*DIALOGUE, *DASHES, *ELLIPSES, *EXCLAMATIONS, *ABBREVIATIONS, *ASIDES, *OTHERS])
def test_sentences_end_where_an_editor_says(paragraph: str) -> None:
    text = paragraph.replace("| ", "")
    assert [text[start:end] for start, end in split(text)] == paragraph.split(" | ")


def test_sentences_that_touch_are_told_apart() -> None:
    for text, expected in [
        ("“Yes.”“No.”", ["“Yes.”", "“No.”"]),
        ("It may be so...But it is not.", ["It may be so...", "But it is not."]),
        ("Silent?—Posted like sentinels.", ["Silent?", "—Posted like sentinels."]),
        ('Gone."--"Yes.', ['Gone."', '--"Yes.']),
        ("他走了。她哭了！“为什么？”他问。", ["他走了。", "她哭了！", "“为什么？”", "他问。"]),
    ]:
        assert [text[start:end] for start, end in split(text)] == expected


SONG = """My captain stood upon the deck,
A spy-glass in his hand,
And saw the whale—The sea was calm,
And far away the land.
Oh, your tubs in your boats, my boys!"""


def test_a_stanza_is_split_at_its_own_sentence_ends() -> None:
    assert [s.text for s in sentences(SONG, "plaintext")] == [
        "My captain stood upon the deck, A spy-glass in his hand, And saw the whale—",
        "The sea was calm, And far away the land.",
        "Oh, your tubs in your boats, my boys!",
    ]
    capital_of_the_line = SONG.replace("hand,", "hand—")
    assert len(sentences(capital_of_the_line, "plaintext")) == 3


@pytest.mark.parametrize("language_id", ["plaintext", "markdown"])
def test_verse_without_full_stops_is_cut_at_ends_of_lines(language_id: str) -> None:
    lines = [f"and the {'wide ' * (number % 4)}sea took him, number {number}" for number in range(60)]
    found = sentences("\n".join(lines), language_id)
    assert max(len(s.text) for s in found) <= 400
    assert all(s.text.startswith("and the") for s in found)
    assert " ".join(s.text for s in found) == " ".join(lines)


def test_wrapped_prose_is_not_taken_for_verse() -> None:
    words = ["and", "then", "some", "further", "word", "of", "considerable", "length"] * 20
    lines, line = [], ""
    for word in words:
        if len(line) + len(word) >= 60:
            lines.append(line)
            line = word
        else:
            line = f"{line} {word}".strip()
    (sentence,) = sentences("\n".join([*lines, line]), "plaintext")
    assert len(sentence.text) > 400


SNIPPETS = [
    "Call", "me", "I", "Mr.", "J.", "“", "”", "‘", "’", '"', "'", ".", "?", "!", "…", "...", "—", "--", "-", "(", ")", "[",
    "]", ":", ";", ",", " ", " ", " ", " ", "\n", "*", "said", "Anna", "Oh", "No", "1", "IV", "é", "É", "😀", "。", "«", "»",
]  # fmt: skip
garbage = st.lists(st.sampled_from(SNIPPETS), max_size=40).map("".join) | st.text(max_size=60)


@given(garbage)
@example("(.)")
@example("a. (b.)")
@example("… … “A")
def test_sentences_are_ordered_disjoint_and_leave_nothing_out(text: str) -> None:
    spans = split(text)
    assert all(start < end for start, end in spans)
    assert all(before[1] <= behind[0] for before, behind in pairwise(spans))
    covered = {at for start, end in spans for at in range(start, end)}
    assert {at for at, char in enumerate(text) if not char.isspace()} <= covered
    assert not any(text[start].isspace() or text[end - 1].isspace() for start, end in spans)


@given(st.lists(st.sampled_from([c.replace("| ", "") for c in DIALOGUE + DASHES + ASIDES]), min_size=1, max_size=6))
def test_splitting_a_sentence_again_changes_nothing_in_its_words(paragraphs: list[str]) -> None:
    text = " ".join(paragraphs)
    assert " ".join(text[start:end] for start, end in split(text)) == text


@pytest.mark.parametrize(
    "part",
    [
        ".",
        "—",
        "-",
        "?! ",
        " -- ",
        "(",
        ")",
        "(a.) ",
        "(.) ",
        "[",
        '."',
        '"',
        "'",
        "…",
        " . ",
        "A. ",
        "“A.” ",
        "a—A ",
        "*",
    ],
)
def test_time_grows_with_the_text_and_not_faster(part: str) -> None:
    def seconds(times: int) -> float:
        text = "Call me. " + part * times + " Yes."
        best = 9.0
        for _ in range(3):
            start = time.process_time()
            split(text)
            best = min(best, time.process_time() - start)
        return best

    assert seconds(40_000) < 12 * seconds(8_000) + 0.02  # five times the text; the square would take 25 times as long
