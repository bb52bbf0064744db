"""Compares S10 in PyTorch with the program cifar10 on the same weights and images, both ways (see docs/pytorch.md).

Prints the largest difference between the log-probabilities of the two, and fails when one is above 1e-4."""

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

try:
    import numpy as np
    import torch
    from safetensors.numpy import load_file as load_arrays
    from safetensors.torch import load_file, save_file
except ImportError as missing:
    print(f"SKIPPED: this Python cannot import {missing.name}")
    sys.exit(77)

from cifar10_images import normalized, read_test_images, write_noise_images
from s10 import S10

TOLERANCE = 1e-4


class Comparison:
    def __init__(self, program: str, data: Path, train_data: str, images: int, work: Path):
        self.program, self.data, self.train_data, self.count, self.work = program, data, train_data, images, work
        pixels, self.labels = read_test_images(data, images)
        self.images = torch.from_numpy(normalized(pixels))
        self.worst, self.runs = 0.0, 0

    def run(self, *arguments) -> None:
        subprocess.run([self.program, *map(str, arguments)], check=True, stdout=subprocess.DEVNULL)

    def compare(self, what: str, model: torch.nn.Module, weights: Path, norm: str) -> None:
        """`weights` in the program against the same ones in `model`."""
        output = self.work / "probabilities.safetensors"
        self.run("evaluate", "--weights", weights, "--norm", norm, "--data", self.data, "--limit-test", self.count,
                 "--probabilities", output)
        ours = load_arrays(output)
        assert (ours["labels"] == self.labels).all()
        with torch.no_grad():
            theirs = model.eval()(self.images).double().numpy()
        difference = np.abs(np.log(ours["probabilities"].astype(np.float64)) - theirs).max()
        self.worst = max(self.worst, difference) if difference == difference else np.inf
        print(f"{norm}  {what:36}  {difference:.1e}  (log-probabilities {theirs.min():.1f} to {theirs.max():.3f})",
              flush=True)

    def from_pytorch(self, norm: str, steps: int) -> Path:
        """A fresh module, then the same after training; returns the trained weights."""
        torch.manual_seed(1)
        model = S10(64, norm)
        fresh = self.work / f"pytorch_{norm}_fresh.safetensors"
        save_file(model.state_dict(), fresh)
        self.compare("PyTorch to tinyres, random weights", model, fresh, norm)

        optimizer = torch.optim.Adam(model.parameters(), 3e-4)
        model.train()
        for step in range(steps):
            batch = torch.arange(step * 32, step * 32 + 32) % self.count
            labels = torch.from_numpy(self.labels.astype(np.int64))[batch]
            loss = torch.nn.functional.cross_entropy(model(self.images[batch]), labels)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        trained = self.work / f"pytorch_{norm}_trained.safetensors"
        save_file(model.state_dict(), trained)
        self.compare(f"PyTorch to tinyres, after {steps} steps", model, trained, norm)
        return trained

    def to_pytorch(self, what: str, norm: str, training: list) -> None:
        """Weights that the program has trained."""
        self.runs += 1
        out = self.work / f"run_{self.runs}"
        self.run("train", "--norm", norm, "--data", self.train_data, "--limit-test", 1, "--out", out, *training)
        model = S10(64, norm)
        model.load_state_dict(load_file(out / "model.safetensors"), strict=True)
        self.compare(what, model, out / "model.safetensors", norm)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--program", required=True, help="the program cifar10")
    parser.add_argument("--data", type=Path, help="CIFAR-10's binary files [noise; training on synthetic images]")
    parser.add_argument("--images", type=int, default=256, help="test images to compare on")
    parser.add_argument("--steps", type=int, default=20, help="steps of each training, of 32 images")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        work = Path(directory)
        data, train_data = options.data, options.data
        if data is None:
            data, train_data = work, "synthetic"
            write_noise_images(work)
        comparison = Comparison(options.program, data, train_data, options.images, work)
        batch = ["--batch-size", 32, "--epochs", 1]
        for norm in ("bn", "gn", "ln"):
            trained = comparison.from_pytorch(norm, options.steps)
            comparison.to_pytorch("tinyres to PyTorch, random weights", norm,
                                  ["--limit-train", 1, "--max-lr", "1e-30", *batch])
            comparison.to_pytorch(f"tinyres to PyTorch, after {options.steps} steps", norm,
                                  ["--limit-train", 32 * options.steps, *batch])
            comparison.to_pytorch("there, trained on here, and back", norm,
                                  ["--limit-train", 64, "--init", trained, *batch])
    print(f"largest difference {comparison.worst:.1e}, allowed {TOLERANCE:.0e}")
    sys.exit(0 if comparison.worst <= TOLERANCE else 1)


if __name__ == "__main__":
    main()
