"""Reads the JSON of bench_convolution and bench_onednn_convolution and prints each layer's medians, pass by pass."""

import json
import statistics
import sys

PASSES = ["forward", "input_gradient", "weight_gradient"]
runs = [json.load(open(path)) for path in sys.argv[1:]]


def library(run: dict) -> str:
    version = run["context"].get("onednn_version")
    return f"oneDNN {version}" if version else "tinyres"


measured = {}  # (layer, pass, library) -> what each round measured
for run in runs:
    for benchmark in run["benchmarks"]:
        size, channels, name = benchmark["name"].split("/")[:3]
        measured.setdefault((f"{size}, {channels.replace('-', ' to ')}", name, library(run)), []).append(benchmark)


def median(layer: str, name: str, which: str, key: str) -> float:
    return statistics.median(benchmark[key] for benchmark in measured[layer, name, which])


peers = sorted({library(run) for run in runs} - {"tinyres"})
layers = sorted({key[0] for key in measured}, key=lambda layer: [-int(layer.split("x")[0]), int(layer.split()[-1])])
context = runs[0]["context"]
peaks = sorted(float(run["context"]["peak_gflops"]) for run in runs)
rounds = len(measured[layers[0], PASSES[0], "tinyres"])
print(f"tinyres and {', '.join(peers)}: GFLOP/s counted as a direct convolution; batch {context['batch']}, "
      f"{context['precision']}, {context['threads']} threads, {context['instruction_set']}; medians of {rounds}")
print(f"fp32 multiply-adds alone reach {statistics.median(peaks):.0f} GFLOP/s ({peaks[0]:.0f} to {peaks[-1]:.0f} in "
      f"{len(peaks)} probes); error: relative RMS against double\n")
print(f"{'layer':34}{'pass':16}{'tinyres':>9}{'of peak':>9}{'error':>9}"
      + "".join(f"{peer:>16}{'error':>9}  {'algorithm':15}{'tinyres is':>11}" for peer in peers))
for layer in layers:
    for name in PASSES:
        line = f"{layer:34}{name.replace('_', ' '):16}"
        ours = median(layer, name, "tinyres", "GFLOP/s")
        line += f"{ours:9.0f}{median(layer, name, 'tinyres', 'of_peak'):9.2f}{median(layer, name, 'tinyres', 'error'):9.1e}"
        for peer in peers:
            theirs = median(layer, name, peer, "GFLOP/s")
            algorithm = measured[layer, name, peer][0]["label"].split(":")[0]
            line += f"{theirs:16.0f}{median(layer, name, peer, 'error'):9.1e}  {algorithm:15}{ours / theirs:9.2f} x"
        print(line)
