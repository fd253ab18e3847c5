"""Writing through the tiny model: candidates in one batch agree with each alone, and work can be stopped."""

from __future__ import annotations

import random
import subprocess
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch

from prism_lsp.engine.branches import PASS, Branches
from prism_lsp.engine.draft import guesses as from_source
from prism_lsp.engine.layer import Layer
from prism_lsp.engine.local import LocalEngine
from prism_lsp.engine.writer import Cancelled
from prism_lsp.reading import Edit, EngineError
from tests import tiny

SOURCE = "The quick fox was there."


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> LocalEngine:
    return tiny.engine(Path(tmp_path_factory.mktemp("tiny")))


def naive(engine: LocalEngine, delta: torch.Tensor, guidance: float, source: str = SOURCE) -> str:
    """The same decoding without cache, batch, guesses or early ends: the definition."""
    writer = engine.writer
    ids, out = writer.prompt.ids(source), list[int]()
    limit = len(ids) + 2 * len(writer.prompt.text(source)) + 16
    start = len(ids)

    def distribution(move: torch.Tensor) -> torch.Tensor:
        hidden = engine.model.run(engine.model.embed(torch.tensor([ids + out])), range(writer.inject))
        hidden[:, start - 1 :] += move @ writer.steer.T
        upper = range(writer.inject, engine.model.config.num_hidden_layers)
        return engine.model.logits(engine.model.run(hidden, upper, writer.adapter)[:, -1]).log_softmax(-1)[0]

    while len(ids) + len(out) <= limit:
        c = distribution(delta)
        if guidance != 1:
            u = distribution(torch.zeros_like(delta))
            mixed = u + guidance * (c - u)
            mixed[c < c.max() - 6] = -torch.inf
            c = mixed
        token = int(c.argmax())
        if token == writer.prompt.end:
            break
        out.append(token)
    return engine.tokenizer.decode(out).strip()


@torch.inference_mode()
def test_a_batch_of_candidates_writes_what_each_alone_would(engine: LocalEngine) -> None:
    move = engine.delta(Edit((("question", 1.0),)))
    deltas = torch.cat([0 * move, move, 2 * move, -move, move])
    guidance = [1.0, 1.0, 1.5, 2.0, 3.0]
    together = engine.writer.decode(SOURCE, deltas, guidance, leash=False)
    assert together == [naive(engine, d, g) for d, g in zip(deltas, guidance, strict=True)]
    assert len(set(together)) > 1


@torch.inference_mode()
@pytest.mark.parametrize("seed", range(6))
def test_guesses_right_or_wrong_never_change_what_is_written(engine: LocalEngine, seed: int) -> None:
    dice = random.Random(seed)
    source = " ".join(
        dice.choices(["The", "fox", "was", "not", "there", "quick,", "it", "ß", "“Why?”"], k=dice.randint(1, 9))
    )
    deltas = torch.cat([dice.uniform(-2, 2) * engine.delta(Edit((("negation", 1.0),))) for _ in range(4)])
    guidance = [1.0, 1.5, 3.0, 1.0]
    expected = [naive(engine, d, g, source) for d, g in zip(deltas, guidance, strict=True)]
    right = [engine.writer.prompt.text(text) for text in expected]

    def lucky(_: Sequence[int], text: Sequence[int], others: Sequence[Sequence[int]]) -> list[list[int]]:
        """Right as far as it goes for some candidate, then wrong."""
        fits = [other for other in right if other[: len(text)] == list(text)]
        return [
            [*dice.choice(fits or [[]])[len(text) :][: dice.randint(0, 5)], *dice.choices(range(3, 290), k=2)]
            for _ in range(dice.randint(0, 3))
        ]

    for guesses in (from_source, lambda source, text, others: [], lucky):
        assert engine.writer.decode(source, deltas, guidance, guesses=guesses, leash=False) == expected


@torch.inference_mode()
def test_candidates_that_end_early_leave_the_others_as_they_are(engine: LocalEngine) -> None:
    move = engine.delta(Edit((("question", 1.0),)))
    texts = engine.writer.decode(SOURCE, move, [1.0], leash=False)
    tokens = engine.writer.prompt.text(texts[0])
    end, engine.writer.prompt.end = engine.writer.prompt.end, tokens[2]  # what ends the first text soon
    try:
        together = engine.writer.decode(SOURCE, torch.cat([move, -move, 2 * move]), [1.0, 1.0, 2.0], leash=False)
        alone = [naive(engine, d, g) for d, g in ((move, 1.0), (-move, 1.0), (2 * move, 2.0))]
    finally:
        engine.writer.prompt.end = end
    assert together == alone
    assert len(together[0]) < max(map(len, together))


def test_a_very_long_sentence_is_written_too(engine: LocalEngine) -> None:
    source = "The quick fox was not there, " * 30
    calls = 0

    def step() -> None:
        nonlocal calls
        calls += 1

    move = engine.delta(Edit((("question", 1.0),)))
    assert engine.writer.decode(source, move, [1.0], step, leash=False) == [naive(engine, move, 1.0, source)]
    assert calls > len(engine.writer.prompt.text(source)) / PASS  # the prompt alone is several passes


def test_candidates_of_the_same_move_cost_no_more_than_one(engine: LocalEngine) -> None:
    move, counts = engine.delta(Edit((("question", 1.0),))), []
    for many in (1, 5):
        branches = Branches(engine.writer, SOURCE, move.repeat(many, 1), [1.0] * many, from_source)
        with torch.inference_mode():
            while branches.growing:
                branches.grow(lambda: None)
        counts.append(branches.nodes)
    assert counts[0] == counts[1]


@pytest.mark.model
def test_int8_writes_what_float32_writes() -> None:
    source = "She walked down to the harbour and looked at the ships."
    moves = Edit((("question", 1.0),)), Edit((("negation", 1.0),))
    written = []
    for runtime in ("float32", "int8"):
        engine = LocalEngine.load(runtime=runtime)  # type: ignore[arg-type]
        written.append([engine.writer.decode(source, engine.delta(edit), [1.0]) for edit in moves])
    assert written[0] == written[1]


@torch.inference_mode()
def test_what_the_check_measures_is_what_reading_and_the_plain_model_say(engine: LocalEngine) -> None:
    texts = ["The fox was there.", "", "Why? “Not there,” it came.", "x"]
    latents, scores, surprise = engine.measure(texts)
    torch.testing.assert_close(torch.from_numpy(latents), engine.reader.latents(texts))
    filled = [i for i, text in enumerate(texts) if text]
    np.testing.assert_allclose(scores[filled], engine.scores(texts)[0][filled], atol=1e-4)
    for text, found in zip(texts, surprise, strict=True):
        ids = torch.tensor([engine.reader.encode(text).ids])
        hidden = engine.model.run(engine.model.embed(ids), range(engine.model.config.num_hidden_layers))
        expected = torch.nn.functional.cross_entropy(engine.model.logits(hidden[0, :-1]), ids[0, 1:]) if text else 0.0
        assert found == pytest.approx(float(expected), abs=1e-4)


@torch.inference_mode()
def test_a_candidate_that_rambles_is_given_up_before_its_end(engine: LocalEngine) -> None:
    move = engine.delta(Edit((("question", 1.0),)))
    calls = dict.fromkeys((False, True), 0)

    def count(leash: bool) -> None:
        calls[leash] += 1

    long, short = (engine.writer.decode(SOURCE, move, [1.0], partial(count, leash), leash=leash) for leash in calls)
    assert long != [""]
    assert short == [""]
    assert calls[True] < calls[False]
    assert (
        engine.rewrite(SOURCE, Edit((("question", 1.0),))).refused == "Every rewrite strayed too far from the sentence."
    )


def test_work_stops_at_the_next_pass(engine: LocalEngine) -> None:
    calls = 0

    def step() -> None:
        nonlocal calls
        calls += 1
        if calls == 3:
            raise Cancelled

    with pytest.raises(EngineError) as caught:
        engine.rewrite(SOURCE, Edit((("question", 1.0),)), 2, step)
    assert caught.value.code == "cancelled"
    assert calls == 3


def test_bad_edits_are_refused_with_a_reason(engine: LocalEngine) -> None:
    with pytest.raises(EngineError, match="Did you mean question"):
        engine.rewrite(SOURCE, Edit((("qestion", 1.0),)))
    with pytest.raises(EngineError, match="moves nothing"):
        engine.rewrite(SOURCE, Edit(()))
    with pytest.raises(EngineError, match="characters"):
        engine.rewrite("x " * 1000, Edit((("question", 1.0),)))


def test_a_pack_without_writer_says_so(engine: LocalEngine, tmp_path: Path) -> None:
    bare = LocalEngine(engine.model, engine.tokenizer, engine.pack._replace(folder=tmp_path))
    with pytest.raises(EngineError, match="no usable writer"):
        bare.rewrite(SOURCE, Edit((("question", 1.0),)))


@pytest.mark.parametrize("int8", [False, True], ids=["float32", "int8"])
def test_a_first_rewrite_can_be_stopped_before_every_layer_and_the_next_one_goes_on(tmp_path: Path, int8: bool) -> None:
    edit, whole = Edit((("question", 1.0),)), tiny.engine(tmp_path / "whole", int8)
    texts = whole.writer.decode(SOURCE, whole.delta(edit), [1.0], leash=False)
    stopped = tiny.engine(tmp_path / "stopped", int8)
    left = 0

    def step() -> None:
        nonlocal left
        left -= 1
        if not left:
            raise Cancelled

    for steps in range(1, 40):
        left = steps
        with pytest.raises(EngineError, match="cancelled"):
            stopped.rewrite(SOURCE, edit, step=step)
        assert left == 0
    assert stopped.writer.decode(SOURCE, stopped.delta(edit), [1.0], leash=False) == texts


def test_no_layer_of_a_pass_is_without_a_moment_to_stop(engine: LocalEngine) -> None:
    layers, since = list[int](), 0
    run = Layer.run

    def counted(self: Layer, *args: object) -> torch.Tensor:
        nonlocal since
        since += 1
        layers.append(since)
        return run(self, *args)  # type: ignore[arg-type]

    def step() -> None:
        nonlocal since
        since = 0

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Layer, "run", counted)
        engine.rewrite(SOURCE, Edit((("question", 1.0),)), step=step)
    assert len(layers) > 2 * tiny.CONFIG.num_hidden_layers
    assert max(layers) == 1


def test_int8_layers_keep_nothing_of_the_weights_file(tmp_path: Path) -> None:
    engine = tiny.engine(tmp_path, int8=True)
    engine.rewrite(SOURCE, Edit((("question", 1.0),)))
    engine.measure([SOURCE])
    largest = 4 * tiny.CONFIG.vocab_size * tiny.CONFIG.hidden_size
    for layer in (*engine.writer._layers, *engine.reader.lower.layers):
        for part in (layer.attention_norm, layer.mlp_norm):
            assert part.untyped_storage().nbytes() < largest  # a view of the mapped file would hold all of it
    assert not engine.model._blocks


HELD = """
from pathlib import Path
from prism_lsp.engine.local import LocalEngine
from prism_lsp.reading import Edit
engine = LocalEngine.load(runtime="int8")
engine.rewrite("She came home.", Edit((("question", 1.0),)))
engine.measure(["She came home."])
lines = [line.split() for line in Path("/proc/self/smaps").read_text().splitlines()]
ours = False
total = 0
for line in lines:
    if "-" in line[0]:
        ours = line[-1].endswith("model.safetensors")
    elif ours and line[0] == "Rss:":
        total += int(line[1])
print(total / (engine.model.folder / "model.safetensors").stat().st_size * 1024)
"""
"""Prints the share of the weights' file that is in memory after a rewrite in int8."""


@pytest.mark.model
@pytest.mark.skipif(not Path("/proc/self/smaps").exists(), reason="the system does not tell what is in memory")
def test_after_a_rewrite_little_of_the_weights_file_stays_in_memory() -> None:
    done = subprocess.run([sys.executable, "-c", HELD], capture_output=True, text=True, check=True)
    assert float(done.stdout) < 0.1  # of its float32 rows only those of words that were met


@torch.inference_mode()
def test_a_turn_copies_the_source_and_goes_on_from_where_the_move_pulls_most(engine: LocalEngine) -> None:
    move = 3 * engine.delta(Edit((("question", 1.0),)))
    writer, source = engine.writer, SOURCE
    own = [*writer.prompt.text(source), writer.prompt.end]
    ids = writer.prompt.ids(source)
    start = len(ids)

    def distributions(delta: torch.Tensor) -> torch.Tensor:
        """(tokens of the source, and what follows it; vocabulary), log-probabilities."""
        hidden = engine.model.run(engine.model.embed(torch.tensor([ids + own[:-1]])), range(writer.inject))
        hidden[:, start - 1 :] += delta @ writer.steer.T
        upper = range(writer.inject, engine.model.config.num_hidden_layers)
        return engine.model.logits(engine.model.run(hidden, upper, writer.adapter)[0, start - 1 :]).log_softmax(-1)

    c, u = distributions(move), distributions(torch.zeros_like(move))
    found = []
    for place, token in enumerate(own):
        gain = 2 * (c[place] - c[place, token]) - (u[place] - u[place, token])
        gain[token] = gain[c[place] < c[place].max() - 6] = -torch.inf
        best = gain.topk(2)
        found += [
            (g, place, t) for g, t in zip(best.values.tolist(), best.indices.tolist(), strict=True) if g > -torch.inf
        ]
    expected = [(place, token) for _, place, token in sorted(found, reverse=True)]
    writer.prepare(lambda: None)
    branches = Branches(writer, source, move, [1.0], from_source, turns=[1])
    branches.grow(lambda: None)
    assert branches.turns(1) == expected
    count = min(6, len(expected))
    texts = writer.decode(source, move.repeat(count, 1), [1.0] * count, leash=False, turns=range(1, count + 1))
    for (place, token), text in zip(expected, texts, strict=False):
        begun = engine.tokenizer.decode(own[:place] if token == own[-1] else [*own[:place], token]).strip()
        assert text.startswith(begun)
    assert len(set(texts)) > 1


@torch.inference_mode()
def test_turns_change_nothing_for_candidates_without_one(engine: LocalEngine) -> None:
    move = engine.delta(Edit((("question", 1.0),)))
    deltas, guidance = torch.cat([move, 2 * move, move, 2 * move]), [1.0, 1.5, 1.0, 1.0]
    mixed = engine.writer.decode(SOURCE, deltas, guidance, turns=[0, 0, 1, 2])
    assert mixed[:2] == engine.writer.decode(SOURCE, deltas[:2], guidance[:2])
    assert mixed[2:] == engine.writer.decode(SOURCE, deltas[2:], guidance[2:], turns=[1, 2])
    assert engine.writer.decode(SOURCE, move, [1.0], turns=[10_000]) == [""]


@torch.inference_mode()
def test_how_likely_a_text_is_is_what_the_model_says_token_by_token(engine: LocalEngine) -> None:
    move = 2 * engine.delta(Edit((("question", 1.0),)))
    writer, texts = engine.writer, ["The fox was there.", "The quick fox was not there.", "x"]
    branches = writer.branches(SOURCE, torch.cat([move, move, -move]), [1.0, 2.0, 1.0], turns=[0, 0, 1])
    found = branches.likelihoods(1, texts)
    for text, likely in zip(texts, found, strict=True):
        ids, answer = writer.prompt.ids(SOURCE), [*writer.prompt.text(text), writer.prompt.end]
        hidden = engine.model.run(engine.model.embed(torch.tensor([ids + answer[:-1]])), range(writer.inject))
        hidden[:, len(ids) - 1 :] += move @ writer.steer.T
        upper = range(writer.inject, engine.model.config.num_hidden_layers)
        hidden = engine.model.run(hidden, upper, writer.adapter)[0, len(ids) - 1 :]
        logits = engine.model.logits(hidden)
        near = logits.masked_fill(logits < logits.amax(-1, keepdim=True) - 6, -torch.inf).logsumexp(-1)
        said = logits[torch.arange(len(answer)), torch.tensor(answer)] - near
        assert likely == pytest.approx(float(said.sum()), abs=1e-2)
    assert branches.texts() == writer.decode(SOURCE, torch.cat([move, move, -move]), [1.0, 2.0, 1.0], turns=[0, 0, 1])
