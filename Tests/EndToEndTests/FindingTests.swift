// What is wrong with targets, and told to whoever selects them: patterns that match nothing, imports that nobody provides.

import Foundation
import TestSupport
import Testing

@Suite(.needsBinary) struct FindingTests {
  private static let refused = "--unmatched-build-file-globs=error"

  /// One error, at its place, for every command that works on the target; others go on.
  @Test func aGeneratorWithoutFilesIsRefused() throws {
    let baji = try Baji([
      "a/BUILD": "files(name = \"x\", sources = [\"*.zzz\"])\nshell_sources(name = \"y\")\n",
      "b/BUILD": "files(name = \"x\", sources = [\"f\"])\n", "b/f": "",
    ])
    let ended = try baji(FindingTests.refused, "test", "::")
    #expect(ended.status == 2, "\(ended.text)")
    #expect(ended.error.components(separatedBy: "no file matches `a/*.zzz`").count == 2, "\(ended.error)")
    #expect(ended.error.components(separatedBy: "`shell_sources` finds no file: `*.sh` match nothing here").count == 2, "\(ended.error)")
    #expect(ended.error.contains("a/BUILD:1:19") && !ended.error.contains("warning"))
    #expect(ended.output == "")
    let other = try baji(FindingTests.refused, "test", "b::")
    #expect(other.status == 0 && !other.error.contains("zzz"), "\(other.text)")
    // Linters look at the scripts only.
    let linted = try baji(FindingTests.refused, "lint", "::")
    #expect(linted.status == 2, "\(linted.text)")
    #expect(linted.error.contains("error: `shell_sources` finds no file"), "\(linted.error)")
    #expect(!linted.error.contains("error: no file matches"), "\(linted.error)")
  }

  @Test(arguments: ["list", "dependencies", "peek", "filedeps"])
  func questionsAreAnsweredAllTheSame(goal: String) throws {
    let baji = try Baji(["BUILD": "files(name = \"x\", sources = [\"*.zzz\"])\n"])
    let ended = try baji(FindingTests.refused, goal, "::")
    #expect(ended.status == 0, "\(ended.text)")
    #expect(ended.error.components(separatedBy: "warning: no file matches `*.zzz`").count == 2, "\(ended.error)")
  }

  @Test func onePatternThatMatchesIsEnough() throws {
    let baji = try Baji(["BUILD": "shell_sources(name=\"x\", sources=[\"a.sh\", \"*.zzz\"])\n", "a.sh": "#!/bin/sh\n"])
    let ended = try baji(FindingTests.refused, "test", "::")
    #expect(ended.status == 0, "\(ended.text)")
    #expect(ended.error.contains("warning: no file matches `*.zzz`"), "\(ended.error)")
  }

  @Test func theWarningIsToldOnce() throws {
    let baji = try Baji([
      "a/BUILD": "files(name = \"x\", sources = [\"*.zzz\", \"f\"])\n", "a/f": "", "b/BUILD": "files(name = \"x\", sources = [\"f\"])\n",
      "b/f": "",
    ])
    for _ in 0..<2 {
      let ended = try baji("list", "dependencies", "peek", "::")
      #expect(ended.status == 0)
      #expect(ended.error.components(separatedBy: "no file matches `a/*.zzz`").count == 2, "\(ended.error)")
    }
    #expect(try baji("list", "b::").error == "")
    #expect(try baji("--unmatched-build-file-globs=ignore", "list", "::").error == "")
  }

  /// Told to whoever asks for dependencies, of the closure to whoever builds; as an error it stops only them.
  @Test func importsThatNobodyProvides() throws {
    let baji = try Baji([
      "baji.toml": "[GLOBAL]\nbackend_packages = [\"baji.python\"]\n",
      "a/BUILD": "python_sources()\n", "a/x.py": "import os\nimport nobody.knows\ntry:\n  import maybe\nexcept ImportError:\n  pass\n",
      "b/BUILD": "python_sources()\n", "b/y.py": "import a.x\n",
    ])
    #expect(try baji("list", "::").error == "")
    let warned = try baji("dependencies", "::")
    #expect(warned.status == 0)
    #expect(
      warned.error.contains("warning: `a/x.py` imports what no target provides: `nobody.knows` (line 2)\n  --> a/x.py:2:1"),
      "\(warned.error)")
    #expect(!warned.error.contains("maybe") && !warned.error.contains("`os`"))
    #expect(try baji("dependencies", "b::").output == "a/x.py\nb/y.py\n")
    #expect(try baji("dependencies", "b::").error == "")
    #expect(try baji("lint", "b::").error.contains("nobody.knows"))
    let refused = try baji("--python-infer-unowned-dependency-behavior=error", "dependencies", "a::")
    #expect(refused.status == 2 && refused.error.contains("error: `a/x.py` imports"), "\(refused.text)")
    #expect(try baji("--python-infer-unowned-dependency-behavior=error", "list", "::").status == 0)
    #expect(try baji("--python-infer-unowned-dependency-behavior=ignore", "dependencies", "::").error == "")
  }

  /// What a field names to be packed is a dependency for whoever asks, and for no closure.
  @Test func transitiveDependenciesFollowAddresses() throws {
    let baji = try Baji([
      "BUILD": """
      files(name = "f", sources = ["a.txt"])
      archive(name = "inner", format = "tar", files = [":f"])
      archive(name = "outer", format = "tar", packages = [":inner"])
      target(name = "t", dependencies = [":outer"])
      """, "a.txt": "",
    ])
    #expect(try baji("dependencies", "--transitive", "//:t").output == "//:inner\n//:outer\n//a.txt:f\n")
    #expect(try baji("dependents", "--transitive", "a.txt").output == "//:f\n//:inner\n//:outer\n//:t\n")
    #expect(try baji("filedeps", "--transitive", "//:t").output == "BUILD\na.txt\n")
    #expect(try baji("dependencies", "--transitive", "//:f").output == "//a.txt:f\n")
  }
}
