"""Compares the program cifar10 with its own networks in ONNX files, run by onnxruntime (see docs/pytorch.md).

Prints the largest difference between the probabilities of the two, and fails when one is above 1e-5."""

import json
import sys
from pathlib import Path

try:
    import numpy as np
    import onnx
    import onnxruntime
except ImportError as missing:
    print(f"SKIPPED: this Python cannot import {missing.name}")
    sys.exit(77)

from cifar10_images import normalized
from comparison import Comparison, compare

TOLERANCE = 1e-5
# What the networks of a norm are exported with; only those with BatchNorm can fold it.
FLAGS = {"bn": [[], ["--fold-batch-norm"], ["--input", "0-1"], ["--input", "0-255", "--fold-batch-norm"]],
         "gn": [[], ["--input", "0-255"]],
         "ln": [[], ["--input", "0-255"]]}


def read_safetensors(path: Path) -> dict:
    """The tensors of a file that cifar10 wrote: F32 and U8."""
    content = path.read_bytes()
    size = int.from_bytes(content[:8], "little")
    tensors = {}
    for name, entry in json.loads(content[8:8 + size]).items():
        if name != "__metadata__":
            begin, end = (8 + size + offset for offset in entry["data_offsets"])
            dtype = {"F32": np.float32, "U8": np.uint8}[entry["dtype"]]
            tensors[name] = np.frombuffer(content[begin:end], dtype).reshape(entry["shape"])
    return tensors


def run(comparison: Comparison) -> None:
    pixels = comparison.pixels
    images = {"0-255": pixels, "0-1": pixels / 255, "normalized": normalized(pixels)}
    for norm, exports in FLAGS.items():
        weights = comparison.train(norm, comparison.work / norm, "--limit-train", 32 * comparison.steps)
        ours = read_safetensors(comparison.evaluate(weights, norm))["probabilities"]
        file = comparison.work / f"{norm}.onnx"
        for flags in exports:
            comparison.run("export", "--weights", weights, "--format", "onnx", "--out", file, *flags)
            onnx.checker.check_model(onnx.load(file), full_check=True)
            session = onnxruntime.InferenceSession(str(file), providers=["CPUExecutionProvider"])
            given = images[flags[1] if "--input" in flags else "normalized"]
            theirs = np.exp(session.run(["log_probabilities"], {"images": given})[0])
            difference = comparison.difference(ours, theirs)
            nodes = len(onnx.load(file).graph.node)
            print(f"{norm}  {' '.join(flags):35}  {nodes:3} operators  {difference:.1e}", flush=True)
            one = np.exp(session.run(None, {"images": given[:1]})[0])  # a batch of another size
            assert np.abs(one - theirs[:1]).max() < TOLERANCE


if __name__ == "__main__":
    compare(__doc__, TOLERANCE, run)
