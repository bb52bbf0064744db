"""Measures how far correct programs of lower precision stay from the numbers in data/, as the tables in README.md.

Compares with the runs in double: PyTorch in float, and PyTorch with Gaussian noise, a multiple of the tensor's RMS, on
each convolution's output, data gradient, weight and bias gradient (narrow: in double; full: in float, which is faster).

    python3 tolerances.py [narrow | full | optimizers]
"""

import re
import sys

import torch
from torch import nn

import generate
import training


def add_noise(relative: float, noise_seed: int):
    """A `prepare` for training.train."""
    generator = torch.Generator().manual_seed(noise_seed)

    def noisy(x: torch.Tensor) -> torch.Tensor:
        rms = x.detach().square().mean().sqrt()
        return x + relative * rms * torch.randn(x.shape, generator=generator, dtype=x.dtype)

    def conv_output(_module, _inputs, output):
        if output.requires_grad:
            output.register_hook(noisy)
        return noisy(output)

    def prepare(model: nn.Module) -> None:
        for module in model.modules():
            if isinstance(module, nn.Conv2d):
                module.register_forward_hook(conv_output)
                for parameter in module.parameters():
                    parameter.register_hook(noisy)

    return prepare


def has_no_gradient(run: training.Run, name: str) -> bool:
    """A convolution's bias before BatchNorm: its true gradient is 0, so that only weight decay moves it."""
    return run.norm == "bn" and re.search(r"(conv\d|\.0)\.bias$", name) is not None


def differences(run: training.Run, a: training.Trace, b: training.Trace) -> dict:
    """The largest differences of `a` from `b`, a tensor's being the L2 norm of the difference over a norm of `b`'s."""

    def worst(pairs) -> float:
        return max(((x - y).norm() / scale.norm()).item() for x, y, scale in pairs)

    def worst_norm(x: dict, y: dict, names) -> float:
        return max((abs(x[n].norm() - y[n].norm()) / y[n].norm()).item() for n in names)

    def worst_dot(x: dict, y: dict, names) -> float:
        vectors = {n: torch.from_numpy(generate.dot_vector(y[n].numel(), run.seed, t)) for t, n in enumerate(y)}
        return max(abs(((x[n] - y[n]).flatten() @ vectors[n]) / y[n].norm()).item() for n in names)

    a_update = {name: a.parameters[name] - a.initial[name] for name in a.parameters}
    b_update = {name: b.parameters[name] - b.initial[name] for name in b.parameters}
    trained = [name for name in b.parameters if not has_no_gradient(run, name)]
    still = [name for name in b.parameters if has_no_gradient(run, name)]
    found = {
        "loss (absolute)": max(abs(x - y) for x, y in zip(a.losses, b.losses)),
        "grad": worst((a.gradients[n], b.gradients[n], b.gradients[n]) for n in trained),
        "param": worst((a.parameters[n], b.parameters[n], b.parameters[n]) for n in trained),
        "update": worst((a.parameters[n], b.parameters[n], b_update[n]) for n in trained),
        "norm of grad": worst_norm(a.gradients, b.gradients, trained),
        "norm of update": worst_norm(a_update, b_update, trained),
        "dot of grad / norm": worst_dot(a.gradients, b.gradients, trained),
        "dot of update / norm": worst_dot(a_update, b_update, trained),
        "eval_logits": worst([(a.eval_logits, b.eval_logits, b.eval_logits)]),
    }
    if still:
        weight = {n: b.gradients[n[:-4] + "weight"] for n in still}
        found["bn: conv bias grad / its weight's"] = worst((a.gradients[n], b.gradients[n], weight[n]) for n in still)
        found["bn: conv bias param"] = worst((a.parameters[n], b.parameters[n], b.parameters[n]) for n in still)
        found["bn: conv bias update"] = worst((a.parameters[n], b.parameters[n], b_update[n]) for n in still)
        found["bn: buffer"] = worst((a.buffers[n], b.buffers[n], b.buffers[n]) for n in b.buffers)
    return found


def variants(noises: int, noise_dtype: torch.dtype):
    """(name, [arguments of training.train for each sample])"""
    yield "float, contiguous", [{"dtype": torch.float32}]
    yield "float, channels_last", [{"dtype": torch.float32, "memory_format": torch.channels_last}]
    for relative in (1e-6, 2e-6, 5e-6):
        yield f"noise {relative:.0e}", [{"dtype": noise_dtype, "prepare": add_noise(relative, seed)}
                                        for seed in range(noises)]


def print_run(run: training.Run, noises: int, noise_dtype: torch.dtype) -> None:
    reference = training.train(run)
    print(f"\n{run}; for noise the median and the worst of {noises}")
    for name, samples in variants(noises, noise_dtype):
        found = [differences(run, training.train(run, **arguments), reference) for arguments in samples]
        for quantity in found[0]:
            values = sorted(sample[quantity] for sample in found)
            worst = f" {values[-1]:.1e}" if len(values) > 1 else ""
            print(f"| {name} | {quantity} | {values[len(values) // 2]:.1e}{worst} |", flush=True)


def print_optimizers() -> None:
    for kind in generate.OPTIMIZERS:
        single, double = (generate.optimizer_steps(kind, dtype) for dtype in (torch.float32, torch.float64))
        print(kind, "float:", *(f"{(a - b).abs().max().item():.1e}" for a, b in zip(single, double)))


def main() -> None:
    wanted = sys.argv[1] if len(sys.argv) > 1 else "all"
    if wanted in ("all", "optimizers"):
        print_optimizers()
    if wanted in ("all", "narrow"):
        for run in training.NARROW_RUNS:
            print_run(run, noises=10, noise_dtype=torch.float64)
    if wanted in ("all", "full"):
        print_run(training.FULL_RUN, noises=5, noise_dtype=torch.float32)


if __name__ == "__main__":
    main()
