#!/usr/bin/env python3
"""Writes tinyres/tinyres.hpp and all that it includes of tinyres as one header, for Compiler Explorer and for a look.

    python3 cmake/single_header.py OUTPUT [HEADER...]    e.g. build/tinyres_single.hpp tinyres/tinyres.hpp

Each header of ours appears once, where it is first included. Other headers (the standard library's, xsimd's, the
system's) stay as includes.
"""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
INCLUDE = re.compile(r'\s*#\s*include\s*"(tinyres/[^"]+)"')
CONDITIONAL = re.compile(r"\s*#\s*(if|ifdef|ifndef|endif)\b")


def expand(header, done, lines):
    """Appends the lines of the header and, before the place of their includes, those of what it includes."""
    if header in done:
        return
    done.add(header)
    path = ROOT / "include" / header
    if not path.is_file():
        sys.exit(f"single_header.py: error: there is no include/{header}")
    lines.append(f"\n// {header}")
    depth = 0
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        conditional = CONDITIONAL.match(line)
        if conditional:
            depth += -1 if conditional[1] == "endif" else 1
        include = INCLUDE.match(line)
        if include and depth > 0 and include[1] not in done:
            sys.exit(f"single_header.py: error: include/{header}:{number}: an include of ours under a condition cannot be put in place")
        if include:
            expand(include[1], done, lines)
        elif line.strip() != "#pragma once":
            lines.append(line)


def version():
    text = (ROOT / "include/tinyres/version.hpp").read_text(encoding="utf-8")
    return ".".join(re.findall(r"#define TINYRES_VERSION_(?:MAJOR|MINOR|PATCH) (\d+)", text))


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    output = pathlib.Path(sys.argv[1])
    headers = sys.argv[2:] or ["tinyres/tinyres.hpp"]
    licence = (ROOT / "LICENSE").read_text(encoding="utf-8").rstrip().splitlines()
    lines = [
        f"// tinyres {version()} as one header, generated from {', '.join(headers)}: change those, not this. It needs a compiler with",
        "// C++20 (-std=c++20), OpenMP (-fopenmp) and xsimd 8.1 or newer.",
        "//",
        *[f"// {line}".rstrip() for line in licence],
        "#pragma once",
    ]
    done = set()
    for header in headers:
        expand(header, done, lines)
    text = re.sub(r"\n{3,}", "\n\n", "\n".join(lines)) + "\n"
    output.parent.mkdir(parents=True, exist_ok=True)
    partial = output.with_name(output.name + ".part")
    partial.write_text(text, encoding="utf-8")
    partial.replace(output)


main()
