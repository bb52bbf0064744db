#!/usr/bin/env python3
"""Writes data/resnet20_narrow.safetensors, which resnet20_test.cpp reads: a ResNet-20 for CIFAR of width 2 on images of
8 x 8 pixels, built of torchvision's blocks. `initial.NAME` is its state dict (float), computed in double are `logits`
(prediction), `loss`, `gradient.NAME` and `after.NAME`, the running statistics after one training step. Needs
torchvision and safetensors; writes the same bits with the same PyTorch."""

from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import nn
from torchvision.models.resnet import BasicBlock

WIDTH, CLASSES, BATCH, SIZE = 2, 4, 4, 8


class ResNet20(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, WIDTH, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(WIDTH)
        self.layer1 = self.stage(WIDTH, WIDTH, 1)
        self.layer2 = self.stage(WIDTH, 2 * WIDTH, 2)
        self.layer3 = self.stage(2 * WIDTH, 4 * WIDTH, 2)
        self.fc = nn.Linear(4 * WIDTH, CLASSES)

    @staticmethod
    def stage(inputs, outputs, stride):
        shortcut = None
        if inputs != outputs:
            shortcut = nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs))
        return nn.Sequential(BasicBlock(inputs, outputs, stride, shortcut),
                             *[BasicBlock(outputs, outputs) for _ in range(2)])

    def forward(self, x):
        x = torch.relu(self.bn1(self.conv1(x)))
        x = self.layer3(self.layer2(self.layer1(x)))
        return self.fc(x.mean((2, 3)))


torch.manual_seed(3)
net = ResNet20()
for module in net.modules():
    if isinstance(module, nn.BatchNorm2d):
        nn.init.uniform_(module.weight, 0.5, 1.5)
        nn.init.normal_(module.bias, std=0.2)
        nn.init.normal_(module.running_mean, std=0.2)
        nn.init.uniform_(module.running_var, 0.5, 1.5)
tensors = {"initial." + name: value.clone() for name, value in net.state_dict().items()}
images = torch.randn(BATCH, 3, SIZE, SIZE)
tensors["images"] = images.permute(0, 2, 3, 1).contiguous()  # (batch, height, width, channels)
net.double()
tensors["logits"] = net.eval()(images.double()).detach()
loss = nn.functional.cross_entropy(net.train()(images.double()), torch.arange(BATCH))
loss.backward()
tensors["loss"] = loss.detach()
for name, parameter in net.named_parameters():
    tensors["gradient." + name] = parameter.grad.float()
for name, buffer in net.named_buffers():
    if not name.endswith("num_batches_tracked"):
        tensors["after." + name] = buffer.float()
save_file(tensors, Path(__file__).parent / "data" / "resnet20_narrow.safetensors")
