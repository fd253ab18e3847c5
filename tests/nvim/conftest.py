"""Neovim for tests; an engine that needs no model unless a test says otherwise."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from neovim import Neovim, editing


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Neovim]]:
    """Starts editors, and closes them."""
    with ExitStack() as stack:

        def begin(**options: Any) -> Neovim:
            home = tmp_path / f"home{len(list(tmp_path.iterdir()))}"
            home.mkdir()
            return stack.enter_context(editing(home, **options))

        yield begin


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Neovim]:
    """An editor with the fake engine, for all tests that leave both as they were."""
    with editing(tmp_path_factory.mktemp("home")) as editor:
        yield editor


@pytest.fixture
def nvim(shared: Neovim) -> Neovim:
    """The shared editor, without a document."""
    shared.forget()
    return shared
