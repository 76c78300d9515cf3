"""Every change that `mutate.py` makes to a file: comparisons, sums, numbers, ``and`` for ``or``, what is returned, what is dropped."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from functools import partial
from itertools import islice
from pathlib import Path
from types import CodeType
from typing import NamedTuple

_COMPARED = {
    ast.Lt: (ast.LtE, ast.GtE), ast.LtE: (ast.Lt, ast.Gt), ast.Gt: (ast.GtE, ast.LtE), ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,), ast.NotEq: (ast.Eq,), ast.In: (ast.NotIn,), ast.NotIn: (ast.In,), ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
}  # fmt: skip
_OTHER = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Add, ast.Div: ast.Mult, ast.FloorDiv: ast.Mult, ast.Mod: ast.Add,
    ast.Pow: ast.Mult, ast.And: ast.Or, ast.Or: ast.And, ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd,
}  # fmt: skip
_CALLED = {
    "min": "max", "max": "min", "floor": "ceil", "ceil": "floor", "any": "all", "all": "any", "minimum": "maximum",
    "maximum": "minimum", "argmin": "argmax",
}  # fmt: skip
_TINY = 1e-5  # numbers below this only catch errors of arithmetic

Change = Callable[[], None]


class Mutant(NamedTuple):
    """One change: of which file, the number of the change in it, and where it is."""

    path: Path
    number: int
    line: int
    function: str  # "" outside of functions
    says: str

    @property
    def place(self) -> str:
        return f"{self.path.name}:{self.line}"


def changes(tree: ast.AST) -> Iterator[tuple[ast.AST, Change]]:
    """Every node that can be changed, with what changes it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare):
            for at, op in enumerate(node.ops):
                for other in _COMPARED.get(type(op), ()):
                    yield node, partial(node.ops.__setitem__, at, other())
        elif (
            isinstance(node, ast.BinOp | ast.BoolOp | ast.AugAssign) and type(node.op) in _OTHER and not _of_types(node)
        ):
            yield node, _set(node, "op", _OTHER[type(node.op)]())
        elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not | ast.Invert | ast.USub):
            yield node, _become(node, node.operand)
        elif isinstance(node, ast.Constant):
            for value in _other_values(node.value):
                yield node, _set(node, "value", value)
        elif isinstance(node, ast.Attribute) and node.attr in _CALLED:
            yield node, _set(node, "attr", _CALLED[node.attr])
        elif isinstance(node, ast.Name) and node.id in _CALLED and isinstance(node.ctx, ast.Load):
            yield node, _set(node, "id", _CALLED[node.id])
        elif isinstance(node, ast.Return) and node.value is not None and not _is_none(node.value):
            yield node, _set(node, "value", ast.Constant(None))
        elif _can_go(node):
            yield node, _become(node, ast.Pass())


def _other_values(value: object) -> list[object]:
    if type(value) is bool:
        return [not value]
    if type(value) is int:
        return [value + 1, value - 1]
    return [value * 1.5] if type(value) is float and abs(value) > _TINY else []


def _of_types(node: ast.AST) -> bool:
    """``A | B`` of two names with a capital is a type."""
    text = ast.unparse(node)
    return " | " in text and all(part[:1].isupper() or part in ("str", "int", "None") for part in text.split(" | "))


def _is_none(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _can_go(node: ast.AST) -> bool:
    """Calls, growing sums, ``raise``, ``continue``, ``break`` and what is put into a place; names would be missed at once."""
    if isinstance(node, ast.Expr):
        return isinstance(node.value, ast.Call)
    if isinstance(node, ast.Assign):
        return not any(isinstance(target, ast.Name) for target in node.targets)
    return isinstance(node, ast.AugAssign | ast.Raise | ast.Continue | ast.Break)


def _set(node: ast.AST, attribute: str, value: object) -> Change:
    return lambda: setattr(node, attribute, value)


def _become(node: ast.AST, other: ast.AST) -> Change:
    def change() -> None:
        keep = (node.lineno, node.col_offset, node.end_lineno, node.end_col_offset)  # type: ignore[attr-defined]
        node.__class__, node.__dict__ = other.__class__, dict(other.__dict__)
        node.lineno, node.col_offset, node.end_lineno, node.end_col_offset = keep  # type: ignore[attr-defined]

    return change


def _annotations(tree: ast.AST) -> set[int]:
    """Nodes that nothing runs: types, and ``strict=True``, which only guards lists that are as long as each other anyway."""
    found: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.keyword) and node.arg == "strict":
            found.add(id(node.value))
        for name in ("annotation", "returns"):
            if (said := getattr(node, name, None)) is not None:
                found |= {id(each) for each in ast.walk(said)}
    return found


def _functions(tree: ast.AST, inside: str = "", body: str = "") -> Iterator[tuple[int, str]]:
    """Each node in the body of a function, with the name of the outermost one; its defaults are not in its body."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.FunctionDef):
            name = f"{inside}{node.name}"
            for statement in node.body:
                holder = ast.Module([statement], [])
                yield from _functions(holder, f"{name}.<locals>.", body or name)
            continue
        if body:
            yield id(node), body
        prefix = f"{inside}{node.name}." if isinstance(node, ast.ClassDef) else inside
        yield from _functions(node, prefix, body)


def mutants_of(path: Path) -> list[Mutant]:
    """Every change that can be made to a file."""
    tree = ast.parse(path.read_text("utf-8"))
    silent, inside = _annotations(tree), dict(_functions(tree))
    return [
        Mutant(path, number, node.lineno, inside.get(id(node), ""), ast.unparse(node))  # type: ignore[attr-defined]
        for number, (node, _) in enumerate(changes(tree))
        if id(node) not in silent
    ]


def tree_of(mutant: Mutant) -> tuple[ast.Module, ast.AST]:
    """Return the changed file, and the changed place in it."""
    tree = ast.parse(mutant.path.read_text("utf-8"))
    node, change = next(islice(changes(tree), mutant.number, None))
    change()
    return ast.fix_missing_locations(tree), node


def changed(mutant: Mutant) -> CodeType:
    """Return the code of the changed file."""
    return compile(tree_of(mutant)[0], str(mutant.path), "exec")
