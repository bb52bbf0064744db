"""What is run on the GPU, in this order."""

import dataclasses
import os
import pathlib
import shutil
import sys
from collections.abc import Callable


@dataclasses.dataclass
class Command:
    name: str  # of its log, and in the report
    words: list[str]
    limit: float | None = None  # seconds, if not all that the part has left


@dataclasses.dataclass
class Part:
    name: str
    title: str
    share: float  # of the minutes
    commands: Callable[[pathlib.Path, pathlib.Path, dict], list[Command]]


BUILD = pathlib.Path("build/gpu-build")
HEADERS = pathlib.Path("build/on_gpu/headers")
DATA = pathlib.Path("build/on_gpu/cifar-10-batches-bin")
BENCHES = ["bench_gpu_train_s10", "bench_gpu_kernels", "bench_cuda_floor"]
SANITIZED = "*convolution*double precision*,*normalization*,*max pool*,*MaxPool*,*cross entropy on the GPU agrees*"


def program(name: str) -> str:
    return str(BUILD / "bin" / name)


def has_cudnn() -> bool:
    candidates = ["/usr/include", "/usr/include/x86_64-linux-gnu", "/usr/local/cuda/include"]
    return any(pathlib.Path(folder, "cudnn.h").is_file() for folder in candidates)


def machine(root, out, facts) -> list[Command]:
    fields = "name,driver_version,memory.total,clocks.max.sm,clocks.max.mem,power.limit,temperature.gpu"
    return [Command("nvidia-smi", ["nvidia-smi", f"--query-gpu={fields}", "--format=csv"], 20),
            Command("nvcc", ["nvcc", "--version"], 20)]


def build(root, out, facts) -> list[Command]:
    """For this card alone. The probes come first: they need little and say what the card reaches."""
    jobs = str(os.cpu_count() or 2)
    cudnn = "ON" if has_cudnn() else "OFF"
    configure = ["cmake", "-S", ".", "-B", str(BUILD), "-DCMAKE_BUILD_TYPE=Release",
                 "-DCMAKE_CXX_FLAGS_RELEASE=-O2 -DNDEBUG", "-DTINYRES_CUDA=ON", f"-DTINYRES_CUDNN={cudnn}",
                 f"-DCMAKE_CUDA_ARCHITECTURES={facts.get('architecture', '90')}",
                 f"-DCMAKE_PREFIX_PATH={root / HEADERS}", f"-DTINYRES_STB_INCLUDE_DIR={root / HEADERS / 'include/stb'}",
                 "-DFETCHCONTENT_FULLY_DISCONNECTED=ON", "-DTINYRES_BUILD_BENCH=ON", "-DTINYRES_BENCH_PEER="]
    make = ["cmake", "--build", str(BUILD), "--parallel", jobs, "--target"]
    cudnn_bench = ["bench_cudnn_convolutions"] if cudnn == "ON" else []
    return [Command("configure", configure, 60), Command("build probes", [*make, "bench_gpu_probes"]),
            Command("probes", [program("bench_gpu_probes")], 30),
            Command("build", [*make, "tests_gpu", *BENCHES, "cifar10", *cudnn_bench])]


def tests(root, out, facts) -> list[Command]:
    commands = [Command("tests", [program("tests_gpu"), "--duration=true"])]
    if shutil.which("compute-sanitizer"):
        for tool in ("memcheck", "racecheck", "synccheck"):
            commands.append(Command(tool, ["compute-sanitizer", "--tool", tool, "--error-exitcode", "9",
                                           program("tests_gpu"), f"--test-case={SANITIZED}"], 60))
    return commands


def training(root, out, facts) -> list[Command]:
    steps = ["--steps", "200"]
    commands = []
    for precision in ("bf16", "fp32"):
        for graphs in ("on", "off"):
            commands.append(Command(f"train {precision} graphs {graphs}",
                                    [program("bench_gpu_train_s10"), "--precision", precision, "--graphs", graphs,
                                     *steps], 30))
    for mode in ("bf16", "fp32", "tf32"):
        for compiled in ([], ["--compile"]):
            name = f"pytorch {mode}{' compiled' if compiled else ''}"
            commands.append(Command(name, [sys.executable, "bench/gpu/pytorch_training.py", "--mode", mode, *compiled,
                                           "--steps", "100"], 60))
    if has_cudnn():
        for precision in ("bf16", "fp32"):
            commands.append(Command(f"train {precision} cudnn",
                                    [program("bench_gpu_train_s10"), "--precision", precision, "--convolutions",
                                     "cudnn", *steps], 30))
        commands.append(Command("cudnn convolutions", [program("bench_cudnn_convolutions")], 30))
    commands.append(Command("floor", [program("bench_cuda_floor")], 5))
    return commands


def kernels(root, out, facts) -> list[Command]:
    return [Command(f"kernels {precision}", [program("bench_gpu_kernels"), "--precision", precision], 40)
            for precision in ("bf16", "fp32")]


def full(root, out, facts) -> list[Command]:
    """24 epochs of CIFAR-10 where its pieces are there, else of synthetic images."""
    data = str(DATA) if (root / DATA / "test_batch.bin").is_file() else "synthetic"
    return [Command(f"full {precision} seed {seed}",
                    [program("cifar10"), "train", "--backend", "cuda", "--precision", precision, "--data", data,
                     "--seed", str(seed), "--out", str(out / f"run-{precision}-{seed}")])
            for seed in range(1, 6) for precision in ("bf16", "fp32")]


PARTS = [
    Part("machine", "card, driver, compiler", 0.3, machine),
    Part("build", "build for this card, probes of memory and products", 2.2, build),
    Part("tests", "the CUDA tests on hardware, then under compute-sanitizer", 1.8, tests),
    Part("training", "S10 training beside PyTorch and cuDNN", 2.0, training),
    Part("kernels", "the time of each kernel", 0.5, kernels),
    Part("full", "24 epochs, 5 seeds, both precisions", 2.2, full),
]
