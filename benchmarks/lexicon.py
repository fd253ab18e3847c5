"""A word's parts of speech, counted in the Brown corpus, and a sentence as lower-case tokens."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from prism_lsp.build import corpus

CLASSES = {
    "vb": "base", "vbd": "past", "vbn": "participle", "vbz": "third", "vbg": "gerund",
    "nn": "noun", "np": "noun", "nr": "noun", "nns": "plural", "nps": "plural",
    "jj": "adjective", "jjr": "adjective", "jjt": "adjective", "jjs": "adjective",
    "rb": "adverb", "rn": "adverb", "ql": "adverb", "qlp": "adverb", "rbr": "adverb", "rbt": "adverb",
    "in": "preposition",
}  # fmt: skip
"""Brown's tags (without the suffixes for titles and headlines) in the classes that the rules ask for; else "other"."""

_TOKEN = re.compile(r"\w+(?:['-]\w+)*|[^\w\s]")
_CONTRACTION = re.compile(r"^(.+?)(n't|'s|'d|'ll|'ve|'re|'m)$")
_IRREGULAR = {"can't": ["can", "n't"], "won't": ["will", "n't"], "shan't": ["shall", "n't"], "cannot": ["can", "not"]}


def table(words: str) -> frozenset[str]:
    """A set of words, written as one text."""
    return frozenset(words.split())


def tokens(text: str) -> list[str]:
    """Lower-case words and marks; contractions split ("did", "n't"), typographic apostrophes plain."""
    out: list[str] = []
    for token in _TOKEN.findall(text.lower().replace("’", "'")):
        if token in _IRREGULAR:
            out += _IRREGULAR[token]
        elif match := _CONTRACTION.match(token):
            out += match.groups()
        else:
            out.append(token)
    return out


class Lexicon(NamedTuple):
    """How often each word stood in each class."""

    counts: Mapping[str, Mapping[str, int]]

    def share(self, word: str, *classes: str) -> float:
        """Share of the word's uses that are of these classes, 0 to 1; a word never seen is judged by its ending."""
        seen = self.counts.get(word)
        if not seen:
            seen = self._guess(word)
        return sum(seen.get(each, 0) for each in classes) / sum(seen.values())

    def _guess(self, word: str) -> Mapping[str, int]:
        if word.endswith("ly"):
            return {"adverb": 1}
        if word.endswith("ing"):
            return {"gerund": 1}
        if word.endswith("ed") and len(word) > 4:
            return {"past": 1, "participle": 1}
        if word.endswith("s") and not word.endswith("ss"):
            stems = [word[:-1], word[:-2], word[:-3] + "y"]
            verb = max((self.share(s, "base") for s in stems if s in self.counts), default=0.0)
            return {"third": 2, "plural": 1} if verb > 0.5 else {"plural": 1}
        return {"noun": 1}


def count(sentences: Iterable[corpus.Tagged]) -> Lexicon:
    """The lexicon of tagged sentences."""
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for sentence in sentences:
        for word, tag in sentence.tokens:
            found[word.lower()][CLASSES.get(tag.removesuffix("-tl").removesuffix("-hl"), "other")] += 1
    return Lexicon(found)


def brown() -> Lexicon:
    """From the train part of the Brown corpus, which is fetched when it is not there."""
    return count(sentence for sentence in corpus.brown() if sentence.split == "train")
