"""The library's groups of layers as PyTorch's modules, whose tensors have the names of the library's."""

import torch
from torch import nn


class ResBlock(nn.Sequential):
    def forward(self, x):
        return super().forward(x) + x


class Residual(nn.Module):
    def __init__(self, body, shortcut):
        super().__init__()
        self.body = body
        self.shortcut = shortcut

    def forward(self, x):
        return self.body(x) + self.shortcut(x)


class Concat(nn.ModuleList):
    def forward(self, x):
        return torch.cat([branch(x) for branch in self], dim=1)


class Scale(nn.Sequential):
    def forward(self, x):
        gate = super().forward(x)
        return x * (gate[:, :, None, None] if gate.dim() < x.dim() else gate)
