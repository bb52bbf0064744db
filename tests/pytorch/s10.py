"""The S10 ResNet in PyTorch, as in the reference notebook: the network that tinyres is compared with."""

import torch
from torch import nn
from torch.nn import functional


def norm_layer(norm: str, channels: int) -> nn.Module:
    """`bn`: BatchNorm; `gn`: GroupNorm with 4 groups; `ln`: GroupNorm with one group (LayerNorm over C, H, W)."""
    if norm == "bn":
        return nn.BatchNorm2d(channels)
    return nn.GroupNorm({"gn": 4, "ln": 1}[norm], channels)


def conv_block(inputs: int, outputs: int, norm: str, dropout: float, pool: bool) -> nn.Sequential:
    """conv 3x3 -> [max pool 2] -> norm -> ReLU -> Dropout2d."""
    layers = [nn.Conv2d(inputs, outputs, 3, padding=1)]
    if pool:
        layers.append(nn.MaxPool2d(2))
    layers += [norm_layer(norm, outputs), nn.ReLU(), nn.Dropout2d(dropout)]
    return nn.Sequential(*layers)


class ResBlock(nn.Module):
    """x + body(x), the body being twice conv 3x3 -> norm -> ReLU -> Dropout2d; the sum comes after the second ReLU."""

    def __init__(self, channels: int, norm: str, dropout: float):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1)
        self.n1 = norm_layer(norm, channels)
        self.drop1 = nn.Dropout2d(dropout)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1)
        self.n2 = norm_layer(norm, channels)
        self.drop2 = nn.Dropout2d(dropout)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = self.drop1(functional.relu(self.n1(self.conv1(x))))
        return x + self.drop2(functional.relu(self.n2(self.conv2(y))))


class S10(nn.Module):
    """Images (N, 3, 32, 32) -> log-probabilities (N, 10). `width` is the first block's number of channels."""

    def __init__(self, width: int = 64, norm: str = "bn", dropout: float = 0.01):
        super().__init__()
        self.prep_layer = conv_block(3, width, norm, dropout, pool=False)
        self.x1 = conv_block(width, 2 * width, norm, dropout, pool=True)
        self.R1 = ResBlock(2 * width, norm, dropout)
        self.layer2 = conv_block(2 * width, 4 * width, norm, dropout, pool=True)
        self.x2 = conv_block(4 * width, 8 * width, norm, dropout, pool=True)
        self.R2 = ResBlock(8 * width, norm, dropout)
        self.pool = nn.MaxPool2d(4)
        self.fc = nn.Linear(8 * width, 10)

    def logits(self, x: torch.Tensor) -> torch.Tensor:
        x = self.R1(self.x1(self.prep_layer(x)))
        x = self.R2(self.x2(self.layer2(x)))
        return self.fc(torch.flatten(self.pool(x), 1))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return functional.log_softmax(self.logits(x), dim=1)
