"""Concept files and the fit: bad files are named, a planted direction is found."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from prism_lsp.build import lessons
from prism_lsp.engine import concepts
from prism_lsp.reading import EngineError

SHIPPED = Path(concepts.__file__).parents[1] / "concepts"
HEAD = 'id = "x"\nname = "X"\nfamily = "tone"\ndescription = "d"\non = "more"\noff = "less"\n'


def pair(number: int) -> str:
    return f'[[pair]]\nwithout = "It is {number}."\nwith = "It is not {number}."\n'


def test_shipped_concepts_meet_their_standard() -> None:
    found = concepts.load_all(SHIPPED)
    assert len(found) >= 26
    for concept in found:
        lengths = [max(len(p.with_.split()), len(p.without.split())) for p in concept.pairs]
        genres = [p.genre for p in concept.pairs]
        assert len(concept.pairs) >= 100, concept.id
        assert sum(n > 15 for n in lengths) >= len(lengths) / 4, concept.id
        assert {"fiction", "essay", "news", "science", "business", "letters"} <= set(genres), concept.id
        held = sum(p.held_out for p in concept.pairs) / len(concept.pairs)
        assert 0.1 < held < 0.3, (concept.id, held)
        sides = [s for p in concept.pairs for s in (p.with_, p.without)]
        assert len(set(sides)) >= 0.98 * len(sides), concept.id


def test_every_label_names_a_concept_that_ships() -> None:
    ships = {c.id for c in concepts.load_all(SHIPPED)}
    folder = SHIPPED.parent / "build"
    labels = [
        row
        for path in (folder / "labels").glob("*.jsonl")
        for row in map(json.loads, path.read_text("utf-8").splitlines())
    ]
    named = {each for row in labels for each in row.get("concepts", [])}
    assert named == ships
    asked = json.loads((folder / "labels" / "asked.json").read_text("utf-8"))
    assert {each for names in asked.values() for each in names} <= ships
    written = lessons.written()
    assert {each for row in written for each in row.get("concepts", [row.get("concept")])} == ships


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("id = ", "cannot be read"),
        ('id = "x"', "`name` is missing"),
        (HEAD.replace("tone", "colour") + pair(1) + pair(2) + pair(3), "family 'colour' is none of"),
        (HEAD + pair(1), "at least three pairs"),
        (HEAD + pair(1) + '[[pair]]\nwith = "a"\n', "pair 2 needs"),
        (HEAD + pair(1) + '[[pair]]\nwith = "a"\nwithout = "a "\n', "pair 2 has the same sentence"),
    ],
)
def test_a_bad_file_is_named_with_what_is_wrong(tmp_path: Path, text: str, reason: str) -> None:
    path = tmp_path / "x.toml"
    path.write_text(text)
    with pytest.raises(EngineError, match=r"x\.toml") as caught:
        concepts.load(path)
    assert reason in str(caught.value)


def test_id_and_file_name_must_agree(tmp_path: Path) -> None:
    (tmp_path / "y.toml").write_text(HEAD + pair(1) + pair(2) + pair(3))
    with pytest.raises(EngineError, match="must be its name"):
        concepts.load_all(tmp_path)


def test_a_planted_direction_is_found() -> None:
    draw = np.random.default_rng(0)
    planted = np.zeros(40, np.float32)
    planted[3] = 2.0
    base = draw.standard_normal((60, 40)).astype(np.float32) * np.linspace(0.2, 3, 40, dtype=np.float32)
    with_ = base + planted + 0.1 * draw.standard_normal((60, 40)).astype(np.float32)
    background = concepts.Background(base.mean(0), np.cov(base.T).astype(np.float32))
    probe = concepts.fit_probe(with_[:40], base[:40], background)
    assert concepts.auroc(with_[40:] @ probe.weight, base[40:] @ probe.weight) > 0.95
    assert np.argmax(np.abs(concepts.direction(with_, base))) == 3
    assert np.median(with_[:40] @ probe.weight + probe.bias) == pytest.approx(1, abs=1e-3)
    assert np.median(base[:40] @ probe.weight + probe.bias) == pytest.approx(-0.5, abs=1e-3)


def test_auroc_counts_ties_half() -> None:
    ones = np.ones(4, np.float32)
    assert concepts.auroc(ones, ones) == 0.5
    assert concepts.auroc(ones, 0 * ones) == 1.0
    assert concepts.auroc(np.array([1, 3], np.float32), np.array([2], np.float32)) == 0.5
