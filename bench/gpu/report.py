"""Keeps what the parts found and writes it as Markdown and JSON after each of them."""

import json
import os
import pathlib
import re

from kernel_work import kernel_table


def lines_of_json(text: str) -> list[dict]:
    found = []
    for line in text.splitlines():
        if line.startswith("{"):
            try:
                found.append(json.loads(line))
            except json.JSONDecodeError:
                pass
    return found


def share_of(floor: float | None, milliseconds: float) -> str:
    return f"{floor / milliseconds:.0%}" if floor else ""


class Report:
    def __init__(self, out: pathlib.Path):
        self.out = out
        self.facts: dict = {}  # what later parts use: the card's architecture, its rates
        self.parts: list[dict] = []
        self.failed = False

    def begin(self, part) -> None:
        self.parts.append({"name": part.name, "title": part.title, "commands": []})

    def add(self, command, status: str, output: str, seconds: float) -> None:
        self.failed = self.failed or status != "ok"
        rows = lines_of_json(output)
        self.parts[-1]["commands"].append({"name": command.name, "status": status, "seconds": round(seconds, 2),
                                           "results": rows, "tail": output.splitlines()[-12:]})
        if command.name == "nvidia-smi" and status == "ok":
            self.facts["architecture"] = "100" if re.search(r"\bB[12]00", output) else "90" if re.search(
                r"\bG?H[12]00", output) else "80"
        if command.name == "probes" and rows:
            self.facts.update(rows[0])

    def end(self, seconds: float) -> None:
        self.parts[-1]["seconds"] = round(seconds, 1)
        self.write("results.json", json.dumps({"facts": self.facts, "parts": self.parts}, indent=1))
        self.write("results.md", self.markdown())

    def write(self, name: str, text: str) -> None:
        """Whole or not at all."""
        temporary = self.out / (name + ".new")
        try:
            temporary.write_text(text)
            os.replace(temporary, self.out / name)
        except OSError as error:
            print(f"on_gpu.sh: cannot write {self.out / name}: {error}", flush=True)

    def markdown(self) -> str:
        lines = ["# On a GPU", ""]
        if "card" in self.facts:
            lines += [f"{self.facts['card']}: {self.facts['memory_gb_per_second']:.0f} GB/s by copies, "
                      f"{self.facts['bf16_tflops']:.0f} TFLOP/s by bfloat16 products (cuBLAS).", ""]
        for part in self.parts:
            lines += [f"## {part['title']}", "", f"{part.get('seconds', 0)} s", "", "| command | status | seconds |",
                      "|---|---|---|"]
            lines += [f"| {c['name']} | {c['status']} | {c['seconds']} |" for c in part["commands"]]
            lines += ["", *self.details(part), ""]
        return "\n".join(lines)

    @staticmethod
    def floor(part: dict) -> float | None:
        """Milliseconds of a step, from bench_cuda_floor's line `in all`, whose last number is an H100's."""
        for command in part["commands"]:
            for line in command["tail"]:
                if command["name"] == "floor" and line.startswith("in all"):
                    return float(line.split()[-1])
        return None

    def details(self, part: dict) -> list[str]:
        lines: list[str] = []
        trainings = [row for c in part["commands"] for row in c["results"] if "images_per_second" in row]
        if trainings:
            lines += ["| training | ms per step | images/s | floor of mixed precision on an H100 | loss, first to last |",
                      "|---|---|---|---|---|"]
            floor = self.floor(part)
            lines += [f"| {row['mode']} | {row['milliseconds_per_step']:.3f} | {row['images_per_second']:.0f} | "
                      f"{share_of(floor, row['milliseconds_per_step'])} | "
                      f"{row['first_loss']:.3f} to {row['last_loss']:.3f} |" for row in trainings]
            lines.append("")
        for command in part["commands"]:
            if any("kernel" in row for row in command["results"]):
                lines += [f"{command['name']}:", "", *kernel_table(command["results"], self.facts), ""]
            elif not command["results"]:
                lines += [f"{command['name']}:", "", "```", *command["tail"], "```", ""]
        return lines
