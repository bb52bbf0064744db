"""What the comparisons of the program cifar10 with other programs have in common."""

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from cifar10_images import read_test_images, write_noise_images


class Comparison:
    """The program, the images that both sides see, and how far apart the two have been."""

    def __init__(self, options: argparse.Namespace, work: Path):
        self.program, self.count, self.steps, self.work = options.program, options.images, options.steps, work
        self.data, self.train_data = options.data or work, options.data or "synthetic"
        if options.data is None:
            write_noise_images(work)
        self.pixels, self.labels = read_test_images(self.data, self.count)
        self.worst = 0.0

    def run(self, *arguments) -> None:
        subprocess.run([self.program, *map(str, arguments)], check=True, stdout=subprocess.DEVNULL)

    def train(self, norm: str, out: Path, *arguments) -> Path:
        """Trains for an epoch, with batches of 32 images; returns the weights."""
        self.run("train", "--norm", norm, "--data", self.train_data, "--limit-test", 1, "--batch-size", 32,
                 "--epochs", 1, "--out", out, *arguments)
        return out / "model.safetensors"

    def evaluate(self, weights: Path, norm: str) -> Path:
        """What the program makes of the images: a file of probabilities and labels."""
        output = self.work / "probabilities.safetensors"
        self.run("evaluate", "--weights", weights, "--norm", norm, "--data", self.data, "--limit-test", self.count,
                 "--probabilities", output)
        return output

    def difference(self, ours: np.ndarray, theirs: np.ndarray) -> float:
        """The largest difference, which counts; one that is no number is infinite."""
        difference = np.abs(ours - theirs).max()
        self.worst = max(self.worst, difference) if difference == difference else np.inf
        return difference


def compare(description: str, tolerance: float, run) -> None:
    """Calls `run(comparison)` with what the command line asks for; ends the process, with 1 above the tolerance."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--program", required=True, help="the program cifar10")
    parser.add_argument("--data", type=Path, help="CIFAR-10's binary files [noise; training on synthetic images]")
    parser.add_argument("--images", type=int, default=256, help="test images to compare on")
    parser.add_argument("--steps", type=int, default=20, help="steps of each training, of 32 images")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        comparison = Comparison(options, Path(directory))
        run(comparison)
    print(f"largest difference {comparison.worst:.1e}, allowed {tolerance:.0e}")
    sys.exit(0 if comparison.worst <= tolerance else 1)
