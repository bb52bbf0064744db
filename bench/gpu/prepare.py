"""Brings along what a machine without a network lacks: headers for the build, and CIFAR-10 in pieces."""

import hashlib
import json
import pathlib
import shutil
import subprocess
import sys

PACKAGES = ["libxsimd-dev", "nlohmann-json3-dev", "libstb-dev", "libcli11-dev", "doctest-dev", "libbenchmark-dev"]
PIECE = 45_000_000
FILES = [f"data_batch_{i}.bin" for i in range(1, 6)] + ["test_batch.bin", "batches.meta.txt"]


def prepare(root: pathlib.Path, data: pathlib.Path | None) -> int:
    subprocess.run(["bash", "cmake/install_dependencies.sh", "tests"], cwd=root, check=True)
    headers = root / "build/on_gpu/headers"
    shutil.rmtree(headers, ignore_errors=True)
    depends = subprocess.run(["dpkg-query", "-f", "${Depends}", "-W", "libbenchmark-dev"], capture_output=True, text=True)
    library = [word for word in depends.stdout.replace(",", " ").split() if word.startswith("libbenchmark")]
    for package in PACKAGES + library:
        listing = subprocess.run(["dpkg", "-L", package], capture_output=True, text=True)
        if listing.returncode != 0:
            print(f"on_gpu.sh: the package {package} is not installed; install it", file=sys.stderr)
            return 1
        for line in listing.stdout.splitlines():
            source = pathlib.Path(line)
            inside = source.relative_to("/usr") if source.is_relative_to("/usr") else None
            if inside and inside.parts and inside.parts[0] in ("include", "lib", "share") and source.is_file() \
                    and not inside.is_relative_to("share/doc"):
                (headers / inside).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(source, headers / inside)
    size = sum(file.stat().st_size for file in headers.rglob("*") if file.is_file())
    print(f"build/on_gpu/headers: {size / 1e6:.1f} MB")
    return cut(root, data) if data else 0


def cut(root: pathlib.Path, data: pathlib.Path) -> int:
    """All files one after the other, cut into pieces; their list says what belongs where."""
    missing = [name for name in FILES if not (data / name).is_file()]
    if missing:
        print(f"on_gpu.sh: {data / missing[0]} is missing; give --data CIFAR-10's binary version", file=sys.stderr)
        return 1
    folder = root / "build/on_gpu/pieces"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    content = b"".join((data / name).read_bytes() for name in FILES)
    manifest = {"files": [[name, (data / name).stat().st_size] for name in FILES],
                "sha256": hashlib.sha256(content).hexdigest(), "pieces": []}
    for number, start in enumerate(range(0, len(content), PIECE)):
        piece = content[start:start + PIECE]
        manifest["pieces"].append([f"cifar10.{number}", hashlib.sha256(piece).hexdigest()])
        (folder / f"cifar10.{number}").write_bytes(piece)
    for number in range(len(manifest["pieces"])):  # each travels with the list
        (folder / f"cifar10.{number}.json").write_text(json.dumps(manifest))
    print(f"build/on_gpu/pieces: {len(manifest['pieces'])} pieces of CIFAR-10; bring each with its .json")
    return 0


def add_data(root: pathlib.Path, piece: pathlib.Path) -> int:
    """Checks a piece and keeps it; when all are there, the data set."""
    try:
        manifest = json.loads(pathlib.Path(f"{piece}.json").read_text())
        content = piece.read_bytes()
    except (OSError, ValueError) as error:
        print(f"on_gpu.sh: cannot read the piece {piece} with its .json: {error}", file=sys.stderr)
        return 1
    expected = dict(manifest["pieces"]).get(piece.name)
    if hashlib.sha256(content).hexdigest() != expected:
        print(f"on_gpu.sh: {piece} is damaged; bring it once more", file=sys.stderr)
        return 1
    kept = root / "build/on_gpu/kept"
    kept.mkdir(parents=True, exist_ok=True)
    (kept / piece.name).write_bytes(content)
    missing = [name for name, _ in manifest["pieces"] if not (kept / name).is_file()]
    if missing:
        print(f"{piece.name} is in its place; {', '.join(missing)} to come")
        return 0
    whole = b"".join((kept / name).read_bytes() for name, _ in manifest["pieces"])
    if hashlib.sha256(whole).hexdigest() != manifest["sha256"]:
        print("on_gpu.sh: the pieces do not fit together; bring those of one --prepare", file=sys.stderr)
        return 1
    folder = root / "build/on_gpu/cifar-10-batches-bin"
    folder.mkdir(parents=True, exist_ok=True)
    start = 0
    for name, size in manifest["files"]:
        (folder / name).write_bytes(whole[start:start + size])
        start += size
    shutil.rmtree(kept)
    print(f"CIFAR-10 is complete: {folder}")
    return 0
