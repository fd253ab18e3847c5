"""`prism-lsp` and `python -m prism_lsp`: straight to the language server, or to the command line.

An editor waits for the server, so this road imports nothing that it does not need: no click, rich, numpy or torch.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence


def serving(arguments: Sequence[str]) -> list[str] | None:
    """The engine command of a call that starts the server ([] when none is given).

    None: another command is meant, or a word is not understood and click shall say so.
    """
    rest = list(arguments[1:] if arguments[:1] == ["serve"] else arguments)
    command: list[str] = []
    while rest:
        word = rest.pop(0)
        if word == "--stdio":  # editors pass it; there is no other way
            continue
        name, equals, value = word.partition("=")
        if name != "--engine-command" or not (equals or rest):
            return None
        try:
            command = split(value if equals else rest.pop(0))
        except ValueError:  # a quotation mark is not closed
            return None
    return command


def split(command: str) -> list[str]:
    """The words of a command line. Raises ValueError when a quotation mark is not closed."""
    import shlex

    return shlex.split(command, posix=os.name != "nt")


def serve(engine_command: Sequence[str]) -> int:
    """Run the language server on stdin and stdout until the editor ends it. Returns the exit code."""
    if sys.stdin is not None and sys.stdin.isatty() and sys.stderr is not None:
        print(
            "This is the language server, waiting for an editor (Ctrl-C ends it). Try: prism-lsp --help",
            file=sys.stderr,
        )
    from prism_lsp.server import main as run

    return run(engine_command or None)


def main() -> None:
    """Entry point of the program `prism-lsp`."""
    arguments = sys.argv[1:]
    try:
        engine_command = serving(arguments)
        if engine_command is not None:
            sys.exit(serve(engine_command))
        from prism_lsp.cli import cli

        cli.main(arguments)
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
