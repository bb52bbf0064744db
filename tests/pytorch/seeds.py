"""Looks for seeds whose runs stay away from ties; prints each seed that is better than those before it.

Where a ReLU's input is almost 0, or a pooling window's two largest values are almost equal, two correct programs may
take different branches, and every gradient below then differs by 1e-3 to 1e-2. A run's margin is the smallest distance
from such a tie among the places that a gradient passes, over all steps, relative to the RMS of the layer's values.

    python3 seeds.py --norm bn --width 8 --batch-size 4 --learning-rate 1e-4 --seeds 1 2000
"""

import argparse

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
    training.initialize(model, run.seed)
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
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--norm", choices=["bn", "gn", "ln"], required=True)
    parser.add_argument("--width", type=int, required=True)
    parser.add_argument("--batch-size", type=int, required=True)
    parser.add_argument("--learning-rate", type=float, required=True)
    parser.add_argument("--seeds", type=int, nargs=2, metavar=("FIRST", "LAST"), required=True)
    parser.add_argument("--float", action="store_true", help="instead of double: faster, but blind below about 1e-6")
    arguments = parser.parse_args()
    dtype = torch.float32 if arguments.float else torch.float64
    functional.relu, functional.max_pool2d = recording_relu, recording_max_pool
    best = 0.0
    for seed in range(arguments.seeds[0], arguments.seeds[1] + 1):
        run = training.Run(arguments.width, arguments.norm, seed, arguments.batch_size, arguments.learning_rate)
        found = margin(run, dtype, give_up=best)
        if found > best:
            best = found
            print(f"seed {seed}: margin {best:.2e}", flush=True)


if __name__ == "__main__":
    main()
