"""What files say in their first lines that they do not model."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from tests.architecture.sources import package

SENTENCE = re.compile(r"Does not model: (.*?)\.(?=\s|$)", re.DOTALL)


def simplifications(folder: str) -> Iterator[tuple[str, str]]:
    """(file, what it does not model), of the files below `folder` that simplify."""
    for path, tree in sorted(package().items()):
        found = SENTENCE.search(ast.get_docstring(tree) or "")
        if path.startswith(folder) and found:
            yield path, " ".join(found[1].split())
