"""Every setting, typed, with its default; from `initializationOptions` and `workspace/didChangeConfiguration`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

MODES = ("prominent", "focus")
HINTS = ("off", "paragraphs", "sentences")
METHODS = (
    "documentHighlight",
    "documentSymbol",
    "foldingRange",
    "inlayHint",
    "references",
    "selectionRange",
    "symbol",
)
"""Methods that can be withheld, without `textDocument/` and `workspace/`."""
EDITORS_OWN = ("server", "trace", "install", "show", "scrollBar")
"""Names that clients keep in the same section for themselves."""


@dataclass(frozen=True)
class Settings:
    """What a writer can set, section `prism`. Names here are snake_case, in JSON camelCase."""

    model: str | None = None
    """Path of the base model's weights. None: found, or fetched once, by the program itself."""

    pack: str | None = None
    """Path or name of the model pack. None: the one that ships."""

    threads: int | None = None
    """How many processor threads the engine may use. None: it decides."""

    mode: str = "prominent"
    """`prominent`: each sentence is coloured by its strongest feature; `focus`: one feature as a heat map."""

    focus: str | None = None
    """The feature that mode `focus` shows, by its id: `question`."""

    hidden: tuple[str, ...] = ()
    """Ids of features that are neither shown nor offered."""

    languages: tuple[str, ...] = (
        "markdown", "plaintext", "text", "latex", "tex", "plaintex", "restructuredtext", "rst", "asciidoc", "org",
        "quarto", "rmd",
    )  # fmt: skip
    """Language ids of the documents that are read; others are left alone."""

    max_file_size: int = 2_000_000
    """Documents longer than this many characters are left alone."""

    cache_size: int = 100
    """Megabytes that the readings of earlier texts may take on disk, so that a text that was read once has its colours at once
    when it is opened again. 0: nothing is kept. About 250 bytes a sentence; never its text, only a hash of it."""

    candidates: int = 8
    """How many rewrites are tried for one edit. More is better and slower."""

    notifications: bool = False
    """The client takes the notifications `prism/state` and `prism/spectrumChanged` (only in `initializationOptions`)."""

    command_links: bool = False
    """The client can run `prism.focus` and `prism.unfocus` from `command:` links in Markdown, as VS Code can; hovers then have them
    (only in `initializationOptions`)."""

    inlay_hints: str = "off"
    """`paragraphs`: what stands out in each paragraph is written at its end, three features at most. `sentences`: the same,
    but while one feature is shown alone, its level stands at the end of each sentence. `off`: nothing is written."""

    disabled: tuple[str, ...] = ()
    """Methods that the server does not offer, for editors that have them already: `documentHighlight`, `documentSymbol`,
    `foldingRange`, `inlayHint`, `references`, `selectionRange`, `symbol` (only in `initializationOptions`)."""


def from_json(options: object) -> tuple[Settings, list[str]]:
    """Settings from a client's JSON, and one clear sentence for each value that could not be used.

    A value that is missing or null is the default, and so is one that is wrong. Never raises.
    """
    if options is None:
        return Settings(), []
    if not isinstance(options, dict):
        return Settings(), [f"Prism's settings must be an object of names and values, not {_shown(options)}."]
    values: dict[str, Any] = {}
    problems = []
    for name, value in options.items():
        if name in EDITORS_OWN:
            continue
        if name not in _FIELDS:
            problems.append(f"Prism has no setting “{name}”. There are: {', '.join(_FIELDS)}.")
        elif value is not None:
            field, parse, wanted = _FIELDS[name]
            parsed = parse(value)
            if parsed is None:
                problems.append(f"prism.{name} must be {wanted}, not {_shown(value)}; the default is used.")
            else:
                values[field] = parsed
    settings = replace(Settings(), **values)
    if settings.mode == "focus" and settings.focus is None:
        problems.append("prism.mode is “focus”, but prism.focus names no feature; sentences show their strongest one.")
        settings = replace(settings, mode="prominent")
    return settings, problems


def section(options: object) -> dict[str, Any]:
    """The settings in what a client sent: its section `prism`, or the object itself. null asks for the default."""
    if isinstance(options, dict) and "prism" in options:
        options = options["prism"]
    return dict(options) if isinstance(options, dict) else {}


def names() -> dict[str, tuple[str, str]]:
    """Each setting's name in JSON, its field, and in words what it takes."""
    return {name: (field, wanted) for name, (field, _, wanted) in _FIELDS.items()}


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "…"


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value.strip() else None


def _number(least: int, most: int) -> Callable[[object], int | None]:
    def parse(value: object) -> int | None:
        return value if isinstance(value, int) and not isinstance(value, bool) and least <= value <= most else None

    return parse


def _one_of(names: tuple[str, ...]) -> Callable[[object], str | None]:
    def parse(value: object) -> str | None:
        return value if isinstance(value, str) and value in names else None

    return parse


def _some_of(names: tuple[str, ...]) -> Callable[[object], tuple[str, ...] | None]:
    def parse(value: object) -> tuple[str, ...] | None:
        found = _texts(value)
        return found if found is not None and set(found) <= set(names) else None

    return parse


def _texts(value: object) -> tuple[str, ...] | None:
    return tuple(value) if isinstance(value, list) and all(isinstance(item, str) for item in value) else None


def _yes_or_no(value: object) -> bool | None:
    return value if isinstance(value, bool) else None


_FIELDS: dict[str, tuple[str, Callable[[object], Any], str]] = {
    "model": ("model", _text, "a path or null"),
    "pack": ("pack", _text, "a path, a pack's name or null"),
    "threads": ("threads", _number(1, 1024), "a whole number from 1"),
    "mode": ("mode", _one_of(MODES), "“prominent” or “focus”"),
    "focus": ("focus", _text, "a feature's id or null"),
    "hidden": ("hidden", _texts, "a list of feature ids"),
    "languages": ("languages", _texts, "a list of language ids"),
    "maxFileSize": ("max_file_size", _number(0, 1 << 40), "a number of characters"),
    "cacheSize": ("cache_size", _number(0, 1 << 20), "a whole number of megabytes, 0 for none"),
    "candidates": ("candidates", _number(1, 64), "a whole number from 1 to 64"),
    "notifications": ("notifications", _yes_or_no, "true or false"),
    "commandLinks": ("command_links", _yes_or_no, "true or false"),
    "inlayHints": ("inlay_hints", _one_of(HINTS), "“off”, “paragraphs” or “sentences”"),
    "disabled": ("disabled", _some_of(METHODS), f"a list of these: {', '.join(METHODS)}"),
}
"""JSON name -> (field, parser that answers None for a wrong value, what was wanted)."""
