"""Trains S10, or one of torchvision's networks, with PyTorch on the CPU and prints its speed and peak memory: one line of JSON for each mode.

Each mode runs in a process of its own, so that its peak memory is its own. Without --data, all steps take one fixed
random batch; with --data DIR (CIFAR-10, binary layout), the images come through the recipe's augmentation.

    python3 bench/pytorch_training.py --threads 2 --steps 10 [--network resnet50] [--data DIR]
                                      [--modes fp32_channels_last bf16]
"""

import argparse
import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path

NETWORKS = ["s10", "cifar_resnet18", "resnet18", "resnet50", "mobilenet_v2"]
MODES = ["fp32", "fp32_channels_last", "bf16", "bf16_channels_last"]
ROOT = Path(__file__).resolve().parent.parent


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--modes", nargs="+", choices=MODES, default=MODES, help="bf16: by autocast (default: all)")
    parser.add_argument("--network", choices=NETWORKS, default="s10", help="cifar_resnet18: for 32x32 pixels, with a "
                        "3x3 stem (default: s10)")
    parser.add_argument("--batch-size", type=int, default=512)
    parser.add_argument("--steps", type=int, default=10, help="steps that are timed")
    parser.add_argument("--warm-up", type=int, default=2, help="steps before them")
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--data", help="directory with data_batch_1.bin ... data_batch_5.bin")
    parser.add_argument("--worker", choices=MODES, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if min(arguments.batch_size, arguments.steps, arguments.threads) < 1 or arguments.warm_up < 0:
        parser.error("--batch-size, --steps and --threads must be at least 1, --warm-up at least 0")
    return arguments


def make_network(name: str):
    """The network and the sides of its images."""
    import torch

    if name == "s10":
        sys.path.insert(0, str(ROOT / "tests" / "pytorch"))
        from s10 import S10

        return S10(width=64, norm="bn", dropout=0.01), 32
    import torchvision

    if name != "cifar_resnet18":
        return getattr(torchvision.models, name)(weights=None), 224
    network = torchvision.models.resnet18(weights=None, num_classes=10)
    network.conv1 = torch.nn.Conv2d(3, 64, 3, padding=1, bias=False)
    network.maxpool = torch.nn.Identity()
    return network, 32


def fixed_batches(batch_size: int, side: int):
    """The same random batch for ever."""
    import torch

    images, labels = torch.randn(batch_size, 3, side, side), torch.randint(10, (batch_size,))
    while True:
        yield images, labels


def read_training_set(directory: str) -> tuple:
    """Bytes (N, 3, 32, 32) and labels (N) of CIFAR-10's five training files."""
    import numpy as np
    import torch

    paths = [Path(directory) / f"data_batch_{i}.bin" for i in range(1, 6)]
    missing = [str(path) for path in paths if not path.is_file()]
    if missing:
        sys.exit(f"{missing[0]}: no such file; give --data the directory of CIFAR-10's binary version")
    records = np.concatenate([np.fromfile(path, np.uint8).reshape(-1, 1 + 3 * 32 * 32) for path in paths])
    images = np.ascontiguousarray(records[:, 1:]).reshape(-1, 3, 32, 32)
    return torch.from_numpy(images), torch.from_numpy(records[:, 0].astype(np.int64))


def augment(images):
    """Bytes (N, 3, 32, 32) -> floats: normalize, crop after padding by 4, flip (p = 0.3), one 8x8 hole (p = 0.3).

    Padding and holes have the mean color, which is 0 after normalizing.
    """
    import torch

    mean = torch.tensor([0.4914, 0.4822, 0.4465]).view(1, 3, 1, 1)
    std = torch.tensor([0.2470, 0.2435, 0.2616]).view(1, 3, 1, 1)
    n = images.shape[0]
    scaled = images.float().mul_(1 / (255 * std)).sub_(mean / std)
    padded = torch.nn.functional.pad(scaled, (4, 4, 4, 4))

    line = torch.arange(32)
    columns = torch.where(torch.rand(n, 1) < 0.3, 31 - line, line) + torch.randint(9, (n, 1))
    rows = line + torch.randint(9, (n, 1))
    cropped = padded[torch.arange(n).view(n, 1, 1, 1), torch.arange(3).view(1, 3, 1, 1), rows.view(n, 1, 32, 1),
                     columns.view(n, 1, 1, 32)]

    top, left = torch.randint(25, (n, 1)), torch.randint(25, (n, 1))
    in_rows, in_columns = (line >= top) & (line < top + 8), (line >= left) & (line < left + 8)
    hole = in_rows.view(n, 1, 32, 1) & in_columns.view(n, 1, 1, 32) & (torch.rand(n, 1, 1, 1) < 0.3)
    return cropped.masked_fill_(hole, 0.0)


def augmented_batches(directory: str, batch_size: int):
    """Epoch after epoch of the shuffled training set; the last batch of an epoch may be smaller."""
    import torch

    images, labels = read_training_set(directory)
    while True:
        for chosen in torch.randperm(len(labels)).split(batch_size):
            yield augment(images[chosen]), labels[chosen]


def peak_rss_mb() -> float:
    """This process's largest resident set. (getrusage would count the parent's from before exec.)"""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return round(int(line.split()[1]) / 1024, 1)
    raise RuntimeError("/proc/self/status has no VmHWM")


def cpu_capability() -> str:
    """The instruction set that PyTorch's own kernels use here; its libraries choose for themselves."""
    import torch

    found = re.search(r"CPU capability usage: (\w+)", torch.__config__.show())
    return found[1] if found else "unknown instruction set"


def train(arguments: argparse.Namespace, mode: str) -> dict:
    import torch

    torch.set_num_threads(arguments.threads)
    torch.manual_seed(arguments.seed)
    memory_format = torch.channels_last if mode.endswith("channels_last") else torch.contiguous_format
    model, side = make_network(arguments.network)
    model = model.to(memory_format=memory_format).train()
    optimizer = torch.optim.Adam(model.parameters(), lr=3.2e-4, weight_decay=0.01)
    batches = (augmented_batches(arguments.data, arguments.batch_size) if arguments.data
               else fixed_batches(arguments.batch_size, side))

    images_done, start, losses = 0, 0.0, []
    for step in range(-arguments.warm_up, arguments.steps):
        if step == 0:
            start = time.perf_counter()
        images, labels = next(batches)
        with torch.autocast("cpu", torch.bfloat16, enabled=mode.startswith("bf16")):
            output = model(images.contiguous(memory_format=memory_format))
        loss = torch.nn.functional.cross_entropy(output.float(), labels)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        losses.append(round(loss.item(), 4))
        if step >= 0:
            images_done += len(labels)
    seconds = time.perf_counter() - start
    return {"mode": mode, "images_per_second": round(images_done / seconds, 2), "peak_rss_mb": peak_rss_mb(),
            "library": f"PyTorch {torch.__version__} ({cpu_capability()})", "threads": arguments.threads, "batch_size": arguments.batch_size,
            "steps": arguments.steps, "data": "CIFAR-10, augmented" if arguments.data else "one fixed batch",
            "first_loss": losses[0], "last_loss": losses[-1]}


def main() -> None:
    arguments = parse_arguments()
    if arguments.worker:
        print(json.dumps(train(arguments, arguments.worker)), flush=True)
        return
    environment = {**os.environ, "OMP_NUM_THREADS": str(arguments.threads), "PYTHONDONTWRITEBYTECODE": "1"}
    for mode in arguments.modes:
        command = [sys.executable, __file__, *sys.argv[1:], "--worker", mode]
        if subprocess.run(command, env=environment).returncode != 0:
            sys.exit(f"{mode}: the training process failed; its message stands above")


if __name__ == "__main__":
    main()
