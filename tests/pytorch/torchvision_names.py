#!/usr/bin/env python3
"""Prints how many tensors torchvision's networks have and a hash (FNV-1a, 64 bits) of their names and shapes in the
order of their state dicts, as tests/networks/networks_test.cpp expects them. With a name of a network: the lines that
are hashed, a tensor each, without the counters of batches. Needs torchvision."""

import sys
import torch
import torchvision

NETWORKS = ["resnet18", "resnet34", "resnet50", "vgg11_bn", "mobilenet_v2", "densenet121"]


def lines(network):
    with torch.device("meta"):
        state = getattr(torchvision.models, network)(weights=None).state_dict()
    for name, tensor in state.items():
        if not name.endswith("num_batches_tracked"):
            yield " ".join([name, *map(str, tensor.shape)]) + "\n"


def fnv1a(text):
    value = 0xCBF29CE484222325
    for byte in text.encode():
        value = (value ^ byte) * 0x100000001B3 % 2**64
    return value


if len(sys.argv) > 1:
    print("".join(lines(sys.argv[1])), end="")
else:
    for network in NETWORKS:
        text = "".join(lines(network))
        print(f"{network}: {text.count(chr(10))} tensors, 0x{fnv1a(text):016X}")
