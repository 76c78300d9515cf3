"""Do the room's own tests notice a change of its code? ``python tests/disclosure/mutate.py [how many] [seed]``.

Each mutant is a copy of the package in which one comparison, sum, whole number or ``and`` of ``disclosure/`` is another. The
room's tests run on it; a mutant that they let pass is printed with its line.
"""

from __future__ import annotations

import ast
import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
ROOM = ROOT / "src" / "equiwait" / "disclosure"
TESTS = ["test_hierarchies.py", "test_rules.py", "test_release.py", "test_against_others.py"]
OTHER = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Add, ast.And: ast.Or, ast.Or: ast.And,
    ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd,
}  # fmt: skip


def places(tree: ast.AST) -> Iterator[tuple[ast.AST, str, object]]:
    """Every node that can be changed, the attribute to change, and what to put there."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare) and type(node.ops[0]) in OTHER:
            yield node, "ops", [OTHER[type(node.ops[0])](), *node.ops[1:]]
        elif isinstance(node, ast.BinOp | ast.BoolOp) and type(node.op) in OTHER:
            yield node, "op", OTHER[type(node.op)]()
        elif isinstance(node, ast.Constant) and type(node.value) is int:
            yield node, "value", node.value + 1


def mutants() -> list[tuple[Path, int]]:
    """Every change that can be made, as a file and a number."""
    return [
        (path, number)
        for path in sorted(ROOM.glob("*.py"))
        for number, _ in enumerate(places(ast.parse(path.read_text("utf-8"))))
    ]


def survives(path: Path, number: int) -> str:
    """Return the changed line if the room's tests pass all the same, else nothing."""
    tree = ast.parse(path.read_text("utf-8"))
    node, attribute, value = list(places(tree))[number]
    setattr(node, attribute, value)
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "equiwait"
        shutil.copytree(ROOT / "src" / "equiwait", copy)
        (copy / "disclosure" / path.name).write_text(ast.unparse(tree), encoding="utf-8")
        # A change may make a search endless: a test that does not end has noticed it.
        command = [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-x",
            "-p",
            "no:cacheprovider",
            "-o",
            f"pythonpath={folder} tests",
        ]
        command += [str(Path("tests/disclosure") / name) for name in TESTS]
        environment = {**os.environ, "PYTHONPATH": folder}
        try:
            done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, timeout=300, check=False)
        except subprocess.TimeoutExpired:
            return ""
    return f"{path.name}:{node.lineno}: {ast.unparse(node)}" if done.returncode == 0 else ""  # type: ignore[attr-defined]


def main() -> None:
    """Try a seeded sample of all mutants and print those that survive."""
    how_many, seed = (int(each) for each in [*sys.argv[1:3], *["40", "1"][len(sys.argv) - 1 :]])
    every = mutants()
    tried = random.Random(seed).sample(every, min(how_many, len(every)))
    left = 0
    for path, number in tried:
        line = survives(path, number)
        left += bool(line)
        print(line or f"{path.name}: killed", flush=True)
    print(f"{len(tried) - left} of {len(tried)} killed (of {len(every)} that can be made)")


if __name__ == "__main__":
    main()
