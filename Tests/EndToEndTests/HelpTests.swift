// Asking for help, and asking wrongly: unknown goals, options, addresses.

import Foundation
import Testing

@Suite(.needsBinary) struct HelpTests {
  @Test func helpAndVersionNeedNoWorkspace() throws {
    let baji = try Baji(configured: false)
    for arguments in [["version"], ["--version"]] { #expect(try baji.start(arguments).end().output.contains(".")) }
    for arguments in [["help"], ["--help"], ["-h"], []] {
      let ended = try baji.start(arguments).end()
      #expect(ended.status == 0)
      #expect(ended.output.contains("Usage: baji [options] goal"))
      #expect(ended.error == "")
    }
  }

  @Test(arguments: [
    (["help", "lint"], "--lint-only"), (["lint", "--help"], "--lint-only"), (["help", "shfmt"], "BAJI_SHFMT_ARGS"),
    (["help", "shell_source"], "source"), (["help", "targets"], "shunit2_test"), (["help", "goals"], "package"),
    (["help", "options"], "shfmt"),
  ]) func helpOnEverything(arguments: [String], expected: String) throws {
    let ended = try Baji().start(arguments).end()
    #expect(ended.status == 0, "\(ended.text)")
    #expect(ended.output.contains(expected), "\(ended.output)")
  }

  @Test(arguments: [
    (["lnt", "::"], ["unknown goal `lnt`", "did you mean `lint`?"]),
    (["frobnicate"], ["unknown goal `frobnicate`", "`baji help goals`"]),
    (["help", "lnt"], ["lnt", "did you mean"]),
    (["list", "--foo", "::"], ["unknown option `--foo`", "`baji help options`"]),
    (["list", "--shfmt-arg=x", "::"], ["unknown option `--shfmt-arg`", "did you mean `--shfmt-args`?"]),
    (["lint", "--lint-only=shelcheck", "::"], ["`shelcheck`", "did you mean `shellcheck`?"]),
    (["list", "--keep-sandboxes=perhaps", "::"], ["perhaps", "on_failure"]),
    (["list", "nonexistent::"], ["there is no folder `nonexistent`"]),
    (["list", "nonexistent.sh"], ["there is no file or folder `nonexistent.sh`"]),
    (["list", "d:nonexistent"], ["there is no target `d:nonexistent`", "`d` has `d`"]),
    (["list", "*.nope"], ["no file matches `*.nope`"]),
    (["list", "unowned.txt"], ["no target owns `unowned.txt`"]),
    (["list", "../elsewhere"], ["../elsewhere"]),
    (["list", "none1", "none2"], ["none1", "none2"]),
    (["cache", "frob"], ["`cache` has no `frob`", "stats"]),
    (["plugin"], ["`plugin` takes `test FOLDER …`"]),
    (["run", "--tag=none", "::"], ["`run` needs a target"]),
    (["::"], ["no goal was given"]),
  ]) func wrongCommandsAreAnsweredWithWhatToDo(arguments: [String], expected: [String]) throws {
    let baji = try Baji(["d/BUILD": "shell_sources()\n", "d/a.sh": "#!/bin/sh\n", "unowned.txt": ""])
    let ended = try baji.start(arguments).end()
    #expect(ended.status == 2, "\(ended.text)")
    #expect(ended.output == "")
    for part in expected { #expect(ended.error.contains(part), "wanted `\(part)` in: \(ended.error)") }
  }

  @Test func wrongConfigurationIsShownWithItsPlace() throws {
    for (toml, parts) in [
      ("[GLOBAL]\nbackend_packages = \"x\n", ["baji.toml:2:"]),
      ("[GLOBAL]\nfrob = 1\n", ["baji.toml:2", "frob"]),
      ("[shfmtt]\nargs = []\n", ["baji.toml:1", "shfmtt"]),
      ("[GLOBAL]\nbackend_packages = [\"baji.shel\"]\n", ["baji.shel"]),
      ("[test]\ntimeout_default = \"soon\"\n", ["timeout_default", "soon"]),
    ] {
      let ended = try Baji(["baji.toml": toml])("list", "::")
      #expect(ended.status == 2, "\(toml): \(ended.text)")
      for part in parts { #expect(ended.error.contains(part), "wanted `\(part)` in: \(ended.error)") }
    }
  }

  @Test func noSpecsIsNothingToDo() throws {
    for goal in ["lint", "test", "list"] {
      let ended = try Baji()(goal)
      #expect(ended.status == 0)
      #expect(ended.error.contains("no targets were named"))
    }
  }

  @Test func anEmptyRepositoryIsNothingToDo() throws {
    let baji = try Baji()
    for goal in ["list", "dependencies", "lint", "fmt", "test", "package"] {
      let ended = try baji(goal, "::")
      #expect(ended.status == 0, "\(ended.text)")
      #expect(ended.error.contains("the workspace has no targets"))
    }
    #expect(try baji("peek", "::").output.filter { !$0.isWhitespace } == "[]")
  }

  @Test func noRepositoryAtAll() throws {
    let ended = try Baji(configured: false)("list", "::")
    #expect(ended.status == 2)
    #expect(ended.error.contains("no workspace here"))
    #expect(ended.error.contains("`baji init`, called at the root"))
  }

  @Test func noHome() throws {
    let baji = try Baji(["BUILD": "shell_sources(name = \"s\")\n", "a.sh": "#!/bin/sh\n"])
    let ended = try baji("list", "::", environment: ["HOME": "", "XDG_CACHE_HOME": ""])
    #expect(ended.status == 2)
    #expect(ended.error.contains("HOME is not set"))
    #expect(ended.error.contains("XDG_CACHE_HOME"))
    #expect(try baji("list", "::", environment: ["HOME": ""]).status == 0, "XDG_CACHE_HOME is enough")
    #expect(try baji("version", environment: ["HOME": "", "XDG_CACHE_HOME": ""]).status == 0)
    let nowhere = try baji("lint", "::", environment: ["HOME": "/dev/null", "XDG_CACHE_HOME": ""])
    #expect(nowhere.status == 0, "\(nowhere.text)")
    #expect(nowhere.error.contains("warning: no results are cached"))
  }

  @Test func fromAFolderBelowSpecsStillBeginAtTheRoot() throws {
    let baji = try Baji(["d/BUILD": "shell_sources()\n", "d/a.sh": "#!/bin/sh\n"])
    #expect(try baji("list", "d/a.sh", in: "d").output == "d/a.sh\n")
    #expect(try baji("list", "::", in: "d").output == "d:d\nd/a.sh\n")
    let meant = try baji("list", "a.sh", in: "d")
    #expect(meant.status == 2)
    #expect(meant.error.contains("specs begin at the workspace's root: `d/a.sh`"))
  }

  @Test(arguments: [[:], ["NO_COLOR": "1"], ["CI": "true"], ["TERM": "dumb"]]) func pipedOutputIsPlain(_ environment: [String: String])
    throws
  {
    let baji = try Baji(["BUILD": "shell_sources(name = \"s\")\n", "a.sh": "#!/bin/sh\necho $1\n", "b/BUILD": "x(\n"])
    #expect(!(try baji("lint", "::", environment: environment).text.contains("\u{1B}")))
    try baji.remove("b")
    #expect(!(try baji("lint", "::", environment: environment).text.contains("\u{1B}")))
  }

  @Test func aReaderThatGoesAwayIsNoError() throws {
    let calls = (0..<3000).map { "target(name = \"t\($0)\")\n" }.joined()
    let baji = try Baji(["BUILD": calls])
    let ended = try baji.shell("baji list :: | head -n 1; baji list :: | true")
    #expect(ended.status == 0)
    #expect(ended.output == "//:t0\n")
    #expect(ended.error == "")
  }
}
