"""Ten training steps of S10 from weights and batches that both sides draw by formula (see README.md)."""

from dataclasses import dataclass, field

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from philox import AUGMENTATION, INITIALISATION, SHUFFLE, random_words, symmetric_uniform
from s10 import S10


@dataclass(frozen=True)
class Run:
    """A training run: everything that its numbers depend on."""

    width: int
    norm: str
    seed: int
    batch_size: int
    learning_rate: float
    steps: int = 10
    betas: tuple = (0.9, 0.999)
    eps: float = 1e-4
    weight_decay: float = 0.01


@dataclass
class Trace:
    """What a run left behind; all tensors in double, in PyTorch's layouts and under its names."""

    start_logits: torch.Tensor = None  # (batch, 10), training mode, before the first step
    eval_logits: torch.Tensor = None  # (batch, 10), evaluation mode, after the last step, on the batch that follows
    losses: list = field(default_factory=list)
    initial: dict = None
    gradients: dict = None  # of the first step
    parameters: dict = None  # after the last step
    buffers: dict = None  # running statistics after the last step


# Of the seeds that seeds.py found, those that bore noise best in tolerances.py.
NARROW_RUNS = [Run(8, "bn", 579, 4, 1e-4), Run(8, "gn", 430, 4, 1e-4), Run(8, "ln", 701, 4, 1e-4)]
FULL_RUN = Run(64, "bn", 1, 8, 1e-5)


def initialize(model: nn.Module, seed: int) -> None:
    """Tensor t of named_parameters(), element e: u from element e of {seed, initialization, 0, t}, in [-1, 1)."""
    modules = dict(model.named_modules())
    with torch.no_grad():
        for t, (name, parameter) in enumerate(model.named_parameters()):
            u = symmetric_uniform(parameter.numel(), seed, INITIALISATION, 0, t)
            module = modules[name.rpartition(".")[0]]
            if isinstance(module, (nn.Conv2d, nn.Linear)):
                values = u / np.sqrt(module.weight[0].numel())  # PyTorch's default bound, 1 / sqrt(fan in)
            else:
                values = 0.25 * u + (1.0 if name.endswith("weight") else 0.0)
            parameter.copy_(torch.from_numpy(values.astype(np.float32).reshape(parameter.shape)))


def batch(run: Run, step: int) -> tuple:
    """Images (batch, 3, 32, 32) in [-2, 2), exact in float, and labels (batch)."""
    n = run.batch_size
    images = 2.0 * symmetric_uniform(n * 3 * 32 * 32, run.seed, AUGMENTATION, step).reshape(n, 3, 32, 32)
    labels = random_words(n, run.seed, SHUFFLE, step) % np.uint64(10)
    return torch.from_numpy(images), torch.from_numpy(labels.astype(np.int64))


def snapshot(named: iter) -> dict:
    return {name: tensor.detach().double().clone() for name, tensor in named}


def train(run: Run, dtype=torch.float64, memory_format=torch.contiguous_format, prepare=None) -> Trace:
    """Trains without dropout; `prepare(model)` may add hooks before the first step."""
    model = S10(run.width, run.norm, dropout=0.0)
    initialize(model, run.seed)
    model = model.to(dtype).to(memory_format=memory_format).train()
    if prepare:
        prepare(model)
    optimizer = torch.optim.Adam(model.parameters(), run.learning_rate, run.betas, run.eps, run.weight_decay)
    trace = Trace(initial=snapshot(model.named_parameters()))
    for step in range(run.steps):
        images, labels = batch(run, step)
        logits = model.logits(images.to(dtype).contiguous(memory_format=memory_format))
        loss = functional.cross_entropy(functional.log_softmax(logits, dim=1), labels)
        optimizer.zero_grad()
        loss.backward()
        if step == 0:
            trace.start_logits = logits.detach().double()
            trace.gradients = snapshot((name, p.grad) for name, p in model.named_parameters())
        optimizer.step()
        trace.losses.append(loss.item())
    trace.parameters = snapshot(model.named_parameters())
    trace.buffers = snapshot((name, b) for name, b in model.named_buffers() if b.is_floating_point())
    model.eval()
    with torch.no_grad():
        images, _ = batch(run, run.steps)
        trace.eval_logits = model.logits(images.to(dtype).contiguous(memory_format=memory_format)).double()
    return trace
