// What is wrong in BUILD files, on the command line and in the configuration: each a message with its place, and exit code 2.

import Foundation
import TestSupport
import Testing

@Suite(.needsBinary) struct BadBuildFileTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let name: String
    let build: String
    /// Each must stand on standard error.
    let says: [String]
    var testDescription: String { name }
  }

  @Test(arguments: [
    Case(
      name: "unknown target type", build: "shel_sources(name=\"x\")\n",
      says: ["no target type `shel_sources`", "BUILD:1:1", "did you mean `shell_sources`?"]),
    Case(
      name: "unknown field", build: "\nshell_sources(name=\"x\", sorces=[])\n",
      says: ["has no field `sorces`", "BUILD:2:25", "did you mean `sources`?"]),
    Case(name: "wrong field type", build: "shell_sources(name=\"x\", sources=\"a.sh\")\n", says: ["takes a list of paths", "BUILD:1:25"]),
    Case(name: "wrong choice", build: "archive(name=\"x\", format=\"rar\")\n", says: ["tar.gz", "rar", "BUILD:1:19"]),
    Case(name: "missing required field", build: "archive(name=\"x\")\n", says: ["format", "BUILD:1:1"]),
    Case(name: "syntax error", build: "shell_sources(name=\"x\"\nfoo(\n", says: ["expected", "BUILD:2:1"]),
    Case(name: "never closed string", build: "files(name=\"x)\n", says: ["BUILD:1:"]),
    Case(
      name: "dependency on nothing", build: "target(name=\"x\", dependencies=[\":nope\"])\n",
      says: ["there is no target `//:nope`", "BUILD:1:18"]),
    Case(name: "not an address", build: "target(name=\"x\", dependencies=[\"/abs\"])\n", says: ["`/abs`", "BUILD:1:18"]),
    Case(
      name: "two targets of one name", build: "target(name=\"x\")\ntarget(name=\"x\")\n",
      says: ["two targets are called `//:x`", "BUILD:2:1", "BUILD:1:1"]),
    Case(name: "undefined name", build: "target(name=nme)\n", says: ["nme", "BUILD:1:13"]),
    Case(name: "endless loop", build: "x = [i for i in range(100000) for j in range(100000)]\n", says: ["BUILD:1:"]),
    Case(name: "recursion", build: "def f():\n    f()\nf()\n", says: ["BUILD:2:", "recursi"]),
    Case(name: "fail", build: "fail(\"not like this\")\n", says: ["not like this", "BUILD:1:1"]),
    Case(name: "load of nothing", build: "load(\"//none.star\", \"x\")\n", says: ["none.star", "BUILD:1:"]),
    Case(name: "open is refused", build: "x = open(\"f\")\n", says: ["read_file", "BUILD:1:"]),
    Case(name: "division by zero", build: "x = 1 // 0\n", says: ["BUILD:1:"]),
    Case(name: "NUL bytes", build: "target(name=\"x\")\u{0}\n", says: ["BUILD:1:"]),
  ])
  func saysWhatWhereAndWhatToDo(_ wrong: Case) throws {
    let baji = try Baji(["BUILD": wrong.build, "a.sh": "echo\n"])
    let ended = try baji("list", "::")
    #expect(ended.status == 2, "\(ended.text)")
    for part in wrong.says { #expect(ended.error.contains(part), "lacks `\(part)`:\n\(ended.error)") }
    #expect(ended.output == "")
  }

  @Test func severalErrorsAreToldTogether() throws {
    let baji = try Baji(["a/BUILD": "shel_sources()\n", "b/BUILD": "files(name=1)\n", "c/BUILD": "x = (\n"])
    let ended = try baji("list", "::")
    #expect(ended.status == 2)
    for part in ["a/BUILD:1:1", "b/BUILD:1:", "c/BUILD:"] { #expect(ended.error.contains(part), "\(ended.error)") }
  }

  @Test func aPatternThatMatchesNothingIsAWarningOrAnError() throws {
    let baji = try Baji(["BUILD": "files(name=\"x\", sources=[\"*.zzz\"])\n"])
    let warned = try baji("list", "::")
    #expect(warned.status == 0)
    #expect(warned.error.contains("no file matches `*.zzz`") && warned.error.contains("BUILD:1:17"))
    try baji.write(["BUILD": "shell_sources(name=\"x\", sources=[\"*.zzz\"])\n", "a.sh": "#!/bin/sh\n"])
    let refused = try baji("--unmatched-build-file-globs=error", "lint", "::")
    #expect(refused.status == 2, "\(refused.text)")
    #expect(refused.error.contains("*.zzz"))
  }

  @Test(arguments: [
    (["lnt", "::"], ["unknown goal `lnt`", "did you mean `lint`?"]),
    (["list", "nope::"], ["nope"]),
    (["list", "nope.sh"], ["nope.sh"]),
    (["test", "//:nope"], ["there is no target `//:nope`"]),
    (["--lint-onli=x", "lint", "::"], ["unknown option `--lint-onli`", "did you mean `--lint-only`?"]),
    (["--lint-only=shelcheck", "lint", "::"], ["shelcheck", "did you mean `shellcheck`?"]),
    (["--test-force=maybe", "test", "::"], ["--test-force", "maybe"]),
    (["help", "shfnt"], ["did you mean `shfmt`?"]),
    (["cache", "stat"], ["did you mean `stats`?"]),
    (["::"], ["goal"]),
    (["run", "::"], ["run"]),
  ])
  func wrongCommandsAreExplained(arguments: [String], says: [String]) throws {
    let baji = try Baji(["BUILD": "files(name=\"x\", sources=[\"a.txt\"])\n", "a.txt": ""])
    let ended = try baji.start(arguments).end()
    #expect(ended.status == 2, "\(ended.text)")
    for part in says { #expect(ended.error.contains(part), "lacks `\(part)`:\n\(ended.error)") }
  }

  @Test(arguments: [
    ("[GLOBAL]\nbackend_packages = [\"baji.shel\"]\n", ["baji.shel", "did you mean `baji.shell`?"]),
    ("[GLOBAL]\nbackend_package = []\n", ["backend_package", "did you mean `backend_packages`?", "baji.toml:2"]),
    ("[shfm]\nargs = []\n", ["shfm", "baji.toml:1"]),
    ("[GLOBAL\n", ["baji.toml:1"]),
    ("[GLOBAL]\nbackend_packages = 3\n", ["backend_packages", "baji.toml:2"]),
  ])
  func wrongConfigurationIsExplained(configuration: String, says: [String]) throws {
    let baji = try Baji(["baji.toml": configuration])
    let ended = try baji("list", "::")
    #expect(ended.status == 2, "\(ended.text)")
    for part in says { #expect(ended.error.contains(part), "lacks `\(part)`:\n\(ended.error)") }
  }

  @Test func unknownTypesAreOneWarningInAPantsRepository() throws {
    let baji = try Baji([
      "pants.toml": "[GLOBAL]\npants_version = \"2.17.0\"\nbackend_packages = [\"pants.backend.shell\"]\n[jvm]\ntool = 1\n",
      "a/BUILD": "scala_sources()\nscala_sources(name=\"y\", dependencies=[\":a\"])\n",
      "b/BUILD": "go_mod(name=\"mod\")\nshell_sources(dependencies=[\"a\", \"b:mod\"])\n",
      "b/x.sh": "#!/bin/sh\n",
    ])
    let ended = try baji("dependencies", "b/x.sh")
    #expect(ended.status == 0, "\(ended.error)")
    #expect(ended.output == "a:a\nb:mod\n")
    #expect(ended.error.components(separatedBy: "warning:").count == 2, "\(ended.error)")
    #expect(ended.error.contains("scala_sources: 2 (first at a/BUILD:1)"))
    #expect(ended.error.contains("`baji help options --ignored`"))
  }

  @Test func aBrokenPluginDisablesItselfOnly() throws {
    let baji = try Baji([
      "baji.toml": "[GLOBAL]\nplugin_paths = [\"tools\"]\nbackend_packages = [\"baji.shell\", \"mine\"]\n",
      "tools/mine/plugin.star": "plugin(name = \"mine\", api = 1)\nlinter(\"x\", targts = [])\n", "BUILD": "shell_sources(name=\"s\")\n",
      "a.sh": "#!/bin/sh\n",
    ])
    let ended = try baji("list", "::")
    #expect(ended.status == 0, "\(ended.error)")
    #expect(ended.output.contains("//a.sh:s"))
    #expect(ended.error.contains("tools/mine/plugin.star:2:") && ended.error.contains("did you mean `targets`?"), "\(ended.error)")
  }

  @Test func aHugeAndADeepBuildFileAreNoCrash() throws {
    let baji = try Baji()
    try baji.write(["BUILD": String(repeating: "(", count: 1 << 20)])
    #expect(try baji("list", "::").status == 2)
    try baji.write(["BUILD": (0..<2000).map { "target(name=\"t\($0)\", dependencies=[\":t\(($0 + 1) % 2000)\"])\n" }.joined()])
    let ended = try baji("list", "::")
    #expect(ended.status == 0)
    #expect(ended.output.split(separator: "\n").count == 2000)
  }

  @Test func windowsLinesAndAByteOrderMarkAreRead() throws {
    let baji = try Baji(["BUILD": "\u{FEFF}files(\r\n  name=\"x\",\r\n  sources=[\"a.txt\"],\r\n)\r\n", "a.txt": ""])
    let ended = try baji("list", "//:x")
    #expect(ended.status == 0, "\(ended.error)")
    #expect(ended.output == "//:x\n")
  }
}
