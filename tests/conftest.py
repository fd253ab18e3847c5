"""Shared by all tests. This file puts `tests/` on the import path: `import fake_engine, editor, client`."""

import signal
from pathlib import Path

import pytest

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # a shell that runs the tests in the background ignores Ctrl-C for them, and the programs that they start inherit that
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Every test begins with an empty cache of readings, and leaves the user's alone."""
    folder = tmp_path_factory.mktemp("readings")
    monkeypatch.setenv("PRISM_LSP_READINGS", str(folder))
    return folder
