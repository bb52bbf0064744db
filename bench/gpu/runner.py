"""Runs a part's commands within its time, in process groups that can be ended whole."""

import os
import pathlib
import signal
import subprocess
import time

from parts import Part
from report import Report


class Runner:
    def __init__(self, root: pathlib.Path, out: pathlib.Path, report: Report):
        self.root, self.out, self.report = root, out, report

    def run(self, part: Part, limit: float) -> None:
        """All commands of a part; each may take what the ones before it have left of `limit` seconds."""
        begin = time.monotonic()
        self.report.begin(part)
        print(f"=== {part.name}: {part.title}, at most {limit:.0f} s", flush=True)
        for command in part.commands(self.root, self.out, self.report.facts):
            left = limit - (time.monotonic() - begin)
            if left <= 0:
                self.report.add(command, status="not run: the part's time was over", output="", seconds=0.0)
                continue
            self.run_command(command, min(left, command.limit or left))
        self.report.end(time.monotonic() - begin)

    def run_command(self, command, limit: float) -> None:
        begin = time.monotonic()
        log = self.out / f"{command.name}.log"
        status = "ok"
        try:
            with open(log, "wb") as output:
                process = subprocess.Popen(command.words, cwd=self.root, stdin=subprocess.DEVNULL, stdout=output,
                                           stderr=subprocess.STDOUT, start_new_session=True)
                try:
                    code = process.wait(limit)
                    if code != 0:
                        status = f"failed with {code}"
                except subprocess.TimeoutExpired:
                    status = f"ended after {limit:.0f} s"
                finally:
                    self.end_group(process)
            text = log.read_text(errors="replace")
        except OSError as error:  # a program that is missing, a disk that is full
            status, text = f"failed: {error}", ""
        seconds = time.monotonic() - begin
        print(f"    {command.name}: {status}, {seconds:.1f} s", flush=True)
        self.report.add(command, status=status, output=text, seconds=seconds)

    @staticmethod
    def end_group(process: subprocess.Popen) -> None:
        """The command, and whatever it started and left behind."""
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        process.wait()
