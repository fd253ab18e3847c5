"""Pairs from sentences without tags (Austen, Moby-Dick): only what the words alone make sure.

Real speech with its tag, real exclamations, and a single "not" behind its auxiliary.
"""

import re

from prism_lsp.build.rules import inflect
from prism_lsp.build.rules.base import Pair, words

_SAY = (
    r"(?:said|cried|replied|answered|asked|exclaimed|continued|returned|added|observed|whispered|murmured|"
    r"muttered|shouted|remarked|"
    r"repeated|declared|demanded|inquired|roared|began|resumed|rejoined)"
)
_BEHIND = re.compile(
    rf'^"([A-Z][^"]+)([,!?])" ?((?:{_SAY} [^"]{{2,70}}|[A-Z]?[\w.\' ]{{1,24}} {_SAY}\b[^"]{{0,60}})\.)$'
)
_BEFORE = re.compile(rf'^[A-Z][\w.\' ]{{1,30}} {_SAY}\b[\w ]{{0,30}}[,:] ?"([A-Z][^"]+[.!?])"$')
_AUXILIARY = r"(is|are|was|were|am|has|have|had|can|could|will|would|should|must|may|might)"
_DID_NOT = re.compile(r"\b(did|does|do) not (\w+)\b")
_NOT = re.compile(rf"\b{_AUXILIARY} not (?=[a-z])")
_NEGATIVE = re.compile(
    r"\b(not|never|no|none|nothing|nobody|nowhere|neither|nor|hardly|scarcely|without|cannot|\w+n't)\b", re.IGNORECASE
)
_POLAR = re.compile(
    r"\b(any\w*|ever|yet|either|much|till|until|at all|but|even|only|because|unless|whatever|however|"
    r"rather|long|merely|just|so|"
    r"too|many|all|always|every\w*|each|quite|very|whether|or|if|enough|mind|care|help|more|less|than|"
    r"doubt|must|may|might|need|"
    r"dare|lest|least|slightest|faintest|like|think|though|most|entirely|altogether|wish|bear|another|chuse|longer|afford|"
    r"resist|imagine|possibly|"
    r"refuse)\b",
    re.IGNORECASE,
)
_OPEN = words(
    "to could would had never happy if thou ye thee what how oh ah o alas such heavens dear good my hark "
    "hurrah yes no so why aye well lo ho hush"
)
_ADVERB = words("not ever never really then also so now still only just always even")


def plain_pairs(text: str) -> list[Pair]:
    """Every pair that an untagged sentence gives for sure."""
    if text.count('"') == 1 and '"' in {text[0], text[-1]}:
        text = text.strip('"')  # a speech that goes on in the next sentence
    if (
        not 3 <= len(text.split()) <= 40
        or (not text[0].isupper() and text[0] != '"')
        or "(" in text
        or (";" in text and '"' not in text)
    ):
        return []
    found = [_speech(text), _exclaimed(text), _denied(text)]
    return [pair for pair in found if pair]


def _speech(text: str) -> Pair | None:
    behind, before = _BEHIND.match(text), _BEFORE.match(text)
    if behind:
        inner = behind[1] + ("." if behind[2] == "," else behind[2])
    elif before:
        inner = before[1]
    else:
        return None
    if len(inner.split()) < 3 or inner.count("—") > 1:
        return None
    return Pair("dialogue", inner, text, "novel-speech")


def _exclaimed(text: str) -> Pair | None:
    words = re.findall(r"\w+", text.lower())
    if (
        not text.endswith("!")
        or text.count("!") > 1
        or '"' in text
        or "?" in text
        or len(words) < 4
        or not text[0].isupper()
    ):
        return None
    if (
        words[0] in _OPEN
        or words[1] in _OPEN
        or "how" in words
        or words[-1] in {"oh", "lo", "ah"}
        or "what" in words
        or words[0] == "that"
    ):
        return None
    return Pair("exclamation", text[:-1] + ".", text, "novel-real")


def _denied(text: str) -> Pair | None:
    if '"' in text or "?" in text or len(_NEGATIVE.findall(text)) != 1 or _POLAR.search(text) or "—" in text:
        return None
    done = _DID_NOT.search(text)
    if done:
        verb = done[2].lower()
        if inflect.lemma(verb) != verb or verb in _ADVERB or verb.endswith("ly") or done[1] == "do":
            return None
        form = inflect.past(verb) if done[1] == "did" else inflect.present(verb, "sg")
        plain = text[: done.start()] + form + text[done.end() :]
    elif _NOT.search(text):
        plain = _NOT.sub(lambda found: found[1] + " ", text, count=1)
    else:
        return None
    return Pair("negation", plain, text, "novel-not")
