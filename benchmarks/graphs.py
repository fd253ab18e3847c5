"""The lower layers as graphs for other runtimes: ONNX Runtime and OpenVINO, in float32 and in the int8 that each offers.

A graph takes token ids, (sentences, tokens) int64, right-padded, both dimensions free, the leading special token first. It
gives the residual stream after every layer that the probes read, joined, (sentences, tokens - 1, d). Only the weights'
numbers and the plain arithmetic of `llama.py` go into it; nothing here is part of the product.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from unittest import mock

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from benchmarks.opened import Graph
from prism_lsp.engine import int8, lower
from prism_lsp.engine.llama import Block, Config, Llama, rms_norm, rotate
from prism_lsp.engine.lower import LONGEST, Lower


class Layers(nn.Module):
    """Embedding and lower layers with nothing that depends on the input's values, so that tracing loses nothing."""

    def __init__(self, model: Llama, blocks: Sequence[Block], probed: Sequence[int]) -> None:
        super().__init__()
        self.config: Config = model.config
        self.blocks, self.probed = blocks, probed
        self.embedding = model.embedding
        self.cos, self.sin = model.rotary(torch.arange(LONGEST))

    def forward(self, ids: Tensor) -> Tensor:
        """States that the probes read."""
        hidden, found = F.embedding(ids, self.embedding), []
        cos, sin = self.cos[: ids.shape[1]], self.sin[: ids.shape[1]]
        for number, block in enumerate(self.blocks, 1):
            hidden = self._run(hidden, block, cos, sin)
            if number in self.probed:
                found.append(hidden[:, 1:])
        return torch.cat(found, -1)

    def _run(self, hidden: Tensor, block: Block, cos: Tensor, sin: Tensor) -> Tensor:
        c = self.config
        batch, length, _ = hidden.shape
        query, shared, size = c.num_attention_heads, c.num_key_value_heads, c.head_size
        heads = F.linear(rms_norm(hidden, block.attention_norm, c.rms_norm_eps), block.qkv)
        q, k, v = torch.split(heads.view(batch, length, -1, size).transpose(1, 2), [query, shared, shared], 1)
        q, k = rotate(q, cos, sin), rotate(k, cos, sin)
        k, v = (
            x[:, :, None].expand(batch, shared, query // shared, length, size).reshape(batch, query, length, size)
            for x in (k, v)
        )
        mixed = F.scaled_dot_product_attention(q, k, v, is_causal=True).transpose(1, 2).reshape(batch, length, -1)
        hidden = hidden + F.linear(mixed, block.out)
        gate, up = F.linear(rms_norm(hidden, block.mlp_norm, c.rms_norm_eps), block.gate_up).chunk(2, -1)
        return hidden + F.linear(F.silu(gate) * up, block.down)


def plain_blocks(model: Llama, layers: int) -> list[Block]:
    """The weights as they are."""
    return [model.block(number) for number in range(layers)]


def smoothed_blocks(model: Llama, layers: int, first: int, sample: Sequence[Sequence[int]]) -> list[Block]:
    """The weights as the product's int8 has them before it rounds them: the same in real numbers, easier to round.

    first, sample: as `Lower` takes them.
    """
    blocks: list[Block] = []

    def kept(*given: Any) -> Block:
        blocks.append(smoothed(*given))
        return blocks[-1]

    smoothed = int8.smoothed
    with mock.patch.object(lower, "smoothed", kept):
        Lower(model, first, sample).states([[first]], [layers])
    return blocks


def missing(runtime: str) -> list[str]:
    """Packages that are not installed of those that a runtime's graphs are built with."""
    needed = {"onnxruntime": ["onnx", "onnxruntime", "onnxscript"], "openvino": ["openvino", "nncf"]}[runtime]
    return [name for name in needed if find_spec(name) is None]


def onnx_graphs(folder: Path, plain: Layers, smooth: Layers, sample: Sequence[Tensor]) -> dict[str, Graph]:
    """ONNX graphs by the name of the way; those that lie in the folder are not built again. sample: ids, (1, tokens) each."""
    files = {name: folder / f"{name}.onnx" for name in ("float32", "smooth", "dynamic", "blocks")}
    for name, module in (("float32", plain), ("smooth", smooth)):
        if not files[name].exists():
            _export_onnx(module, sample[0].repeat(3, 1), files[name])
    if not files["dynamic"].exists():
        from onnxruntime.quantization import QuantType, quantize_dynamic

        quantize_dynamic(files["smooth"], files["dynamic"], ["MatMul"], per_channel=True, weight_type=QuantType.QInt8)
    if not files["blocks"].exists():
        import onnx
        from onnxruntime.quantization.matmul_nbits_quantizer import MatMulNBitsQuantizer

        # accuracy level 4: the inputs are int8 too, with a scale for each block
        blocks = MatMulNBitsQuantizer(onnx.load(files["smooth"]), 8, 64, is_symmetric=True, accuracy_level=4)
        blocks.process()
        onnx.save(blocks.model.model, files["blocks"])
    return {
        "ONNX Runtime, float32": Graph("onnxruntime", files["float32"], {}),
        "ONNX Runtime, int8, one input scale a batch (`quantize_dynamic`)": Graph("onnxruntime", files["dynamic"], {}),
        "ONNX Runtime, int8, scales of 64 channels (`MatMulNBits`)": Graph("onnxruntime", files["blocks"], {}),
    }


def _export_onnx(module: Layers, example: Tensor, file: Path) -> None:
    free = {"ids": {0: torch.export.Dim("sentences"), 1: torch.export.Dim("tokens", min=2, max=LONGEST)}}
    torch.onnx.export(
        module, (example,), file, input_names=["ids"], dynamic_shapes=free, dynamo=True, external_data=False, verbose=False
    )  # fmt: skip


def openvino_graphs(folder: Path, plain: Layers, smooth: Layers, sample: Sequence[Tensor]) -> dict[str, Graph]:
    """OpenVINO graphs by the name of the way; those that lie in the folder are not built again. sample: ids, (1, tokens) each."""
    files = {name: folder / f"{name}.xml" for name in ("float32", "weights", "all")}
    if not all(file.exists() for file in files.values()):
        # converting and compressing would report to their makers; where this package cannot be imported they do not
        sys.modules["openvino_telemetry"] = None  # type: ignore[assignment]
        _export_openvino(files, plain, smooth, sample)
    exact = {"INFERENCE_PRECISION_HINT": "f32"}
    dynamic = {size: exact | {"DYNAMIC_QUANTIZATION_GROUP_SIZE": size} for size in ("0", "64")}
    return {
        "OpenVINO, float32": Graph("openvino", files["float32"], exact),
        "OpenVINO, bfloat16": Graph("openvino", files["float32"], {"INFERENCE_PRECISION_HINT": "bf16"}),
        "OpenVINO, int8 weights, float32 arithmetic": Graph("openvino", files["weights"], dynamic["0"]),
        "OpenVINO, int8, input scales of 64 channels": Graph("openvino", files["weights"], dynamic["64"]),
        "OpenVINO, int8, fixed scales (`nncf.quantize`)": Graph("openvino", files["all"], exact),
    }


def _export_openvino(files: dict[str, Path], plain: Layers, smooth: Layers, sample: Sequence[Tensor]) -> None:
    import nncf
    import openvino

    def converted(module: Layers) -> Any:
        return openvino.convert_model(module, example_input=sample[0], input=[openvino.PartialShape([-1, -1])])

    def write(name: str, model: Any) -> None:
        openvino.save_model(model, files[name], compress_to_fp16=False)

    if not files["float32"].exists():
        write("float32", converted(plain))
    if not files["weights"].exists():
        embedding = nncf.IgnoredScope(types=["Gather"])  # stays float32, as the product's
        write(
            "weights",
            nncf.compress_weights(converted(smooth), mode=nncf.CompressWeightsMode.INT8_SYM, ignored_scope=embedding),
        )
    if not files["all"].exists():
        data = nncf.Dataset([ids.numpy() for ids in sample])
        write("all", nncf.quantize(converted(smooth), data, model_type=nncf.ModelType.TRANSFORMER))
