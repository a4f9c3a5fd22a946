// Programs that Pex builds: every layout runs without Baji, the same bytes come from two folders, and only what holds an edited file is built again.

import Foundation
import TestSupport
import Testing

@Suite(.serialized, .needsBinary, .needs("tar", "unzip"), .enabled("no Python with pip to be found") { PythonTools.areThere })
struct PexBinaryTests {
  private static let files = [
    "baji.toml": BadPythonTests.configuration.replacingOccurrences(
      of: "\"baji.python\", \"baji.python.pyupgrade\"", with: "\"baji.python\""),
    "main.lock": BadPythonTests.lock, "requirements.txt": "tabulate==0.9.0\n",
    "BUILD": "python_requirements(name = \"requirements\")\n",
    "app/__init__.py": "",
    "app/lib.py": "def text():\n    return \"library\"\n",
    "app/other.py": "print(\"other\")\n",
    "app/data.txt": "data",
    "app/main.py": """
    import os
    import pathlib
    import sys

    import tabulate

    from app import lib


    def main():
        beside = pathlib.Path(__file__).parent / "data.txt"
        print(lib.text(), tabulate.__version__, beside.read_text(), os.environ.get("GREETING"), *sys.argv[1:], sep="|")


    if __name__ == "__main__":
        main()

    """,
    "app/app_test.py": """
    import subprocess
    import sys


    def test_program():
        done = subprocess.run([sys.executable, "app/plain.pex"], stdout=subprocess.PIPE, env={"PEX_ROOT": "root"}, check=True)
        assert done.stdout.decode() == "library|0.9.0|data|a b|first|it's second\\n"

    """,
    "app/BUILD": """
    python_sources(sources = ["*.py", "!*_test.py"], overrides = {"main.py": {"dependencies": [":data"]}})
    python_tests(name = "tests", runtime_package_dependencies = [":plain"])
    resource(name = "data", source = "data.txt")
    pex_binary(name = "plain", entry_point = "main.py:main", args = ["first", "it's second"], env = {"GREETING": "a b"})
    pex_binary(name = "packed", entry_point = "app.main", layout = "packed", execution_mode = "venv")
    pex_binary(name = "loose", entry_point = "app.main:main", layout = "loose", output_path = "tools/${target_name_normalized}")
    pex_binary(name = "other", entry_point = "other.py", include_requirements = False)
    archive(name = "release", format = "tar.gz", packages = [":plain", ":loose"])
    """,
  ]

  private func baji(_ files: [String: String] = [:], named name: String = "workspace") throws -> Baji {
    let wanted = PexBinaryTests.files.merging(files) { $1 }
    return try Baji(wanted, named: name, store: BadPythonTests.warm.get(), environment: PythonTools.environment)
  }

  private func package(_ baji: Baji, _ arguments: String...) throws -> Ended {
    try PythonTools.persistently { try baji.start(["package"] + arguments).end(within: PythonTools.patience) }
  }

  @Test func programsOfEveryLayoutRunAlone() throws {
    let baji = try baji()
    let ended = try package(baji, "::")
    #expect(ended.status == 0, "\(ended.text)")
    #expect(ended.output.contains("→ dist/tools/loose/\n"), "\(ended.text)")
    try baji.shell("mv dist elsewhere && rm -rf app")
    func run(_ line: String) throws -> String {
      let ended = try baji.shell("cd / && \(line) more", environment: ["PEX_ROOT": "\(baji.home)/pex", "THERE": baji.path("elsewhere")])
      #expect(ended.status == 0, "\(ended.text)")
      return ended.output
    }
    #expect(try run("python3 $THERE/app/plain.pex") == "library|0.9.0|data|a b|first|it's second|more\n")
    #expect(try run("python3 $THERE/app/packed.pex") == "library|0.9.0|data|None|more\n")
    #expect(try run("python3 $THERE/tools/loose") == "library|0.9.0|data|None|more\n")
    #expect(try run("python3 $THERE/app/other.pex") == "other\n")
    let listed = try baji.shell("tar tzf elsewhere/app/release.tar.gz | grep -v /$ | grep -E '^app/|loose/(PEX-INFO|__main__.py)$'")
    #expect(listed.output == "app/plain.pex\ntools/loose/PEX-INFO\ntools/loose/__main__.py\n", "\(listed.text)")
  }

  /// An option that changes nothing but the key makes the second build a real one.
  @Test func anotherFolderGivesTheSameBytes() throws {
    let (one, two) = (try baji(), try baji(named: "another place"))
    try two.shell("chmod g+w app/*; touch -d 2001-01-01 app/*")
    #expect(try package(one, "app:plain", "app:packed", "app:loose").status == 0)
    let again = try package(two, "--pex-version=pex", "app:plain", "app:packed", "app:loose")
    #expect(again.status == 0 && again.output.contains("3 built (3 ran"), "\(again.text)")
    let difference = try one.shell("diff -r dist '\(two.path("dist"))' && ls -lR --time-style=+ dist >/dev/null")
    #expect(difference.status == 0, "\(difference.text)")
  }

  @Test func anEditBuildsOnlyWhoseClosureHoldsIt() throws {
    let baji = try baji()
    #expect(try package(baji, "::").status == 0)
    try baji.edit("app/other.py", "other", "another")
    let ended = try package(baji, "::")
    #expect(ended.output.contains("package: 5 built (1 ran: app/other.py changed; 4 cached)"), "\(ended.text)")
    try baji.remove("dist/tools/loose/PEX-INFO")
    try baji.write(["dist/tools/loose/stray.py": ""])
    #expect(try package(baji, "::").output.contains("(5 cached)"))
    #expect(baji.exists("dist/tools/loose/PEX-INFO") && !baji.exists("dist/tools/loose/stray.py"))
  }

  @Test func aTestRunsTheProgramItNeeds() throws {
    let baji = try baji()
    let test = try PythonTools.persistently { try baji.start(["test", "::"]).end(within: PythonTools.patience) }
    #expect(test.status == 0 && test.output.contains("1 passed"), "\(test.text)")
  }

  @Test func runGivesArgumentsAndVariables() throws {
    let run = try PythonTools.persistently { try baji().start(["run", "app:plain", "--", "more"]).end(within: PythonTools.patience) }
    #expect(run.output == "library|0.9.0|data|a b|first|it's second|more\n", "\(run.text)")
  }

  private static let wrong: [(binary: String, status: Int32, said: String)] = [
    ("entry_point = \"absent.module:main\"", 1, "`entry_point` absent.module:main leads to nothing"),
    ("script = \"nothing\", dependencies = [\"//:requirements\"]", 1, "nothing"),
    ("entry_point = \"main.py\", platforms = [\"plan9_x86_64-cp-39-cp39\"]", 2, "no way to find wheels for the platform `plan9_x86_64`"),
    ("entry_point = \"main.py\", output_path = \"app/plain.pex\"", 2, "both want to be `dist/app/plain.pex`"),
  ]

  @Test(arguments: wrong.indices)
  func badInput(index: Int) throws {
    let (binary, status, said) = PexBinaryTests.wrong[index]
    let baji = try baji()
    try baji.edit("app/BUILD", "archive(", "pex_binary(name = \"bad\", \(binary))\narchive(")
    let ended = try package(baji, "app:bad", "app:plain")
    #expect(ended.status == status, "\(ended.text)")
    #expect(ended.text.contains(said), "\(ended.text)")
  }
}
