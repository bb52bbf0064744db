"""Trains S10 with PyTorch on the GPU and prints its speed as a line of JSON: channels_last, one fixed random batch."""

import argparse
import contextlib
import json
import pathlib
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mode", choices=["bf16", "fp32", "tf32"], default="bf16", help="bf16: by autocast")
    parser.add_argument("--compile", action="store_true", help="by torch.compile")
    parser.add_argument("--batch-size", type=int, default=512)
    parser.add_argument("--steps", type=int, default=100)
    parser.add_argument("--warm-up", type=int, default=20)
    arguments = parser.parse_args()

    import torch

    if not torch.cuda.is_available():
        sys.exit("pytorch_training.py: this PyTorch sees no GPU")
    sys.path.insert(0, str(ROOT / "tests" / "pytorch"))
    from s10 import S10

    torch.manual_seed(1)
    torch.backends.cudnn.benchmark = True
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = arguments.mode != "fp32"
    device = torch.device("cuda")
    model = S10(width=64, norm="bn", dropout=0.01).to(device, memory_format=torch.channels_last).train()
    optimizer = torch.optim.Adam(model.parameters(), lr=3.2e-4, weight_decay=0.01, fused=True)
    images = torch.randn(arguments.batch_size, 3, 32, 32, device=device).contiguous(memory_format=torch.channels_last)
    labels = torch.randint(10, (arguments.batch_size,), device=device)
    autocast = (lambda: torch.autocast("cuda", torch.bfloat16)) if arguments.mode == "bf16" else contextlib.nullcontext

    def step():
        with autocast():
            output = model(images)
        loss = torch.nn.functional.cross_entropy(output.float(), labels)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        return loss

    if arguments.compile:
        model = torch.compile(model)
    first = step().item()
    for _ in range(arguments.warm_up):
        step()
    torch.cuda.synchronize()
    start = time.perf_counter()
    for _ in range(arguments.steps):
        loss = step()
    torch.cuda.synchronize()
    seconds = time.perf_counter() - start
    name = f"PyTorch {torch.__version__} {arguments.mode} channels_last{', compiled' if arguments.compile else ''}"
    print(json.dumps({"mode": name, "milliseconds_per_step": 1e3 * seconds / arguments.steps,
                      "images_per_second": arguments.batch_size * arguments.steps / seconds,
                      "batch_size": arguments.batch_size, "steps": arguments.steps, "first_loss": first,
                      "last_loss": loss.item()}))


if __name__ == "__main__":
    main()
