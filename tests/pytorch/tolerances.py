"""Measures how far correct programs of lower precision stay from the numbers in data/, as the tables in README.md.

Compares with the runs in double: PyTorch in float (three ways), and PyTorch in double with Gaussian noise on each
convolution's output, data gradient, weight and bias gradient, `relative` times the tensor's RMS, several noise seeds.

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

    b_update = {name: b.parameters[name] - b.initial[name] for name in b.parameters}
    trained = [name for name in b.parameters if not has_no_gradient(run, name)]
    still = [name for name in b.parameters if has_no_gradient(run, name)]
    found = {
        "loss (absolute)": max(abs(x - y) for x, y in zip(a.losses, b.losses)),
        "grad": worst((a.gradients[n], b.gradients[n], b.gradients[n]) for n in trained),
        "param": worst((a.parameters[n], b.parameters[n], b.parameters[n]) for n in trained),
        "update": worst((a.parameters[n], b.parameters[n], b_update[n]) for n in trained),
        "eval_logits": worst([(a.eval_logits, b.eval_logits, b.eval_logits)]),
    }
    if still:
        weight = {n: b.gradients[n[:-4] + "weight"] for n in still}
        found["bn: conv bias grad / its weight's"] = worst((a.gradients[n], b.gradients[n], weight[n]) for n in still)
        found["bn: conv bias param"] = worst((a.parameters[n], b.parameters[n], b.parameters[n]) for n in still)
        found["bn: conv bias update"] = worst((a.parameters[n], b.parameters[n], b_update[n]) for n in still)
        found["bn: buffer"] = worst((a.buffers[n], b.buffers[n], b.buffers[n]) for n in b.buffers)
    return found


def variants(noises: int):
    """(name, [arguments of training.train for each sample])"""
    yield "float, contiguous", [{"dtype": torch.float32}]
    yield "float, channels_last", [{"dtype": torch.float32, "memory_format": torch.channels_last}]
    for relative in (1e-6, 2e-6, 5e-6) if noises else ():
        yield f"noise {relative:.0e}", [{"prepare": add_noise(relative, seed)} for seed in range(noises)]


def print_run(run: training.Run, noises: int) -> None:
    reference = training.train(run)
    print(f"\nwidth {run.width}, {run.norm}, batch {run.batch_size}, seed {run.seed}; for noise the median and the worst")
    for name, samples in variants(noises):
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
            print_run(run, noises=10)
    if wanted in ("all", "full"):
        print_run(training.FULL_RUN, noises=0)


if __name__ == "__main__":
    main()
