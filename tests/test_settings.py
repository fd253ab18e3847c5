"""Settings from JSON: never a crash, always a clear sentence."""

from __future__ import annotations

from typing import Any

import pytest

from prism_lsp.settings import Settings, from_json, section


def test_nothing_is_the_defaults() -> None:
    assert from_json(None) == from_json({}) == (Settings(), [])
    assert {"markdown", "plaintext", "text", "latex", "org"} <= set(Settings().languages)


def test_every_setting_is_read() -> None:
    settings, problems = from_json(
        {
            "model": "/m.gguf",
            "pack": "mine",
            "threads": 2,
            "mode": "focus",
            "focus": "question",
            "hidden": ["formal"],
            "languages": ["markdown"],
            "maxFileSize": 10,
            "cacheSize": 20,
            "candidates": 4,
            "notifications": True,
            "commandLinks": True,
            "inlayHints": "sentences",
            "disabled": ["references"],
        }
    )
    assert problems == []
    assert settings == Settings(
        "/m.gguf",
        "mine",
        2,
        "focus",
        "question",
        ("formal",),
        ("markdown",),
        10,
        20,
        4,
        True,
        True,
        "sentences",
        ("references",),
    )


def test_null_is_the_default() -> None:
    assert from_json({"model": None, "threads": None, "mode": None, "hidden": None}) == (Settings(), [])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"mode": "loud"}, "prism.mode must be “prominent” or “focus”, not 'loud'; the default is used."),
        ({"threads": 0}, "prism.threads must be a whole number from 1, not 0; the default is used."),
        ({"threads": True}, "prism.threads must be a whole number from 1, not True; the default is used."),
        (
            {"candidates": "many"},
            "prism.candidates must be a whole number from 1 to 64, not 'many'; the default is used.",
        ),
        ({"hidden": "formal"}, "prism.hidden must be a list of feature ids, not 'formal'; the default is used."),
        ({"languages": [1]}, "prism.languages must be a list of language ids, not [1]; the default is used."),
        ({"model": 3}, "prism.model must be a path or null, not 3; the default is used."),
        (
            {"mode": "focus"},
            "prism.mode is “focus”, but prism.focus names no feature; sentences show their strongest one.",
        ),
        ([1], "Prism's settings must be an object of names and values, not [1]."),
    ],
)
def test_a_wrong_value_is_said_once_and_the_default_is_used(options: Any, message: str) -> None:
    assert from_json(options) == (Settings(), [message])


def test_an_unknown_name_is_said() -> None:
    settings, (problem,) = from_json({"modle": "x", "candidates": 3})
    assert settings == Settings(candidates=3)
    assert problem.startswith("Prism has no setting “modle”. There are: model, pack,")


def test_long_values_are_shown_short() -> None:
    assert len(from_json({"mode": "x" * 5000})[1][0]) < 200


def test_the_section_is_found_in_what_clients_send() -> None:
    assert section({"prism": {"mode": "focus", "model": None}}) == {"mode": "focus", "model": None}
    assert section({"mode": "focus"}) == {"mode": "focus"}
    assert section(None) == section("x") == section({"prism": None}) == {}
