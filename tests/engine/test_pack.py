"""Packs: what is written is read again; damage and mismatch are named."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from prism_lsp.engine import pack as packs
from prism_lsp.reading import EngineError
from tests import tiny


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    made = tiny.pack(tmp_path / "p")
    again = packs.load(packs.find(str(tmp_path / "p")), tiny.SHA)
    assert again.features == made.features == tiny.FEATURES
    np.testing.assert_array_equal(again.direction, made.direction)


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    tiny.pack(tmp_path)
    with (tmp_path / "features.jsonl").open("a") as file:
        file.write("\n")
    with pytest.raises(EngineError, match=r"damaged: features\.jsonl"):
        packs.load(tmp_path)


def test_other_weights_are_refused(tmp_path: Path) -> None:
    tiny.pack(tmp_path)
    with pytest.raises(EngineError, match="built on other weights"):
        packs.load(tmp_path, "f" * 64)


def test_a_missing_pack_and_a_missing_key_are_named(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="no model pack 'nowhere'"):
        packs.find("nowhere")
    (tmp_path / "pack.toml").write_text('name = "x"\n')
    with pytest.raises(EngineError, match="files"):
        packs.load(tmp_path)


def test_an_unknown_feature_gets_the_nearest_names(tmp_path: Path) -> None:
    pack = tiny.pack(tmp_path)
    with pytest.raises(EngineError, match="Did you mean negation"):
        pack.row("negatoin")
