// Tools with plugins that lie in the workspace, and an interactive shell that imports from it: the real tools.

import Foundation
import TestSupport
import Testing

@Suite(.serialized, .needsBinary, .enabled("no Python with pip to be found") { PythonTools.areThere })
struct PythonToolTests {
  private func baji(_ files: [String: String]) throws -> Baji {
    try Baji(files, store: BadPythonTests.warm.get(), environment: PythonTools.environment)
  }

  private static let workspace = [
    "baji.toml": BadPythonTests.configuration.replacingOccurrences(
      of: "\"baji.python.pyupgrade\"", with: "\"baji.python.flake8\", \"baji.python.pylint\", \"baji.python.mypy\"")
        + """
        [source]
        root_patterns = ["/", "/tools/*"]
        [python-infer]
        unowned_dependency_behavior = "ignore"
        [flake8]
        source_plugins = ["tools/flake"]
        [pylint]
        source_plugins = ["tools/lint:lint"]
        [mypy]
        source_plugins = ["tools/types/types_rule.py"]

        """,
    "main.lock": BadPythonTests.lock, "requirements.txt": "tabulate==0.9.0\n",
    "BUILD": "python_requirements(name = \"requirements\")\npython_sources(name = \"lib\")\n",
    "app.py": "def bad_name(value: int) -> int:\n    return value\n\n\nclass Never:\n    pass\n\n\nbad_name(1)\n",
    ".flake8": "[flake8]\nmax-line-length = 120\n[flake8:local-plugins]\nextension =\n    BAJ = flake_rule:Rule\n",
    "pyproject.toml": """
    [tool.pylint.main]
    load-plugins = ["lint_rule"]
    disable = ["all"]
    enable = ["forbidden-class"]
    [tool.mypy]
    plugins = ["types_rule"]

    """,
    "tools/flake/BUILD": "python_sources()\n", "tools/lint/BUILD": "python_sources()\n", "tools/types/BUILD": "python_sources()\n",
    "tools/flake/flake_words.py": "FORBIDDEN = \"bad_name\"\n", "tools/lint/lint_words.py": "NEVER = \"Never\"\n",
    "tools/types/types_words.py": "FUNCTION = \"app.bad_name\"\n",
    "tools/flake/flake_rule.py": """
    import ast

    import tabulate
    from flake_words import FORBIDDEN


    class Rule:
        name = "rule"
        version = "1"

        def __init__(self, tree):
            self.tree = tree

        def run(self):
            for node in ast.walk(self.tree):
                if isinstance(node, ast.FunctionDef) and node.name == FORBIDDEN:
                    yield node.lineno, 0, f"BAJ100 {node.name} is forbidden ({tabulate.__version__})", type(self)

    """,
    "tools/lint/lint_rule.py": """
    import tabulate
    from lint_words import NEVER
    from pylint.checkers import BaseChecker


    class Rule(BaseChecker):
        name = "own-rule"
        msgs = {"W9901": ("class %s is forbidden (" + tabulate.__version__ + ")", "forbidden-class", "Own.")}

        def visit_classdef(self, node):
            if node.name == NEVER:
                self.add_message("forbidden-class", node=node, args=(node.name,))


    def register(linter):
        linter.register_checker(Rule(linter))

    """,
    "tools/types/types_rule.py": """
    import tabulate
    from mypy.plugin import Plugin
    from types_words import FUNCTION


    class Rule(Plugin):
        def get_function_hook(self, fullname):
            if fullname != FUNCTION:
                return None

            def hook(context):
                context.api.fail("own rule " + tabulate.__version__, context.context)
                return context.default_return_type

            return hook


    def plugin(version):
        return Rule

    """,
  ]

  @Test func pluginsOfTheWorkspaceAreTools() throws {
    let baji = try baji(PythonToolTests.workspace)
    let first = try PythonTools.persistently { try baji("lint", "check", "app.py", timeout: PythonTools.patience) }
    #expect(first.status == 1, "\(first.text)")
    for finding in [
      "app.py:1:1: BAJ100 bad_name is forbidden (0.9.0)", "app.py:5:0: W9901: class Never is forbidden (0.9.0) (forbidden-class)",
      "app.py:9: error: own rule 0.9.0",
    ] {
      #expect(first.output.contains(finding), "\(first.text)")
    }
    // What a plugin imports is in the key, and no cache of the tool's own hides it.
    for (file, name) in [("flake/flake_words.py", "bad_name"), ("lint/lint_words.py", "Never"), ("types/types_words.py", "app.bad_name")] {
      try baji.edit("tools/\(file)", name, "other")
    }
    let second = try baji("lint", "check", "app.py", timeout: PythonTools.patience)
    #expect(second.status == 0, "\(second.text)")
    #expect(second.output.contains("tools/flake/flake_words.py"), "why it ran: \(second.text)")
    // The plugins are code themselves.
    let own = try baji("lint", "tools::", timeout: PythonTools.patience)
    #expect(own.status == 0, "\(own.text)")
    try baji.edit("baji.toml", "\"tools/flake\"", "\"tools/flak\"")
    let wrong = try baji("lint", "app.py")
    #expect(wrong.status == 2)
    #expect(wrong.error.contains("[flake8] source_plugins: there is no folder `tools/flak`"), "\(wrong.text)")
    #expect(wrong.error.contains("did you mean `tools/flake`?"), "\(wrong.text)")
  }

  @Test func whatNoFormatterCanReadIsAFindingOfThatFile() throws {
    let baji = try baji([
      "baji.toml": BadPythonTests.configuration.replacingOccurrences(
        of: "\"baji.python.pyupgrade\"", with: "\"baji.python.isort\", \"baji.python.ruff.format\""),
      "BUILD": "python_sources(name = \"lib\")\n", "good.py": "import abc\nimport os\n", "broken.py": "def f(:\n",
    ])
    try Data([0x23, 0xFF, 0xFE, 0x0A, 0x58, 0x3D, 0x22, 0xE9, 0x22, 0x0A]).write(to: URL(filePath: baji.path("bad.py")))
    let ended = try PythonTools.persistently { try baji("lint", "::", timeout: PythonTools.patience) }
    #expect(ended.status == 1 && !ended.text.contains("not judged"), "\(ended.text)")
    for part in [
      "✗ isort: 3 files   ran  1 with findings", "bad.py: cannot be read as text: invalid or missing encoding",
      "error: Failed to read bad.py: stream did not contain valid UTF-8", "error: Failed to parse broken.py:1:7",
    ] {
      #expect(ended.output.replacing(#/ +ran/#, with: "   ran").contains(part), "wanted `\(part)` in:\n\(ended.text)")
    }
    let again = try baji("lint", "::")
    #expect(again.status == 1 && again.output.contains("(6 cached)"), "\(again.text)")
    let alone = try baji("lint", "--only=isort", "bad.py")
    #expect(alone.status == 1 && alone.output.contains("(1 cached)"), "alone as with others: \(alone.text)")
    // A mistake in the tool's own configuration is nobody's finding.
    try baji.write(["ruff.toml": "x =\n"])
    let broken = try baji("lint", "--only=ruff-format", "::")
    #expect(broken.output.contains("3 not judged") && broken.output.contains("ruff failed"), "\(broken.text)")
  }

  @Test(.needs("script")) func aShellImportsWhatTheTargetsReach() throws {
    var files = BadPythonTests.files()
    files["lib.py"] = "import tabulate\n\n\ndef answer():\n    return \"%d %s\" % (6 * 7, tabulate.__version__)\n"
    files["baji.toml", default: ""] += "[repl]\nshell = \"ipython\"\n"
    let baji = try baji(files)
    for (arguments, prompt) in [("repl", "In "), ("--repl-shell=python repl", ">>>")] {
      try? baji.remove("typescript")
      // Typed once it asks; what is looked for is in the answer only.
      let ended = try baji.shell(
        """
        said() { for _ in $(seq 3000); do grep -aqF "$1" typescript 2>/dev/null && return; sleep 0.1; done; }
        { said '\(prompt)'; sleep 1; printf 'import os, lib\\r'; sleep 0.5; printf 'print("GO" + "T", lib.answer(), "SOURCE_DATE_EPOCH" in os.environ)\\r'
          said 'GOT '; printf 'exit()\\r'; sleep 1; } | script -qefc '"$BAJI" \(arguments) lib.py' typescript
        """, timeout: PythonTools.patience)
      #expect(ended.status == 0, "\(ended.text)")
      #expect(ended.output.contains("GOT 42 0.9.0 False"), "\(ended.text.suffix(3000))")
      if prompt == "In " { #expect(ended.output.contains("IPython"), "\(ended.text.suffix(3000))") }
    }
  }
}
