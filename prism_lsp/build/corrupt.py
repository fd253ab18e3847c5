"""Pairs from any sentence, by damage: the sentence itself is the target, what was done to it says what delta asks for.

Two kinds. *Word classes*: a word of some class of alike words (nearest in the model's input embedding, of one part of speech)
is taken out or replaced by a word outside it; over many sentences the mean difference of a class is a direction, of the same
kind as a concept's, and there are hundreds of them. *Spans*: some words are deleted, put in or exchanged; delta is the whole
difference. A denoising autoencoder's latent space becomes one that can be edited this way (Shen et al. 2020, "Educating Text
Autoencoders: Latent Representation Guidance via Denoising").

Targets are always what somebody wrote; only sources are damaged.
"""

from __future__ import annotations

import random
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import torch
import torch.nn.functional as F
from tokenizers import Tokenizer
from torch import Tensor

from prism_lsp.build.corpus import Tagged

DROPPED = ("jj", "rb")
"""Parts of speech (Brown tags) whose words may be missing."""
EXCHANGED = ("nn", "nns", "vb", "vbd", "vbn", "vbg", "vbz", "np")
"""Those whose words are exchanged for another of the same tag."""

ALIKE = 14
"""Words in a class."""
EXAMPLES = 24
"""Sentences of a class at most, and half as many at least."""


class Damaged(NamedTuple):
    """A sentence with the damage that is to be undone."""

    damaged: str
    original: str


def word_classes(
    sentences: Iterable[Tagged], tokenizer: Tokenizer, embedding: Tensor, count: int, seed: int
) -> list[list[Damaged]]:
    """Sentences of `count` classes of words. embedding: (vocabulary, hidden), the model's own."""
    draw = random.Random(f"{seed}|classes")
    uses: dict[tuple[str, str], list[Tagged]] = defaultdict(list)
    for sentence in sentences:
        inside = Counter(word.lower() for word, _ in sentence.tokens)
        for word, tag in sentence.tokens[1:]:
            if word.isalpha() and len(word) > 2 and tag in (*DROPPED, *EXCHANGED) and inside[word.lower()] == 1:
                uses[tag, word].append(sentence)
    by_tag: dict[str, list[str]] = defaultdict(list)
    for (tag, word), found in sorted(uses.items(), key=lambda item: item[0]):
        if len(found) >= 4:
            by_tag[tag].append(word)
    vectors = {tag: _vectors(words, tokenizer, embedding) for tag, words in by_tag.items()}
    tags = sorted(by_tag)
    classes: list[list[Damaged]] = []
    for _ in range(20 * count):
        if len(classes) == count:
            break
        tag = draw.choices(tags, [len(by_tag[t]) for t in tags])[0]
        words = by_tag[tag]
        near = (vectors[tag] @ vectors[tag][draw.randrange(len(words))]).topk(min(ALIKE, len(words))).indices.tolist()
        mine = {words[i] for i in near}
        seen = [(word, sentence) for word in sorted(mine) for sentence in uses[tag, word]]
        draw.shuffle(seen)
        others = [word for word in words if word not in mine]
        pairs = [
            pair for word, sentence in seen[:EXAMPLES] if (pair := _damage(sentence.text, word, tag, others, draw))
        ]
        if len(pairs) >= EXAMPLES // 2:
            classes.append(pairs)
    return classes


def _vectors(words: Sequence[str], tokenizer: Tokenizer, embedding: Tensor) -> Tensor:
    """Mean embedding of each word's tokens, of length 1, (words, hidden)."""
    rows = [
        embedding[torch.tensor(tokenizer.encode(" " + w, add_special_tokens=False).ids, device=embedding.device)].mean(
            0
        )
        for w in words
    ]
    found = torch.stack(rows) - torch.stack(rows).mean(0)
    return F.normalize(found, dim=-1)


def _damage(text: str, word: str, tag: str, others: Sequence[str], draw: random.Random) -> Damaged | None:
    """The sentence without the word, or with another in its place; None where the word is not found once."""
    spots = [m.span() for m in re.finditer(rf"(?<![\w'’-]){re.escape(word)}(?![\w'’-])", text)]
    if len(spots) != 1 or not others:
        return None
    ((start, end),) = spots
    if tag in DROPPED:
        return Damaged((text[:start].rstrip(" ") + " " + text[end:].lstrip(" ")).strip(), text)
    return Damaged(text[:start] + draw.choice(others) + text[end:], text)


def damage_spans(text: str, foreign: str, draw: random.Random) -> Damaged:
    """The sentence with one or two spans of one to four words missing, exchanged for words of another sentence, or too many."""
    words, other = text.split(" "), foreign.split(" ")
    for _ in range(draw.choice((1, 1, 2))):
        kind, size = draw.choice(("delete", "exchange", "insert")), draw.randint(1, 4)
        if len(words) < 4:
            break
        start = draw.randrange(len(words))
        at = draw.randrange(len(other))
        if kind == "delete" and len(words) > size + 2:
            del words[start : start + size]
        elif kind == "exchange":
            words[start : start + size] = other[at : at + size]
        else:
            words[start:start] = other[at : at + size]
    return Damaged(" ".join(words), text)
