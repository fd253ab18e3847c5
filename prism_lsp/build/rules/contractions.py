"""Contractions made and written out."""

from prism_lsp.build.corpus import Token
from prism_lsp.build.rules.base import (
    BE,
    HAVE,
    low,
    tag_of,
)

_NT = {"do", "does", "did", "is", "are", "was", "were", "have", "has", "had", "could", "would", "should", "can", "will"}


def contract(tokens: list[Token]) -> list[Token]:
    """ "He is not" gives "He isn't", "I will" gives "I'll", "cannot" gives "can't"."""
    out: list[Token] = []
    for i, token in enumerate(tokens):
        tag = token[1]
        prev = out[-1] if out else ("", "")
        after = tokens[i + 1] if i + 1 < len(tokens) else (".", ".")
        if (
            low(token) == "not"
            and tag == "*"
            and prev[0].lower() in _NT
            and low(after) not in {".", ",", "only", "to", "so"}
        ):
            special = {"can": "ca", "will": "wo"}.get(prev[0].lower())
            if special:
                out[-1] = (special if prev[0].islower() else special.capitalize(), prev[1].replace("-cannot", ""))
            out.append(("n't", "*"))
            continue
        short = _short(prev, token, tag_of(after), after[0])
        if short and (i < 2 or not _inverted(tokens, i)):
            out.append((short, tag))
            continue
        out.append(token)
    return out


def _inverted(tokens: list[Token], i: int) -> bool:
    """ "Did he have", "as he is": the pronoun before i follows an auxiliary."""
    return tag_of(tokens[i - 2]) in BE | {"do", "dod", "doz", "md", "hvd"} | HAVE or low(tokens[i - 2]) in {
        "than",
        "as",
        "and",
    }


def _short(prev: Token, token: Token, after: str, after_word: str) -> str | None:
    word, tag, pronoun = low(token), tag_of(token), prev[0].lower()
    if (
        token[0] != word
        or after in {".", ",", "cs", "cc", ":", "wrb", "``", "''", "in", "to", "--"}
        or after_word.lower() in {"not", "n't"}
    ):
        return None
    if tag == "bem":
        return "'m" if pronoun == "i" else None
    if (
        tag == "bez"
        and pronoun in {"he", "she", "it", "that", "there", "who", "what"}
        and tag_of(prev) in {"pps", "ex", "dt", "wps"}
    ):
        return "'s"
    if tag == "ber" and pronoun in {"you", "we", "they"}:
        return "'re"
    if tag in {"hv", "hvz", "hvd"} and after in {"vbn", "ben", "hvn"} and tag_of(prev) in {"pps", "ppss"}:
        return {"hv": "'ve", "hvz": "'s", "hvd": "'d"}[tag] if pronoun != "it" or tag != "hvd" else None
    if tag == "md" and tag_of(prev) in {"pps", "ppss"} and pronoun != "it" and after in {"vb", "be", "hv", "do", "rb"}:
        return {"will": "'ll", "would": "'d"}.get(word)
    return None


_FULL = {"'m": "am", "'re": "are", "'ll": "will", "'ve": "have"}


def expand(tokens: list[Token]) -> list[Token] | None:
    """Contractions in full; None where that is not sure ("ain't", "Isn't the man")."""
    out: list[Token] = []
    i = 0
    while i < len(tokens):
        word, tag = low(tokens[i]), tag_of(tokens[i])
        if word in {"n't", "n’t"}:
            first = out[-1][0].lower()
            if first in {"ai", "cai", "dare", "need", "might", "must"}:
                return None
            nxt = tokens[i + 1]
            long = {"ca": "can", "wo": "will", "sha": "shall"}.get(first, first)
            long = long.capitalize() if out[-1][0][0].isupper() else long
            asked = (
                len(out) < 2
                or tag_of(out[-2]) in {"wrb", "wdt", "wps", "wpo", "cc", "wql"}
                or out[-2][0] in {",", "``"}
            )
            if tag_of(nxt) in {"pps", "ppss"} and asked:
                out[-1] = (long, out[-1][1])
                out += [nxt, ("not", "*")]
                i += 2
                continue
            if tag_of(nxt) in {"pps", "ppss", "ex"} or (asked and tag_of(nxt) not in {"vb", "be", "hv", "do", "rb"}):
                return None
            if long.lower() == "can":
                out[-1] = (("C" if long[0] == "C" else "c") + "annot", "md")
            else:
                out[-1] = (long, out[-1][1])
                out.append(("not", "*"))
        elif word in _FULL:
            out.append((_FULL[word], tokens[i][1]))
        elif word == "'d":
            if tag not in {"hvd", "md"}:
                return None
            out.append(("had" if tag == "hvd" or low(tokens[i + 1]) == "better" else "would", tokens[i][1]))
        elif word == "'s" and tag in {"bez", "hvz"}:
            out.append(("is" if tag == "bez" else "has", tokens[i][1]))
        elif word == "'s" and tag == "ppo":
            out.append(("us", "ppo"))
        elif (
            (word.startswith("'") and len(word) > 1 and not word[1].isdigit() and tag_of(tokens[i]) not in {"nr"})
            or word in {"gonna", "gotta", "wanna", "y'all", "em", "goddamn", "damn"}
            or word.endswith("in'")
        ):
            return None
        else:
            out.append(tokens[i])
        i += 1
    return out
