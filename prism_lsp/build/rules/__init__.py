"""Rules that make rewrite pairs from tagged sentences: one file a family of concepts, one table of them here."""

from random import Random

from prism_lsp.build.corpus import FICTION, Tagged
from prism_lsp.build.rules.base import Pair, prepare
from prism_lsp.build.rules.negation import negation
from prism_lsp.build.rules.person import first_person
from prism_lsp.build.rules.question import question
from prism_lsp.build.rules.register import formal, informal
from prism_lsp.build.rules.speech import dialogue, exclamation
from prism_lsp.build.rules.tense import tenses
from prism_lsp.build.rules.voice import passive

RULES = (question, negation, tenses, first_person, dialogue, exclamation, passive, informal, formal)
CONCEPTS = (
    "question", "negation", "past-tense", "present-tense", "first-person", "dialogue", "exclamation", "passive",
        "informal",
    "formal",
)  # fmt: skip


def pairs_of(sentence: Tagged, seed: int = 0) -> list[Pair]:
    """Every pair that the rules are sure of. What is drawn (forms, tags, quotes) depends on `seed` and the sentence
    alone."""
    tokens = prepare(sentence)
    if tokens is None:
        return []
    out: list[Pair] = []
    for rule in RULES:
        rng = Random(f"{seed}|{rule.__name__}|{sentence.source}|{sentence.index}")
        out += [pair for pair in rule(tokens, rng) if pair.without != pair.with_ and _fitting(pair, sentence)]
    return out


def _fitting(pair: Pair, sentence: Tagged) -> bool:
    """ "They" is mostly people in fiction only; elsewhere it may be things, that cannot become "we"."""
    return pair.rule != "they-to-first" or sentence.genre in FICTION
