"""Writes data/optimization.safetensors (see README.md): python3 optimization.py

Optimizers, schedules, parameter groups, freezing, clipping, accumulation and averages, all in double."""

import copy

import numpy as np
import torch
from torch import nn
from torch.nn import functional
from torch.optim import lr_scheduler
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from generate import DATA, TensorFile, optimizer_input
from philox import AUGMENTATION, INITIALISATION, SHUFFLE, random_words, symmetric_uniform


class Lion(torch.optim.Optimizer):
    """Algorithm 2 of "Symbolic discovery of optimization algorithms"."""

    def __init__(self, parameters, lr, betas, weight_decay):
        super().__init__(parameters, {"lr": lr, "betas": betas, "weight_decay": weight_decay})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            beta1, beta2 = group["betas"]
            for p in group["params"]:
                m = self.state[p].setdefault("exp_avg", torch.zeros_like(p))
                update = torch.sign(beta1 * m + (1 - beta1) * p.grad)
                p.sub_(group["lr"] * (update + group["weight_decay"] * p))
                m.copy_(beta2 * m + (1 - beta2) * p.grad)


class Muon(torch.optim.Optimizer):
    """K. Jordan's algorithm, in the parameters' precision and not in bfloat16; filters as matrices."""

    def __init__(self, parameters, lr, momentum=0.95, nesterov=True, weight_decay=0.0, steps=5, rescaled=False):
        super().__init__(parameters, {"lr": lr, "momentum": momentum, "nesterov": nesterov,
                                      "weight_decay": weight_decay, "steps": steps, "rescaled": rescaled})

    @staticmethod
    def orthogonalized(matrix, steps):
        x = matrix.T if matrix.shape[0] > matrix.shape[1] else matrix
        x = x / (x.norm() + 1e-7)
        for _ in range(steps):
            a = x @ x.T
            x = 3.4445 * x + (-4.7750 * a + 2.0315 * a @ a) @ x
        return x.T if matrix.shape[0] > matrix.shape[1] else x

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            beta = group["momentum"]
            for p in group["params"]:
                m = self.state[p].setdefault("momentum_buffer", torch.zeros_like(p))
                m.lerp_(p.grad, 1 - beta)
                update = p.grad.lerp(m, beta) if group["nesterov"] else m
                if group["rescaled"]:  # as in airbench94
                    p.mul_(len(p) ** 0.5 / p.norm())
                matrix = self.orthogonalized(update.reshape(len(update), -1), group["steps"])
                matrix = matrix * max(1, matrix.shape[0] / matrix.shape[1]) ** 0.5
                p.mul_(1 - group["lr"] * group["weight_decay"])
                p.sub_(group["lr"] * matrix.reshape(p.shape))


OPTIMIZERS = {
    "rmsprop": (torch.optim.RMSprop, {"alpha": 0.9, "eps": 1e-6, "weight_decay": 0.01}),
    "rmsprop_momentum": (torch.optim.RMSprop, {"alpha": 0.99, "eps": 1e-8, "momentum": 0.9}),
    "lion": (Lion, {"betas": (0.9, 0.99), "weight_decay": 0.5}),
}

# The same 64 parameters as 56 weights and 8 biases; the biases have ten times the rate and no decay.
GROUPED = {
    "adam": (torch.optim.Adam, {"weight_decay": 0.01}),
    "adamw": (torch.optim.AdamW, {"weight_decay": 0.5}),
    "sgd": (torch.optim.SGD, {"momentum": 0.9, "nesterov": True, "weight_decay": 0.01}),
    "rmsprop": (torch.optim.RMSprop, {"weight_decay": 0.01}),
    "lion": (Lion, {"betas": (0.9, 0.99), "weight_decay": 0.5}),
}


def write_optimizers(file: TensorFile) -> None:
    initial, gradients, rates = optimizer_input()
    for name, values in zip(("initial", "gradients", "learning_rates"), (initial, gradients, rates)):
        file.add(name, values)
    for kind, (make, options) in OPTIMIZERS.items():
        parameter = nn.Parameter(torch.from_numpy(initial.copy()))
        optimizer = make([parameter], lr=1.0, **options)
        for step, (gradient, rate) in enumerate(zip(gradients, rates), 1):
            parameter.grad = torch.from_numpy(gradient.copy())
            optimizer.param_groups[0]["lr"] = rate
            optimizer.step()
            if step in (1, 2, 20):
                file.add(f"{kind}/param_after_{step}", parameter.detach().clone())
    for kind, (make, options) in GROUPED.items():
        weights, biases = (nn.Parameter(torch.from_numpy(part.copy())) for part in (initial[:56], initial[56:]))
        optimizer = make([{"params": [weights]}, {"params": [biases], "weight_decay": 0.0}], lr=1.0, **options)
        for gradient, rate in zip(gradients, rates):
            weights.grad, biases.grad = (torch.from_numpy(part.copy()) for part in (gradient[:56], gradient[56:]))
            optimizer.param_groups[0]["lr"], optimizer.param_groups[1]["lr"] = rate, 10 * rate
            optimizer.step()
        file.add(f"groups/{kind}", torch.cat((weights.detach(), biases.detach())))


def rates_of(make, steps: int, metrics=None) -> list:
    """The rates of `steps` steps; base rate 0.3."""
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.3)
    schedule = make(optimizer)
    rates = []
    for step in range(steps):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        schedule.step(*([] if metrics is None else [metrics[step]]))
    return rates


def write_schedules(file: TensorFile) -> None:
    def behind(first, second, steps):
        return lambda o: lr_scheduler.SequentialLR(o, [first(o), second(o)], milestones=[steps])

    cosine = lambda steps: lambda o: lr_scheduler.CosineAnnealingLR(o, T_max=steps, eta_min=0.003)
    linear = lambda o: lr_scheduler.LinearLR(o, start_factor=0.05, total_iters=14)
    file.add("schedules/cosine", rates_of(cosine(70), 70))
    file.add("schedules/cosine_warmup", rates_of(behind(linear, cosine(70 - 14), 14), 70))
    file.add("schedules/linear", rates_of(linear, 70))
    file.add("schedules/constant", rates_of(lambda o: lr_scheduler.ConstantLR(o, factor=0.25, total_iters=14), 70))
    file.add("schedules/linear_decay", rates_of(lambda o: lr_scheduler.LinearLR(o, 1.0, 0.0, total_iters=70), 80))
    falling = lambda o: lr_scheduler.LinearLR(o, 1.0, 0.1, total_iters=70 - 14)
    file.add("schedules/linear_decay_warmup", rates_of(behind(linear, falling, 14), 70))
    # Once an epoch.
    file.add("schedules/step", rates_of(lambda o: lr_scheduler.StepLR(o, step_size=3, gamma=0.2), 10))
    file.add("schedules/multi_step", rates_of(lambda o: lr_scheduler.MultiStepLR(o, [2, 3, 7], gamma=0.5), 10))

    losses = 1.0 + 0.2 * symmetric_uniform(60, 1, AUGMENTATION, 100) - 0.01 * np.minimum(np.arange(60), 20)
    losses[33] = np.nan
    file.add("plateau/metric", losses)
    for name, options in {
        "lowest": {"mode": "min", "factor": 0.5, "patience": 2},
        "absolute": {"mode": "min", "factor": 0.3, "patience": 1, "threshold": 0.02, "threshold_mode": "abs", "cooldown": 3},
        "highest": {"mode": "max", "factor": 0.1, "patience": 3, "threshold": 0.01, "cooldown": 1, "min_lr": 0.002},
        "least": {"mode": "min", "factor": 0.9, "patience": 0, "eps": 0.01},
    }.items():
        file.add(f"plateau/{name}", rates_of(lambda o: lr_scheduler.ReduceLROnPlateau(o, **options), 60, losses))


def make_network() -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(2, 3, 3, padding=1), nn.BatchNorm2d(3), nn.ReLU(), nn.Conv2d(3, 4, 3, padding=1),
                         nn.BatchNorm2d(4), nn.ReLU(), nn.Flatten(), nn.Linear(4 * 5 * 4, 3)).double()


STEPS, BATCH = 6, 6


def write_training(file: TensorFile) -> None:
    start = make_network()
    with torch.no_grad():
        for t, parameter in enumerate(start.parameters()):
            values = symmetric_uniform(parameter.numel(), 5, INITIALISATION, 7, t).astype(np.float32)
            parameter.copy_(torch.from_numpy(0.25 * values.astype(np.float64)).reshape(parameter.shape))
        for norm in (start[1], start[4]):
            norm.weight.add_(1.0)
            norm.weight.copy_(norm.weight.float().double())
    images = torch.from_numpy(symmetric_uniform(STEPS * BATCH * 2 * 5 * 4, 5, AUGMENTATION, 7)).reshape(STEPS, BATCH, 2, 5, 4)
    labels = torch.from_numpy((random_words(STEPS * BATCH, 5, SHUFFLE, 7) % np.uint64(3)).astype(np.int64)).reshape(STEPS, BATCH)
    file.add("training/images", images)
    file.add("training/labels", labels)

    def save(name: str, model: nn.Module) -> None:
        for key, values in model.state_dict().items():
            if values.is_floating_point():
                file.add(f"training/{name}/{key}", values.clone())

    save("start", start)

    def set_trained(model, trained) -> None:
        for key, parameter in model.named_parameters():
            parameter.requires_grad_(trained(key))

    # Front and one bias in the middle are frozen for three steps; AdamW must then count their own steps. Its eps keeps
    # the rounding noise in the gradients of biases before BatchNorm from becoming steps.
    model = copy.deepcopy(start)
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.01, eps=1e-4, weight_decay=0.1)
    for step in range(STEPS):
        set_trained(model, lambda key: step >= 3 or not (key.startswith(("0.", "1.")) or key == "4.bias"))
        optimizer.zero_grad(set_to_none=True)
        functional.cross_entropy(model(images[step]), labels[step]).backward()
        optimizer.step()
        if step == 2:
            save("frozen", model)
    save("thawed", model)

    # Clipped at a norm that some steps reach, with a frozen tensor in the middle whose gradient does not count.
    model = copy.deepcopy(start)
    set_trained(model, lambda key: key != "3.weight")
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9, nesterov=True)
    norms = []
    for step in range(STEPS):
        optimizer.zero_grad(set_to_none=True)
        functional.cross_entropy(model(images[step]), labels[step]).backward()
        norms.append(nn.utils.clip_grad_norm_(model.parameters(), 3.0).item())
        optimizer.step()
    assert min(norms) < 3.0 < max(norms)
    file.add("training/norms", norms)
    save("clipped", model)

    # Gradients of two batches a step, and averages of the parameters, with and without the statistics.
    model = copy.deepcopy(start)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9, nesterov=True)
    averages = [AveragedModel(model, multi_avg_fn=get_ema_multi_avg_fn(0.75), use_buffers=buffers)
                for buffers in (False, True)]
    for step in range(STEPS):
        (functional.cross_entropy(model(images[step]), labels[step]) / 2).backward()
        if step % 2 == 1:
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
            for average in averages:
                average.update_parameters(model)
    save("accumulated", model)
    save("average", averages[0].module)
    save("average_with_statistics", averages[1].module)

    # Matrices by Muon, the rest and the head by AdamW.
    model = copy.deepcopy(start)
    matrices = [model[0].weight, model[3].weight]
    others = [p for p in model.parameters() if all(p is not matrix for matrix in matrices)]
    muon = Muon(matrices, lr=0.02, weight_decay=0.1)
    adamw = torch.optim.AdamW(others, lr=0.02 * 0.25, eps=1e-4, weight_decay=0.01)
    for step in range(STEPS):
        muon.zero_grad()
        adamw.zero_grad()
        functional.cross_entropy(model(images[step]), labels[step]).backward()
        muon.step()
        adamw.step()
    save("muon", model)
    # airbench94's optimizers: rescaled filters by Muon, the rest by SGD in groups, on a loss that is summed; the first
    # bias is trained for three steps, with a rate that falls to 0 by then.
    model = copy.deepcopy(start)
    decay = 1e-3
    muon = Muon([model[0].weight, model[3].weight], lr=0.24, momentum=0.6, steps=3, rescaled=True)
    norms = [*model[1].parameters(), model[3].bias, *model[4].parameters()]
    sgd = torch.optim.SGD([{"params": parameters, "lr": lr, "weight_decay": decay / lr} for parameters, lr in
                           (([model[0].bias], 0.01), (norms, 0.01), (list(model[7].parameters()), 0.02))],
                          momentum=0.85, nesterov=True)
    for step in range(STEPS):
        model[0].bias.requires_grad_(step < 3)
        muon.zero_grad(set_to_none=True)
        sgd.zero_grad(set_to_none=True)
        functional.cross_entropy(model(images[step]), labels[step], label_smoothing=0.2, reduction="sum").backward()
        muon.param_groups[0]["lr"] = 0.24 * (1 - step / STEPS)
        for group, lr, steps in zip(sgd.param_groups, (0.01, 0.01, 0.02), (3, STEPS, STEPS)):
            group["lr"] = lr * (1 - step / steps)
        muon.step()
        sgd.step()
    save("several", model)
    weight = torch.full((5, 3, 3, 2), 0.5, dtype=torch.float64)
    nn.init.dirac_(weight[:3])
    file.add("dirac/wide", weight)
    file.add("dirac/narrow", nn.init.dirac_(torch.empty(2, 4, 2, 5, dtype=torch.float64)))

    for rows, columns in ((5, 12), (12, 5), (7, 7)):
        matrix = torch.from_numpy(symmetric_uniform(rows * columns, 5, AUGMENTATION, 8, rows)).reshape(rows, columns)
        file.add(f"orthogonal/{rows}x{columns}/input", matrix)
        file.add(f"orthogonal/{rows}x{columns}/output", Muon.orthogonalized(matrix, 5))


def main() -> None:
    torch.set_num_threads(1)
    file = TensorFile({"torch": torch.__version__})
    write_optimizers(file)
    write_schedules(file)
    write_training(file)
    file.write(DATA / "optimization.safetensors")


if __name__ == "__main__":
    main()
