"""Independent rules that tell whether a sentence has a concept: no probe, no direction, no language model behind them.

    python -m benchmarks.rules [--sentences 500]

prints how often they agree with the Brown corpus's own tags on held-out sentences. A rule answers True, False or None:
it cannot tell. `formal` and `informal` are weak: they know markers only, and cannot tell most sentences.
"""

from __future__ import annotations

import argparse
import random
import re
from collections.abc import Callable

from benchmarks.lexicon import Lexicon, brown, table, tokens
from benchmarks.verbs import BE_FINITE, passive, tense
from prism_lsp.build import corpus

Answer = bool | None

WEAK = frozenset({"formal", "informal"})
"""Concepts whose rule only knows markers."""

NEGATORS = table("not n't never no none nobody nothing nowhere neither nor")
NEAR_NEGATORS = table("hardly scarcely barely seldom rarely without")
SUBJECTS = table(
    "i you he she it we they there this that these those the a an my your his her its our their anyone anybody "
    "someone everyone everybody nobody no one any some all both each every who mr mrs miss dr"
)
AUXILIARIES = BE_FINITE | table("do does did has have had can could will would shall should may might must ai")
WH = table("what who whom whose which where when why how")
FIRST = table("i we me us my our mine ours myself ourselves")

INFORMAL = table(
    "yeah yep nope ok okay gonna wanna gotta kinda sorta guy guys kid kids stuff folks cop cops buddy dude awful "
    "lousy crazy cool hey hi wow gee damn damned hell heck darn bucks dough grub booze pal mom dad grandma "
    "grandpa nuts goofy dumb pretty anyway sure lots bunch lot tons 'em ain't ai"
)
FORMAL = table(
    "hereby herein hereafter therein thereof thereby whereby wherein whom upon shall moreover furthermore "
    "nevertheless nonetheless consequently accordingly therefore thus hence notwithstanding pursuant regarding "
    "concerning prior subsequent subsequently commence commenced endeavor endeavour endeavored purchase purchased "
    "obtain obtained require required requires request requested inquire inquired assist assistance permit "
    "permitted reside resided utilize utilized sufficient numerous approximately additional inform informed "
    "receive received ascertain ascertained demonstrate demonstrated terminate terminated acquire acquired "
    "possess possessed whilst henceforth respectfully kindly constitute constitutes"
)

_SPEECH = re.compile(r'"([^"]*)"|“([^”]*)”|(?<!\w)‘(.*?)’(?!\w)|(?<!\w)\'(.*?[,.?!])\'(?!\w)')


def outside(text: str) -> str:
    """The text without quoted stretches; an opening mark that is never closed takes all that follows it."""
    text = _SPEECH.sub(" ", text)
    if text.count('"') == 1:
        before, after = text.split('"')
        # a mark at the start or behind a blank opens; any other one closes speech that began in the sentence before
        text = before if not before or before[-1].isspace() else after
    text = re.sub("“.*", " ", text)
    return re.sub(".*”", " ", text)


def quoted(text: str) -> list[str]:
    """The quoted stretches, those included that are open at one end."""
    found = [next(part for part in match.groups() if part is not None) for match in _SPEECH.finditer(text)]
    rest = _SPEECH.sub(" ", text)
    if re.search('["“”]', rest):
        found.append(re.split('["“”]', rest)[0 if rest.rstrip()[-1:] in ('"', "”") else -1])
    return found


def dialogue(text: str) -> Answer:
    """Speech in quotation marks: what is quoted closes with a mark of its own, or is all there is."""
    parts = [part.strip() for part in quoted(text) if part.strip()]
    if any(part[-1] in ",.?!—-" for part in parts):
        return True
    if parts and not tokens(outside(text)):
        return True
    if any(len(part.split()) >= 4 for part in parts):
        return None
    return False


def inverted(text: str) -> bool:
    """An auxiliary before its subject, a question word before an auxiliary, or a tag ("isn't it?")."""
    words = tokens(text)
    for i, word in enumerate(words):
        after = [w for w in words[i + 1 : i + 4] if w not in ("n't", "not")]
        opens = (
            i == 0 or words[i - 1] in '",.;:—-“‘(' or words[i - 1] in ("and", "but", "or", "so", "then", "now", "well")
        )
        if word in AUXILIARIES and after:
            named = (opens or words[i - 1] in WH) and re.match(r"\w", after[0])
            if after[0] in SUBJECTS and (opens or (words[max(0, i - 4) : i] and set(words[max(0, i - 4) : i]) & WH)):
                return True
            if named and after[0] not in ("been", "not"):
                return True
        if word in WH and opens and any(w in AUXILIARIES for w in words[i + 1 : i + 7]):
            return True
    return False


def question(text: str) -> Answer:
    """A question mark; without one, an inversion cannot tell ("Had he known, …")."""
    if "?" in text:
        return True
    first = tokens(text)[:2]
    if len(first) == 2 and first[0] in AUXILIARIES | WH and first[1] in SUBJECTS | AUXILIARIES:
        return None
    return False


def exclamation(text: str) -> Answer:
    """An exclamation mark; "What a …" and "How …" without one cannot tell."""
    if "!" in text:
        return True
    if re.match(r"[\"“']?(What an? |How )", text) and "?" not in text:
        return None
    return False


def negation(text: str) -> Answer:
    """A negator; "not only", "nothing but" and half-negators (hardly, without) cannot tell."""
    text = re.sub(r"(?i)\bno (doubt|matter|sooner)\b|\bnot only\b|\bnothing but\b|\bno\. \d", " hardly ", text)
    words = set(tokens(text))
    if words & NEGATORS:
        return True
    return None if words & NEAR_NEGATORS else False


def first_person(text: str) -> Answer:
    """I, we, me, my … outside quotation marks; speech alone cannot tell."""
    words = tokens(outside(text))
    if not any(re.match(r"\w", word) for word in words):
        return None
    return bool(FIRST & set(words))


def informal(text: str) -> Answer:
    """Weak. Contractions and words of casual speech against words of the office."""
    casual, stiff = _markers(text)
    return None if casual == stiff else casual > stiff


def formal(text: str) -> Answer:
    """Weak. The same markers the other way round."""
    casual, stiff = _markers(text)
    return None if casual == stiff else stiff > casual


def _markers(text: str) -> tuple[int, int]:
    words = tokens(text)
    contractions = sum(
        word in ("n't", "'ll", "'ve", "'re", "'m", "'d")
        or (
            word == "'s"
            and i > 0
            and words[i - 1] in ("it", "he", "she", "that", "there", "what", "who", "let", "here")
        )
        for i, word in enumerate(words)
    )
    return contractions + sum(word in INFORMAL for word in words), sum(word in FORMAL for word in words)


class Rules:
    """The rules by concept, with the lexicon that some of them need."""

    def __init__(self, lexicon: Lexicon) -> None:
        self.lexicon = lexicon
        self._plain: dict[str, Callable[[str], Answer]] = {
            "question": question, "exclamation": exclamation, "negation": negation, "dialogue": dialogue,
            "first-person": first_person, "formal": formal, "informal": informal,
        }  # fmt: skip

    def tense(self, text: str) -> str | None:
        """past, present, mixed, modal, imperative or None: of the narration, or of the speech where that is all."""
        narrated = outside(text)
        if not any(re.match(r"\w", word) for word in tokens(narrated)):
            narrated = text
        return tense(tokens(narrated), self.lexicon)

    def knows(self, concept: str) -> bool:
        """Whether there is a rule for the concept."""
        return concept in self._plain or concept in ("passive", "past-tense", "present-tense")

    def holds(self, concept: str, text: str) -> Answer:
        """Whether the sentence has the concept. Raises KeyError for a concept that no rule knows."""
        if concept == "passive":
            return passive(tokens(text), self.lexicon)
        if concept in ("past-tense", "present-tense"):
            found = self.tense(text)
            wanted = concept.removesuffix("-tense")
            if found in ("past", "present"):
                return found == wanted
            return False if found in ("modal", "imperative") and wanted == "past" else None
        return self._plain[concept](text)

    def reached(self, concept: str, on: bool, text: str) -> Answer:
        """Whether a rewrite got there. Stricter than `holds` where half an edit would pass for a whole one.

        A question needs inversion or a question word beside its mark; the first person needs I or we, not a mere "my";
        a tense must not be left mixed between co-ordinated verbs. None for a concept that no rule knows.
        """
        if not self.knows(concept):
            return None
        if concept == "question" and on:
            return "?" in text and inverted(text)
        if concept == "first-person" and on:
            words = tokens(outside(text))
            return bool({"i", "we"} & set(words)) if any(re.match(r"\w", w) for w in words) else None
        if concept.endswith("-tense") and self.tense(text) == "mixed":
            return False
        found = self.holds(concept, text)
        return None if found is None else found == on


# Agreement with gold tags -------------------------------------------------------------------------------------------


PAST_TAGS = frozenset({"vbd", "bed", "bedz", "hvd", "dod"})
PRESENT_TAGS = frozenset({"vbz", "bez", "ber", "bem", "hvz", "doz"})


def _gold(sentence: corpus.Tagged) -> dict[str, Answer]:
    """What Brown's tags say; None where they do not say it without interpretation."""
    tags, inside = [], False
    for word, tag in sentence.tokens:
        if word in ("``", "''"):
            inside = word == "``"
        elif not inside:
            tags.append(tag.removesuffix("-tl").removesuffix("-hl"))
    every = [tag.removesuffix("-tl").removesuffix("-hl") for _, tag in sentence.tokens]
    first = next((tag for tag in tags if tag in PAST_TAGS | PRESENT_TAGS | {"md"}), None)
    if "vb" in tags and (first is None or _finite_base(tags) < tags.index(first)):
        first = None  # a base form before it may be an imperative or a present tense: the tag does not say
    line = " ".join("rb" if tag == "*" or tag.startswith(("rb", "ql")) else tag for tag in every)
    is_passive = re.search(r"\b(be|bed|bedz|bez|ber|bem|ben|beg)(?: rb)* vbn\b", line) is not None
    return {
        "past-tense": None if first in (None, "md") else first in PAST_TAGS,
        "present-tense": None if first in (None, "md") else first in PRESENT_TAGS,
        "passive": is_passive,
        "negation": True if "*" in every else None,
    }


def _finite_base(tags: list[str]) -> int:
    """Position of the first base form that no "to", modal or "do" governs; the end when there is none."""
    for i, tag in enumerate(tags):
        if tag in ("vb", "hv", "do", "be"):
            before = [t for t in tags[max(0, i - 4) : i] if t not in ("rb", "*", "ppss", "pps", "ql")]
            if not before or before[-1] not in ("to", "md", "do", "dod", "doz", "vb", "cc"):
                return i
    return len(tags)


def main() -> None:
    """Print the agreement."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sentences", type=int, default=500)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--misses", type=int, default=0, help="print so many disagreements a concept")
    arguments = parser.parse_args()
    rules = Rules(brown())
    held = [s for s in corpus.brown() if s.split == "held-out" and 5 <= len(s.text.split()) <= 25]
    chosen = random.Random(arguments.seed).sample(held, arguments.sentences)
    gold = [_gold(sentence) for sentence in chosen]
    print("| rule | told by tags | cannot tell | agrees | says yes wrongly | says no wrongly |")
    print("|---|---:|---:|---:|---:|---:|")
    for concept in ("past-tense", "present-tense", "passive", "negation"):
        pairs = [
            (g[concept], rules.holds(concept, s.text), s.text)
            for g, s in zip(gold, chosen, strict=True)
            if g[concept] is not None
        ]
        told = [(g, r, text) for g, r, text in pairs if r is not None]
        yes = sum(bool(r and not g) for g, r, _ in told)
        no = sum(bool(g and not r) for g, r, _ in told)
        right = (len(told) - yes - no) / max(1, len(told))
        print(f"| {concept} | {len(pairs)} | {len(pairs) - len(told)} | {right:.1%} | {yes} | {no} |")
        for g, r, text in [row for row in told if row[0] != row[1]][: arguments.misses]:
            print(f"    tags {g}, rule {r}: {text}")


if __name__ == "__main__":
    main()
