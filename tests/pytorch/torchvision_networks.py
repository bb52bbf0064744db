#!/usr/bin/env python3
"""Compares the networks that ship with the library with torchvision's: logits in prediction, gradients and running
statistics after one training step, from one random state dict. Compiles torchvision_networks.cpp for each case.

    python3 torchvision_networks.py resnet18 --size 64 65 --backend 'tr::Reference<double>'

Needs PyTorch, torchvision, safetensors and a C++ compiler; prints the largest relative differences from torchvision in
double (L2 norm, of a tensor), and in brackets those of torchvision in float. In float only gross errors of gradients
show: wherever rounding turns around the ReLU of a value near 0, all tensors before it are off by some percent. So
gradients are compared by Reference<double>. Those that are zero but for rounding, of biases in front of a BatchNorm, are
left out."""

import argparse
import copy
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import torch
import torchvision
from safetensors.torch import load_file, save_file
from torch import nn

NETWORKS = {"resnet18": "ResNet18<{image}, 10>", "resnet34": "ResNet34<{image}, 10>",
            "resnet50": "ResNet50<{image}, 10>", "vgg11_bn": "Vgg11Bn<{image}, 10, tr::Dropout<0>>",
            "mobilenet_v2": "MobileNetV2<{image}, 10, tr::Dropout<0>>", "densenet121": "DenseNet121<{image}, 10>"}
BATCH = 2


def random_network(name: str, size: tuple[int, int]) -> nn.Module:
    """With its usual initialization, which keeps activations in range, norms off their start, and statistics of its own
    activations."""
    net = getattr(torchvision.models, name)(weights=None, num_classes=10)
    for module in net.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.uniform_(module.weight, 0.5, 1.5)
            nn.init.normal_(module.bias, std=0.2)
            module.momentum = None  # the mean of all batches so far
        if isinstance(module, nn.Dropout):
            module.p = 0.0
    net.train()
    with torch.no_grad():
        for _ in range(2):
            net(torch.randn(4, 3, *size))
    for module in net.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.momentum = 0.1
    return net


def difference(found: torch.Tensor, expected: torch.Tensor) -> float:
    return float((found.double().flatten() - expected.double().flatten()).norm() / expected.double().norm())


def one_step(net: nn.Module, images: torch.Tensor) -> dict[str, torch.Tensor]:
    """What the program writes, by PyTorch."""
    with torch.no_grad():
        tensors = {"logits": net.eval()(images)}
    nn.functional.cross_entropy(net.train()(images), torch.arange(BATCH)).backward()
    tensors |= {"gradient." + key: parameter.grad for key, parameter in net.named_parameters()}
    return tensors | {"statistic." + key: buffer for key, buffer in net.named_buffers()
                      if not key.endswith("num_batches_tracked")}


def worst_differences(found, expected, largest_gradient: float) -> dict[str, tuple[float, str]]:
    """Of logits, gradients and statistics each."""
    worst = {}
    for key, tensor in expected.items():
        kind = key.split(".")[0]
        if kind != "gradient" or tensor.norm() > 1e-9 * largest_gradient:
            worst[kind] = max(worst.get(kind, (0.0, "")), (difference(found[key], tensor), key))
    return worst


def compare(name: str, size: tuple[int, int], backend: str, compiler: list[str], tolerance: float, seeds: int) -> bool:
    include = Path(__file__).parents[2] / "include"
    network = "tr::" + NETWORKS[name].format(image=f"tr::Image<3, {size[0]}, {size[1]}>")
    with tempfile.TemporaryDirectory() as folder_name:
        folder = Path(folder_name)
        program = folder / "program"
        subprocess.run([*compiler, "-std=c++20", "-fopenmp", f"-I{include}", f"-DTINYRES_NETWORK={network}",
                        f"-DTINYRES_BACKEND={backend}", Path(__file__).with_suffix(".cpp"), "-o", program], check=True)
        return all([compare_one(f"{name} {size[0]} x {size[1]} {backend}", name, size, folder, tolerance, seed)
                    for seed in range(seeds)])


def compare_one(title: str, name: str, size: tuple[int, int], folder: Path, tolerance: float, seed: int) -> bool:
    torch.manual_seed(seed)
    net = random_network(name, size)
    images = torch.randn(BATCH, 3, *size)
    save_file({k: v.contiguous() for k, v in net.state_dict().items()}, folder / "weights.safetensors")
    save_file({"images": images.permute(0, 2, 3, 1).contiguous()}, folder / "inputs.safetensors")
    start = time.time()
    subprocess.run([folder / "program", folder], check=True)
    seconds = time.time() - start
    results = load_file(folder / "results.safetensors")

    expected = one_step(copy.deepcopy(net).double(), images.double())
    largest = max(float(value.norm()) for key, value in expected.items() if key.startswith("gradient."))
    own = worst_differences(one_step(net, images), expected, largest)
    worst = worst_differences(results, expected, largest)
    limits = {"logits": tolerance, "statistic": tolerance, "gradient": tolerance if "double" in title else 0.3}
    right = all(worst[kind][0] < limits[kind] for kind in worst)
    print(f"{title}:", ", ".join(f"{kind} {worst[kind][0]:.1e} ({own[kind][0]:.1e})" for kind in worst),
          f"in {seconds:.1f} s", "" if right else f"WRONG: {worst}", flush=True)
    return right


def main() -> None:
    parser = argparse.ArgumentParser(description="Compares networks with torchvision's")
    parser.add_argument("networks", nargs="+", choices=list(NETWORKS))
    parser.add_argument("--size", type=int, nargs=2, default=(224, 224), help="height and width of the images")
    parser.add_argument("--backend", default="tr::Cpu<>")
    parser.add_argument("--seeds", type=int, default=1, help="how many networks to compare")
    parser.add_argument("--tolerance", type=float, default=1e-4, help="the largest relative difference")
    parser.add_argument("--compiler", default=os.environ.get("CXX", "c++") + " -O2 -march=native")
    arguments = parser.parse_args()
    right = [compare(name, tuple(arguments.size), arguments.backend, arguments.compiler.split(), arguments.tolerance,
                     arguments.seeds)
             for name in arguments.networks]
    sys.exit(0 if all(right) else 1)


if __name__ == "__main__":
    main()
