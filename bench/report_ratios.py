"""Reads lines of JSON of training runs and prints each mode's medians and tinyres' ratio to it."""

import json
import statistics
import sys

runs = [json.loads(line) for line in open(sys.argv[1])]
modes = list(dict.fromkeys(run["mode"] for run in runs))


def median(mode: str, key: str) -> float:
    return statistics.median(run[key] for run in runs if run["mode"] == mode)


ours = next(mode for mode in modes if mode.startswith("tinyres"))
first = runs[0]
peers = {run["mode"]: run["library"] for run in runs if run["mode"] != ours}
print(f"\nbatch {first['batch_size']}, {first['threads']} threads, {first['data']}, {first['instruction_set']}; "
      f"{'; '.join(sorted(set(peers.values())))}; medians of {sum(run['mode'] == ours for run in runs)}")
peaks = [run["peak_gflops"] for run in runs if "peak_gflops" in run]
print(f"fp32 multiply-adds alone reach {statistics.median(peaks):.0f} GFLOP/s "
      f"({min(peaks):.0f} to {max(peaks):.0f} in {len(peaks)} probes)")
print(f"{'':24}{'images/s':>10}{'tinyres is':>12}{'peak MB':>10}{'tinyres needs':>15}")
for mode in modes:
    speed, memory = median(mode, "images_per_second"), median(mode, "peak_rss_mb")
    name = f"{peers[mode].split()[0]} {mode}" if mode in peers else mode
    print(f"{name:24}{speed:10.1f}{median(ours, 'images_per_second') / speed:10.2f} x{memory:10.0f}"
          f"{median(ours, 'peak_rss_mb') / memory:13.2f} x")
