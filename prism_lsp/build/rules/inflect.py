"""Verb and noun forms, from lemminflect with the few cases mended where it hesitates."""

from functools import cache

from lemminflect import getInflection, getLemma

_LEMMA = {
    "found": "find", "saw": "see", "felt": "feel", "fell": "fall", "left": "leave", "bore": "bear", "rose": "rise",
    "shot": "shoot", "bound": "bind", "lit": "light", "hung": "hang", "wound": "wind", "ground": "grind",
        "spoke": "speak",
    "drove": "drive", "lied": "lie", "laid": "lay", "born": "bear", "set": "set", "put": "put", "cut": "cut",
        "hit": "hit",
    "read": "read", "led": "lead", "fled": "flee", "fed": "feed", "shone": "shine", "wove": "weave", "spat": "spit",
    "sat": "sit", "got": "get", "gotten": "get", "thought": "think", "broke": "break", "chose": "choose",
        "froze": "freeze",
    "stove": "stave", "hewed": "hew", "rang": "ring", "did": "do", "done": "do", "does": "do", "has": "have",
        "had": "have",
    "dyed": "dye", "died": "die", "dying": "die", "lying": "lie", "tying": "tie", "singed": "singe", "leaves": "leave",
    "lives": "live", "lay": "lie", "lain": "lie", "bade": "bid", "bad": "bid", "strode": "stride", "strove": "strive",
    "cost": "cost", "wed": "wed", "bet": "bet", "let": "let", "sank": "sink", "slid": "slide", "bent": "bend",
    "dashes": "dash", "axes": "axe", "bases": "base", "wound up": "wind",
    "leaned": "lean", "leant": "lean", "learned": "learn", "lept": "leap", "leapt": "leap", "stung": "sting",
        "hid": "hide",
    "fit": "fit", "quit": "quit", "shut": "shut", "spread": "spread", "slit": "slit", "split": "split", "hurt": "hurt",
    "burst": "burst", "cast": "cast", "thrust": "thrust", "rid": "rid", "bid": "bid", "knit": "knit", "wet": "wet",
    "shed": "shed", "forecast": "forecast", "broadcast": "broadcast", "upset": "upset", "beset": "beset",
        "sought": "seek",
    "sawed": "saw", "slew": "slay", "dove": "dive", "ate": "eat", "flew": "fly", "blew": "blow", "drew": "draw",
}  # fmt: skip
_PAST = {
    "lie": "lay", "hang": "hung", "shine": "shone", "light": "lit", "spit": "spat", "fit": "fit", "quit": "quit",
    "dive": "dived", "lean": "leaned", "learn": "learned", "dream": "dreamed", "burn": "burned", "leap": "leaped",
    "kneel": "knelt", "spring": "sprang", "sink": "sank", "shrink": "shrank", "speed": "sped", "plead": "pleaded",
    "weave": "wove", "wake": "woke", "awake": "awoke", "wet": "wet", "rid": "rid", "knit": "knit", "cost": "cost",
    "sew": "sewed", "show": "showed", "sweat": "sweated", "spell": "spelled", "spill": "spilled", "swell": "swelled",
    "thrive": "thrived", "wed": "wedded", "work": "worked", "grind": "ground", "wind": "wound", "bind": "bound",
    "find": "found", "stride": "strode", "strive": "strove", "slay": "slew", "tread": "trod", "saw": "sawed",
    "beat": "beat", "bet": "bet", "bid": "bid", "broadcast": "broadcast", "forecast": "forecast", "bear": "bore",
    "get": "got", "sing": "sang", "ring": "rang", "stink": "stank", "spin": "spun", "smell": "smelled",
        "spoil": "spoiled",
    "input": "input", "hide": "hid", "slide": "slid", "sneak": "sneaked", "fall": "fell", "fell": "felled",
}  # fmt: skip
_PARTICIPLE = {
    "lie": "lain", "hang": "hung", "get": "got", "show": "shown", "prove": "proved", "bear": "borne", "light": "lit",
    "beat": "beaten", "hide": "hidden", "write": "written", "shave": "shaved", "sew": "sewn", "swell": "swollen",
}  # fmt: skip


@cache
def lemma(verb: str) -> str:
    """The base form of an inflected verb: "found" gives "find"."""
    low = verb.lower()
    if low in _LEMMA:
        return _LEMMA[low]
    found = getLemma(low, "VERB")
    return found[0] if found else low


@cache
def _form(base: str, tag: str) -> str:
    found = getInflection(base, tag, inflect_oov=True)
    return found[0] if found else base


def past(base: str) -> str:
    """Simple past: "find" gives "found"."""
    return {"be": "was", "have": "had", "do": "did"}.get(base) or _PAST.get(base) or _form(base, "VBD")


def participle(base: str) -> str:
    """Past participle: "write" gives "written"."""
    irregular = {"be": "been", "have": "had", "do": "done"}.get(base) or _PARTICIPLE.get(base)
    if irregular:
        return irregular
    return _PAST[base] if base in _PAST and base not in _STRONG else _form(base, "VBN")


_STRONG = frozenset(
    {"spring", "sink", "shrink", "weave", "wake", "awake", "stride", "strive", "slay", "tread", "saw", "sing", "ring",
     "stink", "fall", "hide", "sew", "show", "swell", "bear", "beat", "slide", "sneak"}
)  # fmt: skip
"""Verbs whose participle differs from the past that is listed above."""


def third(base: str) -> str:
    """Third person singular present: "go" gives "goes"."""
    return {"be": "is", "have": "has", "do": "does"}.get(base) or _form(base, "VBZ")


def gerund(base: str) -> str:
    """The -ing form: "lie" gives "lying"."""
    return {"be": "being", "lie": "lying", "die": "dying", "tie": "tying"}.get(base) or _form(base, "VBG")


def plural(noun: str) -> str:
    """Plural of a noun: "child" gives "children"."""
    found = getInflection(noun, "NNS", inflect_oov=True)
    return found[0] if found else noun + "s"


def present(base: str, number: str) -> str:
    """Present tense for "sg" (third person singular), "pl" or "I"."""
    if base == "be":
        return {"sg": "is", "pl": "are", "I": "am"}[number]
    return third(base) if number == "sg" else base


def article(word: str) -> str:
    """ "a" or "an" before `word`, by its first sound as far as spelling tells."""
    low = word.lower()
    if low.startswith(("uni", "use", "eu", "one", "once", "usu", "uti")) and not low.startswith(
        ("unin", "unim", "unid")
    ):
        return "a"
    if low.startswith(("hour", "honest", "honor", "honour", "heir")):
        return "an"
    return "an" if low[:1] in "aeiou" else "a"
