"""Pairs for `negation`: "not", "n't", "never" and "no" put in, and taken out of real sentences."""

import itertools
from random import Random

from prism_lsp.build.corpus import Token
from prism_lsp.build.rules import inflect
from prism_lsp.build.rules.base import (
    BE,
    DO,
    HAVE,
    Pair,
    has_word,
    lit,
    low,
    quoted,
    render,
    tag_of,
    words,
)
from prism_lsp.build.rules.grammar import Clause, noun_phrase, opens_clause
from prism_lsp.build.rules.verbs import NEGATIVE, coordinated, do_support, is_auxiliary, plain_clause

_SOME = {
    "some": "any",
    "something": "anything",
    "someone": "anyone",
    "somebody": "anybody",
    "somewhere": "anywhere",
    "already": "yet",
}
_NO_NEGATION = NEGATIVE | words(
    "already also too still only just even almost nearly merely perhaps maybe probably certainly indeed "
    "surely always usually often sometimes both all every each everyone everybody everything many most "
    "several another suddenly finally again once quite rather fairly pretty simply really obviously clearly "
    "apparently evidently however thus therefore any ever anything anyone immediately promptly at soon "
    "somewhat somehow slightly presently ago until but though although because so course yes oh well must "
    "should ought might may better"
) - {"at"}


_SAYS = words("say ask reply answer cry shout whisper mutter tell add call smile")


def verb_of(c: Clause) -> Token:
    """The finite verb."""
    return c.tokens[c.verb]


def negation(tokens: list[Token], rng: Random) -> list[Pair]:
    """Insert "not", "n't", "never" or "no"; take an existing negation out of a real sentence."""
    if has_word(tokens, NEGATIVE - {"little", "few"}):
        return negation_to_affirmation(tokens)
    c = plain_clause(tokens)
    if c and any(
        w == "," and tag_of(tokens[i + 1]) == "cc" and tag_of(tokens[i + 2]) in {"in", "rb", "cs", "wrb"}
        for i, (w, _) in enumerate(tokens[:-2])
    ):
        return []
    if (
        c is None
        or has_word(tokens[: c.verb], _NO_NEGATION)
        or has_word(tokens[c.verb :], _NO_NEGATION - {"at", "so", "because"})
    ):
        return []
    own = coordinated(c)
    if own is None or own:
        return []
    if inflect.lemma(low(tokens[-2])) in _SAYS or has_word(tokens[: c.verb], {"much", "many"}):
        return []
    if low(tokens[c.start]) == "it" and any(low(t) == "that" for t in tokens[c.verb :]) and tag_of(verb_of(c)) in BE:
        return []
    if any(low(t) in {"softly", "quietly", "suddenly"} for t in tokens) or tokens[c.verb][0] in {
        "said",
        "asked",
        "replied",
    }:
        return []
    if c.front and tag_of(c.front[0]) in {"cs", "cc"}:
        return []
    if any(tag_of(t) == "cc" and tag_of(tokens[i + 1]) in {"vb", "vbn", "vbg"} for i, t in enumerate(tokens[:-1])):
        return []
    verb = tokens[c.verb]
    tag, word = tag_of(verb), low(verb)
    short = rng.random() < 0.45
    head, between, tail = tokens[: c.verb], tokens[c.verb + 1 : -1], tokens[-1:]
    if tag_of(tokens[c.start]) == "ex" and tag in BE and tokens[c.verb + 1][0] in {"a", "an", "some"}:
        out = [*head, verb, *lit("no"), *between[1:], *tail]
        return [Pair("negation", render(tokens), render(out), "there-no")]
    rest = _any(between, tokens)
    if rest is None:
        return []
    if is_auxiliary(tokens, c.verb) or tag in BE:
        out = head + _auxiliary_not(verb, short) + rest + tail
        rule = "auxiliary"
    elif (
        rng.random() < 0.2
        and tag in {"vbd", "vbz"}
        and c.end == c.verb
        and not c.front
        and not opens_clause(tokens, c.verb, c.close)
    ):
        out = head + lit("never") + [verb] + rest + tail
        rule = "never"
    else:
        support = do_support(verb[0], tag, c.number)
        if support is None or (
            support[1] == "do" and tag_of(tokens[c.verb + 1]) not in {"at", "pp$", "ap", "nn", "nns", "ppo", "dt", "pn"}
        ):
            return []
        out = [*tokens[: c.end], (support[0], "do"), ("n't" if short else "not", "*")]
        out += [*tokens[c.end : c.verb], (support[1], "vb"), *rest, *tail]
        rule = "do-not"
    return (
        [Pair("negation", render(tokens), render(out), rule)]
        if word not in {"am", "'s", "'d", "'m", "'re", "'ve", "'ll"}
        else [Pair("negation", render(tokens), render([*head, verb, ("not", "*"), *rest, *tail]), "auxiliary")]
    )


def _auxiliary_not(verb: Token, short: bool) -> list[Token]:
    special = {
        "can": ("ca", "n't"),
        "will": ("wo", "n't"),
        "shall": ("shall", "not"),
        "may": ("may", "not"),
        "am": ("am", "not"),
    }
    if short:
        word, mark = special.get(verb[0].lower(), (verb[0], "n't"))
        return [(word, verb[1]), (mark, "*")]
    if verb[0].lower() == "can":
        return [("cannot", "md")]
    return [verb, ("not", "*")]


def _any(rest: list[Token], tokens: list[Token]) -> list[Token] | None:
    """`some` under the negation becomes `any`, unless a new clause starts before it."""
    out = []
    for i, (word, tag) in enumerate(rest):
        if word.lower() in _SOME and word.lower() != "already":
            if opens_clause(rest, 0, i) or (
                word.lower() == "some" and tag_of(rest[min(i + 1, len(rest) - 1)]) in {"cd", "nn", "ap"}
            ):
                return None
            word = _SOME[word.lower()]
        out.append((word, tag))
    return out


_POLAR = words(
    "till any slightest faintest anything anybody ever yet either nor neither much until but at "
    "even only because unless "
    "anyone nothing nobody no none necessarily whatsoever whatever rather instead long merely simply just without "
    "far so too many hardly alone less more than exactly all always every each quite really whether or "
    "anywhere longer else enough mind care help matter"
)


def negation_to_affirmation(tokens: list[Token]) -> list[Pair]:
    """A real negated sentence with its single negation taken out."""
    marks = [i for i, t in enumerate(tokens) if low(t) in NEGATIVE]
    if len(marks) != 1 or quoted(tokens) or any(w in {":", ";", "--", "(", "?"} for w, _ in tokens):
        return []
    at = marks[0]
    mark = low(tokens[at])
    others = tokens[:at] + tokens[at + 1 :]
    if tag_of(tokens[0]) == "vbd" or any(low(t) == "been" and low(u) == "for" for t, u in itertools.pairwise(tokens)):
        return []
    if (
        has_word(tokens, {"in", "for", "since"})
        and any(low(t) in {"years", "year", "months", "weeks", "days", "ages"} for t in tokens)
        and has_word(tokens, {"had", "has", "have", "'ve"})
    ):
        return []
    if has_word(others, _POLAR - {"any", "anything", "anyone", "anybody"}):
        return []
    if mark in {"not", "n't"}:
        made = _drop_not(tokens, at)
        rule = "drop-not"
    elif mark == "never":
        made = (
            tokens[:at] + tokens[at + 1 :]
            if tag_of(tokens[at + 1]) in {"vbd", "vbz", "vbn", "ben", "be", "vb"} and at
            else None
        )
        rule = "drop-never"
    elif mark in {"nothing", "nobody"}:
        made = [*tokens[:at], ({"nothing": "something", "nobody": "somebody"}[mark], "pn"), *tokens[at + 1 :]]
        rule = "nothing-something"
    elif mark == "no" and tag_of(tokens[at]) == "at" and at and tag_of(tokens[at - 1]) in BE | HAVE | {"vbd", "vbz"}:
        made = _no_to_article(tokens, at)
        rule = "no-article"
    else:
        return []
    if made is None:
        return []
    unsome = {"any": "some", "anything": "something", "anyone": "someone", "anybody": "somebody"}
    if has_word(made, set(unsome)):
        if mark not in {"not", "n't"} or any(low(t) in unsome for t in made[:at]) or opens_clause(made, at, len(made)):
            return []
        made = [(unsome.get(low(t), t[0]), t[1]) for t in made]
    return [Pair("negation", render(made), render(tokens), rule)]


def _drop_not(tokens: list[Token], at: int) -> list[Token] | None:
    if at == 0:
        return None
    verb = tokens[at - 1]
    tag = tag_of(verb)
    nxt = tag_of(tokens[at + 1])
    if tag in DO and verb[0].lower() in {"do", "does", "did"}:
        i = at + 1
        while tag_of(tokens[i]) in {"rb", "ql"}:
            i += 1
        if tag_of(tokens[i]) not in {"vb", "hv", "be", "do"}:
            return None
        base = tokens[i][0]
        if low(verb) == "did":
            form = inflect.past(base.lower())
        elif low(verb) == "does":
            form = inflect.present(base.lower(), "sg")
        elif at == 1 and verb[0][0].isupper():
            return tokens[at + 1 :]  # "Don't go."
        else:
            form = base
        if any(tag_of(t) == "cc" and tag_of(tokens[k + 1]) in {"vb"} for k, t in enumerate(tokens[i:-1], i)):
            return None
        if at == 1:
            return None
        return tokens[: at - 1] + tokens[at + 1 : i] + [(form, "vbd")] + tokens[i + 1 :]
    if tag in BE or tag == "md" or (tag in HAVE and nxt in {"vbn", "ben", "hvn", "rb"}):
        word = {"ca": "can", "wo": "will", "sha": "shall"}.get(low(verb), verb[0])
        if low(verb) in {"ai", "need", "dare"} or nxt in {"pps", "ppss", ",", ".", "cs"} or at == 1:
            return None
        return [*tokens[: at - 1], (word, "md" if tag == "md" else tag), *tokens[at + 1 :]]
    return None


def _no_to_article(tokens: list[Token], at: int) -> list[Token] | None:
    phrase = noun_phrase(tokens, at, post=False)
    if phrase is None or phrase.kind == "pronoun":
        return None
    head = tag_of(tokens[phrase.head])
    if head == "nns" and phrase.end - at == 2:
        return [*tokens[:at], ("some", "dti"), *tokens[at + 1 :]]
    countable = {"man", "woman", "reason", "way", "place", "sign", "doubt", "answer", "reply", "idea", "chance",
        "change", "need",
                 "secret", "fool", "question", "difference", "choice", "hurry", "mistake", "problem", "friend",
                 "plan", "effort",
                 "exception", "limit", "light", "sound", "movement", "attempt", "moon", "door", "window", "house",
                 "letter",
                 "telephone", "trace", "gun", "child", "point", "line", "stranger", "accident",
                 "connection"}  # fmt: skip
    if head == "nn" and low(tokens[phrase.head]) in countable:
        return [*tokens[:at], (inflect.article(tokens[at + 1][0]), "at"), *tokens[at + 1 :]]
    return None
