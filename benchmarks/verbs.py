"""Tense and voice from a sentence's words alone: no tagger, only how often each word was a verb in the Brown corpus."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from benchmarks.lexicon import Lexicon, table

BE_FINITE = table("am is are was were 'm 're")
BE = BE_FINITE | {"be", "been", "being"}
GET = table("get gets got getting gotten")
PAST_AUXILIARY = table("was were had did")
PRESENT_AUXILIARY = table("am is are 'm 're has have 've do does")
MODALS = table("will would shall should can could may might must ought 'll")
PRESENT_MODALS = table("can may must")
PRONOUNS = table("i you he she it we they who there everyone everybody someone nobody this that which")
THIRD = table("he she it who this that which there everyone everybody someone nobody")
PLURAL = table("i you we they who these those")
POINTING = table(
    "the a an my your his her its our their this that these those every each some any no whose 's of in on at by "
    "with from to for into upon under over through about as than very so too more most"
)
SUBORDINATES = table("that which who whom whose when where while if because although though as since than what how")
JOINERS = table("and but or nor then , ; —")
NEGATIONS = table("not n't never")
SAME_FORM = table("put cut let set hit cost shut spread beat quit read hurt cast burst split thrust bet bid")
"""Past and base form are written alike."""

INTRANSITIVE = table(
    "gone come become arrived fallen grown risen departed fled vanished died lived been had got stood sat lain happened"
)
"""With "be" these are old perfects or adjectives ("was gone"), never passives."""

LOOK_ALIKE = table(
    "tired interested married worried excited pleased delighted supposed used accustomed determined ashamed "
    "engaged inclined concerned satisfied surprised frightened scared amused bored confused convinced "
    "disappointed embarrassed experienced finished fixed known lost mistaken related relieved rested retired "
    "returned settled disposed drunk dressed done closed shut crowded astonished acquainted obliged attached "
    "ended bent"
)
"""Participles that are adjectives as often as not: the rule cannot tell, unless an agent with "by" follows."""


class Finite(NamedTuple):
    """A finite verb: where it stands, and its tense."""

    at: int
    tense: str
    """past, present, modal, imperative, or ? (written alike in both)."""


def finite_verbs(words: Sequence[str], lexicon: Lexicon) -> list[Finite]:
    """Finite verbs in order. What an auxiliary, "to" or a modal governs is not finite."""
    found: list[Finite] = []
    governed = ""  # what the last auxiliary asks for: base, participle, or nothing
    for i, word in enumerate(words):
        before = _before(words, i, lexicon)
        if word in (";", ":", ".", "?", "!", "—") or word in SUBORDINATES:
            governed = ""
        if word in MODALS or (word == "'d" and _next_is(words, i, lexicon, "base")):
            found.append(Finite(i, "present" if word in PRESENT_MODALS else "modal"))
            governed = "base"
        elif word in PAST_AUXILIARY or word == "'d":
            found.append(Finite(i, "past"))
            governed = "base" if word == "did" else "participle"
        elif word in PRESENT_AUXILIARY:
            if before == "to" or (governed == "base" and before not in ("and", "but")):
                governed = "participle"
                continue
            found.append(Finite(i, "present"))
            governed = "base" if word in ("do", "does") else "participle"
        elif word == "'s":
            if before in THIRD | {"what", "where", "here", "how"} and before != "who's":
                found.append(Finite(i, "present"))
                governed = "participle"
        elif word[0].isalpha():
            tense_found = _ordinary(words, i, before, governed, lexicon, found)
            if tense_found:
                found.append(Finite(i, tense_found))
                governed = ""
    return found


def _ordinary(
    words: Sequence[str], i: int, before: str, governed: str, lexicon: Lexicon, found: Sequence[Finite]
) -> str | None:
    """Tense of a verb that is no auxiliary; None when it is no finite verb."""
    word = words[i]
    base, past, third = (lexicon.share(word, c) for c in ("base", "past", "third"))
    participle = lexicon.share(word, "participle")
    pronoun = before in PRONOUNS and not (
        before in ("this", "that", "which") and lexicon.share(word, "noun", "plural") > 0.5
    )
    if before in POINTING and not pronoun:
        return None
    if governed == "base" and base > 0 and before not in (",", "and", "but"):
        return None
    if governed == "participle" and past + participle > 0 and before not in (",",):
        return None
    if word in SAME_FORM:
        return (
            ("past" if before in ("he", "she", "it") else "?")
            if base + past + participle > 0.5 and i and not governed
            else None
        )
    if past > 0 and past + participle > (0.2 if pronoun else 0.6):
        first_word = not any(w[0].isalpha() for w in words[:i])
        told = past / (past + participle)
        joined = before in JOINERS and bool(found) and found[-1].tense == "past"
        reduced = i + 1 < len(words) and words[i + 1] == "by" and not pronoun
        if pronoun or (not first_word and not reduced and told > (0.2 if joined else 0.35)):
            return "past"
        return None
    if third > (0.02 if before in THIRD else 0.5) and (before not in ("and", ",") or found):
        return "present"
    if third > 0.3 and before in JOINERS and found and found[-1].tense == "present":
        return "present"
    if base > 0.15 and before in PLURAL and governed != "base":
        return "present"
    if base > 0.5 and lexicon.share(before, "plural") > 0.6 and i > 0 and governed != "base":
        return "present"
    if base > 0.6 and i == 0:
        return "imperative"
    return None


def _before(words: Sequence[str], i: int, lexicon: Lexicon) -> str:
    """The word before, adverbs and negations left out; empty at the start."""
    for word in reversed(words[:i]):
        if word not in NEGATIONS and (not word[0].isalpha() or lexicon.share(word, "adverb") <= 0.7 or word in JOINERS):
            return word
    return ""


def _next_is(words: Sequence[str], i: int, lexicon: Lexicon, kind: str) -> bool:
    """True when the next word that is no adverb is mostly of this class (or "be" or "have" for a base form)."""
    for word in words[i + 1 :]:
        if word in NEGATIONS or (word[0].isalpha() and lexicon.share(word, "adverb") > 0.7):
            continue
        return word in ("be", "have") or lexicon.share(word, kind) > 0.3
    return False


def tense(words: Sequence[str], lexicon: Lexicon) -> str | None:
    """Tense of the first finite verb; "mixed" when one co-ordinated with it is in the other; None when none is found.

    A subordinate clause may keep a tense of its own ("He said that water boils").
    """
    found = finite_verbs(words, lexicon)
    if not found or found[0].tense == "?":
        return None
    first = found[0].tense
    for verb in found[1:]:
        between = words[found[0].at + 1 : verb.at]
        near = between[-4:]
        joined = any(word in ("and", "but", "or") for word in near) and not SUBORDINATES & set(between)
        if joined and {first, verb.tense} == {"past", "present"}:
            return "mixed"
    return first


def passive(words: Sequence[str], lexicon: Lexicon) -> bool | None:
    """A form of "be" or "get" with a participle. None: a participle that may be an adjective."""
    unsure = False
    for i, word in enumerate(words):
        short = word == "'s" and i > 0 and words[i - 1] in THIRD | {"what", "where"}
        if word not in BE | GET and not short:
            continue
        at = i + 1
        while at < len(words) and (
            words[at] in NEGATIONS or (words[at][0].isalpha() and lexicon.share(words[at], "adverb") > 0.5)
        ):
            at += 1
        inverted = word in BE_FINITE and (i == 0 or words[i - 1] in JOINERS | SUBORDINATES | {"why", '"', "“"})
        if inverted and at < len(words) and not _participle(words[at], lexicon):
            # the subject stands between: "Was the old house built by him?"
            later = [k for k in range(at + 1, min(at + 7, len(words))) if _participle(words[k], lexicon)]
            clear = [
                k for k in later if words[k - 1] not in POINTING and lexicon.share(words[k - 1], "adjective") < 0.5
            ]
            at = clear[0] if clear else at
        if at >= len(words) or not _participle(words[at], lexicon):
            continue
        agent = "by" in words[at + 1 : at + 4]
        adjective = lexicon.share(words[at], "adjective") > 0.3 or words[at] in LOOK_ALIKE
        if (adjective or short or word in GET) and not agent:
            unsure = True
            continue
        return True
    return None if unsure else False


def _participle(word: str, lexicon: Lexicon) -> bool:
    """True for a word that can be the participle of a transitive verb."""
    if not word[0].isalpha() or word in INTRANSITIVE:
        return False
    share = lexicon.share(word, "participle")
    return share > 0.05 and share + lexicon.share(word, "past", "adjective") > 0.5
