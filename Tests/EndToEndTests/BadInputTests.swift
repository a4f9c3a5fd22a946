// What BUILD files, names and places that are wrong get: a message with its place, an exit code, and no crash.

import Foundation
import Glibc
import Testing

@Suite(.needsBinary) struct BadInputTests {
  /// One BUILD file, what standard error must hold.
  private static let buildFiles: [(String, [String])] = [
    ("shell_sourcez(name = \"a\")\n", ["error: no target type `shell_sourcez`", "--> BUILD:1:1", "did you mean `shell_source`?"]),
    ("\nshell_sources(name = \"a\", souces = [])\n", ["has no field `souces`", "--> BUILD:2:27", "did you mean `sources`?"]),
    ("shell_source(name = \"a\", source = 3)\n", ["`source` of `shell_source` takes a path", "--> BUILD:1:26"]),
    ("shell_source(name = \"a\")\n", ["`shell_source` needs the field `source`", "--> BUILD:1:1"]),
    ("archive(name = \"a\", format = \"zap\", files = [])\n", ["`format`", "tar.gz", "--> BUILD:1:21"]),
    ("x = = 1\n", ["error: expected an expression, found `=`", "--> BUILD:1:5"]),
    ("files(name = \"a\",\n", ["found the end of the file", "--> BUILD:", "never closed?"]),
    ("files(name = \"a\n", ["this string is never closed", "--> BUILD:1:14"]),
    ("target(name = \"a\", dependencies = [\":zzz\"])\n", ["there is no target `//:zzz`", "--> BUILD:1:", "has `a`"]),
    ("target(name = \"a\", dependencies = [\"no/where:x\"])\n", ["no folder or file `no/where`", "--> BUILD:1:"]),
    ("target(name = \"a\")\ntarget(name = \"a\")\n", ["two targets are called `//:a`", "--> BUILD:2:1", "BUILD:1:1"]),
    ("target()\n", ["needs a name", "--> BUILD:1:1"]),
    ("load(\"a.star\", \"x\")\n", ["a.star → b.star → a.star", "--> b.star:1:6"]),
    ("load(\"none.star\", \"x\")\n", ["there is no file `none.star`", "--> BUILD:1:6"]),
    ("import os\n", ["`import`", "--> BUILD:1:1"]),
    ("x = [i for i in range(1000000000)]\n", ["takes too long", "--> BUILD:1:"]),
    ("def f(n):\n    return f(n)\nf(1)\n", ["recurs", "--> BUILD:"]),
    ("x = 1 // 0\n", ["--> BUILD:1:5"]),
    ("x = \"\(String(repeating: "é", count: 3))\" + 1\n", ["--> BUILD:1:"]),
    ("target(name = \"a\")\n\0\n", ["unexpected character with code 0", "--> BUILD:2:1"]),
    ("x = \(String(repeating: "(", count: 100_000))\n", ["nested too deeply", "--> BUILD:1:"]),
    ("x = \(String(repeating: "not ", count: 100_000))1\n", ["nested too deeply", "--> BUILD:1:"]),
    ("fail(\"on purpose\")\n", ["on purpose", "--> BUILD:1:1"]),
  ]

  @Test(arguments: buildFiles.indices) func aWrongBuildFileIsShownWithItsPlace(_ index: Int) throws {
    let (text, expected) = BadInputTests.buildFiles[index]
    let baji = try Baji(["BUILD": text, "a.star": "load(\"b.star\", \"x\")\n", "b.star": "load(\"a.star\", \"x\")\n"])
    let ended = try baji("list", "::")
    #expect(ended.status == 2)
    #expect(ended.output == "")
    for part in expected { #expect(ended.error.contains(part), "wanted `\(part)` in:\n\(ended.error.prefix(2000))") }
    #expect(!ended.error.contains("BUG"))
    #expect(ended.error.utf8.count < 20_000, "an excerpt is cut to fit")
  }

  @Test func severalErrorsAreShownTogether() throws {
    let baji = try Baji([
      "b/BUILD": "foo(", "c/BUILD": "bar()\nbaz()\n",
    ])
    let ended = try baji("lint", "::")
    #expect(ended.status == 2)
    for part in ["b/BUILD:1:", "no target type `bar`", "no target type `baz`"] {
      #expect(ended.error.contains(part), "wanted `\(part)` in:\n\(ended.error)")
    }
  }

  @Test func aGlobThatMatchesNothingIsAWarningOrAnError() throws {
    let baji = try Baji(["BUILD": "shell_source(name = \"e\", source = \"none.sh\")\n", "nine.sh": "#!/bin/sh\n"])
    let warned = try baji("list", "::")
    #expect(warned.status == 0)
    #expect(warned.error.contains("warning: there is no file `none.sh`\n  --> BUILD:1:26"), "\(warned.error)")
    #expect(warned.error.contains("did you mean `nine.sh`?"))
    let refused = try baji("lint", "--unmatched-build-file-globs=error", "::")
    #expect(refused.status == 2)
    #expect(refused.error.contains("error: there is no file `none.sh`"))
    #expect(try baji("list", "--unmatched-build-file-globs=ignore", "::").error == "")
  }

  @Test func unknownTargetTypesAreOpaqueWithPantsToml() throws {
    let baji = try Baji([
      "pants.toml": "[GLOBAL]\nbackend_packages = [\"pants.backend.codegen.thrift\", \"pants.backend.shell\"]\n",
      "BUILD": "thrift_sources(name = \"p\")\nthrift_sources(name = \"q\")\nshell_sources(name = \"s\")\n", "a.sh": "#!/bin/sh\n",
    ])
    let ended = try baji("list", "::")
    #expect(ended.status == 0)
    #expect(ended.output.contains("//:p\n"))
    #expect(ended.error.contains("thrift_sources: 2 (first at BUILD:1)"), "\(ended.error)")
  }

  @Test(arguments: [
    (
      "shell_sources(name = \"s\")\r\n\r\nfiles(\r\n  name = \"x\",\r\n  sources = [\"*.txt\"],\r\n)\r\n",
      "//:s\n//:x\n//a.sh:s\n//b.txt:x\n"
    ),
    ("\u{FEFF}shell_sources(name = \"s\")\n", "//:s\n//a.sh:s\n"),
    ("# nothing\n", ""),
    ("", ""),
  ]) func oddButRightBuildFiles(text: String, expected: String) throws {
    let baji = try Baji(["BUILD": text, "a.sh": "#!/bin/sh\n", "b.txt": ""])
    let ended = try baji("list", "::")
    #expect(ended.status == 0, "\(ended.error)")
    #expect(ended.output == expected)
  }

  @Test func placesCountNeitherCarriageReturnsNorTheByteOrderMark() throws {
    let ended = try Baji(["BUILD": "\u{FEFF}foo()\r\nbar()\r\n"])("list", "::")
    #expect(ended.error.contains("--> BUILD:1:1\n  1 | foo()\n    | ^^^\n"), "\(ended.error)")
    #expect(ended.error.contains("--> BUILD:2:1\n  2 | bar()\n    | ^^^\n"), "\(ended.error)")
  }

  @Test func aFolderNamedBuildAndBuildFilesOfOtherTypes() throws {
    let baji = try Baji(["BUILD/inside.sh": "#!/bin/sh\n", "d/BUILD.shell": "shell_sources()\n", "d/a.sh": "#!/bin/sh\n"])
    let ended = try baji("list", "::")
    #expect(ended.status == 0, "\(ended.error)")
    #expect(ended.output == "d:d\nd/a.sh\n")
  }

  @Test func aHugeBuildFile() throws {
    let calls = (0..<10_000).map { "target(name = \"t\($0)\", dependencies = [\":s\"])\n" }.joined()
    let baji = try Baji(["BUILD": "shell_sources(name = \"s\")\n" + calls, "a.sh": "#!/bin/sh\n"])
    let ended = try baji("list", "::", timeout: .seconds(60))
    #expect(ended.status == 0)
    #expect(ended.output.split(separator: "\n").count == 10_002)
    #expect(try baji("dependents", "//:s").output.split(separator: "\n").count == 10_000)
  }

  @Test func deepFolders() throws {
    let baji = try Baji()
    try baji.shell("for i in $(seq 1 300); do mkdir deeper && cd -P deeper || exit; done; printf 'shell_sources()' > BUILD; : > a.sh")
    let ended = try baji("list", "::")
    #expect(ended.status == 0, "\(ended.text)")
    #expect(ended.output.contains("deeper/a.sh\n"))
  }

  @Test func namesWithSpacesNewlinesAndBytesThatAreNoUTF8() throws {
    let names = ["a b.sh", "c\nd.sh", "-f.sh", "a\"b'c$(touch owned).sh", "col:on@x#y.sh", "*.sh", "é.sh"]
    let script = "#!/bin/sh\nif true; then\n  echo hi\nfi\n"
    let baji = try Baji([
      "BUILD":
        "shell_sources(name = \"s\")\nfiles(name = \"f\", sources = [\"*.sh\"])\narchive(name = \"z\", format = \"tar\", files = [\":f\"])\n"
    ])
    for name in names { try baji.write([name: script]) }
    try baji.shell("printf '#!/bin/sh\\n' > \"$(printf 'bad\\377.sh')\"")
    let fmt = try baji("fmt", "::")
    #expect(fmt.status == 0, "\(fmt.text)")
    #expect(fmt.error.contains("bad\\xff.sh"), "the name that is no UTF-8 is reported: \(fmt.error)")
    for name in names { #expect(try baji.read(name).contains("\techo hi"), "\(name)") }
    let lint = try baji("lint", "::")
    #expect(lint.status == 0, "\(lint.text)")
    #expect(!baji.exists("owned"))
    #expect(try baji("package", "::").status == 0)
    #expect(try baji("list", "a b.sh").output == "//a b.sh:f\n//a b.sh:s\n")
    #expect(try baji("list", "./-f.sh").output == "//-f.sh:f\n//-f.sh:s\n")
    #expect(try JSONSerialization.jsonObject(with: baji("peek", "::").outputBytes) is [Any])
  }

  @Test func linksThatLoopDangleOrLeave() throws {
    for (target, expected) in [
      ("link.sh", "leads back to itself"), ("/etc/passwd", "link.sh"), ("none.sh", "link.sh"), ("../..", "link.sh"),
    ] {
      let baji = try Baji(["BUILD": "shell_sources(name = \"s\")\n", "a.sh": "#!/bin/sh\necho hi\n"])
      symlink(target, baji.path("link.sh"))
      symlink(".", baji.path("loop"))
      let list = try baji("list", "::")
      #expect(list.status == 0, "\(list.text)")
      let lint = try baji("lint", "::")
      #expect(lint.status == 2, "\(target): \(lint.text)")
      #expect(lint.error.contains(expected), "\(lint.error)")
      #expect(try baji("lint", "a.sh").status == 0)
    }
  }

  @Test(arguments: ["lint", "fmt", "test"]) func aLinkToAnIgnoredFileIsToldWithItsHint(_ goal: String) throws {
    let baji = try Baji(["BUILD": "shell_sources(name = \"s\")\nshunit2_tests(name = \"t\")\n", ".hid/x.sh": "#!/bin/sh\necho hi\n"])
    symlink(".hid/x.sh", baji.path(goal == "test" ? "l_test.sh" : "l.sh"))
    let ended = try baji(goal, "::")
    #expect(ended.status != 0)
    for part in ["is a link to `.hid/x.sh`, which is ignored and so not part of the workspace", "un-ignore it"] {
      #expect(ended.text.contains(part), "\(ended.text)")
    }
    #expect(!ended.text.contains("UserError"), "\(ended.text)")
  }

  @Test func unreadableFilesAreNamed() throws {
    // Root reads everything, so this runs as nobody.
    let baji = try Baji(["BUILD": "shell_sources(name = \"s\")\n", "a.sh": "#!/bin/sh\necho hi\n", "d/b.sh": ""])
    chmod(baji.path("a.sh"), 0)
    chmod(baji.path("d"), 0)
    defer { chmod(baji.path("d"), 0o755) }
    let isRoot = getuid() == 0
    if isRoot { try baji.shell("chown -R 65534 \"$XDG_CACHE_HOME\" .") }
    let ended = try baji.shell((isRoot ? "exec setpriv --reuid 65534 --clear-groups " : "exec ") + "\"$BAJI\" lint ::")
    #expect(ended.status == 2, "\(ended.text)")
    #expect(ended.error.contains("`a.sh` cannot be read: Permission denied"))
    #expect(ended.error.contains("The folder `d` was skipped: Permission denied"))
  }

  @Test func commandsThatNeedOneAnother() throws {
    let baji = try Baji([
      "BUILD": """
      shell_command(name="a", command="true", tools=[], output_files=["x"], execution_dependencies=[":b"])
      shell_command(name="b", command="true", tools=[], output_files=["y"], execution_dependencies=[":a"])
      test_shell_command(name="t", command="true", execution_dependencies=[":a"])
      """
    ])
    #expect(try baji("list", "::").status == 0)
    let ended = try baji("test", "::")
    #expect(ended.status == 2)
    #expect(ended.error.contains("in a circle: //:a → //:b → //:a"))
  }

  @Test func scriptsThatSourceOneAnother() throws {
    let baji = try Baji(["BUILD": "shell_sources(name = \"s\")\n", "a.sh": "#!/bin/sh\n. ./b.sh\n", "b.sh": "#!/bin/sh\n. ./a.sh\n"])
    let ended = try baji("lint", "::")
    #expect(ended.status == 0, "\(ended.text)")
    #expect(try baji("dependencies", "--transitive", "a.sh").output == "//a.sh:s\n//b.sh:s\n")
  }

  @Test func aBrokenPluginDisablesItself() throws {
    let baji = try Baji([
      "baji.toml": "[GLOBAL]\nplugin_paths = [\"plugins\"]\nbackend_packages = [\"baji.shell\", \"mine\"]\n",
      "plugins/mine/plugin.star": "plugin(name = \"mine\", api = 1)\nfrobnicate()\n", "BUILD": "shell_sources(name = \"s\")\n",
      "a.sh": "#!/bin/sh\n",
    ])
    let ended = try baji("list", "::")
    #expect(ended.status == 0, "\(ended.text)")
    #expect(ended.error.contains("plugins/mine/plugin.star:2:1"), "\(ended.error)")
    #expect(ended.error.contains("this plugin is disabled"))
    #expect(ended.output.contains("//a.sh:s"))
  }
}
