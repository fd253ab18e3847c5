"""Where a pack lies, and what its readings depend on, found without loading anything: no torch, no numpy."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import blake2b
from pathlib import Path

from prism_lsp.reading import EngineError

DEFAULT = "smollm2-135m"


def find(name: str | None) -> Path:
    """The folder of a pack: a path, or the name of one that is installed. Raises EngineError (pack)."""
    wanted = name or DEFAULT
    here = Path(__file__).resolve().parents[1]
    for folder in (Path(wanted), here / "models" / wanted, here.parent / "models" / wanted):
        if (folder / "pack.toml").is_file():
            return folder
    raise EngineError(f"There is no model pack {wanted!r}: give the path of a folder that holds a pack.toml.", "pack")


def identity(pack: str | None, more: Iterable[bytes] = ()) -> str:
    """A name for everything that decides a reading but the sentence, 32 hexadecimal digits.

    That is the pack (`pack.toml` has the hashes of its other files and of the base model's weights), the engine's code, and
    `more`: what else the readings depend on, such as a project's own concepts. Raises EngineError (pack) and OSError.
    """
    found = blake2b(digest_size=16)
    here = Path(__file__).parent
    code = sorted([*here.glob("*.py"), *here.glob("*.txt")])  # concepts are fitted against the sentences of a text file
    for part in (*(path.read_bytes() for path in code), (find(pack) / "pack.toml").read_bytes(), *more):
        found.update(len(part).to_bytes(8, "little") + part)
    return found.hexdigest()
