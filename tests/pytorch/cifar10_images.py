"""Test images in CIFAR-10's binary layout, for the comparisons with other programs."""

from pathlib import Path

import numpy as np

MEAN, STD = np.array([0.4914, 0.4822, 0.4465], np.float32), np.array([0.2470, 0.2435, 0.2616], np.float32)


def read_test_images(directory: Path, count: int) -> tuple:
    """Pixels (count, 3, 32, 32) from 0 to 255 as floats, and labels (count) of the test batch."""
    records = np.fromfile(directory / "test_batch.bin", np.uint8, count * 3073).reshape(count, 3073)
    return records[:, 1:].reshape(count, 3, 32, 32).astype(np.float32), records[:, 0]


def normalized(pixels: np.ndarray) -> np.ndarray:
    """As in training."""
    return (pixels / 255 - MEAN.reshape(3, 1, 1)) / STD.reshape(3, 1, 1)


def write_noise_images(directory: Path) -> None:
    """A test batch in CIFAR-10's layout, of noise."""
    records = np.random.default_rng(1).integers(0, 256, (10000, 3073), np.uint8)
    records[:, 0] %= 10
    records.tofile(directory / "test_batch.bin")
    names = "airplane automobile bird cat deer dog frog horse ship truck".split()
    (directory / "batches.meta.txt").write_text("\n".join(names) + "\n")
