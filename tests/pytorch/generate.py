"""Writes the PyTorch numbers that the C++ tests compare with into data/ (see README.md): python3 generate.py"""

import json
import struct
from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch
import torchvision
from safetensors.torch import save_file
from torch.nn import functional
from torchvision.ops import sigmoid_focal_loss

import training
from philox import AUGMENTATION, DROPOUT, INITIALISATION, SHUFFLE, random_words, symmetric_uniform
from s10 import S10

DATA = Path(__file__).parent / "data"


class TensorFile:
    """A safetensors file: a 64-bit header size, a JSON header, the tensors' bytes (all little endian)."""

    def __init__(self, metadata: dict):
        self.metadata = {name: str(value) for name, value in metadata.items()}
        self.tensors = {}

    def add(self, name: str, values, dtype=np.float64) -> None:
        self.tensors[name] = np.ascontiguousarray(np.asarray(values, np.float64), dtype)

    def write(self, path: Path) -> None:
        tensors = sorted(self.tensors.items(), key=lambda item: -item[1].itemsize)  # doubles first: all stay aligned
        header, offset = {"__metadata__": self.metadata}, 0
        for name, array in tensors:
            header[name] = {"dtype": f"F{8 * array.itemsize}", "shape": list(array.shape),
                            "data_offsets": [offset, offset + array.nbytes]}
            offset += array.nbytes
        text = json.dumps(header, separators=(",", ":")).encode()
        text += b" " * (-len(text) % 8)
        with open(path, "wb") as file:
            file.write(struct.pack("<Q", len(text)) + text)
            for _, array in tensors:
                file.write(array.tobytes())
        print(f"{path.name}: {len(tensors)} tensors, {path.stat().st_size} bytes")


def with_single_betas(options: dict) -> dict:
    """`betas`, if any, as beta1 and beta2."""
    single = {name: value for name, value in options.items() if name != "betas"}
    return {**single, **dict(zip(("beta1", "beta2"), options.get("betas", ())))}


def run_metadata(run: training.Run) -> dict:
    """The run's fields as `<norm>/<field>`."""
    return {f"{run.norm}/{name}": value for name, value in with_single_betas(asdict(run)).items()}


def add_trace(file: TensorFile, run: training.Run, trace: training.Trace) -> None:
    """What the narrow and the full runs have in common. The `first_...` are for finding a mistake in the formulas."""
    images, labels = training.batch(run, 0)
    file.add(f"{run.norm}/loss", trace.losses)
    file.add(f"{run.norm}/start_logits", trace.start_logits)
    file.add(f"{run.norm}/eval_logits", trace.eval_logits)
    file.add(f"{run.norm}/eval_log_softmax", functional.log_softmax(trace.eval_logits, dim=1))
    file.add(f"{run.norm}/first_images", images.flatten()[:8])
    file.add(f"{run.norm}/first_labels", labels)
    for name, values in trace.initial.items():
        file.add(f"{run.norm}/first_initial/{name}", values.flatten()[:4])
    for name, values in trace.buffers.items():
        file.add(f"{run.norm}/buffer/{name}", values, np.float32)


def write_narrow() -> None:
    file = TensorFile({k: v for run in training.NARROW_RUNS for k, v in run_metadata(run).items()})
    for run in training.NARROW_RUNS:
        trace = training.train(run)
        add_trace(file, run, trace)
        for name, values in trace.gradients.items():
            file.add(f"{run.norm}/grad/{name}", values, np.float32)
        for name, values in trace.parameters.items():
            file.add(f"{run.norm}/param/{name}", values, np.float32)
    file.write(DATA / "s10_narrow.safetensors")


def dot_vector(size: int, seed: int, t: int) -> np.ndarray:
    """The vector of uniform numbers in [-1, 1) that belongs to tensor t."""
    return symmetric_uniform(size, seed, DROPOUT, 0, t)


def norm_and_dot(values: torch.Tensor, seed: int, t: int) -> list:
    """L2 norm, and the dot product with dot_vector."""
    return [values.norm().item(), float(values.flatten().numpy() @ dot_vector(values.numel(), seed, t))]


def write_full() -> None:
    run = training.FULL_RUN
    trace = training.train(run)
    file = TensorFile(run_metadata(run))
    add_trace(file, run, trace)
    for t, name in enumerate(trace.parameters):
        update = trace.parameters[name] - trace.initial[name]
        for kind, values in (("grad", trace.gradients[name]), ("param", trace.parameters[name]), ("update", update)):
            file.add(f"{run.norm}/{kind}/{name}", norm_and_dot(values, run.seed, t))
    file.write(DATA / "s10_full.safetensors")


OPTIMIZERS = {
    "adam": (torch.optim.Adam, {"betas": (0.9, 0.999), "eps": 1e-8, "weight_decay": 0.01}),
    "adamw": (torch.optim.AdamW, {"betas": (0.9, 0.99), "eps": 1e-8, "weight_decay": 0.5}),
    "sgd_nesterov": (torch.optim.SGD, {"momentum": 0.9, "nesterov": True, "weight_decay": 0.01}),
    "sgd_momentum": (torch.optim.SGD, {"momentum": 0.9, "nesterov": False, "weight_decay": 0.01}),
}


def optimizer_input(seed: int = 1, size: int = 64, steps: int = 20) -> tuple:
    """Parameters (size), gradients (steps, size) of magnitudes from 1 to 2^-21, learning rates (steps)."""
    parameters = symmetric_uniform(size, seed, INITIALISATION, 1, 0)
    scale = 2.0 ** (-3.0 * (np.arange(size) % 8))
    gradients = np.stack([scale * symmetric_uniform(size, seed, AUGMENTATION, step, 1) for step in range(steps)])
    rates = np.array([(1 + 7 * step % 20) / 2000 for step in range(steps)])
    return parameters, gradients, rates


def optimizer_steps(kind: str, dtype=torch.float64) -> list:
    """The parameters after each step."""
    initial, gradients, rates = optimizer_input()
    parameter = torch.nn.Parameter(torch.from_numpy(initial).to(dtype))
    make, options = OPTIMIZERS[kind]
    optimizer = make([parameter], lr=1.0, **options)
    after = []
    for gradient, rate in zip(gradients, rates):
        parameter.grad = torch.from_numpy(gradient).to(dtype)
        optimizer.param_groups[0]["lr"] = rate
        optimizer.step()
        after.append(parameter.detach().double().clone())
    return after


def write_optimizers() -> None:
    file = TensorFile({f"{kind}/{name}": value for kind, (_, options) in OPTIMIZERS.items()
                       for name, value in with_single_betas(options).items()})
    for name, values in zip(("initial", "gradients", "learning_rates"), optimizer_input()):
        file.add(name, values)
    for kind in OPTIMIZERS:
        after = optimizer_steps(kind)
        for step in (1, 2, 20):
            file.add(f"{kind}/param_after_{step}", after[step - 1])
    file.write(DATA / "optimizers.safetensors")


def one_cycle(total: int, peak: int, max_rate: float, start: float, end: float, mode: str) -> list:
    """Learning rates of steps 0 to total: `start` at step 0, `max_rate` at step peak, `end` at step total."""
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, max_rate, total_steps=total + 1, pct_start=(peak + 1) / (total + 1), anneal_strategy=mode,
        cycle_momentum=False, div_factor=max_rate / start, final_div_factor=start / end, three_phase=False)
    rates = [optimizer.param_groups[0]["lr"]]
    for _ in range(total):
        optimizer.step()
        schedule.step()
        rates.append(optimizer.param_groups[0]["lr"])
    return rates


# The learning rates that the reference run printed at the start of each of its 24 epochs of 98 steps.
REFERENCE_LOG = [
    3.2e-06, 6.656000000000011e-05, 0.0001299199999999999, 0.00019328, 0.0002566400000000001, 0.00031999999999999986,
    0.0003033263157894737, 0.0002866526315789474, 0.0002699789473684211, 0.0002533052631578948, 0.0002366315789473684,
    0.00021995789473684213, 0.0002032842105263158, 0.00018661052631578954, 0.0001699368421052631,
    0.00015326315789473684, 0.0001365894736842106, 0.00011991578947368415, 0.0001032421052631579, 8.656842105263165e-05,
    6.98947368421052e-05, 5.3221052631578956e-05, 3.6547368421052686e-05, 1.9873684210526257e-05]


def write_schedules() -> None:
    cycles = {
        "reference": {"total": 24 * 98, "peak": 5 * 98, "max_rate": 3.2e-4, "start": 3.2e-6, "end": 3.2e-6},
        "short": {"total": 97, "peak": 31, "max_rate": 0.1, "start": 0.004, "end": 1e-5},
    }
    file = TensorFile({f"{name}/{key}": value for name, cycle in cycles.items() for key, value in cycle.items()})
    for name, cycle in cycles.items():
        for mode in ("linear", "cos"):
            file.add(f"{name}/{mode}", one_cycle(**cycle, mode=mode))
    file.add("reference_log", REFERENCE_LOG)
    difference = np.abs(file.tensors["reference/linear"][: 24 * 98 : 98] - file.tensors["reference_log"]).max()
    print(f"schedules: largest difference from the reference log's 24 rates {difference:.1e}")
    assert difference < 1e-12
    file.write(DATA / "schedules.safetensors")


def write_cross_entropy(seed: int = 1) -> None:
    rows, classes = 7, 10
    scale = 4.0 ** np.arange(rows)[:, None]  # up to 4096: exp() of the last rows' logits overflows
    values = scale * symmetric_uniform(rows * classes, seed, INITIALISATION, 2, 0).reshape(rows, classes)
    labels = torch.from_numpy((random_words(rows, seed, SHUFFLE) % np.uint64(classes)).astype(np.int64))
    file = TensorFile({"reduction": "mean over the rows"})
    file.add("logits", values)
    file.add("labels", labels)
    for smoothing in (0.0, 0.1, 0.2):
        for through in ("logits", "log_softmax"):  # log_softmax: the loss is applied to log-probabilities, as in S10
            logits = torch.from_numpy(values).requires_grad_()
            scores = logits if through == "logits" else functional.log_softmax(logits, dim=1)
            if through == "log_softmax":
                scores.retain_grad()
            loss = functional.cross_entropy(scores, labels, label_smoothing=smoothing)
            loss.backward()
            prefix = f"{through}/smoothing_{smoothing}"
            file.add(f"{prefix}/loss", [loss.item()])
            file.add(f"{prefix}/row_losses",
                     functional.cross_entropy(scores.detach(), labels, label_smoothing=smoothing, reduction="none"))
            file.add(f"{prefix}/grad_logits", logits.grad)
            if through == "log_softmax":
                file.add(f"{prefix}/grad_log_softmax", scores.grad)
    file.write(DATA / "cross_entropy.safetensors")


def write_losses(seed: int = 2) -> None:
    """Every loss beyond cross entropy of labels: its mean and gradient. All inputs are exact in float."""
    rows, outputs = 5, 6
    def drawn(tensor: int, low: float, high: float) -> torch.Tensor:
        uniform = symmetric_uniform(rows * outputs, seed, INITIALISATION, 3, tensor).reshape(rows, outputs)
        return torch.from_numpy(np.round((low + (high - low) * (uniform + 1) / 2) * 64) / 64)
    logits = drawn(0, -4, 4)
    labels = torch.tensor([0, 5, 2, 2, 4])
    probabilities = drawn(1, -0.5, 1.5).clamp(0, 1)
    numbers = drawn(2, -4, 4)
    distributions = (drawn(3, 0, 2) * 64).round()  # of 1024ths
    distributions[:, 0] += 1024 - distributions.sum(1)
    distributions /= 1024
    weights = drawn(4, 0.25, 2)[0]
    assert (distributions >= 0).all() and (distributions.sum(1) == 1).all()
    one_hot = functional.one_hot(labels, outputs).double()
    file = TensorFile({"torch": torch.__version__, "torchvision": torchvision.__version__})
    for name, values in (("logits", logits), ("labels", labels), ("probabilities", probabilities),
                         ("numbers", numbers), ("distributions", distributions), ("weights", weights)):
        file.add(name, values)

    def focal(x, targets, gamma, alpha):
        return sigmoid_focal_loss(x, targets, alpha=alpha, gamma=gamma, reduction="mean")
    cross = functional.cross_entropy
    binary = functional.binary_cross_entropy_with_logits
    for name, loss in {
        "cross_entropy/weights": lambda x: cross(x, labels, weight=weights),
        "cross_entropy/weights_smoothing": lambda x: cross(x, labels, weight=weights, label_smoothing=0.125),
        "cross_entropy/soft": lambda x: cross(x, distributions),
        "cross_entropy/soft_smoothing": lambda x: cross(x, distributions, label_smoothing=0.125),
        "cross_entropy/soft_weights_smoothing":
            lambda x: cross(x, distributions, weight=weights, label_smoothing=0.125),
        "binary/labels": lambda x: binary(x, one_hot),
        "binary/soft": lambda x: binary(x, probabilities),
        "binary/soft_weights": lambda x: binary(x, probabilities, pos_weight=weights),
        "squared/soft": lambda x: functional.mse_loss(x, numbers),
        "huber/soft": lambda x: functional.huber_loss(x, numbers, delta=0.75),
        "focal/labels": lambda x: focal(x, one_hot, 2, 0.25),
        "focal/soft": lambda x: focal(x, probabilities, 2, 0.25),
        "focal/soft_without_alpha": lambda x: focal(x, probabilities, 1.5, -1),
    }.items():
        x = logits.clone().requires_grad_()
        value = loss(x)
        value.backward()
        file.add(f"{name}/loss", [value.item()])
        file.add(f"{name}/gradient", x.grad)
    file.write(DATA / "losses.safetensors")


CONVOLUTIONS = {  # the arguments of Conv2d, and the height and width of the images
    "1x1": ((5, 4, 1), {}, (6, 7)),
    "3x3_stride_2": ((4, 6, 3), {"stride": 2, "padding": 1}, (7, 8)),
    "5x5": ((3, 4, 5), {"padding": 2}, (6, 5)),
    "7x7_stride_2": ((3, 4, 7), {"stride": 2, "padding": 3}, (9, 11)),
    "1x7": ((3, 4, (1, 7)), {"padding": (0, 3)}, (5, 9)),
    "dilation_2": ((3, 4, 3), {"padding": 2, "dilation": 2}, (8, 7)),
    "groups_2": ((4, 6, 3), {"padding": 1, "groups": 2}, (5, 6)),
    "depthwise_stride_2": ((5, 5, 3), {"stride": 2, "padding": 1, "groups": 5}, (8, 7)),
    "no_padding": ((3, 4, 3), {"bias": False}, (6, 7)),
}


def write_convolutions(seed: int = 1, images: int = 2) -> None:
    """Convolutions of every kind: operands rounded to float, results in double."""
    file = TensorFile({"seed": seed})
    for case, (name, (sizes, options, image)) in enumerate(CONVOLUTIONS.items()):
        layer = torch.nn.Conv2d(*sizes, **options).double()

        def drawn(number: int, like: torch.Tensor, operand: str) -> torch.Tensor:
            values = torch.from_numpy(symmetric_uniform(like.numel(), seed, INITIALISATION, case, number)).float()
            file.add(f"{name}/{operand}", values.reshape(like.shape), np.float32)
            return values.reshape(like.shape).double()

        x = drawn(0, torch.empty(images, sizes[0], *image), "x").requires_grad_()
        with torch.no_grad():
            for number, (operand, values) in enumerate(layer.named_parameters()):
                values.copy_(drawn(1 + number, values, operand))
        y = layer(x)
        y.backward(drawn(3, y, "grad_y"))
        file.add(f"{name}/y", y.detach())
        file.add(f"{name}/grad_x", x.grad)
        for operand, values in layer.named_parameters():
            file.add(f"{name}/grad_{operand}", values.grad)
    file.write(DATA / "convolutions.safetensors")


ACTIVATIONS = {
    "relu6": torch.nn.ReLU6(), "leaky_relu": torch.nn.LeakyReLU(), "leaky_relu_negative": torch.nn.LeakyReLU(-0.5),
    "elu": torch.nn.ELU(), "elu_half": torch.nn.ELU(0.5), "celu_2": torch.nn.CELU(2.0), "silu": torch.nn.SiLU(),
    "gelu": torch.nn.GELU(), "gelu_tanh": torch.nn.GELU("tanh"), "hardswish": torch.nn.Hardswish(),
    "hardsigmoid": torch.nn.Hardsigmoid(), "sigmoid": torch.nn.Sigmoid(), "tanh": torch.nn.Tanh(),
    "prelu": torch.nn.PReLU(),
}


def write_activations() -> None:
    """Values and gradients, of a gradient of 1 everywhere, at kinks, far out and in between."""
    x = torch.tensor([-np.inf, -100, -30, -6, -3.5, -3, -2.5, -1, -0.25, -1e-6, -0.0, 0, 1e-6, 0.25, 1, 2.5, 3, 3.5, 6, 6.5,
                      30, 100, np.inf, np.nan], dtype=torch.float32).double()
    file = TensorFile({"prelu/slope": 0.25})
    file.add("x", x)
    for name, layer in ACTIVATIONS.items():
        layer = layer.double()
        inputs = x.clone().requires_grad_()
        outputs = layer(inputs)
        outputs.backward(torch.ones_like(outputs))
        file.add(f"{name}/y", outputs.detach())
        file.add(f"{name}/dx", inputs.grad)
        if name == "prelu":  # of those that are finite, or it would be infinite
            layer.zero_grad()
            layer(x[torch.isfinite(x)]).sum().backward()
            file.add("prelu/dslope", layer.weight.grad)
    file.write(DATA / "activations.safetensors")


def write_exchange(seed: int = 1, width: int = 4, images: int = 4) -> None:
    """State dicts as PyTorch's users save them, in three types, and what the modules make of some images."""
    outputs = TensorFile({"seed": seed})
    for norm, dtype in (("bn", torch.float32), ("gn", torch.float16), ("ln", torch.bfloat16)):
        model = S10(width, norm)
        training.initialize(model, seed)
        for name, buffer in model.named_buffers():
            if buffer.is_floating_point():  # running statistics that are none of a fresh module
                u = torch.from_numpy(symmetric_uniform(buffer.numel(), seed, INITIALISATION, 3, 0)).float()
                buffer.copy_(0.1 * u if name.endswith("mean") else 1 + 0.5 * u)
            else:
                buffer.fill_(98)
        model = model.to(dtype)
        path = DATA / f"exchange_{norm}.safetensors"
        save_file(model.state_dict(), path, metadata={"format": "pt"})
        print(f"{path.name}: {len(model.state_dict())} tensors, {path.stat().st_size} bytes")
        with torch.no_grad():
            batch, _ = training.batch(training.Run(width, norm, seed, images, 0.0), 0)
            outputs.add(f"{norm}/outputs", model.double().eval()(batch))
    outputs.write(DATA / "exchange_outputs.safetensors")


LAYERS = {  # name: (module, shape of a batch); drawn are the input, the output's gradient, weight and bias
    "max_2": (torch.nn.MaxPool2d(2), (2, 3, 7, 5)),
    "max_2_1": (torch.nn.MaxPool2d(2, 1), (2, 3, 7, 5)),
    "max_3_2_1": (torch.nn.MaxPool2d(3, 2, 1), (2, 3, 7, 5)),
    "avg_3": (torch.nn.AvgPool2d(3), (2, 3, 7, 5)),
    "avg_3_2_1": (torch.nn.AvgPool2d(3, 2, 1), (2, 3, 7, 5)),
    "avg_3_2_1_inside": (torch.nn.AvgPool2d(3, 2, 1, count_include_pad=False), (2, 3, 7, 5)),
    "global_avg": (torch.nn.AdaptiveAvgPool2d(1), (2, 3, 7, 5)),
    "upsample_2": (torch.nn.Upsample(scale_factor=2), (2, 3, 3, 2)),
    "norm_options": (torch.nn.BatchNorm2d(3, eps=1 / 1000, momentum=1 / 100), (2, 3, 7, 5)),
    "norm_bare": (torch.nn.BatchNorm2d(3, affine=False), (2, 3, 7, 5)),
    "norm_vector": (torch.nn.BatchNorm1d(9), (5, 9)),
}


def write_layers(seed: int = 1) -> None:
    """Outputs, gradients and statistics of single layers, of which PyTorch's code is the definition."""
    file = TensorFile({"seed": seed})
    for number, (name, (module, shape)) in enumerate(LAYERS.items()):
        def drawn(of_shape, purpose, minor):
            values = symmetric_uniform(int(np.prod(of_shape)), seed, purpose, number, minor)
            return torch.from_numpy(values).reshape(of_shape)
        module = module.double().train()
        for t, parameter in enumerate(module.parameters()):  # weight, bias
            parameter.data = (1 - t) + 0.5 * drawn(parameter.shape, INITIALISATION, t)
        images = drawn(shape, AUGMENTATION, 0).requires_grad_()
        outputs = module(images)
        outputs.backward(drawn(outputs.shape, AUGMENTATION, 1))
        file.add(f"{name}/outputs", outputs.detach(), np.float32)
        file.add(f"{name}/grad_images", images.grad, np.float32)
        for parameter_name, parameter in module.named_parameters():
            file.add(f"{name}/grad_{parameter_name}", parameter.grad, np.float32)
        for buffer_name, buffer in module.named_buffers():
            if buffer.is_floating_point():
                file.add(f"{name}/{buffer_name}", buffer, np.float32)
        if name.startswith("norm"):
            with torch.no_grad():
                file.add(f"{name}/eval_outputs", module.eval()(images), np.float32)
    file.write(DATA / "layers.safetensors")


def main() -> None:
    torch.set_num_threads(1)  # so that sums have one order
    DATA.mkdir(exist_ok=True)
    write_optimizers()
    write_schedules()
    write_cross_entropy()
    write_losses()
    write_convolutions()
    write_activations()
    write_exchange()
    write_layers()
    write_narrow()
    write_full()


if __name__ == "__main__":
    main()
