"""What a version is called."""

from __future__ import annotations

import contextlib
import hashlib
import json
import re
import subprocess
import tomllib
from pathlib import Path


def version(root: Path, modules: dict[str, str]) -> str:
    """`git describe`, behind the project's own number unless a tag says it."""
    with open(root / "pyproject.toml", "rb") as file:
        number = str(tomllib.load(file)["project"]["version"])
    command = ["git", "-C", str(root), "describe", "--tags", "--always", "--dirty"]
    told = ""
    with contextlib.suppress(OSError):
        told = subprocess.run(command, capture_output=True, text=True).stdout.strip()
    if "-dirty" not in told and re.match(r"v?\d+\.", told):
        return told.removeprefix("v")
    if not told or told.endswith("-dirty"):
        # The commit does not say what is in it: the contents do.
        content = hashlib.sha256(json.dumps(modules, sort_keys=True).encode()).hexdigest()[:8]
        told = f"{told.removesuffix('-dirty')}.{content}".lstrip(".")
    return f"{number}+{told}"
