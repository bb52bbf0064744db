"""Compares the program cifar10 with its own networks in ONNX files, run by onnxruntime (see docs/pytorch.md).

Prints the largest difference between the probabilities of the two, and fails when one is above 1e-5."""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

try:
    import numpy as np
    import onnx
    import onnxruntime
except ImportError as missing:
    print(f"SKIPPED: this Python cannot import {missing.name}")
    sys.exit(77)

from cifar10_images import normalized, read_test_images, write_noise_images

TOLERANCE = 1e-5


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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--program", required=True, help="the program cifar10")
    parser.add_argument("--data", type=Path, help="CIFAR-10's binary files [noise; training on synthetic images]")
    parser.add_argument("--images", type=int, default=256, help="test images to compare on")
    parser.add_argument("--steps", type=int, default=20, help="steps of training, of 32 images")
    options = parser.parse_args()

    def run(*arguments) -> None:
        subprocess.run([options.program, *map(str, arguments)], check=True, stdout=subprocess.DEVNULL)

    worst = 0.0
    with tempfile.TemporaryDirectory() as directory:
        work = Path(directory)
        data, train_data = options.data or work, options.data or "synthetic"
        if options.data is None:
            write_noise_images(work)
        pixels, _ = read_test_images(data, options.images)
        images = {"0-255": pixels, "0-1": pixels / 255, "normalized": normalized(pixels)}
        for norm in ("bn", "gn", "ln"):
            weights, output, file = (work / f"{norm}{end}" for end in ("/model.safetensors", ".out", ".onnx"))
            run("train", "--norm", norm, "--data", train_data, "--limit-train", 32 * options.steps, "--limit-test", 1,
                "--batch-size", 32, "--epochs", 1, "--out", work / norm)
            run("evaluate", "--weights", weights, "--data", data, "--limit-test", options.images, "--probabilities", output)
            ours = read_safetensors(output)["probabilities"]
            for flags in ([], ["--fold-batch-norm"], ["--input", "0-1"], ["--input", "0-255", "--fold-batch-norm"]):
                if norm != "bn" and flags in (["--fold-batch-norm"], ["--input", "0-1"]):
                    continue  # said by the others
                run("export", "--weights", weights, "--format", "onnx", "--out", file, *flags)
                onnx.checker.check_model(onnx.load(file), full_check=True)
                session = onnxruntime.InferenceSession(str(file), providers=["CPUExecutionProvider"])
                given = images[flags[1] if "--input" in flags else "normalized"]
                theirs = np.exp(session.run(["log_probabilities"], {"images": given})[0])
                difference = np.abs(theirs - ours).max()
                worst = max(worst, difference) if difference == difference else np.inf
                nodes = len(onnx.load(file).graph.node)
                print(f"{norm}  {' '.join(flags):35}  {nodes:3} operators  {difference:.1e}", flush=True)
                one = np.exp(session.run(None, {"images": given[:1]})[0])  # a batch of another size
                assert np.abs(one - theirs[:1]).max() < TOLERANCE
    print(f"largest difference {worst:.1e}, allowed {TOLERANCE:.0e}")
    sys.exit(0 if worst <= TOLERANCE else 1)


if __name__ == "__main__":
    main()
