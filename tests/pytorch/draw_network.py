"""Draws random networks as the library's type and as PyTorch's module, for random_networks.py."""

import copy

import torch
from torch import nn

from draw_layers import LayerDrawing, Part, shape_behind, template
from groups import Concat, ResBlock, Residual, Scale

MOST_CHANNELS = 40  # where a Concat ends; 24 elsewhere
MOST_LAYERS = 18  # groups not counted


def types(parts: list) -> list:
    return [part.type for part in parts]


def modules(parts: list) -> list:
    return [part.module for part in parts]


class Drawing(LayerDrawing):
    """Rows and groups of layers."""

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
            softmax = self.choose(("tr::Softmax", nn.Softmax(1)), ("tr::LogSoftmax", nn.LogSoftmax(1)))
            return [self.part(*softmax, shape)]
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


def depends_on_images(net: nn.Module, image: tuple) -> bool:
    """In training. Not where the mean of each channel is taken of what GroupNorm made of channels by themselves: the
    mean is the bias, and all gradients before it are rounding errors."""
    with torch.random.fork_rng([]), torch.no_grad():
        torch.manual_seed(0)
        net = copy.deepcopy(net).double()
        for parameter in net.parameters():
            if parameter.dim() == 1:  # biases that are not 0
                nn.init.normal_(parameter, 0.5, 0.3)
        outputs = net.train()(torch.randn(8, *image, dtype=torch.double))
    return float(outputs.std(0).max()) > 1e-6 * (1.0 + float(outputs.abs().max()))


def draw_network(seed: int) -> tuple:
    """The type, the module and the shape of its images."""
    torch.manual_seed(seed)  # the modules' parameters are drawn, too
    drawing = Drawing(seed)
    image = (drawing.random.randint(1, 3), drawing.random.randint(4, 13), drawing.random.randint(4, 11))
    while True:
        row = draw_row(drawing, image)
        net = nn.Sequential(*modules(row))
        if 3 <= len(layers_of(net)) <= MOST_LAYERS and depends_on_images(net, image):
            return template("Network", [template("Image", list(image)), *types(row)]), net, image
