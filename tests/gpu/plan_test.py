"""bench/on_gpu.sh on a machine without a GPU: what it plans, and how it goes on when something fails or hangs."""

import json
import pathlib
import subprocess
import sys
import tempfile
import time
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "bench" / "gpu"))

import kernel_work  # noqa: E402
import prepare  # noqa: E402
from parts import PARTS, Command, Part  # noqa: E402
from report import Report  # noqa: E402
from runner import Runner  # noqa: E402


def on_gpu(*arguments: str) -> subprocess.CompletedProcess:
    return subprocess.run(["bash", str(ROOT / "bench" / "on_gpu.sh"), *arguments], capture_output=True, text=True)


class Plan(unittest.TestCase):
    def test_names_every_part_and_runs_nothing(self):
        planned = on_gpu("--plan", "--minutes", "9")
        self.assertEqual(planned.returncode, 0, planned.stderr)
        headings = [line for line in planned.stdout.splitlines() if not line.startswith(" ")]
        self.assertEqual([line.split(":")[0] for line in headings], [part.name for part in PARTS])
        seconds = sum(int(line.rsplit("at most ", 1)[1].split()[0]) for line in headings)
        self.assertLessEqual(abs(seconds - 540), len(PARTS))
        self.assertIn("tests_gpu", planned.stdout)

    def test_one_part_gets_all_the_time(self):
        planned = on_gpu("--plan", "--minutes", "2", "--part", "kernels")
        self.assertIn("kernels: the time of each kernel, at most 120 s", planned.stdout)
        self.assertNotIn("cmake", planned.stdout)

    def test_refuses_what_it_does_not_know(self):
        for arguments in (["--part", "nothing"], ["--minutes", "0"], ["--minutes", "many"], ["--nonsense"]):
            refused = on_gpu(*arguments)
            self.assertEqual(refused.returncode, 2)
            self.assertIn(arguments[0], refused.stderr)


class Running(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory(prefix="on gpu ")  # a space, as folders have
        self.out = pathlib.Path(self.folder.name)
        self.addCleanup(self.folder.cleanup)

    def run_parts(self, *parts: tuple[str, list[Command], float]) -> dict:
        report = Report(self.out)
        runner = Runner(ROOT, self.out, report)
        for name, commands, limit in parts:
            runner.run(Part(name, name, 1, lambda root, out, facts, commands=commands: commands), limit)
        self.failed = report.failed
        self.markdown = (self.out / "results.md").read_text()
        return json.loads((self.out / "results.json").read_text())

    def test_a_hanging_command_is_ended_with_all_that_it_started(self):
        mark = self.out / "mark"
        script = f'(sleep 3; touch "{mark}") & sleep 60'
        begin = time.monotonic()
        found = self.run_parts(("hangs", [Command("hang", ["bash", "-c", script])], 1.0),
                               ("follows", [Command("next", ["echo", '{"images_per_second": 5, "mode": "m", '
                                                             '"milliseconds_per_step": 1, "first_loss": 1, '
                                                             '"last_loss": 2}'])], 5.0))
        self.assertLess(time.monotonic() - begin, 30)
        time.sleep(3)
        self.assertFalse(mark.exists())
        statuses = [command["status"] for part in found["parts"] for command in part["commands"]]
        self.assertEqual(statuses, ["ended after 1 s", "ok"])
        self.assertTrue(self.failed)
        self.assertIn("| m | 1.000 | 5 |  | 1.000 to 2.000 |", self.markdown)

    def test_a_training_is_held_against_the_floor(self):
        row = {"images_per_second": 5, "mode": "m", "milliseconds_per_step": 4, "first_loss": 1, "last_loss": 2}
        self.run_parts(("training", [Command("train", ["echo", json.dumps(row)]),
                                     Command("floor", ["echo", "in all   4.907   1.000"])], 5.0))
        self.assertIn("| m | 4.000 | 5 | 25% | 1.000 to 2.000 |", self.markdown)

    def test_failures_and_missing_programs_are_reported(self):
        found = self.run_parts(("fails", [Command("false", ["false"]), Command("missing", ["no-such-program"]),
                                          Command("last", ["true"])], 5.0))
        statuses = [command["status"] for command in found["parts"][0]["commands"]]
        self.assertEqual(statuses[0], "failed with 1")
        self.assertIn("no-such-program", statuses[1])
        self.assertEqual(statuses[2], "ok")

    def test_what_does_not_begin_in_time_is_said(self):
        found = self.run_parts(("late", [Command("long", ["sleep", "30"]), Command("never", ["true"])], 0.5))
        self.assertEqual(found["parts"][0]["commands"][1]["status"], "not run: the part's time was over")

    def test_the_card_decides_the_architecture(self):
        report = Report(self.out)
        report.begin(PARTS[0])
        for card, architecture in (("NVIDIA H100 80GB HBM3", "90"), ("NVIDIA H200", "90"), ("NVIDIA B200", "100"),
                                   ("NVIDIA A100-SXM4-80GB", "80")):
            report.add(Command("nvidia-smi", []), "ok", f"name\n{card}, 570", 0.1)
            self.assertEqual(report.facts["architecture"], architecture)


class Kernels(unittest.TestCase):
    def test_work_follows_from_a_kernel_s_name(self):
        axis = "tinyres::arch_avx512::cuda::PatchAxis<(int)16, (int)16, (int)3, (int)1, (int)1, (int)1, (int)1>"
        name = ("void tinyres::arch_avx512::cuda::convolution_kernel<tinyres::arch_avx512::bfloat16, "
                f"{axis}, {axis}, 128, 256, 2>(int)")
        operations, data = kernel_work.work_of(name)
        self.assertEqual(operations, 2 * 9 * 128 * 256 * 512 * 256)
        self.assertEqual(data, 2 * 512 * 256 * (128 + 256))
        self.assertEqual(kernel_work.work_of("void tinyres::arch_sse2::cuda::normalize_kernel<float, 64, 1024, true>(long)"),
                         (0, 2 * 4 * 512 * 64 * 1024))
        self.assertIsNone(kernel_work.work_of("memset"))

    def test_the_table_begins_with_the_longest(self):
        rows = [{"kernel": "void a_kernel<1>(int)", "calls_per_step": 1, "milliseconds_per_step": 1.0},
                {"kernel": "void normalize_kernel<float, 64, 1024, true>(long)", "calls_per_step": 2,
                 "milliseconds_per_step": 2.0}]
        table = kernel_work.kernel_table(rows, {"bf16_tflops": 700, "memory_gb_per_second": 3000})
        self.assertIn("normalize_kernel", table[2])
        self.assertIn("%", table[2])
        self.assertIn("a_kernel", table[3])


class Data(unittest.TestCase):
    def test_pieces_make_the_files_again_and_a_damaged_one_is_refused(self):
        with tempfile.TemporaryDirectory() as folder:
            root, data = pathlib.Path(folder, "root"), pathlib.Path(folder, "data")
            data.mkdir()
            for number, name in enumerate(prepare.FILES):
                (data / name).write_bytes(bytes([number]) * (1000 + number))
            before, prepare.PIECE = prepare.PIECE, 3000
            self.addCleanup(setattr, prepare, "PIECE", before)
            self.assertEqual(prepare.cut(root, data), 0)
            pieces = sorted(path for path in (root / "build/on_gpu/pieces").iterdir() if path.suffix != ".json")
            self.assertEqual(len(pieces), 3)
            whole = pieces[1].read_bytes()
            pieces[1].write_bytes(whole[:-1] + b"x")
            self.assertEqual(prepare.add_data(root, pieces[1]), 1)
            pieces[1].write_bytes(whole)
            for piece in reversed(pieces):
                self.assertEqual(prepare.add_data(root, piece), 0)
            for name in prepare.FILES:
                found = root / "build/on_gpu/cifar-10-batches-bin" / name
                self.assertEqual(found.read_bytes(), (data / name).read_bytes())


if __name__ == "__main__":
    unittest.main(verbosity=1)
