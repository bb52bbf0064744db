"""Compares a network of all groups of layers, and one of all activation functions, with their ONNX files, run by
onnxruntime, and with the same networks built of PyTorch's modules, which load their weights strictly (see docs/pytorch.md). Each part is left out where its packages are
missing; exits with 77 when both are."""

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

try:
    import numpy as np
except ImportError:
    print("SKIPPED: this Python cannot import numpy")
    sys.exit(77)

TOLERANCE = 2e-5


def check(name: str, found, expected) -> None:
    difference = float(np.abs(found - expected).max() / np.abs(expected).max())
    print(f"{name:20} {difference:.1e}")
    assert difference < TOLERANCE, f"{name} is off by {difference}"


def with_onnxruntime(folder: Path, cases: dict) -> bool:
    try:
        import onnx
        import onnxruntime
    except ImportError as missing:
        print(f"without onnxruntime: this Python cannot import {missing.name}")
        return False
    for name, (images, outputs) in cases.items():
        onnx.checker.check_model(onnx.load(folder / f"{name}.onnx"), full_check=True)
        session = onnxruntime.InferenceSession(str(folder / f"{name}.onnx"), providers=["CPUExecutionProvider"])
        check(f"ONNX, {name}", session.run(None, {"images": images})[0], outputs)
    return True


def with_pytorch(folder: Path, cases: dict) -> bool:
    try:
        import torch
        from safetensors.torch import load_file
        from torch import nn

        from groups import Concat, ResBlock, Residual, Scale
    except ImportError as missing:
        print(f"without PyTorch: this Python cannot import {missing.name}")
        return False

    def conv(inputs, outputs):
        return nn.Conv2d(inputs, outputs, 3, padding=1)

    joined = nn.Sequential(
        conv(3, 8), nn.BatchNorm2d(8), nn.ReLU(),
        Residual(nn.Sequential(conv(8, 16), nn.BatchNorm2d(16), nn.ReLU(),
                               Scale(nn.MaxPool2d(8), nn.Flatten(), nn.Linear(16, 4), nn.ReLU(), nn.Linear(4, 16))),
                 Concat([conv(8, 4), ResBlock(conv(8, 8), nn.BatchNorm2d(8)),
                         nn.Sequential(Scale(nn.MaxPool2d(8), nn.ReLU()), conv(8, 4))])),
        nn.Conv2d(16, 16, 3, 2, 1, groups=2), nn.BatchNorm2d(16),
        nn.Conv2d(16, 16, 3, 2, 1, groups=16, bias=False), nn.BatchNorm2d(16),
        nn.Conv2d(16, 12, 3, padding=2, dilation=2), nn.Conv2d(12, 16, (1, 5), padding=(0, 2)), nn.Conv2d(16, 16, 1),
        ResBlock(Scale(conv(16, 16))), nn.Flatten(), Concat([nn.Identity(), nn.Linear(64, 6)]),
        nn.Linear(70, 5))
    activations = nn.Sequential(
        conv(3, 8),
        Concat([nn.ReLU6(), nn.LeakyReLU(0.2), nn.PReLU(), nn.ELU(0.5), nn.CELU(2), nn.PReLU(8), nn.SiLU(), nn.GELU()]),
        conv(64, 8), Concat([nn.GELU("tanh"), nn.Hardswish(), nn.Hardsigmoid(), nn.Sigmoid(), nn.Tanh()]),
        nn.MaxPool2d(4), nn.Flatten(), nn.PReLU(160), nn.Linear(160, 5), nn.GELU())
    for name, net in (("joined", joined), ("activations", activations)):
        images, outputs = cases[name]
        net.load_state_dict(load_file(folder / f"{name}.safetensors"), strict=True)
        with torch.no_grad():
            check(f"PyTorch, {name}", net.eval()(torch.from_numpy(images)).numpy(), outputs)
    return True


def main() -> None:
    parser = argparse.ArgumentParser(description="Compares a network of all groups with onnxruntime and PyTorch")
    parser.add_argument("--program", type=Path, required=True, help="the program joined")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        subprocess.run([arguments.program, folder], check=True)

        def case(images: str, outputs: str) -> tuple:
            inputs = np.fromfile(folder / f"{images}.f32", np.float32).reshape(-1, 8, 8, 3).transpose(0, 3, 1, 2)
            return inputs.copy(), np.fromfile(folder / f"{outputs}.f32", np.float32).reshape(len(inputs), 5)

        groups = case("images", "outputs")
        cases = {"joined": groups, "folded": groups, "activations": case("large_images", "activations")}
        ran = [with_onnxruntime(folder, cases), with_pytorch(folder, cases)]
    if not any(ran):
        sys.exit(77)


if __name__ == "__main__":
    main()
