"""Write the pages that are made from the sources: docs/settings.md, docs/settings/ and docs/concepts/.

    python scripts/docs.py [--check]

With `--check` nothing is written; the pages that are not what would be written are named, and the exit code is 1 if there are any.
"""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from scripts import concept_pages, setting_pages  # noqa: E402

FOLDERS = ("docs/settings", "docs/concepts")
"""Every Markdown file in them is ours."""


def pages() -> dict[str, str]:
    """Path from the root -> text, of every page."""
    return {**setting_pages.pages(), **concept_pages.pages(ROOT)}


def stale(wanted: dict[str, str]) -> list[str]:
    """Paths of pages that are missing, different, or left over from a setting or concept that is gone; sorted."""
    there = {file.relative_to(ROOT).as_posix() for folder in FOLDERS for file in (ROOT / folder).glob("*.md")}
    different = {
        path for path, text in wanted.items() if not (ROOT / path).exists() or (ROOT / path).read_text("utf-8") != text
    }
    return sorted(different | (there - wanted.keys()))


def main() -> int:
    """Write or check the pages."""
    wanted = pages()
    changed = stale(wanted)
    if "--check" in sys.argv[1:]:
        print("\n".join(changed))
        return int(bool(changed))
    for path in changed:
        file = ROOT / path
        if path in wanted:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(wanted[path], "utf-8")
        else:
            file.unlink()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
