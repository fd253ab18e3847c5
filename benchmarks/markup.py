"""What is read of real documents in every format of prose, next to what pandoc says stands on the page.

    python -m benchmarks.markup                     # every format; writes results/markup.md
    python -m benchmarks.markup latex --worst 40    # one, and more of what differs; writes nothing

Needs pandoc and docutils (`pip install '.[bench]'`) and node. The documents are the documentation of Debian and npm
packages, fetched once by name (some 200 MB, most of it TeX Live's); none is part of this repository. `markup_oracle.py`
says what of a page is its prose.
"""

from __future__ import annotations

import argparse
import gzip
import re
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from pathlib import Path
from typing import NamedTuple

import platformdirs

from benchmarks import markup_oracle
from benchmarks.markup_oracle import Passage, spoken
from prism_lsp import prose

RESULTS = Path(__file__).parent / "results" / "markup.md"
MOST = 20
"""Documents of a package, evenly spaced in the order of their names."""
SIZES = 1_500, 300_000
"""Characters of a document, at least and at most."""
_INCLUDE = re.compile(r"^(?:include::|#\+include:|[ \t]*\.\. include::).*$", re.MULTILINE | re.IGNORECASE)
FEWEST = 4
"""Words of a sentence that is looked for in one passage; fewer stand anywhere."""


class Source(NamedTuple):
    """Documents of a package."""

    package: str
    """Of Debian; of npm where it begins with `npm:`."""
    names: str
    """What their paths match."""


SOURCES: dict[str, tuple[Source, ...]] = {
    "markdown": (
        Source("nodejs-doc", r".*/api/.*\.md(\.gz)?"),
        Source("npm:eslint", r".*\.md"),
        Source("npm:commander", r".*\.md"),
        Source("npm:preact", r".*\.md"),
        Source("npm:gatsby", r".*\.md"),
        Source("elpa-magit", r".*\.md(\.gz)?"),
    ),
    "latex": (
        Source("texlive-lang-english", r".*\.tex(\.gz)?"),
        Source("texlive-humanities-doc", r".*\.tex(\.gz)?"),
    ),
    "restructuredtext": (
        Source("python3.11-doc", r".*_sources/(tutorial|howto|faq|library|whatsnew)/.*\.rst\.txt"),
        Source("sphinx-doc", r".*_sources/.*\.rst\.txt"),
        Source("docutils-doc", r".*/docs/.*\.txt(\.gz)?"),
    ),
    "asciidoc": (
        Source("git-doc", r".*/git[-a-z]*\.txt"),
        Source("git-doc", r".*/(RelNotes/\d.*|howto/.*|MyFirst.*|technical/.*|Submitting.*)\.txt"),
        Source("npm:asciidoctor", r".*\.adoc"),
    ),
    "org": (
        Source("emacs-common", r".*/ORG-NEWS"),
        Source("elpa-magit", r".*\.org(\.gz)?"),
        Source("elpa-org-drill", r".*\.org(\.gz)?"),
        Source("elpa-org-tree-slide", r".*\.org(\.gz)?"),
        Source("elpa-helm-org", r".*\.org(\.gz)?"),
        Source("npm:orga", r".*README\.org"),
    ),
}  # fmt: skip


class Score(NamedTuple):
    """Of one document, or of several together."""

    documents: int = 0
    read: int = 0
    """Words that we read and the page must show or may show."""
    right: int = 0
    """Those of them that it shows."""
    shown: int = 0
    """Words of prose on the page."""
    found: int = 0
    """Those of them that we read."""
    sentences: int = 0
    """With `FEWEST` words at least."""
    within: int = 0
    """Those of them that stand in one passage of the page."""

    def __add__(self, other: object) -> Score:
        """Both together."""
        assert isinstance(other, Score)
        return Score(*(mine + its for mine, its in zip(self, other, strict=True)))


def main() -> None:
    """Compare, print and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("formats", nargs="*", metavar="FORMAT", help=f"of {', '.join(SOURCES)}; all if none is named")
    parser.add_argument("--worst", type=int, default=12, help="differences to print for a format")
    given = parser.parse_args()
    report = [_head()]
    unread: list[str] = []
    differences: dict[str, Counter[str]] = {}
    for language in given.formats or SOURCES:
        total, differ = Score(), Counter[str]()
        for name, text in documents(language):
            try:
                page = list(markup_oracle.passages(text, language))
            except RuntimeError as error:
                unread.append(f"{language}: {name}: {error}")
                continue
            score = compare(text, page, language, differ, name)
            total += score
            if given.formats:
                print(_row(name, score))
        report.append(_row(language, total))
        differences[language] = differ
    if unread:
        report.append(f"\nOf {len(unread)} more documents pandoc makes nothing.")
        print("\n".join(unread))
    for language, differ in differences.items():
        report.append(f"\n## {language}: what differs most\n")
        report += [f"* {count} words, {what}" for what, count in differ.most_common(given.worst)]
    print("\n".join(report))
    if not given.formats:
        RESULTS.write_text("\n".join(report) + "\n", encoding="utf-8")


def _head() -> str:
    version = markup_oracle.version()
    packages = ", ".join(sorted({source.package for sources in SOURCES.values() for source in sources}))
    return f"""# What is read of documents with markup

By `python -m benchmarks.markup`, next to {version}, on the documentation in {packages}. *Precision*: of the words that we
read, those that stand on the page. *Recall*: of the page's words of prose, those that we read. *Within*: of our sentences
of {FEWEST} words or more, those that stand in one passage (paragraph, heading, item, cell) of pandoc's. Left out on both
sides by design: code, formulas, addresses, citations, the tables of LaTeX and reStructuredText, and LaTeX's pictures and lists of references.
What stands in arguments of LaTeX macros that pandoc does not know, and drops, may be read or not: the page may show it.

| format | documents | words | precision | recall | within |
|---|--:|--:|--:|--:|--:|"""


def _row(name: str, score: Score) -> str:
    def share(part: int, whole: int) -> str:
        return f"{part / whole:.4f}" if whole else "–"

    return (
        f"| {name} | {score.documents} | {score.shown:,} | {share(score.right, score.read)} |"
        f" {share(score.found, score.shown)} | {share(score.within, score.sentences)} |"
    )


# Documents ------------------------------------------------------------------------------------------------------------


def documents(language: str) -> Iterator[tuple[str, str]]:
    """Names and texts."""
    for source in SOURCES[language]:
        folder = fetch(source.package)
        paths = [
            path for path in sorted(folder.rglob("*")) if re.fullmatch(source.names, str(path.relative_to(folder)))
        ]
        texts = [(path, text) for path in paths if path.is_file() and SIZES[0] <= len(text := _text(path)) <= SIZES[1]]
        parts = [(path.name, part) for path, text in texts for part in _parts(text, language) if len(part) >= SIZES[0]]
        step = max(1, len(parts) // MOST)
        yield from ((f"{source.package}/{name}", part) for name, part in parts[::step][:MOST])


def _parts(text: str, language: str) -> list[str]:
    """A document as it is compared: without files that it includes, and each of Org's uppermost sections alone."""
    text = _INCLUDE.sub("", text)
    return re.split(r"^(?=\* )", text, flags=re.MULTILINE) if language == "org" else [text]


def fetch(package: str) -> Path:
    """The folder with what a package ships. Raises RuntimeError when the registry does not hand it out."""
    folder = platformdirs.user_cache_path("prism-lsp") / "markup" / package.replace("/", "-").replace(":", "-")
    if folder.exists():
        return folder
    work = folder.with_suffix(".part")
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    if package.startswith("npm:"):
        _run(["npm", "pack", "--silent", package.removeprefix("npm:")], work)
        archives = sorted(work.glob("*.tgz"))
        (work / "out").mkdir()
        _run(["tar", "xzf", archives[0].name, "-C", "out"], work)
    else:
        _run(["apt-get", "download", package], work)
        _run(["dpkg", "-x", next(work.glob("*.deb")).name, "out"], work)
    (work / "out").rename(folder)
    shutil.rmtree(work)
    return folder


def _run(command: Sequence[str], folder: Path) -> None:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)} failed: {done.stderr.strip()}")


def _text(path: Path) -> str:
    content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return ""  # an old encoding, which no editor would hand over like this


# Comparing ------------------------------------------------------------------------------------------------------------


def compare(text: str, page: Sequence[Passage], language: str, differ: Counter[str], name: str = "") -> Score:
    """Score a document next to the passages of its page; what differs is added to `differ`, by how many words.

    Passages that are the same on both sides are taken away first; what is left is aligned word by word.
    """
    blocks = [block.text for _, found in prose.pieces(text, language) for block in found]
    ours = [Passage.of([(each, True)]) for each in blocks]
    same = Counter(passage.all for passage in page) & Counter(passage.all for passage in ours)
    mine, its = _left(ours, same), _left(page, same)
    equal = sum(len(words) * count for words, count in same.items())
    must = sum(sum(passage.must) for passage in page)
    score = Score(1, sum(len(each.all) for each in ours), equal, must, must - sum(sum(each.must) for each in its))
    read = [word for passage in mine for word in passage.all]
    shown = [word for passage in its for word in passage.all]
    needed = [flag for passage in its for flag in passage.must]
    for tag, first, last, begin, end in SequenceMatcher(None, read, shown, autojunk=False).get_opcodes():
        if tag == "equal":
            score += Score(right=last - first, found=sum(needed[begin:end]))
            continue
        missed = [word for word, flag in zip(shown[begin:end], needed[begin:end], strict=True) if flag]
        if first < last:
            differ[f"read, not shown: {' '.join(read[first:last])[:200]} ({name})"] += last - first
        if missed:
            differ[f"shown, not read: {' '.join(missed)[:200]} ({name})"] += len(missed)
    whole = "\n".join(f" {' '.join(passage.all)} " for passage in page)
    for sentence in prose.sentences(text, language):
        words = spoken(sentence.text)
        if len(words) >= FEWEST:
            score += Score(sentences=1, within=f" {' '.join(words)} " in whole)
    return score


def _left(passages: Sequence[Passage], same: Counter[tuple[str, ...]]) -> list[Passage]:
    rest = Counter(same)
    left = []
    for passage in passages:
        if rest[passage.all]:
            rest[passage.all] -= 1
        else:
            left.append(passage)
    return left


if __name__ == "__main__":
    main()
