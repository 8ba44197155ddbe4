"""The examples of the pages: what they show to be typed, and what then appears.

In a page, a `yaml` block whose first line is `# NAME.yaml` is that file, so is a `pkt` block that begins with
`// NAME.pkt: `, and a `console` block holds commands after "$ " and their output.  The commands run in a folder of
their own that holds these files and a copy of `scenarios/`.

    python -m tests.architecture.examples        writes today's output into all pages; look at the difference
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.architecture.sources import ROOT

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FILE_NAME = re.compile(r"(?:# ([\w-]+\.yaml)\n|// ([\w-]+\.pkt): )")
WIDTH = "100"


def with_todays_output(page: Path, folder: Path) -> str:
    """The text of `page` with the output that its commands have today."""
    shutil.copytree(ROOT / "scenarios", folder / "scenarios")

    def replaced(block: re.Match[str]) -> str:
        language, text = block.groups()
        name = FILE_NAME.match(text)
        if language in ("yaml", "pkt") and name:
            (folder / (name[1] or name[2])).write_text(text, encoding="utf-8")
        if language != "console":
            return block[0]
        commands = [line for line in text.splitlines() if line.startswith("$ ")]
        return "```console\n" + "".join(f"{line}\n{output(line[2:], folder)}" for line in commands) + "```"

    return FENCE.sub(replaced, page.read_text("utf-8"))


def output(command: str, folder: Path) -> str:
    """What a terminal shows after `command`."""
    program, *arguments = shlex.split(command)
    assert program == "simnet", f"an example may only call simnet: {command}"
    environment = os.environ | {"COLUMNS": WIDTH, "NO_COLOR": "1", "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"}
    result = subprocess.run(
        [sys.executable, "-m", "simnet", *arguments],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
    )
    return result.stdout


def main() -> None:
    """Rewrites the pages."""
    for page in PAGES:
        with tempfile.TemporaryDirectory() as folder:
            page.write_text(with_todays_output(page, Path(folder)), encoding="utf-8")


if __name__ == "__main__":
    main()
