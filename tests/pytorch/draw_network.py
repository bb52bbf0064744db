"""Draws random networks as the library's type and as PyTorch's module, for random_networks.py."""

import random
from dataclasses import dataclass

import torch
from torch import nn

from groups import Concat, ResBlock, Residual, Scale

FEWEST_NUMBERS = 6  # of which a norm takes the variance: that of two has next to no gradient
MOST_PIXELS = 500
MOST_CHANNELS = 40  # where a Concat ends; 24 elsewhere
MOST_LAYERS = 18  # groups not counted


@dataclass
class Part:
    """A layer or group. `shape` is its output's: (channels, height, width) or (features,)."""
    type: str
    module: nn.Module
    shape: tuple


def template(name: str, arguments: list) -> str:
    return f"tr::{name}<{', '.join(map(str, arguments))}>"


def types(parts: list) -> list:
    return [part.type for part in parts]


def modules(parts: list) -> list:
    return [part.module for part in parts]


def extent(sizes: tuple) -> str:
    return str(sizes[0]) if sizes[0] == sizes[1] else f"tr::by({sizes[0]}, {sizes[1]})"


class Drawing:
    def __init__(self, seed: int):
        self.random = random.Random(f"network {seed}")

    def chance(self, percent: int) -> bool:
        return self.random.randrange(100) < percent

    def choose(self, *values):
        return self.random.choice(values)

    # Layers.

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
            name, size, padding = self.choose(("Conv3x3", 3, 1), ("Conv3x3", 3, 1), ("Conv1x1", 1, 0), ("Conv5x5", 5, 2))
            outputs = outputs or self.channels()
            return self.part(template(name, [outputs, *ending]),
                             nn.Conv2d(inputs, outputs, size, padding=padding, bias=bias), shape)
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

    # Several layers.

    def usual_row(self, shape: tuple, keep: bool, outputs: int = 0) -> list:
        """A product and what usually follows: what backends like to run as one step."""
        flat = len(shape) == 1
        row = [self.linear(shape, outputs) if flat else self.conv(shape, keep, outputs)]
        if not flat and not keep and self.chance(20):
            row.append(self.pool(row[-1].shape))
        for percent, layer in ((75, self.norm), (75, self.activation), (25, self.dropout)):
            if self.chance(percent):
                row.append(layer(row[-1].shape))
        if not flat and not keep and self.chance(25):
            row.append(self.pool(row[-1].shape))
        return row

    def image_row(self, shape: tuple, keep: bool, depth: int) -> list:
        """The next layer or some. With `keep` they keep height and width."""
        kind = self.random.randrange(100)
        if kind < 27 or (depth == 0 and kind >= 50):
            return self.usual_row(shape, keep)
        if kind < 41:
            layer = self.choose(self.norm, self.activation, lambda before: self.conv(before, keep))
            return [layer(shape)]
        if kind < 43:
            return [self.dropout(shape)]
        if kind < 50:
            return [self.pool(shape, keep) if keep or self.chance(60) else self.upsample(shape)]
        return [self.group(shape, keep, depth - 1)]

    def vector_row(self, shape: tuple, depth: int) -> list:
        kind = self.random.randrange(100)
        if kind < 45 or (depth == 0 and kind >= 70):
            return self.usual_row(shape, True)
        if kind < 62:
            return [self.choose(self.norm, self.activation, self.dropout)(shape)]
        if kind < 70:
            return [self.part(*self.choose(("tr::Softmax", nn.Softmax(1)), ("tr::LogSoftmax", nn.LogSoftmax(1))), shape)]
        return [self.group(shape, True, depth - 1)]

    def row(self, shape: tuple, keep: bool, depth: int, wanted: int) -> list:
        """About as many layers."""
        row = []
        while len(row) < wanted:
            before = row[-1].shape if row else shape
            row += self.vector_row(before, depth) if len(before) == 1 else self.image_row(before, keep, depth)
        return row

    def keeping_row(self, shape: tuple, depth: int, outputs: int = 0) -> list:
        """Keeps height and width and has the channels of `shape` or these."""
        row = self.row(shape, True, depth, self.random.randint(1, 2)) if self.chance(30) else []
        if not row or row[-1].shape[0] != (outputs or shape[0]):
            row += self.usual_row(row[-1].shape if row else shape, True, outputs or shape[0])
        return row

    def one(self, row: list) -> Part:
        """As one branch of a group."""
        if len(row) == 1 and self.chance(80):
            return row[0]
        return Part(template("Sequential", types(row)), nn.Sequential(*modules(row)), row[-1].shape)

    # Groups.

    def group(self, shape: tuple, keep: bool, depth: int) -> Part:
        flat = len(shape) == 1
        kind = self.random.randrange(100)
        if kind < 10:
            row = self.row(shape, keep, depth, self.random.randint(1, 3))
            return Part(template("Sequential", types(row)), nn.Sequential(*modules(row)), row[-1].shape)
        if kind < 30:
            body = self.keeping_row(shape, depth)
            return Part(template("ResBlock", types(body)), ResBlock(*modules(body)), shape)
        if kind < 55:
            return self.residual(shape, keep or flat, depth)
        if kind < 78:
            return self.concat(shape, keep or flat, depth)
        gate = self.gate(shape, depth)
        return Part(template("Scale", types(gate)), Scale(*modules(gate)), shape)

    def identity(self, shape: tuple) -> Part:
        return Part("tr::Identity", nn.Identity(), shape)

    def residual(self, shape: tuple, keep: bool, depth: int) -> Part:
        if keep or self.chance(50):
            body = self.keeping_row(shape, depth, self.choose(shape[0], self.channels()))
            outputs = body[-1].shape[0]
            shortcut = [self.identity(shape)] if outputs == shape[0] and self.chance(50) else \
                self.keeping_row(shape, depth, outputs)
        else:  # of half the height and width
            outputs = self.channels()
            body = self.halving_row(shape, outputs, 3) + self.keeping_row(
                shape_behind(nn.Conv2d(shape[0], outputs, 3, 2, 1), shape), depth)
            shortcut = self.halving_row(shape, outputs, 1)
        body, shortcut = self.one(body), self.one(shortcut)
        return Part(template("Residual", types([body, shortcut])), Residual(body.module, shortcut.module), body.shape)

    def halving_row(self, shape: tuple, outputs: int, kernel: int) -> list:
        row = [self.part(f"tr::Conv<{outputs}, {kernel}, 2, {kernel // 2}>",
                         nn.Conv2d(shape[0], outputs, kernel, 2, kernel // 2), shape)]
        for layer in (self.norm, self.activation):
            if self.chance(60):
                row.append(layer(row[-1].shape))
        return row

    def concat(self, shape: tuple, keep: bool, depth: int) -> Part:
        halved = not keep and self.chance(20)
        count = self.choose(2, 2, 2, 3, 3, 4, self.random.randint(2, 8))
        branches, most = [], max(1, MOST_CHANNELS // count)
        for _ in range(count):
            outputs = self.random.randint(1, most)
            if halved:
                row = self.halving_row(shape, outputs, self.choose(1, 3, 5))
            elif shape[0] <= most and self.chance(30) and not any(type(b.module) is nn.Identity for b in branches):
                row = [self.identity(shape)]
            elif shape[0] <= most and self.chance(15):
                row = [self.activation(shape)]
            else:
                row = self.keeping_row(shape, depth, outputs)
            branches.append(self.one(row))
        return self.part(template("Concat", types(branches)), Concat(modules(branches)), shape)

    def gate(self, shape: tuple, depth: int) -> list:
        """Keeps the shape, or gives a value a channel as an image of one pixel or a vector."""
        if len(shape) == 1 or self.chance(35):
            row = self.keeping_row(shape, depth) if self.chance(60) else []
        else:
            windows = [self.part("tr::GlobalAvgPool", nn.AdaptiveAvgPool2d(1), shape)]
            if shape[1] == shape[2] <= 16 and self.chance(30):
                windows = [self.part(template("MaxPool", [shape[1]]), nn.MaxPool2d(shape[1]), shape)]
            row = windows
            if self.chance(60):
                row = row + [self.part("tr::Flatten", nn.Flatten(), row[-1].shape)]
            for outputs in (self.random.randint(1, 8), shape[0]):
                row = row + self.usual_row(row[-1].shape, True, outputs)
        if not row or self.chance(60):
            row = row + [self.part(*self.choose(("tr::Sigmoid", nn.Sigmoid()), ("tr::Hardsigmoid", nn.Hardsigmoid()),
                                                ("tr::Tanh", nn.Tanh())), row[-1].shape if row else shape)]
        return row


def shape_behind(module: nn.Module, shape: tuple) -> tuple:
    with torch.no_grad():
        training = module.training
        shape = tuple(module.eval()(torch.zeros(2, *shape)).shape[1:])
        module.train(training)
    return shape


def draw_row(drawing: Drawing, image: tuple) -> list:
    row = drawing.row(image, False, 2, drawing.random.randint(1, 7))
    shape = row[-1].shape
    if shape[1] * shape[2] > 1 and (shape[0] * shape[1] * shape[2] > 500 or drawing.chance(50)):
        row.append(drawing.part("tr::GlobalAvgPool", nn.AdaptiveAvgPool2d(1), shape))
    row.append(drawing.part("tr::Flatten", nn.Flatten(), row[-1].shape))
    if drawing.chance(40):
        row += drawing.row(row[-1].shape, True, 1, drawing.random.randint(1, 3))
    row.append(drawing.linear(row[-1].shape, 5))
    if drawing.chance(15):
        row.append(drawing.part("tr::LogSoftmax", nn.LogSoftmax(1), row[-1].shape))
    return row


def layers_of(net: nn.Module) -> list:
    """Without groups."""
    return [module for module in net.modules() if not list(module.children())]


def draw_network(seed: int) -> tuple:
    """The type, the module and the shape of its images."""
    drawing = Drawing(seed)
    image = (drawing.random.randint(1, 3), drawing.random.randint(4, 13), drawing.random.randint(4, 11))
    while True:
        row = draw_row(drawing, image)
        net = nn.Sequential(*modules(row))
        if 3 <= len(layers_of(net)) <= MOST_LAYERS:
            return template("Network", [template("Image", list(image)), *types(row)]), net, image
