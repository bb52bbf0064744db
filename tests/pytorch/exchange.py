"""Compares S10 in PyTorch with the program cifar10 on the same weights and images, both ways (see docs/pytorch.md).

Prints the largest difference between the log-probabilities of the two, and fails when one is above 1e-4."""

import sys
from pathlib import Path

try:
    import numpy as np
    import torch
    from safetensors.numpy import load_file as load_arrays
    from safetensors.torch import load_file, save_file
except ImportError as missing:
    print(f"SKIPPED: this Python cannot import {missing.name}")
    sys.exit(77)

from cifar10_images import normalized
from comparison import Comparison, compare
from s10 import S10


def compare_module(comparison: Comparison, what: str, model: torch.nn.Module, weights: Path, norm: str) -> None:
    """`weights` in the program against the same ones in `model`."""
    ours = load_arrays(comparison.evaluate(weights, norm))
    assert (ours["labels"] == comparison.labels).all()
    with torch.no_grad():
        theirs = model.eval()(torch.from_numpy(normalized(comparison.pixels))).double().numpy()
    difference = comparison.difference(np.log(ours["probabilities"].astype(np.float64)), theirs)
    print(f"{norm}  {what:36}  {difference:.1e}  (log-probabilities {theirs.min():.1f} to {theirs.max():.3f})",
          flush=True)


def from_pytorch(comparison: Comparison, norm: str) -> Path:
    """A fresh module, then the same after training; returns the trained weights."""
    torch.manual_seed(1)
    model = S10(64, norm)
    fresh = comparison.work / f"pytorch_{norm}_fresh.safetensors"
    save_file(model.state_dict(), fresh)
    compare_module(comparison, "PyTorch to tinyres, random weights", model, fresh, norm)

    images = torch.from_numpy(normalized(comparison.pixels))
    optimizer = torch.optim.Adam(model.parameters(), 3e-4)
    model.train()
    for step in range(comparison.steps):
        batch = torch.arange(step * 32, step * 32 + 32) % comparison.count
        labels = torch.from_numpy(comparison.labels.astype(np.int64))[batch]
        loss = torch.nn.functional.cross_entropy(model(images[batch]), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    trained = comparison.work / f"pytorch_{norm}_trained.safetensors"
    save_file(model.state_dict(), trained)
    compare_module(comparison, f"PyTorch to tinyres, after {comparison.steps} steps", model, trained, norm)
    return trained


def to_pytorch(comparison: Comparison, what: str, norm: str, *training) -> None:
    """Weights that the program has trained."""
    weights = comparison.train(norm, comparison.work / f"{norm} {what}", *training)
    model = S10(64, norm)
    model.load_state_dict(load_file(weights), strict=True)
    compare_module(comparison, what, model, weights, norm)


def run(comparison: Comparison) -> None:
    for norm in ("bn", "gn", "ln"):
        trained = from_pytorch(comparison, norm)
        to_pytorch(comparison, "tinyres to PyTorch, random weights", norm, "--limit-train", 1, "--max-lr", "1e-30")
        to_pytorch(comparison, f"tinyres to PyTorch, after {comparison.steps} steps", norm,
                   "--limit-train", 32 * comparison.steps)
        to_pytorch(comparison, "there, trained on here, and back", norm, "--limit-train", 64, "--init", trained)


if __name__ == "__main__":
    compare(__doc__, 1e-4, run)
