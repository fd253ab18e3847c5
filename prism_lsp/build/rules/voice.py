"""Pairs for `passive`: transitive clauses turned, real passives with "by" turned back, passives without an agent.

Everything outside the clause stays as it is.
"""

import itertools
from random import Random
from typing import NamedTuple

from prism_lsp.build.corpus import Token
from prism_lsp.build.rules import inflect
from prism_lsp.build.rules.base import (
    BE,
    FINITE,
    OPENS_CLAUSE,
    Pair,
    has_word,
    low,
    render,
    tag_of,
    upper_first,
    words,
)
from prism_lsp.build.rules.grammar import noun_phrase
from prism_lsp.build.rules.local import Local, local_clauses
from prism_lsp.build.rules.transitive import DOERS, NO_OBJECT, NOT_AGENT, VERBS

_OBJECT = {"he": "him", "she": "her", "i": "me", "we": "us", "they": "them"}
_SUBJECT = {"him": "he", "her": "she", "me": "I", "us": "we", "them": "they", "it": "it", "you": "you"}
_DIRECTION = words("into onto toward towards across through")
_GIVE = words(
    "take send give bring carry lead drive show throw hand offer deliver present sell pay read push pull add apply"
)
_DOUBLE = words("give offer award show pay teach tell send grant ask elect name appoint")
_OTHERS = {
    "i": frozenset({"his", "her", "their", "its", "your"}), "we": frozenset({"his", "her", "their", "its", "your"}),
    "you": frozenset({"his", "her", "their", "its", "my", "our"}), "he": frozenset({"her", "their", "its", "my",
        "our", "your"}),
    "she": frozenset({"his", "their", "its", "my", "our", "your"}), "they": frozenset({"his", "her", "its", "my",
        "our", "your"}),
}  # fmt: skip
"""Possessives that cannot be the subject's own: "he took her hand"."""


def passive(tokens: list[Token], rng: Random) -> list[Pair]:
    """Active to passive with "by"; passive with "by" to active; a passive without an agent to "someone" or "they"."""
    if tokens[-1][0] not in {".", "!", "''"}:
        return []
    if has_word(tokens, {"himself", "herself", "themselves", "itself", "myself", "each"}):
        return []
    found = list(local_clauses(tokens))
    for local in found:
        pair = _to_active(local, rng)
        if pair:
            return [pair]
    if any(tag_of(t) == "vbn" and tag_of(tokens[i - 1]) in BE | {"ben", "be"} for i, t in enumerate(tokens)):
        return []
    for local in found:
        pair = _to_passive(local)
        if pair:
            return [pair]
    return []


def _be(number: str, tense: str) -> str:
    if tense == "past":
        return "was" if number in {"sg", "I"} else "were"
    return {"sg": "is", "pl": "are", "I": "am"}[number]


def _replace(local: Local, new: list[Token]) -> list[Token]:
    new = upper_first(new) if local.opens else new
    return [*local.tokens[: local.start], *new, *local.tokens[local.stop :]]


# Active to passive --------------------------------------------------------------------------------------------------


def _to_passive(local: Local) -> Pair | None:
    tokens, at = local.tokens, local.verb + 1
    manner = tokens[local.end : local.verb]
    tag, verb = tag_of(tokens[local.verb]), tokens[local.verb]
    modal: list[Token] = []
    perfect = False
    if tag == "md" and tag_of(tokens[at]) == "vb" and low(verb) not in {"'d", "'ll", "used", "need"}:
        modal, verb, at = [verb], tokens[at], at + 1
    elif tag in {"hvd", "hvz", "hv"} and tag_of(tokens[at]) == "vbn" and not low(verb).startswith("'"):
        perfect, verb, at = True, tokens[at], at + 1
    elif tag not in {"vbd", "vbz"}:
        return None
    base = inflect.lemma(verb[0])
    if (
        base not in VERBS
        or base in {"make", "take", "gather", "note"}
        or (
            base
            in _DOUBLE
            | {"find", "keep", "allow", "urge", "advise", "order", "let", "call", "consider", "declare", "make"}
            and tag_of(tokens[at]) == "ppo"
        )
    ):
        return None
    found = None if local.relative else _object(tokens, at, local.subject)
    if found is None:
        return None
    obj, end, number = found
    rest = tokens[end : local.stop]
    loose = len(obj) == 1 and tag_of(obj[0]) in {"pps", "np"} and _phrases(rest)
    if not (loose or _rest_ok(rest, base, tokens, end)) or any(
        tag_of(t) in {"pps", "ppss", "pp$", "ppo"} for t in rest
    ):
        return None
    agent = local.subject
    first = low(agent[0])
    if tag_of(agent[0]) in {"vbg", "to"} or (
        len(agent) == 1
        and first
        in {"it", "this", "that", "these", "those", "which", "one", "what", "nobody", "nothing", "each", "all"}
    ):
        return None
    if first in {"what", "no", "neither", "none", "each", "every"} or len(agent) > 9:
        return None
    pronoun = len(agent) == 1 and first in _OBJECT
    if pronoun:
        if len(obj) == 1 or len(rest) > 2 or (first == "they" and local.start):
            return None
        agent = [(_OBJECT[first], "ppo")]
    if len(obj) == 1 and local.start and not _sure_antecedent(local):
        return None
    if modal:
        forms = [*modal, ("be", "be")]
    elif perfect:
        forms = [("had" if tag == "hvd" else "has" if number == "sg" else "have", tag), ("been", "ben")]
    else:
        forms = [(_be(number, "past" if tag == "vbd" else "present"), "be")]
    nobody = len(agent) == 1 and low(agent[0]) in {"someone", "somebody"}
    adverb: list[Token] = []
    if rest and tag_of(rest[0]) in {"rb", "rp"}:
        adverb, rest = rest[:1], rest[1:]
    participle = (inflect.participle(base), "vbn")
    middle = [*adverb, participle] if adverb and low(adverb[0]).endswith("ly") else [participle, *adverb]
    if manner and adverb:
        return None
    out = _replace(local, [*obj, *forms, *manner, *middle, *([] if nobody else [("by", "in"), *agent]), *rest])
    return Pair("passive", render(tokens), render(out), "someone" if nobody else "to-passive")


def _phrases(rest: list[Token]) -> bool:
    """Whether the rest is one prepositional phrase: behind a pronoun or a name it can only belong to the verb."""
    if len(rest) < 2 or tag_of(rest[0]) != "in" or low(rest[0]) in {"as", "of", "like", "by", "than", "except"}:
        return False
    phrase = noun_phrase([*rest, (".", ".")], 1)
    return phrase is not None and phrase.end == len(rest)


def _sure_antecedent(local: Local) -> bool:
    return not any(tag_of(t) in {"pps", "ppss"} for t in local.subject)


def _object(tokens: list[Token], at: int, subject: list[Token]) -> tuple[list[Token], int, str] | None:
    """The object at `at` as a subject, where it ends, and its number; None when it is not sure."""
    if tag_of(tokens[at]) == "ppo" and low(tokens[at]) in _SUBJECT:
        number = {"them": "pl", "us": "pl", "you": "pl", "me": "I"}.get(low(tokens[at]), "sg")
        return [(_SUBJECT[low(tokens[at])], "pps")], at + 1, number
    phrase = noun_phrase(tokens, at, post=False)
    if phrase is None or phrase.kind == "pronoun" or phrase.number not in {"sg", "pl"}:
        return None
    end, number = phrase.end, phrase.number
    while low(tokens[end]) == "of":
        more = noun_phrase(tokens, end + 1, post=False)
        if more is None or more.kind == "pronoun":
            return None
        end = more.end
    obj = tokens[at:end]
    if obj[0][0].startswith("$") or (
        tag_of(obj[0]) == "cd" and low(obj[-1]) in {"pounds", "dollars", "feet", "yards", "points", "percent"}
    ):
        return None
    own = {low(t) for t in obj if tag_of(t) in {"pp$", "ppo"}}
    if own and not own <= _OTHERS.get(low(subject[0]) if len(subject) == 1 else "", frozenset()):
        return None
    if tag_of(tokens[at]) in {"vbg", "nr"} or (
        tag_of(tokens[at]) == "nn" and tag_of(tokens[at + 1]) not in {"nn", "nns"}
    ):
        return None
    if (
        any(tag_of(a) == "np" and tag_of(b) in {"nn", "nns"} for a, b in itertools.pairwise(obj))
        and tag_of(obj[0]) == "np"
    ):
        return None
    if (
        low(tokens[phrase.head]) in NO_OBJECT
        or tag_of(tokens[phrase.head]) in {"nr", "cd"}
        or (tag_of(tokens[end]) in {"in", "vb"} and (low(tokens[end]) == "of"))
    ):
        return None
    return obj, end, number


def _rest_ok(rest: list[Token], base: str, tokens: list[Token], end: int) -> bool:
    """Whether what follows the object surely belongs to the verb and not to the object."""
    if not rest:
        return True
    word, tag = low(rest[0]), tag_of(rest[0])
    if any(t[0] == "," or tag_of(t) in {"cc", "vb", "to"} for t in rest):
        return False
    if tag in {"rb", "rp"} and len(rest) == 1:
        return word not in {"so", "too", "either", "there", "here", "anyway", "though", "before", "well"} and (
            tag == "rp" or word.endswith("ly") or word in {"again", "back", "away"}
        )
    if word == "during" or (tag == "nr" and len(rest) <= 2):
        return True
    if (
        word in {"in", "on"}
        and len(rest) >= 2
        and (rest[1][0].isdigit() or tag_of(rest[1]) == "nr" or _is_month(rest[1][0]))
    ):
        return True
    if tag == "in" and (word in _DIRECTION or (word == "to" and base in _GIVE)):
        phrase = noun_phrase(tokens, end + 1)
        return phrase is not None and phrase.end == end + len(rest)
    return False


def _is_month(word: str) -> bool:
    return word in {"January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
        "November",
                    "December"}  # fmt: skip


# Passive to active --------------------------------------------------------------------------------------------------


_ADVERBS = words("then often later soon once again always already also sometimes now seldom still")


class _Group(NamedTuple):
    """The verb group of a passive: what builds the active verb."""

    kind: str
    """"past", "present", "perfect" ("has been"), "pluperfect", or the modal itself."""
    adverb: list[Token]
    base: str
    end: int


def _group(local: Local) -> _Group | None:
    tokens, i = local.tokens, local.verb
    tag = tag_of(tokens[i])
    if low(tokens[i]).startswith("'"):
        return None
    if tag in BE:
        kind, i = ("past" if tag in {"bed", "bedz"} else "present"), i + 1
    elif tag in {"hvd", "hvz", "hv"} and tag_of(tokens[i + 1]) == "ben":
        kind, i = ("pluperfect" if tag == "hvd" else "perfect"), i + 2
    elif tag == "md" and low(tokens[i + 1]) == "be":
        kind, i = tokens[i][0], i + 2
    else:
        return None
    adverb: list[Token] = []
    if tag_of(tokens[i]) == "beg" and kind in {"past", "present"}:
        kind, i = kind + "-progressive", i + 1
    if tag_of(tokens[i]) == "rb" and (low(tokens[i]).endswith("ly") or low(tokens[i]) in _ADVERBS):
        adverb, i = [tokens[i]], i + 1
    if tag_of(tokens[i]) != "vbn" or low(tokens[i]) in {"born", "done", "gone", "used", "supposed"}:
        return None
    base = inflect.lemma(tokens[i][0])
    i += 1
    return _Group(kind, adverb, base, i)


def _active_verb(group: _Group, number: str) -> list[Token]:
    match group.kind:
        case "past":
            return [*group.adverb, (inflect.past(group.base), "vbd")]
        case "present":
            return [*group.adverb, (inflect.present(group.base, number), "vbz")]
        case "perfect":
            return [("has" if number == "sg" else "have", "hv"), *group.adverb, (inflect.participle(group.base), "vbn")]
        case "pluperfect":
            return [("had", "hvd"), *group.adverb, (inflect.participle(group.base), "vbn")]
        case "past-progressive" | "present-progressive":
            return [(_be(number, group.kind.split("-")[0]), "be"), *group.adverb, (inflect.gerund(group.base), "vbg")]
        case modal:
            return [(modal, "md"), *group.adverb, (group.base, "vb")]


def _to_active(local: Local, rng: Random) -> Pair | None:
    """ "The house was built by John in 1950." gives "John built the house in 1950."; without an agent "They built
    ..."."""
    tokens, group = local.tokens, _group(local)
    if group is None or group.base not in VERBS | DOERS or local.end != local.verb:
        return None
    patient = local.subject
    pronoun = len(patient) == 1 and low(patient[0]) in _OBJECT
    if pronoun:
        patient = [(_OBJECT[low(patient[0])], "ppo")]
    if low(patient[0]) in {
        "what",
        "this",
        "that",
        "which",
        "there",
        "nothing",
        "nobody",
        "no",
        "none",
        "little",
        "few",
        "neither",
    }:
        return None
    end = group.end
    particle: list[Token] = []
    if tag_of(tokens[end]) == "rp":
        particle, end = [tokens[end]], end + 1
    if low(tokens[end]) == "by" and tag_of(tokens[end]) == "in":
        found = None if local.relative else _agent(local, end + 1)
        if found is None or any(tag_of(t) == "pp$" for t in patient):
            return None
        agent, (end, number) = tokens[end + 1 : found[0]], found
        if len(agent) == 1 and low(agent[0]) in _SUBJECT:
            agent = [(_SUBJECT[low(agent[0])], "pps")]
        rest = tokens[end : local.stop]
        if pronoun and any(tag_of(t) in {"pps", "ppss"} for t in agent):
            return None
        rule = "to-active"
    else:
        rest = tokens[end : local.stop]
        if group.base not in DOERS or not _agentless_rest(rest, group.base) or len(patient) > 9:
            return None
        if has_word(tokens, {"they", "them", "their", "someone", "people", "somebody", "not", "n't", "never"}):
            return None
        if low(patient[0]) == "it" and any(low(t) in {"that", "to", "by", "how"} for t in rest):
            return None
        if local.relative and not rest:
            return None
        agent, number = _anybody(group, len(patient), rng, pronoun)
        rule = "agentless"
    if any(tag_of(t) in {"ppo", "pps", "ppss"} for t in rest) or (
        number == "?" and group.kind not in {"past", "pluperfect"}
    ):
        return None
    if rule == "to-active" and any(tag_of(t) == "pp$" for t in rest):
        return None
    if particle and len(patient) > 4:
        out = [*agent, *_active_verb(group, number), *particle, *patient, *rest]
    else:
        out = [*agent, *_active_verb(group, number), *patient, *particle, *rest]
    return Pair("passive", render(_replace(local, out)), render(tokens), rule)


def _anybody(group: _Group, length: int, rng: Random, pronoun: bool) -> tuple[list[Token], str]:
    if group.kind in {"past", "pluperfect"} and rng.random() < 0.5 and length <= 6:
        return [(rng.choice(["someone", "someone", "somebody"]), "pn")], "sg"
    if group.kind in {"present", "can", "may", "must", "should"} and rng.random() < 0.5 and not pronoun:
        return [("people", "nns")], "pl"
    return [("they", "ppss")], "pl"


def _agent(local: Local, at: int) -> tuple[int, str] | None:
    """Where the "by" phrase ends and its number; None when it may be no agent, or what follows may belong to it."""
    tokens = local.tokens
    phrase = noun_phrase(tokens, at, post=False)
    if phrase is None or phrase.number not in {"sg", "pl", "?"}:
        return None
    if (
        tag_of(tokens[phrase.head]) in {"nr", "cd", "vbg", "ap"}
        or low(tokens[phrase.head]) in NOT_AGENT
        or tag_of(tokens[at]) in {"vbg", "cd"}
    ):
        return None
    end, number = phrase.end, phrase.number
    while low(tokens[end]) == "of" or (tag_of(tokens[end]) == "cc" and low(tokens[end]) == "and"):
        more = noun_phrase(tokens, end + 1, post=False)
        if more is None:
            return None
        number = "pl" if tag_of(tokens[end]) == "cc" else number
        end = more.end
    nxt = tokens[end]
    dated = low(nxt) in {"in", "on"} and (
        tokens[end + 1][0].isdigit() or tag_of(tokens[end + 1]) == "nr" or _is_month(tokens[end + 1][0])
    )
    if not (end == local.stop or dated or low(nxt) in {"during"} or tag_of(nxt) == "nr"):
        return None
    if any(tag_of(t) in FINITE | OPENS_CLAUSE | {"pp$"} for t in tokens[at:end]):
        return None
    return end, number


_REST = words(
    "in on at from to into for with during after before near over under through around out of as off across "
    "upon against"
)


def _agentless_rest(rest: list[Token], base: str) -> bool:
    """Whether the words behind a participle can stand behind the object of the active verb as they are."""
    if any(low(t) == "by" or tag_of(t) in FINITE | {"wps", "wdt", "cs", "wrb"} or t[0] == "," for t in rest):
        return False
    if any(tag_of(t) == "vb" for t in rest) and base not in {
        "ask",
        "tell",
        "order",
        "teach",
        "urge",
        "warn",
        "expect",
        "permit",
        "invite",
        "instruct",
        "send",
    }:
        return False
    if not rest:
        return True
    tag, word = tag_of(rest[0]), low(rest[0])
    if base in {"make", "take", "keep"} and word in {"of", "up", "from", "out", "with", "for", "in", "aback", "to"}:
        return False
    if tag in {"at", "nn", "nns", "dti", "pp$", "ap"}:
        return base in _DOUBLE
    if tag == "to":
        return base in {
            "ask",
            "tell",
            "order",
            "teach",
            "urge",
            "warn",
            "expect",
            "permit",
            "invite",
            "instruct",
            "send",
        }
    if tag == "rb":
        return len(rest) == 1 or tag_of(rest[1]) == "in"
    return (tag == "in" and word in _REST) or tag == "nr"
