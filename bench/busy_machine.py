"""Runs tinyres' programs alone and beside busy loops and prints how many times longer they take; see busy_machine.sh."""

import argparse
import contextlib
import json
import os
import pathlib
import statistics
import subprocess
import sys
import time

S10 = ["bench_train_s10", "--warm-up", "1"]
JOBS = {  # what is run, and how long one unit of it takes in seconds, from the line of JSON or from the clock
    "hello": (["hello"], None),
    "S10 training, batch 32": ([*S10, "--batch-size", "32", "--steps", "8"], lambda run: 32 / run["images_per_second"]),
    "S10 training, batch 512": ([*S10, "--batch-size", "512", "--steps", "1"],
                                lambda run: 512 / run["images_per_second"]),
    "S10 prediction, one image": (["bench_predict_s10", "--seconds", "3"], lambda run: run["mean_ms"] / 1000),
}


@contextlib.contextmanager
def busy_loops(count: int):
    """Beside `count` programs that each want a whole processor. They end with this one, even if it is killed."""
    loop = "import os; parent = os.getppid()\nwhile os.getppid() == parent: pass"
    loops = [subprocess.Popen([sys.executable, "-c", loop]) for _ in range(count)]
    try:
        yield
    finally:
        for loop in loops:
            loop.kill()
        for loop in loops:
            loop.wait()


def start(folder: pathlib.Path, command: list[str]) -> subprocess.Popen:
    return subprocess.Popen([folder / command[0], *command[1:]], stdout=subprocess.PIPE, text=True)


def seconds(folder: pathlib.Path, job: str) -> float:
    command, unit = JOBS[job]
    begin = time.monotonic()
    process = start(folder, command)
    output = process.communicate()[0]
    wall = time.monotonic() - begin
    if process.returncode != 0:
        sys.exit(f"busy_machine.py: {command[0]} failed")
    return unit(json.loads(output)) if unit else wall


def throughput_of_two(folder: pathlib.Path, command: list[str]) -> float:
    """Images per second of two trainings at once, together."""
    processes = [start(folder, command) for _ in range(2)]
    return sum(json.loads(process.communicate()[0])["images_per_second"] for process in processes)


def main() -> None:
    parser = argparse.ArgumentParser(description="How many times longer tinyres takes beside busy loops")
    parser.add_argument("--programs", type=pathlib.Path, required=True, help="folder of the programs")
    parser.add_argument("--against", type=pathlib.Path, help="folder with another version of these programs")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--loops", type=lambda text: [int(part) for part in text.split(",")], default=[0, 1, 3])
    parser.add_argument("--jobs", default="", help="only those whose name contains this")
    arguments = parser.parse_args()
    versions = {"this": arguments.programs.resolve()}
    if arguments.against:
        versions["other"] = arguments.against.resolve()

    print(f"{len(os.sched_getaffinity(0))} processors, medians of {arguments.rounds} (from least to most), "
          "milliseconds, and how many times longer than alone\n")
    print(f"{'':28}{'version':8}" + "".join(f"{f'beside {loops} busy' if loops else 'alone':>30}"
                                            for loops in arguments.loops))
    for job in (name for name in JOBS if arguments.jobs in name):
        times = {name: [] for name in versions}
        for loops in arguments.loops:
            runs = {name: [] for name in versions}
            with busy_loops(loops):
                for _ in range(arguments.rounds):
                    for name, folder in versions.items():
                        runs[name].append(1000 * seconds(folder, job))
            for name in versions:
                times[name].append(runs[name])
        for name, columns in times.items():
            alone = statistics.median(columns[0])
            print(f"{job:28}{name:8}" + "".join(
                f"{f'{statistics.median(runs):.4g} ({min(runs):.4g}-{max(runs):.4g}) {statistics.median(runs) / alone:.2f} x':>30}"
                for runs in columns), flush=True)

    if arguments.jobs:
        return
    training = [*S10, "--batch-size", "64", "--steps", "8"]
    for name, folder in versions.items():
        alone, together = [], []
        for _ in range(arguments.rounds):
            alone.append(json.loads(start(folder, training).communicate()[0])["images_per_second"])
            together.append(throughput_of_two(folder, training))
        print(f"two trainings at once, batch 64, {name}: {statistics.median(together):.1f} images/s together, "
              f"{statistics.median(together) / statistics.median(alone):.2f} x one alone")


if __name__ == "__main__":
    main()
