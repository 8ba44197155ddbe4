"""Runs the Python between %{ and }%: assertions over TCP_INFO, by an evaluator that knows nothing else."""

from __future__ import annotations

import ast
import operator
import re
import textwrap
from collections.abc import Callable, Mapping
from typing import Any, Final

from simnet.testing.packetdrill.names import INFO_CONSTANTS
from simnet.testing.packetdrill.problems import InvalidScript, Mismatch, Unsupported

_LARGEST: Final = 1 << 128
_LONGEST: Final = 10_000
_WIDE: Final = re.compile(r"%[^a-zA-Z%]*(\*|\d{4})")

_BINARY: Final[dict[type[ast.operator], Callable[[Any, Any], Any]]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv, ast.Mod: operator.mod, ast.BitAnd: operator.and_, ast.BitOr: operator.or_,
    ast.BitXor: operator.xor, ast.RShift: operator.rshift,
}  # fmt: skip
_UNARY: Final[dict[type[ast.unaryop], Callable[[Any], Any]]] = {
    ast.Not: operator.not_, ast.USub: operator.neg, ast.UAdd: operator.pos, ast.Invert: operator.invert,
}  # fmt: skip
_COMPARED: Final[dict[type[ast.cmpop], Callable[[Any, Any], bool]]] = {
    ast.Eq: operator.eq, ast.NotEq: operator.ne, ast.Lt: operator.lt, ast.LtE: operator.le, ast.Gt: operator.gt,
    ast.GtE: operator.ge, ast.In: lambda left, right: left in right,
    ast.NotIn: lambda left, right: left not in right, ast.Is: operator.is_, ast.IsNot: operator.is_not,
}  # fmt: skip
_CALLED: Final[dict[str, Callable[..., Any]]] = {
    "abs": abs, "min": min, "max": max, "round": round, "int": int, "float": float, "len": len, "str": str,
    "bool": bool,
}  # fmt: skip


class Snippets:
    """The variables of one script's code; they last from snippet to snippet."""

    __slots__ = ("_variables",)

    def __init__(self) -> None:
        self._variables: dict[str, Any] = {"True": True, "False": False, "None": None} | INFO_CONSTANTS

    def run(self, text: str, info: Mapping[str, int], line: int) -> None:
        """Run the statements of `text` over `info`, the connection's variables; an assertion raises `Mismatch`."""
        self._variables.update(info)
        try:
            tree = ast.parse(textwrap.dedent(text).strip().removesuffix("\\"))  # a line that nothing continues
        except SyntaxError as error:
            raise InvalidScript(f"the code cannot be read: {error.msg}", line) from None
        try:
            for statement in tree.body:
                self._execute(statement, line)
        except (TypeError, ValueError, ArithmeticError, LookupError) as error:
            raise InvalidScript(f"the code cannot be computed: {error}", line) from None

    def _execute(self, statement: ast.stmt, line: int) -> None:
        if isinstance(statement, ast.Assert):
            if not self._value(statement.test, line):
                raise Mismatch(
                    f"the assertion does not hold: {ast.unparse(statement.test)}", line, "", self._seen(statement, line)
                )
        elif isinstance(statement, ast.Assign) and all(isinstance(name, ast.Name) for name in statement.targets):
            value = self._value(statement.value, line)
            self._variables.update({ast.unparse(name): value for name in statement.targets})
        elif isinstance(statement, ast.AugAssign) and isinstance(statement.target, ast.Name):
            old = ast.BinOp(ast.Name(statement.target.id, ast.Load()), statement.op, statement.value)
            self._variables[statement.target.id] = self._value(old, line)
        elif isinstance(statement, ast.If):
            chosen = statement.body if self._value(statement.test, line) else statement.orelse
            for inner in chosen:
                self._execute(inner, line)
        elif isinstance(statement, ast.Expr):
            self._value(statement.value, line)
        elif not isinstance(statement, ast.Pass):
            raise Unsupported(f"the code uses {type(statement).__name__}, which is not allowed", line)

    def _seen(self, statement: ast.Assert, line: int) -> str:
        """The values of the variables that an assertion speaks of, and its own message."""
        names = {node.id for node in ast.walk(statement.test) if isinstance(node, ast.Name)} - set(INFO_CONSTANTS)
        seen = [f"{name} = {self._variables[name]!r}" for name in sorted(names) if name in self._variables]
        if statement.msg is not None and not isinstance(statement.msg, ast.Name):
            seen.append(str(self._value(statement.msg, line)))
        return ", ".join(seen)

    def _value(self, node: ast.expr, line: int) -> Any:
        value = self._raw_value(node, line)
        if isinstance(value, int) and abs(value) > _LARGEST or isinstance(value, str) and len(value) > _LONGEST:
            raise InvalidScript("the code computes something too large", line)
        return value

    def _raw_value(self, node: ast.expr, line: int) -> Any:
        if isinstance(node, ast.Constant) and isinstance(node.value, (int, float, str, type(None))):
            return node.value
        if isinstance(node, ast.Name):
            return self._variable(node.id, line)
        if isinstance(node, ast.BinOp) and type(node.op) in _BINARY:
            return self._binary(node, line)
        if isinstance(node, ast.UnaryOp):
            return _UNARY[type(node.op)](self._value(node.operand, line))
        if isinstance(node, ast.BoolOp):
            return self._boolean(node, line)
        if isinstance(node, ast.Compare):
            return self._comparison(node, line)
        if isinstance(node, ast.IfExp):
            return self._value(node.body if self._value(node.test, line) else node.orelse, line)
        if isinstance(node, (ast.Tuple, ast.List)):
            return tuple(self._value(item, line) for item in node.elts)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and not node.keywords:
            return self._call(node.func.id, [self._value(argument, line) for argument in node.args], line)
        raise Unsupported(f"the code uses {ast.unparse(node)}, which is not allowed", line)

    def _variable(self, name: str, line: int) -> Any:
        if name in self._variables:
            return self._variables[name]
        if name.startswith(("tcpi_", "SK_MEMINFO_")):
            raise Unsupported(f"{name} is not modeled, or there is no socket to ask", line)
        raise InvalidScript(f"there is no {name}", line)

    def _binary(self, node: ast.BinOp, line: int) -> Any:
        left, right = self._value(node.left, line), self._value(node.right, line)
        if isinstance(node.op, ast.Mult) and not all(isinstance(side, (int, float)) for side in (left, right)):
            raise Unsupported("the code multiplies what is no number", line)
        if isinstance(left, str) and isinstance(node.op, ast.Mod) and _WIDE.search(left):
            raise Unsupported("the code formats a very wide text", line)
        return _BINARY[type(node.op)](left, right)

    def _boolean(self, node: ast.BoolOp, line: int) -> Any:
        is_and = isinstance(node.op, ast.And)
        value: Any = is_and
        for operand in node.values:
            value = self._value(operand, line)
            if bool(value) is not is_and:
                return value
        return value

    def _comparison(self, node: ast.Compare, line: int) -> bool:
        left = self._value(node.left, line)
        for sign, operand in zip(node.ops, node.comparators, strict=True):
            right = self._value(operand, line)
            if not _COMPARED[type(sign)](left, right):
                return False
            left = right
        return True

    def _call(self, name: str, arguments: list[Any], line: int) -> Any:
        if name == "print":
            return None
        if name not in _CALLED:
            raise Unsupported(f"the code calls {name}(), which is not allowed", line)
        return _CALLED[name](*arguments)
