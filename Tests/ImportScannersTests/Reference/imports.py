"""What CPython's own parser finds in every Python source below a folder: one JSON object a line, for a test to compare with.

    python3 imports.py FOLDER

`imports`: [line, name, is weak], in the order of the source. `strings` and `assets`: names, sorted. Where CPython refuses the
source: `error`.
"""

import ast
import io
import json
import pathlib
import sys
import tokenize
import warnings

ERRORS = {"ImportError", "ModuleNotFoundError"}
PRAGMAS = ("# pants: no-infer-dep", "# baji: no-infer-dep")


def catches(kind):
    """Whether the expression of an `except` names an error of importing."""
    kinds = kind.elts if isinstance(kind, (ast.Tuple, ast.List, ast.Set)) else [kind]
    return any(isinstance(kind, ast.Name) and kind.id in ERRORS for kind in kinds)


def suppresses(call):
    """Whether an expression is `suppress(ImportError)` or the like."""
    if not isinstance(call, ast.Call) or not any(isinstance(argument, ast.Name) and argument.id in ERRORS for argument in call.args):
        return False
    function = call.func
    return (isinstance(function, ast.Name) and function.id == "suppress") or (
        isinstance(function, ast.Attribute) and function.attr == "suppress"
    )


class Finder(ast.NodeVisitor):
    """Walks a tree and notes what its nodes import."""

    def __init__(self, ignored):
        self.ignored = ignored
        self.weak = 0
        self.imports, self.strings = [], set()

    def add(self, name, line, *ends):
        if not self.ignored.intersection(ends):
            self.imports.append((line, name, self.weak > 0))

    def visit_all(self, nodes, weak=0):
        self.weak += weak
        for node in nodes:
            self.visit(node)
        self.weak -= weak

    def visit_Import(self, node):
        for alias in node.names:
            self.add(alias.name, alias.lineno, alias.end_lineno, node.end_lineno)

    def visit_ImportFrom(self, node):
        base = "." * node.level + (node.module or "")
        if base == "__future__":
            return
        for alias in node.names:
            name = base if alias.name == "*" else base + ("" if base.endswith(".") else ".") + alias.name
            self.add(name, alias.lineno, alias.end_lineno, node.end_lineno)

    def visit_Try(self, node):
        self.visit_all(node.body, weak=any(handler.type and catches(handler.type) for handler in node.handlers))
        self.visit_all(node.handlers + node.orelse + node.finalbody)

    visit_TryStar = visit_Try

    def visit_With(self, node):
        self.visit_all(node.items)
        self.visit_all(node.body, weak=any(suppresses(item.context_expr) for item in node.items))

    visit_AsyncWith = visit_With

    def visit_Call(self, node):
        if not (isinstance(node.func, ast.Name) and node.func.id == "__import__"):
            self.generic_visit(node)
        elif node.args and isinstance(node.args[0], ast.Constant) and isinstance(node.args[0].value, (str, bytes)):
            name = node.args[0].value
            name = name.decode("utf-8", "replace") if isinstance(name, bytes) else name
            if name and not any(c in name for c in " \t\r\n\f\\"):
                self.add(name, node.args[0].lineno, node.args[0].end_lineno, node.end_lineno)

    def visit_JoinedStr(self, node):
        """Text with replacement fields is no name, and neither is what the fields hold."""
        if len(node.values) == 1 and isinstance(node.values[0], ast.Constant):
            self.visit(node.values[0])

    visit_TemplateStr = visit_JoinedStr

    def visit_Constant(self, node):
        text = node.value
        if isinstance(text, bytes):
            text = text.decode("utf-8", "replace")
        if isinstance(text, str) and text and node.end_lineno not in self.ignored:
            self.strings.add(text)


def kinds(strings):
    """The strings that may name modules, and those that may name files."""
    names, paths = [], []
    for text in sorted(strings):
        if any(c in text for c in " \t\r\n\f\\") or len(text.encode("utf-8", "replace")) > 4096:
            continue
        if "/" not in text:
            if "." in text and all(part.isidentifier() for part in text.split(".")):
                names.append(text)
        elif not text.startswith("/") and "://" not in text and all(c >= " " and c != "\x7f" for c in text):
            paths.append(text)
    return {"strings": names, "assets": paths}


def ignored_lines(source):
    """The lines whose comments take names away."""
    if b"no-infer-dep" not in source:
        return set()
    tokens = tokenize.tokenize(io.BytesIO(source).readline)
    return {token.start[0] for token in tokens if token.type == tokenize.COMMENT and any(pragma in token.string for pragma in PRAGMAS)}


def main(folder):
    warnings.simplefilter("ignore")
    sys.setrecursionlimit(20_000)
    root = pathlib.Path(folder)
    for path in sorted(root.rglob("*.py")):
        if not path.is_file():
            continue
        found = {"path": str(path.relative_to(root))}
        try:
            source = path.read_bytes()
            finder = Finder(ignored_lines(source))
            finder.visit(ast.parse(source))
            found |= {"imports": finder.imports} | kinds(finder.strings)
        except (SyntaxError, ValueError, RecursionError, MemoryError, tokenize.TokenError) as error:
            found["error"] = f"{type(error).__name__}: {error}"
        print(json.dumps(found))


if __name__ == "__main__":
    main(sys.argv[1])
