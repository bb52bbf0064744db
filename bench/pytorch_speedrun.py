#!/usr/bin/env python3
"""examples/speedrun in PyTorch, for its speed and its curve: python3 bench/pytorch_speedrun.py --data DIR [--steps N]

Prints a line for each step (loss, accuracy, seconds, of which optimizers) and the accuracy of the test images in the end.
Channels last, as PyTorch is fastest on processors; --precision bf16 is autocast. Needs PyTorch and NumPy."""

import argparse
import time
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

MEAN = torch.tensor([0.4914, 0.4822, 0.4465]).view(1, 3, 1, 1)
DEVIATION = torch.tensor([0.2470, 0.2435, 0.2616]).view(1, 3, 1, 1)


def load(directory: Path, files: list[str], limit: int) -> tuple[torch.Tensor, torch.Tensor]:
    rows = np.concatenate([np.fromfile(directory / name, np.uint8).reshape(-1, 3073) for name in files])
    rows = rows[:limit] if limit else rows
    images = torch.from_numpy(rows[:, 1:].reshape(-1, 3, 32, 32)).float() / 255
    return (images - MEAN) / DEVIATION, torch.from_numpy(rows[:, 0].astype(np.int64))


class Conv(nn.Conv2d):
    def __init__(self, inputs: int, outputs: int):
        super().__init__(inputs, outputs, 3, padding=1, bias=False)
        nn.init.dirac_(self.weight.data[:inputs])


class Norm(nn.BatchNorm2d):
    def __init__(self, channels: int):
        super().__init__(channels, eps=1e-12, momentum=0.4)
        self.weight.requires_grad = False


def group(inputs: int, outputs: int) -> list[nn.Module]:
    return [Conv(inputs, outputs), nn.MaxPool2d(2), Norm(outputs), nn.GELU(), Conv(outputs, outputs), Norm(outputs), nn.GELU()]


class Net(nn.Module):
    def __init__(self, images: torch.Tensor):
        super().__init__()
        self.whiten = nn.Conv2d(3, 24, 2)
        self.whiten.weight.requires_grad = False
        self.layers = nn.Sequential(nn.GELU(), *group(24, 64), *group(64, 256), *group(256, 256), nn.MaxPool2d(3), nn.Flatten())
        self.head = nn.Linear(256, 10, bias=False)
        with torch.no_grad():
            self.head.weight.mul_(1 / self.head.weight.std())
            # As tinyres: the covariance about the mean, which the biases take away.
            patches = F.unfold(images[:5000], 2).transpose(1, 2).reshape(-1, 12).double()
            values, vectors = torch.linalg.eigh(torch.cov(patches.T, correction=0))
            filters = (vectors / torch.sqrt(values + 5e-4)).T.flip(0)
            filters = torch.cat([filters, -filters])
            self.whiten.weight.copy_(filters.view(24, 3, 2, 2))
            self.whiten.bias.copy_(-filters @ patches.mean(0))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.head(self.layers(self.whiten(x))) / 256


class Muon(torch.optim.Optimizer):
    """airbench94's, its products in float."""

    def __init__(self, parameters, lr: float, momentum: float):
        super().__init__(parameters, {"lr": lr, "momentum": momentum})

    @torch.no_grad()
    def step(self):
        for settings in self.param_groups:
            for p in settings["params"]:
                buffer = self.state[p].setdefault("momentum_buffer", torch.zeros_like(p))
                buffer.mul_(settings["momentum"]).add_(p.grad)
                x = p.grad.add(buffer, alpha=settings["momentum"]).reshape(len(p), -1)
                x = x / (x.norm() + 1e-7)
                for _ in range(3):
                    a = x @ x.T
                    x = 3.4445 * x + (-4.7750 * a + 2.0315 * a @ a) @ x
                p.mul_(len(p) ** 0.5 / p.norm()).sub_(x.view(p.shape), alpha=settings["lr"])


def augmented(images: torch.Tensor, chosen: torch.Tensor, flipped: torch.Tensor, moves: torch.Tensor) -> torch.Tensor:
    """Images after a reflecting crop of 2 and a mirror."""
    batch = F.pad(images[chosen], (2, 2, 2, 2), "reflect")
    out = torch.empty(len(chosen), 3, 32, 32)
    for down in range(5):
        for right in range(5):
            here = (moves[:, 0] == down) & (moves[:, 1] == right)
            out[here] = batch[here, :, down:down + 32, right:right + 32]
    return torch.where(flipped.view(-1, 1, 1, 1), out.flip(3), out).contiguous(memory_format=torch.channels_last)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--epochs", type=int, default=8)
    parser.add_argument("--steps", type=int, default=0, help="stop after as many; 0: train to the end and test")
    parser.add_argument("--batch-size", type=int, default=2000)
    parser.add_argument("--limit-train", type=int, default=0)
    parser.add_argument("--precision", choices=["fp32", "bf16"], default="fp32")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(arguments.seed)

    images, labels = load(arguments.data, [f"data_batch_{i}.bin" for i in range(1, 6)], arguments.limit_train)
    net = Net(images).to(memory_format=torch.channels_last)
    filters = [p for name, p in net.named_parameters() if name.startswith("layers") and p.dim() == 4]
    norms = [p for name, p in net.named_parameters() if name.startswith("layers") and p.dim() == 1 and p.requires_grad]
    decay = 2e-6 * arguments.batch_size
    sgd = torch.optim.SGD([{"params": parameters, "lr": lr, "weight_decay": decay / lr} for parameters, lr in
                           (([net.whiten.bias], 0.053), (norms, 0.053), ([net.head.weight], 0.67))],
                          momentum=0.85, nesterov=True)
    muon = Muon(filters, lr=0.24, momentum=0.6)
    groups = [*sgd.param_groups, *muon.param_groups]
    rates = [settings["lr"] for settings in groups]
    batches = -(-len(images) // arguments.batch_size)
    total, whitening = arguments.epochs * batches, min(3, arguments.epochs) * batches
    flips = torch.rand(len(images)) < 0.5

    step = 0
    begin = time.perf_counter()
    for epoch in range(arguments.epochs):
        order = torch.randperm(len(images))
        for chosen in order.split(arguments.batch_size):
            start = time.perf_counter()
            net.whiten.bias.requires_grad_(step < whitening)
            x = augmented(images, chosen, flips[chosen] ^ bool(epoch % 2), torch.randint(0, 5, (len(chosen), 2)))
            with torch.autocast("cpu", torch.bfloat16, enabled=arguments.precision == "bf16"):
                outputs = net(x)
            loss = F.cross_entropy(outputs.float(), labels[chosen], label_smoothing=0.2, reduction="sum")
            loss.backward()
            before = time.perf_counter()
            for settings, rate, steps in zip(groups, rates, (whitening, total, total, total)):
                settings["lr"] = rate * max(0.0, 1 - step / steps)
            sgd.step()
            muon.step()
            sgd.zero_grad(set_to_none=True)
            muon.zero_grad(set_to_none=True)
            step += 1
            end = time.perf_counter()
            right = (outputs.argmax(1) == labels[chosen]).float().mean().item()
            print(f"step {step} loss {loss.item() / len(chosen):.4f} accuracy {right:.4f} seconds {end - start:.3f} "
                  f"optimizers {end - before:.3f}", flush=True)
            if step == arguments.steps:
                return
    print(f"trained in {time.perf_counter() - begin:.1f} s", flush=True)

    images, labels = load(arguments.data, ["test_batch.bin"], 0)
    net.eval()

    def right(outputs) -> float:
        return 100 * (outputs.argmax(1) == labels).float().mean().item()

    with torch.no_grad(), torch.autocast("cpu", torch.bfloat16, enabled=arguments.precision == "bf16"):
        def predicted(x):
            x = x.contiguous(memory_format=torch.channels_last)
            return torch.cat([net(part).float() for part in x.split(500)])
        plain = predicted(images)
        padded = F.pad(images, (1, 1, 1, 1), "reflect")
        moved = [padded[:, :, :32, :32], padded[:, :, 2:, 2:]]
        views = 0.25 * (plain + predicted(images.flip(3))) + 0.125 * sum(predicted(x) + predicted(x.flip(3)) for x in moved)
    print(f"test accuracy {right(plain):.2f}%, of the mean of views {right(views):.2f}%")


if __name__ == "__main__":
    main()
