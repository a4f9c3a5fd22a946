// `baji init`: what it writes for repositories of several kinds, and what it leaves alone.

import Foundation
import TestSupport
import Testing

@Suite(.enabled(if: Baji.binary != nil)) struct InitTests {
  private static let plain = [
    "pyproject.toml": """
    [project]
    name = "app"
    requires-python = ">=3.10"
    [tool.ruff]
    line-length = 100

    """,
    ".flake8": "[flake8]\n", "src/app/__init__.py": "", "src/app/main.py": "from app import x\n", "src/app/x.py": "",
    "tests/test_x.py": "from app import x\n", "scripts/a.sh": "echo\n",
    ".pre-commit-config.yaml": "repos:\n  - hooks:\n      - id: shellcheck\n  # - id: isort\n",
    "env/pyvenv.cfg": "", "env/lib/y.py": "",
  ]

  @Test(arguments: ["workspace", "a folder with spaces"]) func writesWhatTheRepositoryShows(_ name: String) throws {
    let baji = try Baji(Self.plain, named: name, configured: false)
    let made = try baji("init")
    #expect(made.status == 0, "\(made.error)")
    #expect(made.output.contains("4 files *.py"))
    #expect(made.output.contains("requires-python in pyproject.toml"))
    #expect(made.output.contains("source roots /, /src, /tests"))
    let text = try baji.read("baji.toml")
    for line in [
      "\"baji.python\",", "\"baji.python.flake8\",", "\"baji.python.ruff.check\",", "\"baji.shell\",", "\"baji.shell.shellcheck\",",
      "implicit_targets = true", "interpreter_constraints = [\"CPython>=3.10\"]",
    ] { #expect(text.contains(line), "\(text)") }
    #expect(!text.contains("isort") && !text.contains("black"))
    let listed = try baji("list", "::")
    #expect(listed.status == 0, "\(listed.error)")
    #expect(
      listed.output.contains("src/app/main.py\n") && listed.output.contains("tests/test_x.py\n") && !listed.output.contains("env/"))
    #expect(try baji("dependencies", "tests/test_x.py").output == "src/app/x.py\n")
  }

  @Test func leavesAConfigurationAlone() throws {
    let baji = try Baji(["baji.toml": "# mine\n", "a/b.py": ""])
    let refused = try baji("init")
    #expect(refused.status == 2)
    #expect(refused.error.contains("is there already"))
    #expect(try baji.read("baji.toml") == "# mine\n")

    let pants = try Baji(["pants.toml": "[GLOBAL]\n"])
    let told = try pants("init")
    #expect(told.status == 0)
    #expect(told.output.contains("nothing is needed"))
    #expect(!pants.exists("baji.toml"))
  }

  @Test func anEmptyFolderAndOneWithBuildFiles() throws {
    let empty = try Baji(configured: false)
    #expect(try empty("init").status == 0)
    #expect(try empty("list", "::").status == 0)

    let declared = try Baji(["code/BUILD": "python_sources()\n", "code/a.py": ""], configured: false)
    #expect(try declared("init").output.contains("1 BUILD file"))
    let text = try declared.read("baji.toml")
    #expect(!text.contains("implicit_targets") && text.contains("root_patterns"), "\(text)")
    #expect(try lines(declared("list", "::")) == ["code/a.py", "code:code"])

    let bazel = try Baji(["MODULE.bazel": "", "BUILD.bazel": "py_library()\n", "a.py": ""], configured: false)
    #expect(try bazel("init").status == 0)
    #expect(try lines(bazel("list", "::")) == ["//:root", "//a.py:root"])
    #expect(try bazel("init", "now").error.contains("takes no arguments"))
  }

  private func lines(_ ended: Ended) -> [String] { ended.output.split(separator: "\n").map(String.init).sorted() }
}
