"""What the writer is taught: which sentences, and what is added in the middle for them."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from prism_lsp.build import lessons, moves, writer
from prism_lsp.build.corpus import Tagged
from prism_lsp.build.corrupt import Damaged, damage_spans, word_classes
from prism_lsp.build.lessons import Lesson, Material, Sampler
from prism_lsp.concept_file import Concept, Pair
from prism_lsp.engine.local import LocalEngine
from tests import tiny

ROWS: list[dict[str, Any]] = [
    {"concept": "question", "without": "He came late.", "with": "Did he come late?", "source": "x"},
    {"concept": "formal", "text": "Hi.", "levels": ["Hello.", "Good day.", "I bid you good day."], "source": "x"},
    {"concepts": ["question", "formal"], "without": "He left.", "with": "Did he depart?", "source": "x"},
]


def pair(kind: str) -> Pair:
    """One that is held out, or one that is not."""
    texts = (f"He saw {number} ships." for number in range(100))
    return next(p for text in texts if (p := Pair(text, f"{text[:-1]}?")).held_out == (kind == "held out"))


def material(**changes: Any) -> Material:
    concept = Concept("question", "Question", "sentence", "It asks.", "on", "off", (pair("held out"), pair("taught")))
    rules = [{"concept": "negation", "without": "It is.", "with": "It is not."}]
    classes = [[Damaged("The cat sat.", "The black cat sat.")]]
    return lessons.gather([concept], rules, ROWS, classes, ["One sentence is here.", "Another one is there."])._replace(
        **changes
    )


def test_pairs_go_both_ways_and_held_out_ones_are_never_taught() -> None:
    drawn = Sampler(material(), 0).draw(2000)
    texts = {text for lesson in drawn for text in (lesson.source, lesson.target)}
    assert pair("taught").without in texts
    assert pair("held out").without not in texts
    assert {("It is.", "It is not."), ("It is not.", "It is.")} <= {(x.source, x.target) for x in drawn}
    assert all(x.source == x.target for x in drawn if x.kind in ("keep", "copy"))
    for lesson in drawn:
        if lesson.moves and lesson.moves[0][0] == "negation" and lesson.kind != "keep":
            assert (lesson.moves[0][1] > 0) == (lesson.target == "It is not.")


def test_levels_ask_for_as_much_as_lies_between_them() -> None:
    row = material().levels["formal"][0]
    for lesson in Sampler(material(), 1).draw(3000):
        if lesson.source in row and lesson.target in row and lesson.source != lesson.target:
            step = lessons.AMOUNTS[row.index(lesson.target)] - lessons.AMOUNTS[row.index(lesson.source)]
            assert lesson.moves[0][1] == pytest.approx(step, rel=0.11)


def test_a_group_without_material_is_left_out() -> None:
    some = Sampler(material(levels={}, both=[], classes=[]), 2).draw(500)
    assert not {"class 0", "formal"} & {name for lesson in some for name, _ in lesson.moves}
    kinds = Counter(lesson.kind for lesson in Sampler(material(), 2).draw(500))
    assert set(kinds) == {kind for of in lessons.KINDS.values() for kind in of}


def test_a_resumed_course_goes_on_as_an_unbroken_one() -> None:
    unbroken, resumed = (writer.Course(material(), 5, batch=4, pool=3) for _ in range(2))
    before = [unbroken[step] for step in range(8)]
    assert [resumed[step] for step in (6, 7)] == before[6:]
    assert before[0] != before[3]


@given(
    st.lists(st.sampled_from(["alpha", "beta", "gamma", "delta", "epsilon"]), min_size=1, max_size=12), st.integers()
)
def test_damage_leaves_the_target_alone(words: list[str], seed: int) -> None:
    text = " ".join(words)
    found = damage_spans(text, "one two three", random.Random(seed))
    assert found.original == text
    assert set(found.damaged.split()) <= {*words, "one", "two", "three"}
    assert len(words) < 4 or found.damaged


def test_a_class_of_words_is_damaged_where_its_words_stand(tmp_path: Path) -> None:
    engine = tiny.engine(tmp_path)
    adjectives, nouns = ["red", "blue", "green", "black"], ["cat", "dog", "fox", "hen"]
    tagged = [
        Tagged(f"The {a} {n} sat.", [("The", "at"), (a, "jj"), (n, "nn"), ("sat", "vbd")], "s", "fiction", 0, "train")
        for a in adjectives
        for n in nouns
        for _ in range(3)
    ]
    for found in word_classes(tagged, engine.tokenizer, engine.model.embedding, 3, 0):
        for damaged, original in found:
            gone = set(original[:-1].split()) - set(damaged[:-1].split())
            assert len(gone) == 1
            assert gone <= {*adjectives, *nouns, "sat"}


def test_a_sparse_move_is_the_sum_that_it_was_made_of() -> None:
    directions = torch.from_numpy(np.random.default_rng(0).standard_normal((30, 64)).astype(np.float32))
    row = 2 * directions[3] - 0.7 * directions[17]
    assert torch.allclose(moves.sparse(row, directions, 2), row, atol=1e-4)
    part = moves.onto(row + 100 * directions[5], directions[[3, 17]])
    left = row + 100 * directions[5] - part
    assert torch.allclose(directions[[3, 17]] @ left, torch.zeros(2), atol=1e-2)


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> LocalEngine:
    return tiny.engine(Path(tmp_path_factory.mktemp("tiny")))


def space(engine: LocalEngine) -> moves.Space:
    directions = torch.from_numpy(engine.pack.direction) @ torch.from_numpy(engine.pack.metric)
    names = [feature.id for feature in engine.features]
    return moves.Space(names, directions, torch.eye(tiny.CONFIG.hidden_size)[:9], torch.from_numpy(engine.pack.metric))


def test_what_is_added_is_what_the_lesson_names(engine: LocalEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(moves, "NOISE", 0.0)
    where = space(engine)
    direction, copy, difference, projection = moves.deltas(
        [
            Lesson("The fox.", "The quick fox.", "direction", (("question", 1.5), ("formal", -1.0))),
            Lesson("The fox.", "The fox.", "copy", ()),
            Lesson("The fox.", "The quick fox.", "difference", ()),
            Lesson("The fox.", "The quick fox.", "projection", (("question", 1.0),)),
        ],
        where,
        engine.reader,
        random.Random(0),
    )
    assert torch.allclose(direction, 1.5 * where.of("question") - where.of("formal"), atol=1e-5)
    assert not copy.any()
    with torch.inference_mode():
        z = engine.reader.latents(["The quick fox.", "The fox."])
        assert torch.allclose(difference, 2 * (z[0] - z[1]), atol=1e-4)  # the tiny pack's metric is twice the identity
    along = where.of("question")
    assert torch.allclose(projection, (difference @ along) / (along @ along) * along, atol=1e-4)


def test_a_concept_without_direction_is_named(engine: LocalEngine, tmp_path: Path) -> None:
    unknown = material(pairs={"nonsense": []}, classes=[], plain=[])
    with pytest.raises(ValueError, match="nonsense"):
        moves.survey(unknown, engine.pack, engine.reader, tmp_path / "space.safetensors")


@torch.no_grad()
def test_training_goes_on_from_what_an_adapter_does(engine: LocalEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "INJECT", tiny.INJECT)
    metric = torch.from_numpy(engine.pack.metric)
    parameters = writer.resume(engine.pack.writer, engine.model, metric)
    assert torch.allclose(parameters["steer"] @ metric, engine.writer.steer, atol=1e-3)
    sentence = [Lesson("The fox.", "The quick fox.", "direction", ())]
    delta = torch.ones(1, tiny.CONFIG.hidden_size)
    alone, _ = writer.loss_of(sentence, delta, engine.model, engine.writer.prompt, parameters)
    longer = [*sentence, Lesson("The fox.", "The quick fox was not there when the question came.", "copy", ())]
    both, _ = writer.loss_of(longer, delta.repeat(2, 1), engine.model, engine.writer.prompt, parameters)
    other, _ = writer.loss_of(longer[1:], delta, engine.model, engine.writer.prompt, parameters)
    assert min(alone, other) < both < max(alone, other)  # padding of the shorter one counts for nothing


def test_an_adapter_for_another_place_is_refused(engine: LocalEngine) -> None:
    with pytest.raises(ValueError, match="adds its move after layer 1, not 10"):
        writer.resume(engine.pack.writer, engine.model, torch.from_numpy(engine.pack.metric))


def test_copied_words_are_told_from_changed_ones() -> None:
    assert writer.copied([1, 2, 3, 4], [1, 9, 3, 4, 7]) == [True, False, True, True, False]
