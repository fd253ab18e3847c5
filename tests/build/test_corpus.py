"""The corpus: what a printed page would show, and what is held out. No network."""

import json
import struct
import zlib

import pytest

from prism_lsp.build import corpus, pairs
from prism_lsp.build.rules.base import Pair

BROWN = (
    "\n\t``/`` In/in the/at kitchen/nn ''/'' ,/, he/pps said/vbd ./.\n"
    "``/`` Could/md we/ppss have/hv a/at drink/nn ''/'' ?/. ?/.\n"
    "He/pps cannot/md* stay/vb ;/. ;/.\nshe/pps didn't/dod* ask/vb (/( him/ppo )/) --/-- or/cc won't/md* ./.\n"
)


def test_brown_reads_as_a_printed_page():
    found = list(corpus.brown_text(BROWN, "cn02"))
    assert [sentence.text for sentence in found] == [
        '"In the kitchen," he said.',
        '"Could we have a drink?"',
        "He cannot stay; she didn't ask (him)—or won't.",
    ]
    assert [sentence.index for sentence in found] == [0, 1, 2]
    assert {(sentence.source, sentence.genre, sentence.split) for sentence in found} == {
        ("brown:cn02", "adventure", "train")
    }


@pytest.mark.parametrize(
    ("word", "tag", "parts"),
    [
        ("he'd", "pps+md", [("he", "pps"), ("'d", "md")]),
        ("Can't", "md*", [("Ca", "md"), ("n't", "*")]),
        ("wasn't", "bedz*", [("was", "bedz"), ("n't", "*")]),
        ("Atlanta's", "np$", [("Atlanta's", "np$")]),
    ],
)
def test_contractions_are_split(word, tag, parts):
    assert corpus.split_token(word, tag) == parts


def test_every_third_text_is_held_out():
    assert [corpus.split_of(number) for number in (1, 2, 3, 4, 6)] == [
        "train",
        "train",
        "held-out",
        "train",
        "held-out",
    ]


def test_strings_of_an_r_database_are_read():
    lines = ["CHAPTER I", "", "It was a fine day."]
    body = b"X\n" + struct.pack(">iii", 2, 0x30602, 0x20300) + struct.pack(">ii", 16, len(lines))
    for line in lines:
        body += struct.pack(">ii", 0x40009, len(line)) + line.encode()
    record = struct.pack(">i", len(body)) + zlib.compress(body)
    assert list(corpus.r_strings(record + record)) == [lines, lines]


def test_an_unknown_package_is_refused(tmp_path):
    with pytest.raises(ValueError, match="unknown text package 'nope'"):
        corpus.fetch("nope", tmp_path)


def test_choice_is_without_doubles_and_the_same_every_time():
    found = [
        pairs.Row(Pair("question", f"It is {i % 40}.", f"Is it {i % 40}?", "real-question"), "brown:ca01", i % 2 == 0)
        for i in range(80)
    ]
    kept = pairs.choose(found, 30, seed=0)
    assert len(kept) == len({row.pair.with_ for row in kept}) == 30
    assert kept == pairs.choose(found, 30, seed=0)


def test_rows_are_written_as_json_lines(tmp_path):
    row = pairs.Row(Pair("question", "It is.", "Is it?", "inversion"), "brown:ca01", False)
    assert pairs.write(tmp_path / "new" / "pairs.jsonl", [pairs.as_json(row)]) == 1
    line = json.loads((tmp_path / "new" / "pairs.jsonl").read_text())
    assert line == {
        "concept": "question",
        "without": "It is.",
        "with": "Is it?",
        "source": "brown:ca01",
        "rule": "inversion",
    }
