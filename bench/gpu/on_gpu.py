"""Runs the parts that prove and measure the CUDA backend on a GPU; see bench/on_gpu.sh."""

import argparse
import pathlib
import shutil
import sys

import parts
import prepare
from report import Report
from runner import Runner

ROOT = pathlib.Path(__file__).resolve().parents[2]


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="on_gpu.sh", description="Proves and measures the CUDA backend on a GPU")
    parser.add_argument("--minutes", type=float, default=9, help="for all parts together (default: 9)")
    parser.add_argument("--part", action="append", choices=[part.name for part in parts.PARTS], metavar="NAME",
                        help="only this part; may be repeated: " + ", ".join(part.name for part in parts.PARTS))
    parser.add_argument("--out", type=pathlib.Path, default=ROOT / "build" / "gpu", help="folder of the results")
    parser.add_argument("--plan", action="store_true", help="print what would be run, and run nothing")
    parser.add_argument("--prepare", action="store_true", help="gather headers, and with --data CIFAR-10, for later")
    parser.add_argument("--data", type=pathlib.Path, help="with --prepare: directory of CIFAR-10's binary version")
    parser.add_argument("--add-data", type=pathlib.Path, metavar="PIECE", help="put a piece of CIFAR-10 in its place")
    arguments = parser.parse_args()
    if arguments.minutes <= 0:
        parser.error("--minutes takes a number above 0")
    return arguments


def main() -> int:
    arguments = parse_arguments()
    if arguments.prepare:
        return prepare.prepare(ROOT, arguments.data)
    if arguments.add_data:
        return prepare.add_data(ROOT, arguments.add_data)
    chosen = [part for part in parts.PARTS if not arguments.part or part.name in arguments.part]
    share = 60 * arguments.minutes / sum(part.share for part in chosen)
    if arguments.plan:
        for part in chosen:
            print(f"{part.name}: {part.title}, at most {part.share * share:.0f} s")
            for command in part.commands(ROOT, arguments.out, {}):
                print("    " + " ".join(command.words))
        return 0
    arguments.out.mkdir(parents=True, exist_ok=True)
    for earlier in arguments.out.glob("run-*"):
        shutil.rmtree(earlier)
    report = Report(arguments.out)
    runner = Runner(ROOT, arguments.out, report)
    for part in chosen:
        runner.run(part, part.share * share)
    return 1 if report.failed else 0


if __name__ == "__main__":
    sys.exit(main())
