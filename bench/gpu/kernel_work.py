"""How much a kernel has to do, by its name and template arguments, and how near it comes to what the card reaches."""

import re

BATCH = 512
S10_PARAMETERS = 6_575_370


def work_of(name: str) -> tuple[float, float] | None:
    """Operations and bytes of one call, or nothing where the name does not say."""
    match = re.search(r"(\w+)_kernel<(.*)>\(", name) or re.search(r"(\w+)_kernel<(.*)>", name)
    if not match:
        return None
    kernel, arguments = match[1], match[2]
    size = 2 if "bfloat16" in arguments else 4
    numbers = [int(number) for number in re.findall(r"(?<![\w.])(?:\(int\))?(\d+)(?![\w.])", arguments)]
    if kernel in ("convolution", "weight_gradient") and len(numbers) >= 16:
        down, across, (channels_in, channels_out) = numbers[:7], numbers[7:14], numbers[14:16]
        pixels_in, pixels_out, taps = (down[i] * across[i] for i in range(3))  # a PatchAxis begins with these
        return (2 * taps * channels_in * channels_out * BATCH * pixels_out,
                size * BATCH * (pixels_in * channels_in + pixels_out * channels_out))
    passes = {"normalize": 2, "gradient_sums": 2, "normalize_gradient": 3, "moments": 1}.get(kernel)
    if passes and len(numbers) >= 2:
        return 0, passes * size * BATCH * numbers[0] * numbers[1]
    if kernel == "max_pool_gradient" and len(numbers) >= 3:
        width, channels, window = numbers[:3]
        values = BATCH * width * width * channels
        return 0, values * size + values / window**2 * (size + 1)
    if kernel == "update":
        return 0, S10_PARAMETERS * 28
    return None


def kernel_table(rows: list[dict], facts: dict) -> list[str]:
    """Markdown, the kernels that take longest first."""
    peak, memory = facts.get("bf16_tflops"), facts.get("memory_gb_per_second")
    lines = ["| kernel | calls | ms per step | TFLOP/s | GB/s | of the peak |", "|---|---|---|---|---|---|"]
    for row in sorted(rows, key=lambda row: -row["milliseconds_per_step"]):
        name = re.sub(r"tinyres::\w+::(cuda::)?|void ", "", row["kernel"]).split("(")[0]
        calls, milliseconds = row["calls_per_step"], row["milliseconds_per_step"]
        seconds = milliseconds / 1000
        work = work_of(row["kernel"])
        cells = ["", "", ""]
        if work and seconds > 0:
            operations, data = (calls * amount / seconds for amount in work)
            shares = []
            if operations:
                cells[0] = f"{operations / 1e12:.1f}"
                if peak:
                    shares.append(operations / 1e12 / peak)
            cells[1] = f"{data / 1e9:.0f}"
            if memory:
                shares.append(data / 1e9 / memory)
            cells[2] = f"{max(shares):.0%}" if shares else ""
        lines.append(f"| `{name}` | {calls:g} | {milliseconds:.4f} | " + " | ".join(cells) + " |")
    return lines
