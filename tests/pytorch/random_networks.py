#!/usr/bin/env python3
"""Draws random networks and compares each with the same one of PyTorch's modules: outputs in prediction, and loss,
every gradient and the running statistics after one training step.

    python3 random_networks.py --count 20 --seed 100 --backend 'tr::Reference<double>'

Needs PyTorch, safetensors and a C++ compiler; exits with 77 without the first two. Network k of the command has the
seed `seed` + k, from which its layers and all its numbers follow; five make one program. Each runs with three sets
of random values. Printed are the largest differences from PyTorch in double, relative to the tensor's L2 norm or a
tenth of that of all gradients (in double a ten-thousandth), the type, and what is wrong, with the command that runs
that network alone. Exits with 1 if anything is.

How close is right depends on the network: wherever rounding turns around the ReLU of a value near 0, gradients are
off. So PyTorch computes everything in double several times more, with noise of the backend's precision in what
every layer gives and in its gradient. A tensor may be off by the tolerance and ten times what that noise does. In
float and bfloat16 one set of three may be off by more."""

import argparse
import copy
import os
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

try:
    import torch
    from safetensors.torch import load_file, save_file
    from torch import nn
except ImportError as missing:
    print(f"SKIPPED: this Python cannot import {missing.name}")
    sys.exit(77)

from draw_network import draw_network, layers_of

SETS = 3
NOISY_RUNS = 4
PER_PROGRAM = 5


class Precision:
    """How far a backend may be off: noise relative to the RMS of a layer's outputs, the tolerance, which share of the
    norm of all gradients a single one counts as at least, and how many sets of values may be off by more."""

    def __init__(self, backend: str):
        self.noise, self.tolerance, self.least, self.may_fail = 3e-6, 2e-5, 0.1, 1
        if "double" in backend:
            self.noise, self.tolerance, self.least, self.may_fail = 1e-14, 1e-6, 1e-4, 0
        elif "bfloat16" in backend:
            self.noise, self.tolerance = 4e-3, 3e-2


def draw_values(net: nn.Module, image: tuple, seed: int) -> dict:
    """Sets all parameters, such that activations stay in range, and running statistics to those of some activations.
    Returns the inputs."""
    torch.manual_seed(seed)
    batch = int(torch.randint(6, 10, ()))
    inputs = {"images": torch.randn(batch, *image), "labels": torch.randint(5, (batch,)).float(),
              "label_smoothing": torch.tensor([0.1 * float(torch.randint(2, ()))])}
    for module in net.modules():
        if isinstance(module, (nn.Conv2d, nn.Linear)):
            nn.init.kaiming_normal_(module.weight)
            if module.bias is not None:
                nn.init.normal_(module.bias, std=0.3)
        elif isinstance(module, (nn.BatchNorm1d, nn.BatchNorm2d, nn.GroupNorm)):
            if module.weight is not None:
                nn.init.uniform_(module.weight, 0.5, 1.5)
            if module.bias is not None:
                nn.init.normal_(module.bias, std=0.3)
            if hasattr(module, "running_mean"):
                module.reset_running_stats()
        elif isinstance(module, nn.PReLU):
            nn.init.uniform_(module.weight, -0.3, 0.6)

    def scale(module, _, output):
        factor = 1.0 / max(float(output.std()), 1e-3)
        for parameter in module.parameters():
            parameter.mul_(factor)
        return output * factor

    momenta = {module: module.momentum for module in net.modules() if hasattr(module, "momentum")}
    hooks = [module.register_forward_hook(scale) for module in net.modules()
             if isinstance(module, (nn.Conv2d, nn.Linear))]
    with torch.no_grad():
        net.train()(torch.randn(2 * batch, *image))
        for hook in hooks:
            hook.remove()
        for module in momenta:
            module.momentum = 0.5
        for _ in range(2):
            net(torch.randn(2 * batch, *image))
    for module, momentum in momenta.items():
        module.momentum = momentum
    return inputs


def with_noise(values: torch.Tensor, noise: float) -> torch.Tensor:
    return values + noise * values.detach().square().mean().sqrt() * torch.randn_like(values)


def add_noise(layer: nn.Module, noise: float) -> None:
    """To its outputs, and to their gradient."""
    def hook(_, __, output):
        if output.requires_grad:
            output.register_hook(lambda gradient: with_noise(gradient, noise))
        return with_noise(output, noise)
    layer.register_forward_hook(hook)


def one_step(net: nn.Module, inputs: dict, noise: float = 0.0) -> dict:
    """What the program writes, by PyTorch in double."""
    net = copy.deepcopy(net).double()
    if noise > 0:
        for layer in layers_of(net):
            add_noise(layer, noise)
    images, labels = inputs["images"].double(), inputs["labels"].long()
    with torch.no_grad():
        tensors = {"outputs": net.eval()(images)}
    loss = nn.functional.cross_entropy(net.train()(images), labels, label_smoothing=float(inputs["label_smoothing"]))
    loss.backward()
    tensors["loss"] = loss.detach()
    tensors |= {"gradient." + key: parameter.grad for key, parameter in net.named_parameters()}
    return tensors | {"statistic." + key: buffer for key, buffer in net.named_buffers()
                      if not key.endswith("num_batches_tracked")}


def differences(found: dict, expected: dict, least: float) -> dict:
    """Of each tensor. A NaN is an infinite difference."""
    everything = sum(float(value.norm())**2 for key, value in expected.items() if key.startswith("gradient."))**0.5
    result = {}
    for key, tensor in expected.items():
        size = float(tensor.norm())
        size = max(size, least * everything, 1e-9) if key.startswith("gradient.") else max(size, 1e-3)
        distance = float((found[key].double().flatten() - tensor.flatten()).norm())
        result[key] = distance / size if distance == distance else float("inf")
    return result


class Case:
    """One network with its sets of values."""

    def __init__(self, seed: int, precision: Precision):
        self.seed, self.precision = seed, precision
        self.type, self.net, self.image = draw_network(seed)
        self.sets = []

    def write(self, folder: Path) -> None:
        for number in range(SETS):
            own = folder / str(number)
            own.mkdir(parents=True)
            inputs = draw_values(self.net, self.image, SETS * self.seed + number)
            save_file({key: value.contiguous() for key, value in self.net.state_dict().items()},
                      own / "weights.safetensors")
            save_file(inputs | {"images": inputs["images"].permute(0, 2, 3, 1).contiguous()},
                      own / "inputs.safetensors")
            expected = one_step(self.net, inputs)
            limits = dict.fromkeys(expected, 0.0)
            for _ in range(NOISY_RUNS):
                moved = differences(one_step(self.net, inputs, self.precision.noise), expected, self.precision.least)
                limits = {key: max(limits[key], moved[key]) for key in limits}
            self.sets.append((expected, {key: self.precision.tolerance + 10 * limits[key] for key in limits}))

    def judge(self, folder: Path) -> bool:
        """Prints what was found; returns whether it is right."""
        worst, wrong = {}, []
        for number, (expected, limits) in enumerate(self.sets):
            found = differences(load_file(folder / str(number) / "results.safetensors"), expected, self.precision.least)
            for key, difference in found.items():
                kind = key.split(".")[0]
                worst[kind] = max(worst.get(kind, 0.0), difference)
            over = [f"{key} {found[key]:.1e} (limit {limits[key]:.1e})" for key in found
                    if not found[key] <= limits[key]]
            if over:
                wrong.append(f"  with set {number} of values: " + ", ".join(over))
        print(f"seed {self.seed}:", ", ".join(f"{kind} {worst[kind]:.1e}" for kind in worst), self.type, flush=True)
        print(*wrong, sep="\n", end="\n" if wrong else "", flush=True)
        return len(wrong) <= self.precision.may_fail


def run(cases: list, arguments: argparse.Namespace) -> list:
    """Returns the seeds of networks that are wrong."""
    header = "reference" if "Reference" in arguments.backend else "cuda" if "Cuda" in arguments.backend else "cpu"
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        networks = ",\n    ".join(case.type for case in cases)
        (folder / "networks.hpp").write_text(
            f"#include <tinyres/backend/{header}/kernels.hpp>\n#include <tinyres/core/type_list.hpp>\n"
            f"#include <tinyres/layers/layers.hpp>\n\nnamespace tr = tinyres;\n\nusing Backend = {arguments.backend};\n"
            f"using Networks = tr::TypeList<\n    {networks}>;\n")
        compiled = subprocess.run([*shlex.split(arguments.compiler), "-std=c++20", "-fopenmp",
                                   f"-I{Path(__file__).parents[2] / 'include'}", f"-I{folder}",
                                   Path(__file__).with_suffix(".cpp"), "-o", folder / "program"],
                                  stderr=subprocess.PIPE, text=True)
        if compiled.returncode == 0:
            for number, case in enumerate(cases):
                case.write(folder / str(number))
            ran = subprocess.run([folder / "program", folder])
            if ran.returncode == 0:
                return [case.seed for number, case in enumerate(cases) if not case.judge(folder / str(number))]
    if len(cases) > 1:
        return [seed for case in cases for seed in run([Case(case.seed, case.precision)], arguments)]
    print(f"seed {cases[0].seed}: does not", "run" if compiled.returncode == 0 else "compile", cases[0].type)
    print(compiled.stderr[:4000], flush=True)
    return [cases[0].seed]


def main() -> None:
    parser = argparse.ArgumentParser(description="Compares random networks with PyTorch's")
    parser.add_argument("--count", type=int, default=PER_PROGRAM, help="how many networks")
    parser.add_argument("--seed", type=int, default=1, help="of the first one")
    parser.add_argument("--backend", default="tr::Cpu<>")
    parser.add_argument("--compiler", default=os.environ.get("CXX", "c++") + " -O1 -march=native",
                        help="the compiler with its options")
    parser.add_argument("--show", action="store_true", help="only print the networks, as types and as modules")
    arguments = parser.parse_args()
    seeds = range(arguments.seed, arguments.seed + arguments.count)
    if arguments.show:
        for seed in seeds:
            print(f"seed {seed}:", *draw_network(seed)[:2], sep="\n")
        return
    wrong = []
    for first in range(0, arguments.count, PER_PROGRAM):
        wrong += run([Case(seed, Precision(arguments.backend)) for seed in seeds[first:first + PER_PROGRAM]], arguments)
    for seed in wrong:
        print(f"WRONG: python3 random_networks.py --count 1 --seed {seed} --backend '{arguments.backend}' "
              f"--compiler {shlex.quote(arguments.compiler)}")
    print(f"{arguments.count - len(wrong)} of {arguments.count} networks are right")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
