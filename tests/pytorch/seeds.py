"""Looks for seeds whose runs stay away from ties; prints each seed that is better than those before it.

Where a ReLU's input is almost 0, or a pooling window's two largest values are almost equal, two correct programs may
take different branches, and every gradient below then differs by 1e-3 to 1e-2. A run's margin is the smallest distance
from such a tie among the places that a gradient passes, over all steps, relative to the RMS of the layer's values.

    python3 seeds.py NORM WIDTH BATCH_SIZE FIRST_SEED LAST_SEED [--float]
"""

import sys

import torch
from torch.nn import functional

import training
from s10 import S10

places = []  # (function's output, its distance from a tie), filled by the two functions below


def recording_relu(x, inplace=False, relu=functional.relu):
    y = relu(x)
    y.retain_grad()
    places.append((y, x.detach().abs() / x.detach().square().mean().sqrt()))
    return y


def recording_max_pool(x, size, *_, max_pool=functional.max_pool2d, **__):
    y = max_pool(x, size)
    y.retain_grad()
    top = x.detach().unfold(2, size, size).unfold(3, size, size).flatten(4).topk(2, dim=-1).values
    places.append((y, (top[..., 0] - top[..., 1]) / x.detach().square().mean().sqrt()))
    return y


def margin(run: training.Run, dtype, give_up: float) -> float:
    """The run's margin, or 0 as soon as it is below `give_up`."""
    model = S10(run.width, run.norm, dropout=0.0)
    training.initialise(model, run.seed)
    model.to(dtype)
    optimizer = torch.optim.Adam(model.parameters(), run.learning_rate, run.betas, run.eps, run.weight_decay)
    smallest = float("inf")
    for step in range(run.steps):
        images, labels = training.batch(run, step)
        places.clear()
        optimizer.zero_grad()
        functional.cross_entropy(model(images.to(dtype)), labels).backward()
        for y, distance in places:
            smallest = min(smallest, distance[y.grad != 0].min().item())
        if smallest < give_up:
            return 0.0
        optimizer.step()
    return smallest


def main() -> None:
    norm, (width, batch_size, first, last) = sys.argv[1], map(int, sys.argv[2:6])
    dtype = torch.float32 if "--float" in sys.argv else torch.float64
    functional.relu, functional.max_pool2d = recording_relu, recording_max_pool
    best = 0.0
    for seed in range(first, last + 1):
        found = margin(training.Run(width, norm, seed, batch_size), dtype, give_up=best)
        if found > best:
            best = found
            print(f"{norm} width {width} batch {batch_size} seed {seed}: margin {best:.2e}", flush=True)


if __name__ == "__main__":
    main()
