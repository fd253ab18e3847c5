"""Faders, sums, unseen directions and modes: how figures are counted, and that a part goes on where it was."""

from __future__ import annotations

import argparse
import math
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from benchmarks import directions, faders, parts, sums, ways
from benchmarks.items import Results
from benchmarks.measures import mean_interval, ranks, spearman
from benchmarks.parts import Trial, Want, complete, label
from benchmarks.sentences import Held
from prism_lsp.engine import concepts
from prism_lsp.engine.local import GRID, LocalEngine
from prism_lsp.reading import Edit
from tests import tiny


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        ([0, 0.5, 1, 1.5, 2], [1, 2, 3, 4, 9], 1),
        ([0, 0.5, 1, 1.5, 2], [9, 4, 3, 2, 1], -1),
        ([1, 2, 3, 4], [1, 1, 2, 2], 2 / math.sqrt(5)),
        ([1, 2, 3], [5, 5, 5], 0),
        ([1, 2, 3, 4, 5], [2, 1, 4, 3, 5], 0.8),
    ],
)
def test_rank_correlation_with_and_without_ties(a: list[float], b: list[float], expected: float) -> None:
    assert spearman(a, b) == pytest.approx(expected)


def test_equal_values_share_the_mean_of_their_ranks() -> None:
    assert ranks([3, 1, 3, 2, 3]).tolist() == [4, 1, 4, 2, 4]


def test_the_interval_of_a_mean_holds_it_and_is_as_wide_as_the_theory_says() -> None:
    values = np.random.default_rng(1).standard_normal(400).tolist()
    middle, low, high = mean_interval(values)
    assert middle == pytest.approx(np.mean(values)) and low < middle < high
    assert high - low == pytest.approx(2 * 1.96 / 20, rel=0.15)
    assert all(map(math.isnan, mean_interval([])))


def test_levels_lie_apart() -> None:
    assert faders.levels([0, 0.1, 0.2, 0.5, 0.6, 0.9], 0.25) == 3
    assert faders.levels([1, 1, 1], 0.25) == 1


def fader_item(product: dict[str, str | None]) -> dict:
    texts = {"a": 0.0, "b": 0.5, "c": 1.0, "d": 1.1}
    return {
        "job": "formal/on", "source": "a", "edit": [["formal", 1.0]], "product": product, "refused": {}, "seconds": 1.0,
        "raw": {"0": "a", "0.5": "a", "1": "b", "1.5": "c", "2": "d"},
        "measured": {text: {"similarity": 0.9} for text in "bcd"},
        "scores": {text: {"formal": score} for text, score in texts.items()},
    }  # fmt: skip


def test_a_fader_is_followed_along_its_amounts_and_a_refusal_has_no_place_on_it() -> None:
    item = fader_item({"0.5": None, "1": "b", "1.5": None, "2": "d"})
    assert faders.curve(item, "product") == [(0, "a", 0), (1, "b", 0.5), (2, "d", 1.1)]
    rho, of, texts, levels, far, _, each = faders.figures([item], "raw")
    assert rho.startswith("0.97") and of == "1" and texts.startswith("1/1") and levels.startswith("1/1")
    assert far.startswith("1.10") and each == "1/1/1/1"
    page = faders.report({"items": {"x": item}})
    assert "leaves 1/1 (100%)" in page and "| formal/on |" in page


def test_the_name_of_a_sum_is_read_with_ids_that_have_hyphens() -> None:
    known = ["question", "past-tense", "past", "first-person", "negation"]
    assert sums.edit_of("first-person+past-tense", known) == Edit((("first-person", 1.0), ("past-tense", 1.0)))
    assert sums.edit_of("past-tense-negation", known) == Edit((("past-tense", 1.0), ("negation", -1.0)))
    with pytest.raises(ValueError, match="rhyme"):
        sums.edit_of("question+rhyme", known)


def test_every_sum_is_made_of_concepts_that_ship() -> None:
    folder = Path(__file__).parents[1] / "prism_lsp" / "concepts"
    known = [path.stem for path in folder.glob("*.toml")]
    assert all(len(sums.edit_of(name, known).moves) >= 2 for name in sums.SUMS)
    assert {name.split("/")[0] for name in ways.TASKS} <= set(known)
    assert {*faders.GRADED, *faders.PLAIN} <= set(known)


def test_the_judge_of_an_unseen_concept_sees_other_pairs() -> None:
    pairs = tuple(concepts.Pair(f"He is {i}.", f"Is he {i}?", "") for i in range(60))
    mine, judge = directions.split(concepts.Concept("x", "X", "other", "", "", "", pairs))
    assert not set(mine.pairs) & set(judge.pairs) and len(mine.pairs) + len(judge.pairs) == 60
    assert 30 <= len(mine.pairs) <= 50 and judge.id == "x-judge"


def test_every_unseen_concept_is_whole_and_does_not_ship() -> None:
    found = concepts.load_all(directions.FOLDER)
    shipped = {path.stem for path in (Path(__file__).parents[1] / "prism_lsp" / "concepts").glob("*.toml")}
    assert len(found) >= 8 and not {concept.id for concept in found} & shipped
    assert all(len(half.pairs) >= 8 for concept in found for half in directions.split(concept))


# Through the tiny model ----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> LocalEngine:
    return tiny.engine(Path(tmp_path_factory.mktemp("tiny")))


def test_candidates_decoded_together_are_offered_as_the_product_would(engine: LocalEngine) -> None:
    text, edit = "The quick fox was there.", Edit((("question", 1.0),))
    move = engine.delta(edit)
    more = [Want(label(a, g, "other ", t), -a * move, g, t) for a, g, t in GRID]
    trial = Trial(engine, text, edit, [*more, *(Want(label(a, g, "", t), a * move, g, t) for a, g, t in GRID)])
    assert trial.offer([label(a, g, "", t) for a, g, t in GRID]) == engine.rewrite(text, edit)
    assert set(trial.item()["measured"]) == {t for t in trial.written.values() if t and t != text}


def test_no_move_at_all_is_one_candidate_of_a_trial(engine: LocalEngine) -> None:
    edit = Edit((("question", 1.0),))
    trial = Trial(engine, "The fox.", edit, [Want(label(0, 1), torch.zeros_like(engine.delta(edit)), 1)] * 2)
    assert list(trial.written) == ["0|1"]


def setting(out: Path, late: bool = False) -> SimpleNamespace:
    return SimpleNamespace(arguments=argparse.Namespace(out=out), out_of_time=lambda: late)


def test_a_part_does_only_what_is_missing_and_keeps_it(tmp_path: Path) -> None:
    path, meta = tmp_path / "rewrite-faders.json", {"pack": "p", "seed": 0}
    assert parts.path_of(tmp_path / "rewrite.json", "faders") == path
    rows = [Held(text, "s", "news") for text in ("a", "b")]
    done: list[tuple[str, str]] = []

    def do(name: str, text: str) -> dict:
        done.append((name, text))
        return {"source": text, "seconds": 0.1}

    complete(setting(path), Results(path, meta), {"x": rows[:1], "y": rows[:1]}, do)
    complete(setting(path), Results(path, meta), {"x": rows, "y": rows}, do)
    assert done == [("x", "a"), ("y", "a"), ("x", "b"), ("y", "b")]
    complete(setting(path, late=True), Results(path, meta), {"z": rows}, do)
    assert len(done) == 4 and len(Results(path, meta).data["items"]) == 4


# Whole parts, with the tiny model's nonsense -------------------------------------------------------------------------

SENTENCES = ["The quick fox was there.", "It came when the question was not there.", "Not so quick was the brown fox."]
PAIRS = "".join(
    f'[[pair]]\nwithout = "{a} {n} fox."\nwith = "{b} {n} sail."\n' for n in range(12) for a, b in [("The", "A")]
)
SEA = f'id = "sea"\nname = "Sea"\nfamily = "topic"\ndescription = "At sea."\non = "To sea"\noff = "Ashore"\n{PAIRS}'


@pytest.fixture
def whole(engine: LocalEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """A setting with the tiny engine, three sentences that fit every edit, and no other model or corpus."""
    monkeypatch.setattr(parts, "held_out", lambda seed: [Held(text, "s", "news") for text in SENTENCES])
    monkeypatch.setattr(parts, "Similarity", lambda: lambda pairs: [0.9] * len(pairs))
    monkeypatch.setattr(parts.check, "ABSENT", math.inf)
    monkeypatch.setattr(parts, "PRESENT", 0.0)
    monkeypatch.setattr(ways, "train_part", lambda count, seed: SENTENCES * 5)
    monkeypatch.setattr("prism_lsp.engine.ordinary.cache", lambda: tmp_path / "cache")
    monkeypatch.setattr("prism_lsp.engine.ordinary.texts", lambda: SENTENCES * 60)
    meta = {"pack": {"name": "tiny", "sha256": "0"}, "seed": 0}
    return SimpleNamespace(
        engine=engine, rules=SimpleNamespace(knows=lambda concept: False), out_of_time=lambda: False, meta=meta,
        arguments=argparse.Namespace(seed=0, shelf=3, concepts="", readout=15, out=tmp_path / "rewrite.json"),
        results=lambda part: Results(parts.path_of(tmp_path / "rewrite.json", part), dict(meta)),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("name", "part", "job"),
    [
        ("faders", faders, "question/on"),
        ("sums", sums, "negation+question"),
        ("modes", ways, "past-tense/off"),
        ("unseen", directions, "sea/off"),
    ],
)
def test_a_part_runs_is_kept_and_is_told(name: str, part, job: str, whole: SimpleNamespace, tmp_path: Path) -> None:
    (tmp_path / "unseen").mkdir()
    (tmp_path / "unseen" / "sea.toml").write_text(SEA, "utf-8")
    more = {"folder": tmp_path / "unseen"} if name == "unseen" else {}
    part.run(whole, 2, whole.results(name), **more)
    kept = whole.results(name).data
    mine = [item for item in kept["items"].values() if item["job"] == job]
    assert len(mine) == 2 and all("scores" in item for item in mine)
    assert job.split("/")[0] in part.report(kept)
    assert whole.engine.features == whole.engine.shipped.features  # nothing of it stays
    whole.out_of_time = pytest.fail  # all is there: nothing is done again
    part.run(whole, 2, whole.results(name), **more)
