"""Draws random layers as the library's type and as PyTorch's module, for draw_network.py."""

import random
from dataclasses import dataclass

import torch
from torch import nn

FEWEST_NUMBERS = 6  # of which a norm takes the variance: that of two has next to no gradient
MOST_PIXELS = 500


@dataclass
class Part:
    """A layer or group. `shape` is its output's: (channels, height, width) or (features,)."""
    type: str
    module: nn.Module
    shape: tuple


def template(name: str, arguments: list) -> str:
    return f"tr::{name}<{', '.join(map(str, arguments))}>"


def extent(sizes: tuple) -> str:
    return str(sizes[0]) if sizes[0] == sizes[1] else f"tr::by({sizes[0]}, {sizes[1]})"


def shape_behind(module: nn.Module, shape: tuple) -> tuple:
    with torch.no_grad():
        training = module.training
        shape = tuple(module.eval()(torch.zeros(2, *shape)).shape[1:])
        module.train(training)
    return shape


class LayerDrawing:
    def __init__(self, seed: int):
        self.random = random.Random(f"network {seed}")

    def chance(self, percent: int) -> bool:
        return self.random.randrange(100) < percent

    def choose(self, *values):
        return self.random.choice(values)

    def channels(self, multiple: int = 1) -> int:
        """16 and 24 often, as fast kernels begin there."""
        wanted = self.choose(16, 16, 24, 8, self.random.randint(1, 24), self.random.randint(1, 24))
        return max(1, wanted // multiple) * multiple

    def conv(self, shape: tuple, keep: bool = False, outputs: int = 0) -> Part:
        """With `keep`, of the input's height and width; `outputs` are its channels if given."""
        inputs, bias = shape[0], self.chance(70)
        bias_type = "tr::Bias::yes" if bias else "tr::Bias::no"
        algorithm = self.choose("fastest", "fastest", "fastest", "direct")
        ending = [bias_type, f"tr::Algorithm::{algorithm}"][:0 if bias and algorithm == "fastest" else 2]
        kind = self.random.randrange(100)
        if kind < 40:  # those with names
            size = self.choose(1, 3, 3, 5)
            outputs = outputs or self.channels()
            return self.part(template(f"Conv{size}x{size}", [outputs, *ending]),
                             nn.Conv2d(inputs, outputs, size, padding=size // 2, bias=bias), shape)
        if kind < 50 and outputs in (0, inputs):
            stride = 1 if keep else self.choose(1, 2, 3)
            return self.part(template("DepthwiseConv3x3", [inputs, stride, *ending]),
                             nn.Conv2d(inputs, inputs, 3, stride, 1, groups=inputs, bias=bias), shape)
        if kind < 70 and outputs == 0:  # of each channel by itself, with one or more outputs
            groups, outputs = inputs, inputs * self.choose(1, 1, 2 if inputs < 13 else 1)
        else:
            groups = self.choose(*[count for count in range(1, inputs + 1)
                                   if inputs % count == 0 and outputs % count == 0], 1)
            outputs = outputs or self.channels(groups)
        axes = [self.conv_axis(size, keep) for size in shape[1:]]
        if self.chance(50) and shape[1] <= shape[2]:
            axes[1] = axes[0]  # fits the longer axis, too
        kernel, stride, padding, dilation = zip(*axes)
        return self.part(template("Conv", [outputs, extent(kernel), extent(stride), extent(padding), groups, bias_type,
                                           extent(dilation), f"tr::Algorithm::{algorithm}"]),
                         nn.Conv2d(inputs, outputs, kernel, stride, padding, dilation, groups, bias), shape)

    def conv_axis(self, size: int, keep: bool) -> tuple:
        """Kernel, stride, padding and dilation along an axis."""
        while True:
            kernel = self.choose(1, 2, 3, 3, 4, 5, 6, 7, self.random.randint(8, 11))
            dilation = self.choose(1, 1, 1, 2, 3)
            reach = dilation * (kernel - 1)
            if keep and reach % 2 == 0 and reach <= 2 * min(size, 16):
                return kernel, 1, reach // 2, dilation
            padding = self.choose(0, 1, reach // 2, self.random.randint(0, 5))
            if not keep and padding <= 16 and reach < size + 2 * padding < 2 * size + 4:
                return kernel, self.choose(1, 1, 2, 2, 3, 4), padding, dilation

    def pool(self, shape: tuple, keep: bool = False) -> Part:
        while True:
            window = self.choose(2, 2, 3, 3, self.random.randint(1, 6))
            padding = self.random.randint(0, window // 2)
            stride = self.choose(window, 1, 2, 3)
            if keep:
                padding, stride = window // 2, 1
                if window % 2 == 0:
                    continue
            if window <= min(shape[1:]) + 2 * padding:
                break
        arguments = [window, stride, padding]
        if stride == window and padding == 0 and self.chance(70):
            arguments = [window]
        if self.chance(50):
            return self.part(template("MaxPool", arguments), nn.MaxPool2d(window, stride, padding), shape)
        counted = self.chance(50)
        if not counted or self.chance(30):
            arguments = [window, stride, padding, f"tr::CountPadding::{'yes' if counted else 'no'}"]
        return self.part(template("AvgPool", arguments),
                         nn.AvgPool2d(window, stride, padding, count_include_pad=counted), shape)

    def upsample(self, shape: tuple) -> Part:
        fitting = [factor for factor in (2, 2, 3) if shape[1] * shape[2] * factor**2 <= MOST_PIXELS]
        factor = self.choose(*fitting, 1)
        return self.part(template("Upsample", [factor]), nn.Upsample(scale_factor=factor), shape)

    def norm(self, shape: tuple) -> Part:
        flat = len(shape) == 1
        groups = [] if flat else [count for count in range(1, shape[0] + 1) if shape[0] % count == 0 and
                                  shape[0] // count * shape[1] * shape[2] >= FEWEST_NUMBERS]
        if groups and self.chance(35):
            count = self.choose(*groups, 1 if 1 in groups else groups[0])
            name = "tr::LayerNorm" if count == 1 else template("GroupNorm", [count])
            return self.part(name, nn.GroupNorm(count, shape[0]), shape)
        module, options = (nn.BatchNorm1d if flat else nn.BatchNorm2d)(shape[0]), []
        if self.chance(50):
            return self.part("tr::BatchNorm", module, shape)
        if self.chance(50):
            module.momentum = self.choose(0.0, 0.25, 0.01, 1.0)
            options.append({0.0: "tr::Momentum<0, 1>", 0.25: "tr::Momentum<1, 4>", 0.01: "tr::Momentum<1, 100>",
                            1.0: "tr::Momentum<1, 1>"}[module.momentum])
        if self.chance(50):
            module.eps = self.choose(0.1, 0.001)
            options.append("tr::Epsilon<1, 10>" if module.eps == 0.1 else "tr::Epsilon<1, 1000>")
        for tensor, option in (("weight", "tr::WithoutScale"), ("bias", "tr::WithoutShift")):
            if self.chance(35):
                setattr(module, tensor, None)
                options.append(option)
        self.random.shuffle(options)
        return self.part(template("BatchNormWith", options), module, shape)

    def activation(self, shape: tuple) -> Part:
        if self.chance(40):
            return self.part("tr::ReLU", nn.ReLU(), shape)
        channels = shape[0]
        return self.part(*self.choose(
            ("tr::ReLU6", nn.ReLU6()), ("tr::LeakyReLU<>", nn.LeakyReLU()), ("tr::LeakyReLU<1, 5>", nn.LeakyReLU(0.2)),
            ("tr::LeakyReLU<-1, 4>", nn.LeakyReLU(-0.25)), ("tr::PReLU<>", nn.PReLU()),
            ("tr::PReLU<tr::Slopes::per_channel>", nn.PReLU(channels)), ("tr::ELU<>", nn.ELU()),
            ("tr::ELU<1, 2>", nn.ELU(0.5)), ("tr::CELU<>", nn.CELU()), ("tr::CELU<2>", nn.CELU(2.0)),
            ("tr::Sigmoid", nn.Sigmoid()), ("tr::SiLU", nn.SiLU()), ("tr::Tanh", nn.Tanh()), ("tr::GELU<>", nn.GELU()),
            ("tr::GELU<tr::Approximation::tanh>", nn.GELU("tanh")), ("tr::Hardswish", nn.Hardswish()),
            ("tr::Hardsigmoid", nn.Hardsigmoid())), shape)

    def dropout(self, shape: tuple) -> Part:
        if len(shape) == 3 and self.chance(70):
            return self.part("tr::Dropout2d<0>", nn.Dropout2d(0.0), shape)
        return self.part("tr::Dropout<0>", nn.Dropout(0.0), shape)

    def linear(self, shape: tuple, outputs: int = 0) -> Part:
        outputs, bias = outputs or self.random.randint(1, 24), self.chance(70)
        return self.part(template("Linear", [outputs] if bias else [outputs, "tr::Bias::no"]),
                         nn.Linear(shape[0], outputs, bias), shape)

    def part(self, type_name: str, module: nn.Module, shape: tuple) -> Part:
        return Part(type_name, module, shape_behind(module, shape))
