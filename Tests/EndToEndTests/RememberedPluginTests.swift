// Plugins of a workspace whose declarations are remembered: whatever is edited between two runs is seen by the second.

import Foundation
import Glibc
import TestSupport
import Testing

@Suite(.needsBinary) struct RememberedPluginTests {
  private static let files = [
    "baji.toml": "[GLOBAL]\nbackend_packages = [\"my.tool\"]\nplugin_paths = [\"tools\"]\n",
    "BUILD": "thing(name = \"a\", source = \"a.txt\")\n", "a.txt": "text\n",
    "tools/my/plugin.star": """
    plugin(name = "my.tool", api = 1)
    load("library.star", "flag", "word")
    opts = subsystem("my", options = {"word": option.string("plain")})
    target_type("thing", fields = {"source": field.source(required = True)})
    sh = tool.system("sh")
    def _run(ctx, files):
        return ctx.action(argv = [ctx.tool(sh), "-c", "echo %s %s; exit 1" % (word(), ctx.options(opts).word), "sh"] + files.paths, inputs = [files])
    linter("word", targets = ["thing"], options = opts, run = _run)

    """,
    "tools/my/library.star": "flag = 1\ndef word(): return \"first\"\n",
  ]

  private func lint(_ baji: Baji, _ arguments: String...) throws -> String {
    let running = try baji.start(["lint", "::"] + arguments)
    return try running.end(within: .seconds(120)).text
  }

  @Test func anEditOfAnyPluginFileIsSeen() throws {
    let baji = try Baji(Self.files)
    for _ in 0..<3 { #expect(try lint(baji).contains("first plain")) }
    // Only what is behind load().
    try baji.edit("tools/my/library.star", "first", "second")
    for _ in 0..<2 { #expect(try lint(baji).contains("second plain")) }
    // A default of an option, and a flag that did not exist.
    try baji.edit("tools/my/plugin.star", "option.string(\"plain\")", "option.string(\"fancy\"), \"more\": option.bool(False)")
    for _ in 0..<2 { #expect(try lint(baji, "--my-more").contains("second fancy")) }
    #expect(try lint(baji, "--my-word=given").contains("second given"))
    // A type that did not exist.
    try baji.edit("tools/my/library.star", "flag = 1", "flag = target_type(\"other\", fields = {})")
    try baji.write(["BUILD": "thing(name = \"a\", source = \"a.txt\")\nother(name = \"b\")\n"])
    for _ in 0..<2 { #expect(try baji("list", "::").output == "//:a\n//:b\n") }
    try baji.edit("tools/my/library.star", "flag = target_type(\"other\", fields = {})", "flag = 1")
    for _ in 0..<2 { #expect(try baji("list", "::").error.contains("no target type `other`")) }
  }

  /// What one build remembered is nothing to another, a copy of it included.
  @Test func anotherExecutableRemembersForItself() throws {
    let baji = try Baji(Self.files)
    let copy = "\(baji.place.path)/copy"
    try FileManager.default.copyItem(atPath: #require(Baji.binary), toPath: copy)
    try FileManager.default.setAttributes([.modificationDate: Date(timeIntervalSince1970: 1_000_000)], ofItemAtPath: copy)
    func memos() throws -> Int {
      let line = try baji("cache", "stats").output.split(separator: "\n").first { $0.hasPrefix("memo") }
      return try #require(line?.split(separator: " ").lazy.compactMap { Int($0) }.first)
    }
    #expect(try baji("list", "::").output == "//:a\n")
    let first = try memos()
    #expect(try baji("list", "::").output == "//:a\n")
    #expect(try memos() == first)
    for _ in 0..<2 {
      #expect(
        try baji.start(program: [copy, "list", "::"], environment: ["BAJI_PLUGINS": "\(Baji.checkout)/plugins"]).end().output == "//:a\n")
      #expect(try memos() > first)
    }
  }

  @Test func otherNamesAndOtherFoldersAreSeen() throws {
    let baji = try Baji(Self.files)
    #expect(try baji("list", "::").output == "//:a\n")
    for _ in 0..<2 {
      let none = try baji("--backend-packages=[]", "list", "::")
      #expect(none.error.contains("no target type `thing`"), "\(none.text)")
      #expect(try baji("list", "::").output == "//:a\n")
    }
    try FileManager.default.moveItem(atPath: baji.path("tools"), toPath: baji.path("plugins"))
    #expect(try baji("list", "::").error.contains("`tools`"))
    try baji.edit("baji.toml", "\"tools\"", "\"plugins\"")
    try baji.edit("plugins/my/plugin.star", "target_type(\"thing\"", "target_type(3")
    for _ in 0..<2 { #expect(try baji("list", "::").error.contains("--> plugins/my/plugin.star:4:")) }
    try baji.edit("plugins/my/plugin.star", "target_type(3", "target_type(\"thing\"")
    for _ in 0..<2 { #expect(try baji("list", "::").output == "//:a\n") }
  }

  @Test func aBrokenPluginDisablesItselfInEveryRun() throws {
    var files = Self.files
    files["baji.toml"] = "[GLOBAL]\nbackend_packages = [\"my.tool\", \"my.broken\"]\nplugin_paths = [\"tools\"]\n"
    files["tools/broken/plugin.star"] = "plugin(name = \"my.broken\", api = 1, aliases = [\"broken\"])\n"
    let baji = try Baji(files)
    #expect(try baji("list", "::").error == "")
    try baji.write(["tools/broken/plugin.star": "plugin(name = \"my.broken\", api = 1)\noops()\n"])
    let first = try baji("list", "::")
    #expect(first.error.contains("`oops` is not defined") && first.error.contains("--> tools/broken/plugin.star:2:1"), "\(first.text)")
    let second = try baji("list", "::")
    #expect(second.error == first.error && second.status == first.status && second.output == first.output)
  }

  @Test func withoutAStoreAllIsAsWithOne() throws {
    let baji = try Baji(Self.files)
    try Data().write(to: URL(filePath: "\(baji.cache)/baji"))
    for _ in 0..<2 {
      let ended = try baji("list", "::")
      #expect(ended.output == "//:a\n")
      #expect(ended.error.contains("no results are cached"), "\(ended.error)")
      let lint = try baji("lint", "::")
      #expect(lint.text.contains("first plain") && lint.error.contains("no results are cached"), "\(lint.text)")
    }
    #expect(try baji("--no-local-cache", "list", "::").text == "//:a\n")
    #expect(try baji("help", "my").error == "")
  }
}
