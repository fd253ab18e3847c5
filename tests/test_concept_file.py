"""A project's own concept: what its file may say, and that whatever is wrong is told where it stands."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from prism_lsp import concept_file
from prism_lsp.concept_file import Concept, ConceptFile, Pair, from_json, id_of, parse, slotted, to_json, write

PAIRS = [(f"It is {number}.", f"It is but {number}.") for number in range(8)]
GOOD = 'name = "But"\n' + "".join(f'[[pair]]\nwith = "{b}"\nwithout = "{a}"\n' for a, b in PAIRS)


def told(text: str, stem: str = "but", *shipped: str) -> list[tuple[str, str]]:
    """What each problem is about, and its message."""
    return [(text[each.start : each.end], each.message) for each in parse(text, stem, shipped).problems]


def test_only_a_name_and_pairs_are_needed() -> None:
    pairs = tuple(Pair(*pair) for pair in PAIRS)
    assert parse(GOOD, "but") == ConceptFile(Concept("but", "But", "", "", "More: But", "Less: But", pairs))


def test_everything_that_can_be_said() -> None:
    head = 'id = "but"\nfamily = "logic"\ndescription = "It has but."\non = "Add a but"\noff = ""\n'
    concept = parse(head + GOOD + '[[pair]]\nwith = " a\\n b "\nwithout = "c"\ngenre = "news"\n', "but").concept
    assert concept is not None
    assert concept[:6] == ("but", "But", "logic", "It has but.", "Add a but", "")
    assert concept.pairs[-1] == Pair("c", "a b", "news")


@pytest.mark.parametrize("path", sorted((Path(concept_file.__file__).parent / "concepts").glob("*.toml")))
def test_a_shipped_concept_would_do_for_a_project(path: Path) -> None:
    assert parse(path.read_text("utf-8"), path.stem).problems == ()


@pytest.mark.parametrize(
    ("change", "about", "message"),
    [
        (('name = "But"', ""), "", 'The concept has no name: add a line such as name = "But".'),
        (('"But"', "3"), "3", "`name` must be a text in quotation marks, not “3”."),
        (('"But"', '" "'), '" "', "`name` is empty."),
        (('"But"', f'"{"b" * 61}"'), f'"{"b" * 61}"', "`name` has more than 60 characters: shorten it."),
        (('"But"', '"But"\nid = "and"'), '"and"', "The id must be the file's name, “but”, not “and”."),
        (('"But"', '"But"\nfamily = "logics"'), '"logics"', "“logics” is no family. Did you mean logic?"),
        (('"But"', '"But"\nfamly = "logic"'), "famly", "There is no setting “famly” here. Did you mean family?"),
        (('with = "It is but 2."\n', ""), "pair", "Pair 3 has no line with = “…”."),
        (('"It is but 2."', "2"), "2", "`with` must be a text in quotation marks, not “2”."),
        (('"It is but 2."', '""'), '""', "`with` is empty."),
        (('"It is but 2."', '"It is 2."'), '"It is 2."', "Pair 3 has the same sentence on both sides."),
        (('"It is but 2."', f'"{"x" * 1201}"'), f'"{"x" * 1201}"', "`with` has more than 1,200 characters: shorten it."),
        (("[[pair]]", '[[pair]]\nwith = "It is but 2."\nwithout = "It is 2."\n[[pair]]'), "pair", "Pair 1 is the same."),
        (('with = "It is but 2."', 'with "It is but 2."'), '"It is but 2."', "This is not TOML: Expected '=' after a key in a key/value pair."),
        (('with = "It is but 2."', 'without = "It is but 2."'), "without", "“without” is there already, on line 9."),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_where_it_stands(change: tuple[str, str], about: str, message: str) -> None:
    assert (about, message) in told(GOOD.replace(*change, 1))


def test_a_bad_pair_is_left_out_and_the_others_stay() -> None:
    file = parse(GOOD.replace('"It is but 2."', "2"), "but")
    assert file.concept is not None and len(file.concept.pairs) == 7
    assert [each.message for each in file.advice] == ["7 pairs give a rough reading; 8 read better, and 40 well."]


@pytest.mark.parametrize(
    ("text", "some"),
    [
        ('name = "But"\n', "has none"),
        ('name = "But"\npair = []\n', "has none"),
        ('name = "But"\n[[pair]]\nwith = "a"\nwithout = "b"\n', "has one"),
        ('name = "But"\n[[pair]]\nwith = "a"\nwithout = "b"\n[[pair]]\nwith = "c"\nwithout = "d"\n', "has 2"),
    ],
)
def test_too_few_pairs_are_no_concept(text: str, some: str) -> None:
    file = parse(text, "but")
    assert file.concept is None
    assert [each.message for each in file.problems] == [
        f"A concept needs 3 good pairs at least, better 8; this one {some}."
    ]


def test_too_many_pairs_are_no_concept() -> None:
    pairs = "".join(f'[[pair]]\nwith = "{n} so"\nwithout = "{n}"\n' for n in range(301))
    assert parse('name = "But"\n' + pairs, "but").concept is None


def test_a_file_of_nothing_but_mistakes_is_not_told_all_of_them() -> None:
    text = "".join(f"a{n} = 1\n" for n in range(20_000)) + "[[pair]]\n" * 9_000
    assert len(parse(text, "but").problems) < 1_000


@pytest.mark.parametrize(("stem", "shipped"), [("But", ()), ("bu t", ()), ("é", ()), ("-but", ()), ("but", ("but",))])
def test_ids_that_cannot_be(stem: str, shipped: tuple[str, ...]) -> None:
    file = parse(GOOD, stem, shipped)
    assert file.concept is None
    assert len(file.problems) == 1


def test_a_concept_that_ships_cannot_be_had_twice() -> None:
    assert told(GOOD, "but", "but") == [("", "Prism ships a concept “but” already: give the file another name.")]


@pytest.mark.parametrize("text", ["a = 1\n" * 80_000, "a" + ".a" * 3000 + " = 1"])
def test_a_file_that_would_take_long_is_not_read(text: str) -> None:
    assert [each.message for each in parse(text, "but").problems] == [
        "This is too long for a concept, so it is not read."
    ]


def concept(id_: str, family: str = "") -> Concept:
    return Concept(id_, id_, family, "", "", "", ())


def test_concepts_without_a_family_get_the_projects_slots() -> None:
    given = [concept(id_) for id_ in "abcdef"] + [concept("g", "tone"), concept("h", "project2")]
    families = {each.id: each.family for each in slotted(given)}
    assert families == {
        "a": "project1", "b": "project3", "c": "project4", "d": "project1", "e": "project3", "f": "project4",
        "g": "tone", "h": "project2",
    }  # fmt: skip


def test_the_wire_keeps_a_concept() -> None:
    found = parse(GOOD, "but").concept
    assert found is not None and from_json(to_json(found)) == found


@pytest.mark.parametrize(
    ("name", "id_"),
    [
        ("Stage direction!", "stage-direction"),
        ("  Été & mer ", "ete-mer"),
        ("海", ""),
        ("a" * 80, "a" * 60),
        ("--", ""),
    ],
)
def test_an_id_from_a_name(name: str, id_: str) -> None:
    assert id_of(name) == id_


@given(st.lists(st.tuples(st.text(min_size=1), st.text(min_size=1)), min_size=3, max_size=9), st.text())
@example([("\x7f\x00\"'\\", "\u2028\n"), ("a", "b"), ("c", "d")], "\ud7ff")
@settings(deadline=None, max_examples=100)
def test_what_is_written_is_read_again(pairs: list[tuple[str, str]], name: str) -> None:
    text = write(name, pairs, chosen=True)
    names = [each.message for each in parse(text, "x").problems if "TOML" in each.message or "long" in each.message]
    assert names == []


def test_a_written_concept_is_right() -> None:
    text = write("But", PAIRS, chosen=True)
    file = parse(text, "but")
    assert file.problems == file.advice == ()
    assert file.concept is not None and [pair[:2] for pair in file.concept.pairs] == PAIRS
    assert "you did not say" in text.lower()
    assert "you did not say" not in write("But", PAIRS, chosen=False).lower()


PIECES = [
    *("[[pair]]", "[pair]", "pair", "with", "without", "name", "id", '"but"', "= 3", "= [", "]", "{", "}", '"', "'"),
    *("\n", "\r", "=", ".", "é", "\ufeff", "\0", "\ud800", "9" * 400),
]


@settings(deadline=None, max_examples=200)
@given(st.one_of(st.lists(st.sampled_from(PIECES), max_size=30).map("".join), st.text()))
@example("pair = 3")
@example("pair = [3, {}, [[]]]")
@example("[pair]\nwith = 1")
def test_no_text_is_too_strange(text: str) -> None:
    for problem in parse(text, "but").problems:
        assert 0 <= problem.start <= problem.end <= len(text)
        assert re.search(r"[.?]$", problem.message) and "\n" not in problem.message


def test_the_examples_of_the_manual_are_concepts() -> None:
    page = Path(__file__).parents[1] / "docs" / "concepts.md"
    examples = re.findall(r"```toml\n(.*?)```", page.read_text("utf-8"), re.DOTALL)
    assert len(examples) == 1
    for text in examples:
        assert parse(text, "stage-direction").problems == ()
