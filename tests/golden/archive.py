"""Packs a folder of captures (scenario/variant/frames.json and *.pcap) into the two archives of this folder.

    python -m tests.golden.archive FOLDER

The same captures give the same bytes: names are sorted, and owners and times left out.
"""

from __future__ import annotations

import io
import lzma
import sys
import tarfile
from collections.abc import Iterable
from pathlib import Path

HERE = Path(__file__).parent
FRAMES = HERE / "frames.tar.xz"
PCAPS = HERE / "pcaps.tar.xz"


def pack(folder: Path, files: Iterable[Path]) -> bytes:
    """The compressed archive of `files`, named from `folder` on."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for file in sorted(files):
            data = file.read_bytes()
            entry = tarfile.TarInfo(file.relative_to(folder).as_posix())
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    return lzma.compress(buffer.getvalue(), preset=9 | lzma.PRESET_EXTREME)


def unpack(archive: Path) -> dict[str, bytes]:
    """Every file of an archive by its name."""
    with tarfile.open(archive, "r:xz") as opened:
        return {entry.name: _content(opened, entry) for entry in opened}


def _content(archive: tarfile.TarFile, entry: tarfile.TarInfo) -> bytes:
    file = archive.extractfile(entry)
    assert file is not None, f"{entry.name} is no file"
    return file.read()


def main() -> None:
    """Write both archives."""
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    folder = Path(sys.argv[1])
    FRAMES.write_bytes(pack(folder, [*folder.rglob("frames.json"), *folder.rglob("errno.json")]))
    PCAPS.write_bytes(pack(folder, folder.rglob("*.pcap")))
    print(f"{FRAMES.name} {FRAMES.stat().st_size} bytes, {PCAPS.name} {PCAPS.stat().st_size} bytes")


if __name__ == "__main__":
    main()
