#!/usr/bin/env python3
"""Writes data/transforms.safetensors, which transforms_test.cpp reads: what torchvision's transforms (v2) make of small
images, with explicit parameters, and the statistics of what it draws. Images are (height, width, channels) in [0, 1],
pictures 0 to 255. Needs torchvision and safetensors."""

from pathlib import Path

import torch
from safetensors.torch import save_file
from torchvision.transforms import v2
from torchvision.transforms.v2 import functional as F

FILL = [0.2, 0.4, 0.6]
tensors = {}


def add(name, image):
    """A tensor (..., channels, height, width) as (..., height, width, channels)."""
    tensors[name] = image.movedim(-3, -1).float().contiguous()


torch.manual_seed(5)
color = torch.rand(3, 7, 9)
color[:, 2, 2:6] = torch.tensor([[0.5, 1, 0, 1], [0.5, 0, 0, 1], [0.5, 0, 0, 0.25]])  # gray, primary and black pixels
gray = torch.rand(1, 7, 9)
bytes_ = torch.randint(0, 256, (3, 17, 19)) ** 2 // 255  # darker than uniform
bytes_[2] = 77
large = bytes_ / 255
add("color", color)
add("gray", gray)
add("large", large)

for factor in (0.0, 0.4, 1.7):
    for name in ("brightness", "contrast", "saturation", "sharpness"):
        add(f"{name}/{factor}", getattr(F, "adjust_" + name)(color, factor))
    for name in ("contrast", "sharpness"):
        add(f"gray/{name}/{factor}", getattr(F, "adjust_" + name)(gray, factor))
for shift in (-0.5, -0.37, 0.12, 0.5):
    add(f"hue/{shift}", F.adjust_hue(color, shift))
for bits in (0, 1, 3, 8):
    add(f"posterize/{bits}", F.posterize(color, bits))
for threshold in (0.0, 0.3, 1.0):
    add(f"solarize/{threshold}", F.solarize(color, threshold))
add("autocontrast", F.autocontrast(large[:, :7, :9] * 0.5 + 0.25))
add("autocontrast_of", large[:, :7, :9] * 0.5 + 0.25)
add("equalize", F.equalize(large))
add("equalize_few", F.equalize(color))

# In double and without pixels half way between others, so that what is nearest does not depend on rounding.
augment = v2.TrivialAugmentWide(fill=FILL)
for interpolation in ("nearest", "bilinear"):
    options = {"interpolation": v2.InterpolationMode(interpolation)}
    for angle in (33.0, -110.0, 90.0, 180.0):
        add(f"rotate/{interpolation}/{angle}", F.rotate(color.double(), angle, fill=FILL, **options))
    add(f"gray/rotate/{interpolation}/17.0", F.rotate(gray.double(), 17.0, fill=[0.7], **options))
    for operation, magnitude in (("ShearX", 0.3), ("ShearX", -0.66), ("ShearY", 0.25), ("ShearY", -0.91)):
        image = augment._apply_image_or_video_transform(color.double(), operation, magnitude, **options, fill=augment._fill)
        add(f"{operation}/{interpolation}/{magnitude}", image)
for operation, magnitude in (("TranslateX", 3.7), ("TranslateX", -2.0), ("TranslateY", 1.0), ("TranslateY", -4.2)):
    image = augment._apply_image_or_video_transform(color.double(), operation, magnitude, "nearest", fill=augment._fill)
    add(f"{operation}/{magnitude}", image)

# The magnitudes of all operations, 0 where there are none, of images of 48 x 36 pixels.
for name, transform in (("trivial", v2.TrivialAugmentWide()), ("rand", v2.RandAugment())):
    rows = [magnitudes(31, 48, 36) for magnitudes, _ in transform._AUGMENTATION_SPACE.values()]
    tensors[f"magnitudes/{name}"] = torch.stack([torch.zeros(31) if row is None else row.float() for row in rows])

picture = torch.randint(0, 256, (3, 11, 8), dtype=torch.uint8)
add("picture", picture)
for height, width in ((5, 4), (20, 13), (3, 9), (11, 8), (1, 1)):
    add(f"resize/{height}x{width}", F.resize(picture.float(), [height, width]))
    add(f"resize_pillow/{height}x{width}", F.pil_to_tensor(F.resize(F.to_pil_image(picture), [height, width])))
for top, left, height, width in ((2, 1, 7, 5), (0, 0, 11, 3), (10, 7, 1, 1)):
    add(f"resized_crop/{top}_{left}_{height}_{width}",
        F.resized_crop(picture.float(), top, left, height, width, [4, 6]))
for height, width in ((4, 5), (5, 4), (6, 3), (20, 5), (9, 13)):
    add(f"center_crop/{height}x{width}", F.center_crop(picture, [height, width]))
sides = [(11, 8), (8, 11), (333, 500), (500, 333), (7, 7), (480, 641), (1, 90)]
tensors["resize_sides"] = torch.tensor([[*side, *F.resize(torch.empty(1, *side), [13]).shape[1:]] for side in sides]).float()

batch = torch.rand(4, 3, 5, 6)
labels = torch.tensor([2, 0, 1, 2])
add("batch", batch)
tensors["labels"] = labels.float()
mix_up, cut_mix = v2.MixUp(num_classes=3), v2.CutMix(num_classes=3)
for share in (0.25, 0.9):
    parameters = {"lam": share, "labels": labels, "batch_size": 4}
    add(f"mix_up/{share}/images", mix_up.transform(batch, parameters))
    tensors[f"mix_up/{share}/targets"] = mix_up.transform(labels, parameters)
boxes = []
for share, x, y in ((0.3, 1, 4), (0.75, 5, 0), (0.05, 3, 2), (0.999, 2, 2)):
    cut_mix._dist.sample = lambda _, share=share: share
    drawn, torch.randint = torch.randint, lambda end, size, x=x, y=y: torch.tensor([x if end == 6 else y])
    parameters = cut_mix.make_params([batch])
    torch.randint = drawn
    left, top, right, bottom = parameters["box"]
    boxes.append([share, x, y, left, top, right - left, bottom - top])
    parameters |= {"labels": labels, "batch_size": 4}
    add(f"cut_mix/{share}/images", cut_mix.transform(batch, parameters))
    tensors[f"cut_mix/{share}/targets"] = cut_mix.transform(labels, parameters)
tensors["cut_mix/boxes"] = torch.tensor(boxes)

# Means and standard deviations of height, width, top, left and the area of what is drawn.
DRAWS = 100_000
for name, transform, size, keys in (
        ("random_resized_crop", v2.RandomResizedCrop(32), (48, 60), ("height", "width", "top", "left")),
        ("random_resized_crop_flat", v2.RandomResizedCrop(32), (40, 160), ("height", "width", "top", "left")),
        ("random_erasing", v2.RandomErasing(), (32, 24), ("h", "w", "i", "j"))):
    image, values = torch.empty(3, *size), []
    for _ in range(DRAWS):
        parameters = transform.make_params([image])
        if parameters.get("v", 0) is not None:
            values.append([parameters[key] for key in keys])
    values = torch.tensor(values, dtype=torch.double)
    values = torch.cat([values, values[:, :1] * values[:, 1:2]], 1)
    tensors[f"draws/{name}"] = torch.stack([values.mean(0), values.std(0)])

path = Path(__file__).parent / "data" / "transforms.safetensors"
save_file(tensors, path, {"draws": str(DRAWS)})
print(f"{path.name}: {len(tensors)} tensors, {path.stat().st_size} bytes")
