"""Prints a table of CUDA kernels from cuobjdump's -res-usage and -sass output: cuda_code.sh calls it."""

import re
import subprocess
import sys


def demangled(names):
    lines = subprocess.run(["c++filt"], input="\n".join(names), text=True, capture_output=True, check=True).stdout.split("\n")
    short = []
    for line in lines[: len(names)]:
        line = re.sub(r"^void ", "", line)
        line = re.sub(r"tinyres::(arch_\w+::)?(cuda::)?", "", line)
        line = re.sub(r"\(int\)|\(bool\)", "", line)
        line = re.sub(r"PatchAxis<(\d+), \1, 3, 1, 1, 1, 1>", r"\1", line)  # a Conv3x3's, by its length
        line = re.sub(r"\(.*$", "", line)
        short.append(line)
    return short


def resources(path):
    """Of each kernel its registers and bytes of stack."""
    found = {}
    name = None
    with open(path, encoding="utf-8") as file:
        for line in file:
            if match := re.search(r"Function (\S+):", line):
                name = match[1]
            elif name and (match := re.search(r"REG:(\d+) STACK:(\d+) SHARED:(\d+) LOCAL:(\d+)", line)):
                found[name] = {"registers": int(match[1]), "stack": int(match[2]), "local": int(match[4])}
                name = None
    return found


def instructions(path):
    """Of each kernel how often its code holds an instruction that matters."""
    patterns = {
        "tensor": re.compile(r"\b[HQ]?[HG]MMA\b|\bHMMA\."),
        "copies16": re.compile(r"\bLDGSTS\.\S*128"),
        "loads16": re.compile(r"\bLDG\.\S*128"),
        "loads": re.compile(r"\bLDG\."),
        "spills": re.compile(r"\bSTL\b|\bSTL\.|\bLDL\b|\bLDL\."),
    }
    found = {}
    counts = None
    with open(path, encoding="utf-8") as file:
        for line in file:
            if match := re.search(r"Function : (\S+)", line):
                counts = found.setdefault(match[1], dict.fromkeys(patterns, 0))
            elif counts is not None:
                for key, pattern in patterns.items():
                    counts[key] += bool(pattern.search(line))
    return found


def main():
    architecture, resources_path, code_path = sys.argv[1:]
    used = resources(resources_path)
    code = instructions(code_path)
    if not used or not code:
        sys.exit("report_cuda_code.py: cuobjdump printed no kernels")
    rows = []
    for mangled, name in zip(used, demangled(list(used))):
        rows.append((name, used[mangled], code.get(mangled, {})))
    rows.sort(key=lambda row: row[0])
    width = max(len(row[0]) for row in rows)
    print(f"\n{architecture}: {'kernel':<{width - len(architecture) - 2}}  registers  stack  spills  tensor  16-byte copies  16-byte loads  loads")
    for name, use, counts in rows:
        print(f"{name:<{width}}  {use['registers']:9}  {use['stack']:5}  {counts['spills']:6}  {counts['tensor']:6}  "
              f"{counts['copies16']:14}  {counts['loads16']:13}  {counts['loads']:5}")
    slow = [name for name, use, counts in rows if use["stack"] or use["local"] or counts["spills"]]
    print(f"{len(rows)} kernels, {len(slow)} of them spill registers or use a stack" + (": " + ", ".join(slow) if slow else ""))
    sys.exit(1 if slow else 0)


if __name__ == "__main__":
    main()
