"""Latents in shards: what the server reads, resumed, shared between processes. With the tiny model."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import tiny

from prism_lsp.build import harvest
from prism_lsp.build.text import __main__ as program
from prism_lsp.build.text.sentences import Record
from prism_lsp.engine.llama import Llama
from prism_lsp.engine.local import load_tokenizer
from prism_lsp.engine.reader import Reader

TEXTS = [
    f"The quick brown fox was {word} there when the question came." for word in ("not", "", "often", "hardly", "once")
]


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    folder = tmp_path / "corpus"
    folder.mkdir()
    records = [Record(text, "novel", "1", "fiction", 1) for text in TEXTS]
    parts = {
        "train": program.write(folder, records, "train", 2),
        "held-out": program.write(folder, records[:1], "held-out", 2),
    }
    (folder / "manifest.json").write_text(json.dumps({"parts": parts}))
    return folder


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    return tiny.weights(tmp_path / "weights")


def run(corpus: Path, weights: Path, out: Path, *more: str) -> dict[str, np.ndarray]:
    harvest.main(["--corpus", str(corpus), "--weights", str(weights), "--out", str(out), "--layers", "1", "2", *more])
    return {f"{split}{layer}": harvest.load(out, layer, split) for split in program.SPLITS for layer in (1, 2)}


def test_shards_hold_the_latents_that_the_reader_gives(corpus, weights, tmp_path):
    found = run(corpus, weights, tmp_path / "out")
    texts = [r.text for path in sorted(corpus.glob("train-*")) for r in program.read(path)]
    for layer in (1, 2):
        reader = Reader(Llama(weights), load_tokenizer(weights), layer)
        assert found[f"train{layer}"].dtype == np.float16
        np.testing.assert_allclose(found[f"train{layer}"], reader.latents(texts).numpy(), atol=2e-3, rtol=1e-3)
    assert len(found["held-out2"]) == 1


def test_a_shard_that_is_there_is_not_made_again(corpus, weights, tmp_path):
    out = tmp_path / "out"
    run(corpus, weights, out)
    before = {path: path.stat().st_mtime_ns for path in out.iterdir()}
    (out / "train-001.safetensors").unlink()
    run(corpus, weights, out)
    after = {path: path.stat().st_mtime_ns for path in out.iterdir()}
    assert {path.name for path in after if after[path] != before[path]} == {"train-001.safetensors"}


def test_a_layer_is_added_to_the_shards_that_are_there(corpus, weights, tmp_path):
    both = run(corpus, weights, tmp_path / "both")
    for layer in ("1", "2"):
        harvest.main(
            ["--corpus", str(corpus), "--weights", str(weights), "--out", str(tmp_path / "one"), "--layers", layer]
        )
    for layer in (1, 2):
        np.testing.assert_array_equal(harvest.load(tmp_path / "one", layer), both[f"train{layer}"])


def test_shards_of_other_text_are_refused(corpus, weights, tmp_path):
    run(corpus, weights, tmp_path / "out")
    manifest = json.loads((corpus / "manifest.json").read_text())
    manifest["parts"]["train"][0]["sha256"] = "1" * 64
    (corpus / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(SystemExit, match="other text or other weights"):
        run(corpus, weights, tmp_path / "out")


def test_every_nth_part_is_a_shard(corpus):
    every = [harvest.chosen(corpus, None, None, (number, 3)) for number in range(3)]
    assert [path.name[:9] for path in every[1]] == ["train-001"]
    assert len({path for paths in every for path in paths}) == sum(map(len, every)) == 4


def test_two_processes_give_the_same_as_one(corpus, weights, tmp_path):
    """As `accelerate launch` and torchrun start them: RANK and WORLD_SIZE say who one is."""
    one = run(corpus, weights, tmp_path / "one")
    command = [
        sys.executable,
        "-m",
        "prism_lsp.build.harvest",
        "--corpus",
        corpus,
        "--weights",
        weights,
        "--layers",
        "1",
        "2",
    ]
    started = [
        subprocess.Popen(
            [*map(str, command), "--out", str(tmp_path / "two"), "--device", "cpu"],
            env={**os.environ, "RANK": str(rank), "WORLD_SIZE": "2", "LOCAL_RANK": str(rank)},
        )
        for rank in range(2)
    ]
    assert [process.wait() for process in started] == [0, 0]
    for split in program.SPLITS:
        for layer in (1, 2):
            np.testing.assert_array_equal(one[f"{split}{layer}"], harvest.load(tmp_path / "two", layer, split))


def test_the_control_has_noise_of_the_same_spread_for_weights(weights):
    trained, noise, again = (
        Llama(weights),
        harvest.RandomLlama(weights, "cpu", 0),
        harvest.RandomLlama(weights, "cpu", 0),
    )
    assert abs(float(noise.embedding.std() / trained.embedding.std()) - 1) < 0.05
    assert not np.allclose(noise.embedding, trained.embedding)
    np.testing.assert_array_equal(noise.block(1).down, again.block(1).down)


def test_latents_that_are_not_there_are_asked_for(tmp_path):
    with pytest.raises(FileNotFoundError, match="build harvest"):
        harvest.load(tmp_path, 12)
