"""Writes data sets as NumPy arrays and IDX files into data/, for the readers' tests: python3 arrays.py

NumPy writes all but one of the archives; torchvision reads the IDX files as a check."""

import gzip
import io
import struct
import tempfile
import zipfile
from pathlib import Path

import numpy as np
from torchvision.datasets import mnist

DATA = Path(__file__).parent / "data"


class OneWay(io.RawIOBase):
    """A stream that cannot go back, as a pipe is one: sizes then stand behind a file of an archive, not before it."""

    def __init__(self):
        self.content = b""

    def writable(self):
        return True

    def write(self, data):
        self.content += bytes(data)
        return len(data)


def with_wide_numbers(archive: bytes) -> bytes:
    """The same archive with all sizes and places as numbers of 64 bits, as in one of more than 4 GB."""
    end = archive.rindex(b"PK\x05\x06")
    count, size, begin = struct.unpack_from("<HII", archive, end + 10)
    entries, place = b"", begin
    for _ in range(count):
        name, extra, comment = struct.unpack_from("<HHH", archive, place + 28)
        packed, unpacked = struct.unpack_from("<II", archive, place + 20)
        (local,) = struct.unpack_from("<I", archive, place + 42)
        fixed = bytearray(archive[place : place + 46])
        struct.pack_into("<II", fixed, 20, 0xFFFFFFFF, 0xFFFFFFFF)
        struct.pack_into("<H", fixed, 30, extra + 28)
        struct.pack_into("<I", fixed, 42, 0xFFFFFFFF)
        rest = place + 46 + name
        entries += bytes(fixed) + archive[place + 46 : rest] + archive[rest : rest + extra]
        entries += struct.pack("<HHQQQ", 1, 24, unpacked, packed, local) + archive[rest + extra : rest + extra + comment]
        place = rest + extra + comment
    assert place == begin + size
    wide_end = struct.pack("<IQHHIIQQQQ", 0x06064B50, 44, 45, 45, 0, 0, count, count, len(entries), begin)
    locator = struct.pack("<IIQI", 0x07064B50, 0, begin + len(entries), 1)
    old_end = struct.pack("<IHHHHIIH", 0x06054B50, 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)
    return archive[:begin] + entries + wide_end + locator + old_end


def idx(array: np.ndarray) -> bytes:
    return struct.pack(f">HBB{array.ndim}I", 0, 8, array.ndim, *array.shape) + array.tobytes()


def write_arrays(random: np.random.Generator, dots: np.ndarray) -> None:
    images = random.integers(0, 256, (5, 4, 6, 3), dtype=np.uint8)
    labels = np.array([2, 0, 1, 70000, 1])
    numbers = images.astype(np.float64) / 255
    arrays = {
        "images": images, "labels": labels, "column": labels[:, None].astype(np.uint32),
        "gray": images[..., 0].copy(), "fortran": np.asfortranarray(images), "int64": images.astype(np.int64),
        "channels_first": np.ascontiguousarray(images.transpose(0, 3, 1, 2)),
        "fortran_channels_first": np.asfortranarray(images.transpose(0, 3, 1, 2).astype(np.int16)),
        "float32": numbers.astype(np.float32), "float64": numbers, "fortran_float64": np.asfortranarray(numbers),
        "mean": numbers.mean((0, 1, 2)), "deviation": numbers.std((0, 1, 2)),
        # Refused:
        "objects": np.array([{}, None]), "big_endian": images.astype(">i4"), "half": numbers.astype(np.float16),
        "text": np.array(["cat", "dog"]), "records": np.zeros(5, [("x", "u1"), ("y", "f4")]), "one_hot": np.eye(5, dtype=int),
        "negative": np.array([0, -1, 0, 0, 0], np.int8), "too_large": labels + 2**31, "above_255": images.astype(np.int32) + 1,
        "not_finite": np.where(numbers > 0.9, np.nan, numbers), "four_labels": labels[:4], "scalar": np.array(3),
        "no_pixels": np.zeros((5, 0, 6), np.uint8), "float_labels": labels.astype(np.float32),
    }  # fmt: skip
    np.savez(DATA / "arrays.npz", **arrays)
    few = {name: arrays[name] for name in ("images", "labels")}
    np.savez_compressed(DATA / "arrays_deflated.npz", **few, dots=dots)
    stream = OneWay()
    np.savez_compressed(stream, **few)
    (DATA / "arrays_streamed.npz").write_bytes(stream.content)
    stored = io.BytesIO()
    np.savez(stored, **few)
    wide = with_wide_numbers(stored.getvalue())
    (DATA / "arrays_wide.npz").write_bytes(wide)
    assert (np.load(io.BytesIO(wide))["images"] == images).all()
    with zipfile.ZipFile(DATA / "arrays_bzip2.npz", "w", zipfile.ZIP_BZIP2) as archive:
        for name, array in few.items():
            file = io.BytesIO()
            np.save(file, array)
            archive.writestr(name + ".npy", file.getvalue())


def write_idx(random: np.random.Generator) -> np.ndarray:
    """Forty blurred dots, which deflate packs by codes of its own. Returns them."""
    y, x = np.mgrid[:28, :28]
    centers = random.integers(6, 22, (40, 2))
    distances = (y - centers[:, :1, None]) ** 2 + (x - centers[:, 1:, None]) ** 2
    images = np.where(distances < 40, 255 - 6 * distances, 0).astype(np.uint8)
    labels = (np.arange(40) % 10).astype(np.uint8)
    for name, array in (("images-idx3", images), ("labels-idx1", labels)):
        (DATA / f"t10k-{name}-ubyte.gz").write_bytes(gzip.compress(idx(array), 9, mtime=0))
        with tempfile.NamedTemporaryFile() as file:
            file.write(idx(array))
            file.flush()
            assert (mnist.read_sn3_pascalvincent_tensor(file.name).numpy() == array).all()
    return images


if __name__ == "__main__":
    write_arrays(np.random.default_rng(1), write_idx(np.random.default_rng(2)))
