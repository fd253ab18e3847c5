"""What every rule builds on: tags, what a sentence must look like to be used, and how tokens are printed.

A rule works on a list of (word, tag) tokens and gives a new list; `render` prints it.
"""

import re
from collections.abc import Iterable
from typing import NamedTuple

from prism_lsp.build.corpus import SLUR, Tagged, Token, detokenise


def words(text: str) -> frozenset[str]:
    """A set of words, written as text."""
    return frozenset(text.split())


def options(text: str) -> tuple[str, ...]:
    """Phrases to draw from, written with bars between them; one that is repeated is drawn more often."""
    return tuple(text.split("|"))


PAST = frozenset({"vbd", "bed", "bedz", "hvd", "dod"})
PRESENT = frozenset({"vbz", "bez", "ber", "bem", "hvz", "doz"})
FINITE = PAST | PRESENT | {"md"}
BE = frozenset({"bed", "bedz", "bez", "ber", "bem"})
HAVE = frozenset({"hvd", "hvz", "hv"})
DO = frozenset({"dod", "doz", "do"})
ADVERB = frozenset({"rb", "ql", "qlp", "rbr", "rbt", "rn"})
NOUN = frozenset({"nn", "nns", "np", "nps", "nr", "nrs"})
DETERMINER = frozenset(
    {"at", "dt", "dti", "dts", "dtx", "pp$", "np$", "nn$", "nns$", "cd", "ap", "wdt", "pn$", "abn", "nps$"}
)
MODIFIER = frozenset({"jj", "jjr", "jjt", "jjs", "od", "cd", "ap", "vbn", "vbg", "nn$", "np$", "nr$", "ap$", "nns$"})
PRONOUN = frozenset({"pps", "ppss", "pn", "dt", "dts", "ex", "pp$$", "ppo", "ppl", "ppls", "dtx"})
OPENS_CLAUSE = frozenset({"cs", "wdt", "wps", "wpo", "wrb", "wp$", "wql"})

CAPITAL_ADJECTIVES = words(
    "American English French German Russian British Soviet Christian Catholic Protestant Jewish European "
    "Indian Italian Roman Greek Spanish Chinese Japanese Negro Irish Scottish Western Southern Northern "
    "Eastern African Asian Latin Democratic Republican Communist Congressional Federal Presidential Victorian "
    "Elizabethan Puritan Hawaiian Mexican Cuban Belgian Dutch Swedish Canadian Texan Californian Parisian "
    "Marxist Freudian Presbyterian Anglican Methodist Baptist"
)


class Pair(NamedTuple):
    """One training pair: the same sentence without and with a concept."""

    concept: str
    without: str
    with_: str
    rule: str


_FORMULA = re.compile(r"^[A-Z][fj]\.?$")
"""Brown writes "Af" and "Aj" where a formula stood."""


def tag_of(token: Token) -> str:
    """The tag without its title and headline suffixes."""
    return token[1].removesuffix("-tl").removesuffix("-hl").replace("md-cannot", "md")


def low(token: Token) -> str:
    """The word in small letters."""
    return token[0].lower()


def prepare(sentence: Tagged) -> list[Token] | None:
    """Tokens fit for a rule, or None: a whole sentence of 3 to 45 words, closed by . ? or !, without headline,
    foreign or
    cited words. A quotation mark that Brown opens or closes in another sentence is taken off the end where it
    stands."""
    tokens = list(sentence.tokens)
    if any(SLUR.search(word) for word, _ in tokens):
        return None
    if any(
        "-hl" in tag or "-nc" in tag or tag.startswith(("fw-", "nil")) or tag == "'" or _FORMULA.match(word)
        for word, tag in tokens
    ):
        return None
    opens = sum(word == "``" for word, _ in tokens)
    closes = sum(word == "''" for word, _ in tokens)
    if opens == closes + 1 and tokens[0][0] == "``":
        tokens = tokens[1:]
    elif closes == opens + 1 and tokens[-1][0] == "''":
        tokens = tokens[:-1]
    elif opens != closes:
        return None
    if opens == closes == 1 and tokens and tokens[0][0] == "``" and tokens[-1][0] == "''":
        tokens = tokens[1:-1]
    words = sum(word[0].isalnum() for word, _ in tokens)
    if not 3 <= words <= 45 or (not tokens[0][0][:1].isupper() and tokens[0][0] != "``"):
        return None
    if tokens[-1][0] not in {".", "?", "!"} and not (tokens[-1][0] == "''" and tokens[-2][0] in {".", "?", "!"}):
        return None
    if sum(w == "(" for w, _ in tokens) != sum(w == ")" for w, _ in tokens):
        return None
    if any(re.search(r"[*&\\_=]|\d\.\d+\.|^[A-Z]\.$", word) for word, _ in tokens[:1]) or any(
        "**" in word or "&" in word for word, _ in tokens
    ):
        return None
    if sum(word.isupper() and len(word) > 2 for word, _ in tokens) > 2:
        return None
    return tokens


def quoted(tokens: list[Token]) -> bool:
    """Whether speech or a cited word stands in the sentence."""
    return any(word in {"``", "''", "'"} for word, _ in tokens)


def is_name(token: Token) -> bool:
    """Whether the word keeps its capital inside a sentence."""
    word, tag = token
    return (
        word == "I"
        or word.startswith("I'")
        or tag.startswith("np")
        or "-tl" in tag
        or word in CAPITAL_ADJECTIVES
        or (
            tag.startswith("nr")
            and word[:1].isupper()
            and word.lower() not in {"home", "today", "tomorrow", "yesterday", "tonight"}
        )
        or (len(word) > 1 and word.isupper())
        or any(c.isupper() for c in word[1:])
    )


def lower_first(tokens: list[Token]) -> list[Token]:
    """The same tokens with the first word as it is inside a sentence."""
    if not tokens or is_name(tokens[0]):
        return list(tokens)
    word, tag = tokens[0]
    return [(word[:1].lower() + word[1:], tag), *tokens[1:]]


def upper_first(tokens: list[Token]) -> list[Token]:
    """The same tokens with the first letter of the first word a capital."""
    out = list(tokens)
    for i, (word, tag) in enumerate(out):
        if word[0].isalpha():
            out[i] = (word[:1].upper() + word[1:], tag)
            break
        if word[0].isdigit():
            break
    return out


def render(tokens: Iterable[Token]) -> str:
    """Printed text with a capital at its start."""
    return detokenise(upper_first([t for t in tokens if t[0]]))


def lit(text: str) -> list[Token]:
    """Words without a tag, for insertion."""
    return [(word, "x") for word in text.split()]


def has_word(tokens: list[Token], among: frozenset[str] | set[str]) -> bool:
    """Whether one of the words stands in the sentence."""
    return any(low(token) in among for token in tokens)
