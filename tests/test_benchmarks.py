"""The rules that judge rewrites, the plain model's batches, and how figures are counted and kept."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from tokenizers import Tokenizer, decoders, models, pre_tokenizers

from benchmarks import graphs, report, rules
from benchmarks.items import Results, Task
from benchmarks.lexicon import Lexicon, count, tokens
from benchmarks.measures import wilson
from benchmarks.plain import Added, Plain, clean, examples, instruction
from benchmarks.scoring import _choose_strength
from benchmarks.sentences import Held, choose
from prism_lsp.build.corpus import Tagged
from prism_lsp.engine import concepts
from prism_lsp.engine.llama import Llama
from tests import tiny

WORDS = {
    "walked": {"past": 40, "participle": 8},
    "found": {"past": 90, "participle": 70},
    "came": {"past": 300},
    "said": {"past": 800, "participle": 40},
    "saw": {"past": 150, "noun": 4},
    "built": {"past": 10, "participle": 50},
    "written": {"participle": 90},
    "called": {"past": 60, "participle": 90},
    "tired": {"adjective": 30, "participle": 10},
    "pleased": {"participle": 30, "past": 5},
    "walks": {"third": 10, "plural": 2},
    "finds": {"third": 20},
    "boils": {"third": 3, "plural": 1},
    "walk": {"base": 60, "noun": 20},
    "find": {"base": 200, "noun": 1},
    "see": {"base": 400},
    "seen": {"participle": 200},
    "write": {"base": 60},
    "home": {"noun": 300},
    "men": {"plural": 500},
    "house": {"noun": 500},
    "slowly": {"adverb": 50},
    "often": {"adverb": 200},
    "old": {"adjective": 400},
    "put": {"base": 80, "past": 90, "participle": 60},
    "be": {"other": 9},
    "here": {"adverb": 99},
    "he": {"other": 9},
    "gone": {"participle": 90},
    "help": {"base": 100, "noun": 50},
    "known": {"participle": 90},
}


@pytest.fixture(scope="module")
def judge() -> rules.Rules:
    return rules.Rules(Lexicon(WORDS))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("He walked home.", "past"),
        ("He walks home.", "present"),
        ("The men walk home.", "present"),
        ("They often walk home.", "present"),
        ("Did he walk home?", "past"),
        ("Does he walk home?", "present"),
        ("Had they not seen the house?", "past"),
        ("He has walked home.", "present"),
        ("He'd seen the house.", "past"),
        ("He'd see the house.", "modal"),
        ("He will walk home.", "modal"),
        ("He said that water boils.", "past"),
        ("He walked home and found the house.", "past"),
        ("He walks home and found the house.", "mixed"),
        ("Did he walk home and found the house?", "past"),
        ('"I am here," he said.', "past"),
        ('"I am here."', "present"),
        ("Don't walk home.", "present"),
        ("Find the house.", "imperative"),
        ("The house built by men is old.", "present"),
        ("He put the house here.", "past"),
        ("The men put the house here.", None),
        ("A house!", None),
    ],
)
def test_tense_is_the_first_finite_verbs(judge: rules.Rules, text: str, expected: str | None) -> None:
    assert judge.tense(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The house was built by men.", True),
        ("The house had been slowly built.", True),
        ("The house is not built.", True),
        ("Was the old house built?", True),
        ("He built the house.", False),
        ("The men had built the house.", False),
        ("He was gone.", False),
        ("He was old.", False),
        ("He was tired.", None),
        ("He was pleased.", None),
        ("He was called.", True),
        ("He's seen the house.", None),
        ("He got seen by the men.", True),
    ],
)
def test_passive_is_be_with_a_participle(judge: rules.Rules, text: str, expected: rules.Answer) -> None:
    assert judge.holds("passive", text) is expected


@pytest.mark.parametrize(
    ("concept", "text", "expected"),
    [
        ("question", "Where is he?", True),
        ("question", "He is here.", False),
        ("question", "Had he known, he would have come.", None),
        ("question", '"Is he here?" she said.', True),
        ("exclamation", "He is here!", True),
        ("exclamation", "What a day it was.", None),
        ("exclamation", "What is it?", False),
        ("negation", "She didn’t like it.", True),
        ("negation", "She cannot like it.", True),
        ("negation", "Nobody liked it.", True),
        ("negation", "She liked it.", False),
        ("negation", "She hardly liked it.", None),
        ("negation", "There is no doubt about it.", None),
        ("negation", "She knows nothing but tricks.", None),
        ("dialogue", '"Come in," he said.', True),
        ("dialogue", "“Come in,” he said.", True),
        ("dialogue", "‘Come in,’ he said.", True),
        ("dialogue", "'Come in,' he said, 'and sit.'", True),
        ("dialogue", '"Come in and sit', True),
        ("dialogue", "He read 'Emma' at the girls' school.", False),
        ("dialogue", "He liked the men's house and the dogs' bones.", False),
        ("dialogue", 'He called it "the end of the world" often.', None),
        ("dialogue", "He came in.", False),
        ("first-person", "I came in.", True),
        ("first-person", "He gave us my book.", True),
        ("first-person", '"I am ill," he said.', False),
        ("first-person", '"I am ill."', None),
        ("first-person", "He came in.", False),
        ("informal", "It's a lousy day.", True),
        ("informal", "It is a day.", None),
        ("formal", "We hereby request your assistance.", True),
        ("formal", "They can't assist.", None),
    ],
)
def test_rules(judge: rules.Rules, concept: str, text: str, expected: rules.Answer) -> None:
    assert judge.holds(concept, text) is expected


@pytest.mark.parametrize(
    ("concept", "on", "text", "expected"),
    [
        ("question", True, "He is here?", False),
        ("question", True, "Is he here?", True),
        ("question", True, "Had Maria seen the house?", True),
        ("question", True, "In the evening, did he walk home?", True),
        ("question", True, "Where did the men walk?", True),
        ("question", True, "He is here, isn't he?", True),
        ("question", False, "He is here.", True),
        ("question", False, "Is he here?", False),
        ("first-person", True, "He gave me the book.", False),
        ("first-person", True, "I gave her my book.", True),
        ("first-person", False, "He gave me the book.", False),
        ("first-person", False, "He gave her the book.", True),
        ("past-tense", True, "He walked home and finds the house.", False),
        ("past-tense", False, "He walked home and finds the house.", False),
        ("past-tense", False, "He walks home and finds the house.", True),
        ("present-tense", True, "He walks home and finds the house.", True),
        ("passive", True, "He was tired.", None),
        ("negation", False, "She liked it.", True),
    ],
)
def test_a_half_done_rewrite_has_not_got_there(
    judge: rules.Rules, concept: str, on: bool, text: str, expected: rules.Answer
) -> None:
    assert judge.reached(concept, on, text) is expected


def test_tokens_split_contractions() -> None:
    assert tokens("She can’t, he'd say; it's Tom's.") == [
        "she", "can", "n't", ",", "he", "'d", "say", ";", "it", "'s", "tom", "'s", ".",
    ]  # fmt: skip


def test_lexicon_counts_tags_and_judges_new_words_by_their_ending() -> None:
    tagged = Tagged("Walk!", [("Walk", "vb-hl"), ("walk", "nn"), ("!", ".")], "brown:x", "news", 0, "train")
    lexicon = count([tagged])
    assert lexicon.share("walk", "base") == 0.5
    assert lexicon.share("walks", "third") == 0  # its stem is no more a verb than a noun
    assert lexicon.share("blorped", "past") == 0.5
    assert lexicon.share("softly", "adverb") == 1


def test_wilson_interval_of_a_known_share() -> None:
    low, high = wilson(8, 10)
    assert (round(low, 3), round(high, 3)) == (0.490, 0.943)
    assert wilson(0, 0) == (0.0, 1.0)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (" Is he here?\nHe is.", "Is he here?"),
        ("Here is the question:\n\nIs he here?", "Is he here?"),
        ('"Is he here?"', "Is he here?"),
        ('"Come," he said, "now."', '"Come," he said, "now."'),
        ("Rewritten sentence: Is he here?", "Is he here?"),
        ('Here is the rewritten sentence: "Is he here?"', "Is he here?"),
        ("", ""),
    ],
)
def test_the_sentence_is_taken_out_of_an_answer(answer: str, expected: str) -> None:
    assert clean(answer, "He is here.") == expected


def test_examples_turn_round_and_leave_out_what_is_held_out() -> None:
    pairs = tuple(concepts.Pair(f"He is {i}.", f"Is he {i}?", "") for i in range(40))
    concept = concepts.Concept("question", "Question", "sentence", "", "Ask", "State", pairs)
    on, off = examples(concept, True, 8), examples(concept, False, 8)
    assert len(on) == 8 and off == [(b, a) for a, b in on]
    assert not {a for a, _ in on} & {p.without for p in pairs if p.held_out}
    assert "as a question" in instruction(concept, True)


def test_choose_takes_the_first_that_rule_and_probe_take_and_more_begin_with_the_same() -> None:
    pool = [Held(str(i), "s", "g") for i in range(100)]
    asked: list[str] = []

    def probe(texts: list[str]) -> list[bool]:
        asked.extend(texts)
        return [int(text) % 3 == 0 for text in texts]

    few = choose(pool, 3, lambda text: int(text) % 2 == 0, probe, "x")
    assert len(few) == 3 and all(int(held.text) % 6 == 0 for held in few)
    assert len(asked) <= 12
    assert choose(pool, 8, lambda text: int(text) % 2 == 0, probe, "x")[:3] == few
    assert len(choose(pool, 50, lambda text: int(text) % 2 == 0, probe, "x")) == 17


# The plain model in batches ------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Plain:
    """A tiny made model (two layers, random weights) over bytes."""
    folder = tmp_path_factory.mktemp("tiny")
    config = {
        "hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2,
        "intermediate_size": 24, "rms_norm_eps": 1e-5, "rope_theta": 1e4, "vocab_size": 258,
    }  # fmt: skip
    (folder / "config.json").write_text(json.dumps(config), "utf-8")
    generator = torch.Generator().manual_seed(5)
    shapes = {"model.embed_tokens.weight": (258, 16), "model.norm.weight": (16,)}
    for layer in range(2):
        at = f"model.layers.{layer}."
        shapes |= {f"{at}{n}_layernorm.weight": (16,) for n in ("input", "post_attention")}
        shapes |= {
            f"{at}self_attn.{n}_proj.weight": (size, 16) for n, size in (("q", 16), ("k", 8), ("v", 8), ("o", 16))
        }
        shapes |= {f"{at}mlp.gate_proj.weight": (24, 16), f"{at}mlp.up_proj.weight": (24, 16)}
        shapes[f"{at}mlp.down_proj.weight"] = (16, 24)
    save_file(
        {name: torch.randn(shape, generator=generator) for name, shape in shapes.items()}, folder / "model.safetensors"
    )
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    tokenizer = Tokenizer(models.BPE({c: i for i, c in enumerate(alphabet)}, []))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens(["<|im_start|>", "<|im_end|>"])
    return Plain(Llama(folder), tokenizer)


def test_a_batch_writes_what_each_sentence_alone_gets(plain: Plain) -> None:
    sources = ["He is.", "A much longer sentence is here.", "No."]
    shown = [("a", "b")]
    rows = torch.randn(3, 16, generator=torch.Generator().manual_seed(1))
    together = plain.decode("Ask: ", shown, sources, Added(1, rows))
    alone = [plain.decode("Ask: ", shown, [s], Added(1, row[None]))[0] for s, row in zip(sources, rows, strict=True)]
    shorter = [min(len(a), len(b)) for a, b in zip(together, alone, strict=True)]
    # alone, a short sentence may stop earlier: its limit is its own
    assert [t[:n] for t, n in zip(together, shorter, strict=True)] == [
        a[:n] for a, n in zip(alone, shorter, strict=True)
    ]


def test_the_batched_pass_is_the_models_own(plain: Plain) -> None:
    ids = torch.tensor([[3, 5, 8, 13]])
    embedded = plain.model.embed(ids)
    mask = torch.ones(4, 4, dtype=torch.bool).tril()[None, None]
    ours = plain._run(embedded, torch.arange(4)[None], mask, [], None)
    torch.testing.assert_close(ours, plain.model.run(embedded, range(2)), atol=1e-5, rtol=1e-5)


# Keeping and counting ------------------------------------------------------------------------------------------------

META = {"pack": {"name": "tiny", "version": "1", "sha256": "0" * 64}, "seed": 0, "threads": 1, "kept": 0.6}


def test_results_go_on_where_they_were_and_refuse_another_pack(tmp_path: Path) -> None:
    path, task, row = tmp_path / "r.json", Task("question", True), {"text": "He is here."}
    results = Results(path, META)
    results.data["tasks"][task.name] = [row]
    assert results.missing(task, "prism", 5) == [row]
    results.add(task, "prism", row, {"text": None, "refused": "no"})
    results.save()
    assert Results(path, META).missing(task, "prism", 5) == []
    with pytest.raises(SystemExit, match="another pack"):
        Results(path, META | {"pack": {"name": "other"}})


def item(method: str, source: str, text: str | None, reached: bool = True, rule: bool | None = True) -> dict:
    """A finished item as the results file has it."""
    scores = {
        "before": 0.0, "after": 1.0, "reached": reached, "similarity": 0.8, "fluency": 0.9, "copy": text == source,
    }  # fmt: skip
    return {
        "concept": "question", "direction": "on", "method": method, "source": source, "text": text, "seconds": 2.0,
        "refused": None if text else "The model left the sentence as it is.", "rule": rule if text else None,
        "scores": scores if text else None,
    }  # fmt: skip


def test_the_table_counts_refusals_as_misses_only_in_good() -> None:
    items = [item("prism", "a", "A?"), item("prism", "b", None), item("prism", "c", "C?", True, False)]
    assert "| 0/3 (0%) |" in report.line("prism", items, 0.9)
    line = report.line("prism", items, 0.6)
    assert line.startswith("| prism | 3 | 1 | 0 | 2/2 (100%) | 1/2 (50%) [9%–91%] | 1/3 (33%) | 0.80 | 0.90 | 2.0 |")


def test_report_and_page_render_what_is_there() -> None:
    items = [item("prism", "a", "A?"), item("prism", "b", None), item("copy", "a", "a", False, False)]
    data = {"meta": META, "items": {str(i): each for i, each in enumerate(items)}}
    table = report.table(data)
    assert "Only the 1 sentences" in table and "left it as it is: 1" in table
    page = report.page(data, 60, 0)
    assert page.startswith("# 2 rewrites") and "refused: The model left" in page and "after: A?" in page


def test_the_strength_that_does_best_is_taken_for_the_whole_task() -> None:
    def scores(reached: bool, similarity: float) -> dict:
        return {"reached": reached, "similarity": similarity, "fluency": 1.0}

    rows = [
        {"strengths": {"1.0": "x", "2.0": "y"}, "all_scores": {"1.0": scores(False, 1.0), "2.0": scores(True, 0.6)}},
        {"strengths": {"1.0": "p", "2.0": "q"}, "all_scores": {"1.0": scores(True, 0.9), "2.0": scores(True, 0.8)}},
    ]
    _choose_strength(rows)
    assert [row["strength"] for row in rows] == ["2.0", "2.0"]
    assert [row["text"] for row in rows] == ["y", "q"]


def test_precision_recall_and_f1_of_a_cut() -> None:
    from benchmarks import few

    has, found = np.array([1, 1, 1, 0, 0], bool), np.array([1, 0, 0, 1, 0], bool)
    assert few.f1(has, found) == pytest.approx((1 / 2, 1 / 3, 2 / 5))
    assert few.f1(has, ~found & found) == (0, 0, 0)


# latency -------------------------------------------------------------------------------------------------------------


def test_the_page_of_latencies_says_how_far_from_the_limit_reading_is() -> None:
    from benchmarks import latency
    from benchmarks.neighbours import Neighbour

    figures = {
        **dict.fromkeys(("initialize", "cold first", "loaded", "warm first", "warm whole"), 0.5),
        **{"words": 1000, "sentences": 300, "read": 6.0, "cancel": [0.01] * 5, "warm server": (50.0, 40.0)},
        "memory": {"server": (50.0, 40.0), "engine": (600.0, 500.0)},
        "memory after a rewrite": {"engine": (900.0, 800.0)},
        "after": {"delta": [0.03] * 19 + [0.5], "range": [0.02] * 20},
        "while": {"delta": [0.03] * 4, "range": [0.02] * 20},
    }
    page = latency.report([figures], [Neighbour("bare forward pass", 100.0, 0.02, "")], "command")
    lines = {
        line.split("|")[1].strip(): line.split("|")[-2].strip() for line in page.splitlines() if line.startswith("|")
    }
    assert lines["sentences a second"] == "50"
    assert lines["that time over the limit's"] == "2.00"
    assert lines["keystroke to the document's tokens, ms"].startswith("30 / ")
    assert "| the same while the rest is being read, ms | 60 / 100 | – |" in page, (
        "four strokes have no 95th percentile"
    )


@torch.inference_mode()
def test_other_runtimes_get_layers_that_compute_what_the_model_computes(tmp_path: Path) -> None:
    model, ids = Llama(tiny.weights(tmp_path)), torch.tensor([[0, 7, 200, 3], [0, 5, 6, 9]])
    expected = torch.cat([model.run(model.embed(ids), range(layer)) for layer in (1, 2)], -1)[:, 1:]
    smooth = graphs.smoothed_blocks(model, 2, 0, [[5, 6, 7, 8], [200, 3]])
    for blocks in (graphs.plain_blocks(model, 2), smooth):
        torch.testing.assert_close(graphs.Layers(model, blocks, (1, 2))(ids), expected, atol=1e-4, rtol=1e-4)
