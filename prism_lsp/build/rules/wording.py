"""Words of the lexicon swapped where their context stands."""

from functools import cache
from typing import NamedTuple

from prism_lsp.build.corpus import Token
from prism_lsp.build.rules import inflect
from prism_lsp.build.rules.base import (
    BE,
    DETERMINER,
    NOUN,
    low,
    tag_of,
)
from prism_lsp.build.rules.lexicon import ENTRIES


class Swap(NamedTuple):
    """One way of saying something and another: `old` words become `new` words."""

    old: tuple[str, ...]
    new: tuple[str, ...]
    kind: str
    context: str


@cache
def swaps(up: bool) -> dict[str, list[Swap]]:
    """Swaps by the first word (a base form for verbs and nouns): plain to formal when `up`, else formal to plain."""
    out: dict[str, list[Swap]] = {}
    for line in ENTRIES.strip().splitlines():
        plain, formal, kind, context, way = line.split("|")
        if way == ("<" if up else ">") or "0" in plain:
            continue
        old, new = (plain, formal) if up else (formal, plain)
        if old:
            out.setdefault(old.split()[0], []).append(Swap(tuple(old.split()), tuple(new.split()), kind, context))
    return out


def substitute(tokens: list[Token], up: bool) -> tuple[list[Token], int]:
    """Words of the table swapped, each where its context stands; and how many."""
    table = swaps(up)
    out: list[Token] = []
    count, i = 0, 0
    while i < len(tokens):
        done = None
        for key in {low(tokens[i]), _base(tokens[i])}:
            for swap in table.get(key, ()):
                done = done or _apply(tokens, i, swap)
        if done:
            new, width = done
            if new and (i == 0 or tokens[i][0][:1].isupper()):
                new = [(new[0][0][:1].upper() + new[0][0][1:], new[0][1]), *new[1:]] if new else new
            if out and low(out[-1]) in {"a", "an"} and new:
                out[-1] = (_article(out[-1][0], new[0][0]), "at")
            out += new
            i += width
            count += 1
        else:
            out.append(tokens[i])
            i += 1
    return out, count


def _article(old: str, word: str) -> str:
    new = inflect.article(word)
    return new.capitalize() if old[0].isupper() else new


def _base(token: Token) -> str:
    tag = tag_of(token)
    if tag in {"vb", "vbd", "vbz", "vbg", "vbn"}:
        return inflect.lemma(low(token))
    if tag == "nns":
        return _singular(low(token))
    return low(token)


_PLURALS = {
    "children": "child",
    "men": "man",
    "policemen": "policeman",
    "people": "person",
    "folks": "folk",
    "clothes": "clothes",
}


def _singular(word: str) -> str:
    if word in _PLURALS:
        return _PLURALS[word]
    if word.endswith("ies"):
        return word[:-3] + "y"
    return word[:-2] if word.endswith(("sses", "xes", "ches", "shes")) else word.removesuffix("s")


_VERB_TAGS = {"vb", "vbd", "vbz", "vbg", "vbn"}


def _apply(tokens: list[Token], i: int, swap: Swap) -> tuple[list[Token], int] | None:
    width = len(swap.old)
    span = tokens[i : i + width]
    if len(span) < width or i + width >= len(tokens) or any("-tl" in t[1] or "np" in t[1] for t in span):
        return None
    if any("-tl" in t[1] for t in tokens[i : i + width + 1]) and swap.kind == "j":
        return None
    if swap.old[0] == "often" and i and low(tokens[i - 1]) in {"so", "every", "as", "more"}:
        return None
    if any(low(t) != word for t, word in zip(span[1:], swap.old[1:], strict=True)):
        return None
    tag = tag_of(tokens[i])
    first = swap.old[0]
    if not _fits(tokens, i, i + width, swap):
        return None
    if swap.kind == "v":
        if (
            tag not in _VERB_TAGS
            or _base(tokens[i]) != first
            or (tag == "vbn" and (len(swap.new) > 1 or swap.new[0] in {"get", "obtain"}))
        ):
            return None
        if first == "wait" and any(low(t) == "to" for t in tokens[i + width : i + width + 5]):
            return None
        if (swap.old[0] in {"choose", "select"} and tag == "vbn") or low(tokens[i - 1]) == "god":
            return None
        if tag == "vbg" and (i == 0 or tag_of(tokens[i - 1]) in DETERMINER | NOUN):
            return None
        if (
            len(swap.old) > 1
            and first != "participate"
            and tag_of(tokens[i + 1]) not in {"rp", "in", "rb", "nn", "jj", "ap"}
        ):
            return None
        if len(swap.old) == 1 and tag_of(tokens[i + 1]) == "rp":
            return None
        return [(_inflect(swap.new[0], tag), tag), *[(w, "x") for w in swap.new[1:]]], width
    if swap.kind == "n":
        if tag not in {"nn", "nns"} or (
            i + width < len(tokens) and tag_of(tokens[i + width]) in {"nn", "nns", "nn-tl"}
        ):
            return None
        if (tag_of(tokens[i - 1]) in {"nn", "in", "od"} and tag_of(tokens[i - 1]) != "in") or (
            tag == "nn" and first != swap.old[-1]
        ):
            return None
        if tag == "nns" and low(tokens[i]) == first and first != "clothes":
            return None
        special = {
            "person": "people",
            "child": "children",
            "man": "men",
            "policeman": "policemen",
            "clothes": "clothes",
            "help": "help",
        }
        word = swap.new[-1]
        if tag == "nns":
            word = special.get(word) or inflect.plural(word)
        elif word in {"clothes", "person"}:
            return None
        if (low(tokens[i - 1]) in {"a", "an"} and word in {"help", "clothes", "assistance", "aid"}) or tag_of(
            tokens[i - 1]
        ) == "ppss":
            return None
        return [*[(w, "jj") for w in swap.new[:-1]], (word, tag)], width
    if (swap.kind == "j" and tag not in {"jj", "ap", "abn"}) or low(tokens[i]) != first:
        return None
    if swap.kind == "p" and tag != "in":
        return None
    if (swap.kind == "r" and tag not in {"rb", "rn"}) or (swap.kind == "q" and tag not in {"ql", "rb", "nn"}):
        return None
    if (first == "most" and low(tokens[i - 1]) not in {"a", "an"}) or (
        swap.context == "jj" and low(tokens[i - 1]) in {"a", "an", "the", "some", "this", "any", "what"}
    ):
        return None
    if swap.kind == "q" and tag_of(tokens[i + width]) not in {"jj", "rb"}:
        return None
    return [(w, "x" if w != "," else ",") for w in swap.new], width


def _inflect(base: str, tag: str) -> str:
    match tag:
        case "vbd":
            return inflect.past(base)
        case "vbz":
            return inflect.third(base)
        case "vbg":
            return inflect.gerund(base)
        case "vbn":
            return inflect.participle(base)
    return base


_NP_START = {
    "at",
    "pp$",
    "dti",
    "dts",
    "dt",
    "ppo",
    "np",
    "nns",
    "nn",
    "jj",
    "np$",
    "nn$",
    "cd",
    "abn",
    "ap",
    "pps",
    "ppss",
}


def _fits(tokens: list[Token], a: int, b: int, swap: Swap) -> bool:
    """Whether the words [a, b) stand where the entry wants them."""
    nxt, after = tag_of(tokens[b]), low(tokens[b])
    match swap.context:
        case "":
            return True
        case "np":
            ok = nxt in _NP_START and not (swap.kind == "v" and after in {"to", "that", "home"})
            return ok and not (
                swap.kind == "v" and nxt in {"jj", "pps", "ppss", "nn", "nns"} and first_of(swap) in _STRICT
            )
        case "npin":
            return nxt in {"at", "pp$", "np", "nn", "nns", "cd"} and tag_of(tokens[a]) == "in"
        case "det":
            return nxt in {"at", "pp$", "dti", "dts", "dt", "np$", "abn"} and after not in {"no", "that"}
        case "zz":
            return False
        case "any":
            return True
        case "stop":
            return nxt in {".", ","} and a > 0 and tag_of(tokens[a - 1]) not in {"cc"}
        case "inplace":
            return (
                after in {"in", "at"}
                and nxt == "in"
                and tag_of(tokens[b + 1]) in {"at", "np", "pp$"}
                and tag_of(tokens[b + 2]) in {"nn", "np", ".", ",", "jj", "nn-tl"}
                and low(tokens[b + 2]) not in {"dream", "world", "past", "future", "present", "way", "state"}
            )
        case "toplace":
            return (
                after == "to"
                and nxt == "in"
                and tag_of(tokens[b + 1]) in {"at", "pp$", "np", "nn"}
                and low(tokens[b + 1]) not in {"sleep", "bed", "work"}
            )
        case "bare":
            return nxt in {"nn", "nns"} and tag_of(tokens[a - 1]) in {
                "vb",
                "vbd",
                "vbz",
                "hv",
                "hvd",
                "hvz",
                "in",
                "bedz",
                "bez",
                "ber",
                "bed",
                "cs",
                "wdt",
                "rb",
            }
        case "predstop":
            return (
                a > 0
                and tag_of(tokens[a - 1]) in BE
                and nxt in {".", ","}
                and low(tokens[a - 2]) not in {"what", "all", "everything"}
            )
        case "thing":
            return nxt in {"nn", "nns", "jj", "nn-tl"} and low(tokens[b]) not in _BIG
        case "firstx":
            return a == 0
        case "firstand":
            return a == 0 and nxt in {"pps", "ppss", "at", "ex", "np", "pp$"} and tokens[-1][0] == "."
        case "ppo":
            return nxt == "ppo" and tag_of(tokens[b + 1]) not in {"vb", "rp", "jj"}
        case "to":
            return after == "to" and (
                nxt == "to" or swap.kind != "v" or (nxt == "in" and len(swap.old) > 1) or swap.new[-1] == "back"
            )
        case "that":
            return after == "that" and nxt == "cs" and not any(low(t) == "way" for t in tokens[:a])
        case "pron":
            return nxt in {"pps", "ppss"} and low(tokens[a - 1]) == "i"
        case "ppothat":
            return nxt == "ppo" and low(tokens[b + 1]) == "that"
        case "vbg":
            return nxt == "vbg"
        case "in":
            return (
                nxt == "in"
                and after in {"in", "at", "to"}
                and (swap.old[0] not in {"live", "reside"} or after in {"in", "at"})
            )
        case "end":
            return nxt in {".", ","} or (nxt == "in" and after in {"in", "at", "from", "during"} and swap.kind == "v")
        case "endin":
            return nxt in {".", ","} or (nxt == "in" and after in {"to", "from", "in"})
        case "of":
            return after == "of"
        case "pred":
            return (
                a > 0 and tag_of(tokens[a - 1]) in BE | {"be"} and (nxt in {".", ",", "cs"} or after in {"of", "that"})
            )
        case "cd":
            return nxt == "cd"
        case "nn":
            return (
                nxt in {"nn", "jj"}
                and tag_of(tokens[a - 1]) not in {"ql", "cc", "wrb", "wql"}
                and (nxt == "nn" or swap.kind == "j")
            )
        case "nns":
            return (nxt == "nns" or (nxt == "jj" and tag_of(tokens[b + 1]) == "nns")) and tag_of(tokens[a - 1]) not in {
                "ql",
                "at",
                "pp$",
                "wrb",
                "wql",
                "abn",
                "cs",
            }
        case "person":
            return after in {"man", "woman", "lady", "gentleman", "couple", "people", "men", "women"}
        case "before":
            return nxt in {"jj", "rb"}
        case "first":
            if a != 0:
                return False
            return nxt in {"pps", "ppss", "at", "ex", "np", "pp$", "dt", "dts"} and tag_of(tokens[0]) in {
                "cc",
                "rb",
                "wrb",
                "cs",
                "uh",
            }
        case "firstcs":
            return a == 0 and nxt in {"pps", "ppss", "at", "np", "pp$", "ex"}
        case "jj":
            return nxt in {"jj", "jjr"}
        case "vb":
            return nxt in {"vb", "be", "hv"}
    raise ValueError(f"unknown context {swap.context!r} in the table of words")


def first_of(swap: Swap) -> str:
    """The first of the words that go."""
    return swap.old[0]


_BIG = {
    "brother",
    "sister",
    "deal",
    "shot",
    "business",
    "boy",
    "toe",
    "game",
    "name",
    "money",
    "mouth",
    "fool",
    "league",
    "leagues",
    "time",
    "top",
    "girl",
    "man",
    "daddy",
    "hit",
    "day",
    "trouble",
    "one",
    "favor",
    "joke",
    "smile",
    "bad",
    "old",
}
_STRICT = {"want", "need", "see", "think", "know", "get", "begin", "end", "finish", "go", "come", "understand", "ask"}
