"""What goes into the command line and comes out of it as JSON: text, sentences, features by name, one object a line.

Offsets are characters of the input, half-open. `docs/cli.md` is the promise that this keeps.
"""

from __future__ import annotations

import codecs
import difflib
import json
import math
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import click

from prism_lsp.reading import Edit, Feature, Progress, Reading, Rewrites

if TYPE_CHECKING:
    from prism_lsp.prose import Sentence

OK, FAILED, USAGE, NO_WEIGHTS, INTERRUPTED = 0, 1, 2, 3, 130
"""Exit codes."""

LANGUAGES = {
    **dict.fromkeys((".md", ".markdown", ".mdown", ".mkd", ".qmd", ".rmd"), "markdown"),
    **dict.fromkeys((".tex", ".ltx", ".latex"), "latex"),
    **dict.fromkeys((".rst", ".rest"), "rst"),
    **dict.fromkeys((".adoc", ".asciidoc", ".asc"), "asciidoc"),
    ".org": "org",
}
"""Language ids by the endings of files; every other file, and standard input, is plain text."""

BATCH = 32
"""Sentences that are read at a time."""

_LINE_BREAKS = {ord(c): f"\\u{ord(c):04x}" for c in "\x7f\x85\u2028\u2029"}
"""JSON leaves them as they are, but some readers of lines break there."""


class Reads(Protocol):
    """An engine that reads."""

    @property
    def features(self) -> tuple[Feature, ...]:
        """The pack's features."""
        ...

    def read(self, texts: Sequence[str], evidence: bool = False) -> list[Reading]:
        """Readings, parallel to `texts`."""
        ...


class Failure(click.ClickException):
    """An error that is explained in one sentence."""

    def __init__(self, message: str, code: int = FAILED) -> None:
        """`code`: one of the exit codes above."""
        super().__init__(message)
        self.code = code


def read_input(file: str) -> str:
    """The text of a file, or of standard input for `-`. Line breaks stay as they are. Raises Failure."""
    if file == "-":
        name = "Standard input"
        if sys.stdin.isatty() and sys.stderr.isatty():
            click.echo("Type or paste the text; Ctrl-D on a line of its own ends it.", err=True)
        data = sys.stdin.buffer.read()
    else:
        name = file
        try:
            data = Path(file).read_bytes()
        except FileNotFoundError as error:
            raise Failure(f"There is no file {file}.") from error
        except IsADirectoryError as error:
            raise Failure(f"{file} is a folder; give a file.") from error
        except OSError as error:
            raise Failure(f"{file} cannot be read ({error.strerror}).") from error
    if data.startswith(codecs.BOM_UTF8):
        raise Failure(f"{name} begins with a byte-order mark (byte 0: EF BB BF); save it as UTF-8 without one.")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = len(data[: error.start].replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n"))
        raise Failure(
            f"{name} is not UTF-8: byte {error.start} (line {line}) is {data[error.start]:02X}; save it as UTF-8."
        ) from error


def split(text: str, file: str, lines: bool) -> list[Sentence]:
    """The sentences of a text, or its lines: without blanks at both ends, an empty line with text ""."""
    from prism_lsp.prose import Sentence, sentences

    if not lines:
        return sentences(text, LANGUAGES.get(Path(file).suffix.lower(), "plaintext"))
    from prism_lsp.document import Document

    document = Document("", 0, "plaintext", text)
    found = []
    for number in range(document.line_count):
        start, end = document.line_start(number), document.line_end(number)
        if number + 1 == document.line_count and start == end:
            break  # the text ends in a line break: that is no further line
        line = text[start:end]
        words = line.strip()
        start += len(line) - len(line.lstrip()) if words else 0
        found.append(Sentence(start, start + len(words), words, range(start, start + len(words)), number))
    return found


def read(
    engine: Reads, sentences: Sequence[Sentence], progress: Callable[[Progress], None], evidence: bool
) -> Iterator[tuple[Sentence, Reading]]:
    """Every sentence with its reading, in order; an empty one has nothing in it."""
    count = len(engine.features)
    for first in range(0, len(sentences), BATCH):
        progress(Progress("read", first, len(sentences), "Reading"))
        batch = sentences[first : first + BATCH]
        readings = iter(engine.read([each.reads for each in batch if each.text], evidence))
        for each in batch:
            yield (
                each,
                each.own(next(readings)) if each.text else Reading((0.0,) * count, (0.0,) * count, ((),) * count),
            )


def emit(record: dict[str, Any]) -> None:
    """One JSON object on a line of its own, as UTF-8 whatever the terminal's encoding is."""
    line = json.dumps(record, ensure_ascii=False, allow_nan=False).translate(_LINE_BREAKS)
    click.echo(line.encode())


def described(
    sentence: Sentence, reading: Reading, features: Sequence[Feature], everything: bool, focus: str | None
) -> dict[str, Any]:
    """A sentence's reading as JSON: features strongest first, offsets in characters of the input."""
    found = []
    rows = zip(
        features, reading.activations, reading.percentiles, reading.evidence or ((),) * len(features), strict=True
    )
    for feature, activation, percentile, shares in sorted(rows, key=lambda row: (-row[1], -row[2])):
        if focus in (None, feature.id) and (everything or activation > 0):
            places = [[sentence.map[s], sentence.map[e - 1] + 1, round(part, 6)] for s, e, part in shares if s < e]
            found.append(
                {
                    "id": feature.id,
                    "name": feature.name,
                    "family": feature.family,
                    "activation": round(activation, 6),
                    "percentile": round(percentile, 6),
                    "evidence": places,
                }
            )
    return {"start": sentence.start, "end": sentence.end, "text": sentence.text, "features": found}


def answered(sentence: Sentence, result: Rewrites) -> dict[str, Any]:
    """A sentence's rewrites as JSON, best first."""
    rewrites = [
        {
            "text": each.text,
            "features": {id_: [round(before, 6), round(after, 6)] for id_, (before, after) in each.features.items()},
            "similarity": round(each.similarity, 6),
            "fluency": round(each.fluency, 6),
        }
        for each in result.rewrites
    ]
    where = {"start": sentence.start, "end": sentence.end, "text": sentence.text}
    return where | {"rewrites": rewrites, "refused": result.refused}


def named(word: str, features: Sequence[Feature]) -> Feature:
    """The feature with this id or name. Raises Failure that gives the nearest ids."""
    known: dict[str, Feature] = {}
    for each in features:
        known.setdefault(each.name.casefold(), each)
    known |= {each.id: each for each in features}
    found = known.get(word) or known.get(word.casefold())
    if found is not None:
        return found
    near = difflib.get_close_matches(word.casefold(), known, 6, 0.65)
    near += [each for each in known if word and word.casefold() in each]
    ids = list(dict.fromkeys(known[each].id for each in near))[:3]
    hint = f"Did you mean {' or '.join(ids)}?" if ids else "`prism-lsp features` lists them."
    raise Failure(f"There is no feature “{word}”. {hint}", USAGE)


def move(word: str) -> tuple[str, float]:
    """`question`, `question=0.5` or `-question` as name and amount. Raises click.BadParameter."""
    name, equals, amount = word.partition("=")
    sign = -1.0 if name.startswith("-") else 1.0
    try:
        value = sign * float(amount) if equals else sign
    except ValueError:
        value = math.nan
    name = name.removeprefix("-").strip()
    if not name or not math.isfinite(value) or value == 0:
        raise click.BadParameter(f"“{word}” is not understood: write ID, ID=AMOUNT (a number, not 0) or -ID.")
    return name, value


def edit_of(words: Sequence[str], features: Sequence[Feature]) -> Edit:
    """One edit of all `--feature` options. Raises Failure and click.BadParameter."""
    moves: dict[str, float] = {}
    for word in words:
        name, amount = move(word)
        feature = named(name, features)
        if not (feature.on or feature.off):
            raise Failure(f"The feature {feature.id} can be read, but not steered.", USAGE)
        if feature.id in moves:
            raise Failure(f"The feature {feature.id} is given twice.", USAGE)
        moves[feature.id] = amount
    return Edit(tuple(moves.items()))
