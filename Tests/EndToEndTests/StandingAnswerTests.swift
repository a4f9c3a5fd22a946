// What stands of an earlier run after an edit, and that every change of what an answer rests on has it looked for anew.

import Foundation
import Glibc
import TestSupport
import Testing

@Suite(.needsBinary) struct StandingAnswerTests {
  /// Tests and files of each kind: as many as it takes for plans to be made ahead.
  private static let count = 260

  private static func name(_ kind: String, _ index: Int) -> String {
    kind + String(repeating: "0", count: 3 - "\(index)".count) + "\(index)"
  }

  /// Units `src/u000.u` … and a test of each. A test fails where the unit it uses holds `fail`, the first also where `settings.txt` does. A unit is bad
  /// where it holds `bad`, where what it uses holds `hidden`, and, if `lint.cfg` is strict, where it holds `odd`; a test where it holds `odd`.
  private static func workspace() throws -> Baji {
    var files = [
      "baji.toml": "[GLOBAL]\nplugin_paths = [\"tools/plugins\"]\nbackend_packages = [\"many\"]\n",
      "tools/plugins/many/plugin.star": plugin,
      "settings.txt": "well\n", "lint.cfg": "lax\n", "elsewhere/end.txt": "well\n", "notes.txt": "",
      "tools/bin/odd": "#!/bin/sh\nexit 0\n",
    ]
    var build = ""
    for index in 0..<count {
      let (unit, test) = (name("u", index), name("t", index))
      files["src/\(unit).u"] = index == 10 ? "uses src/u011.u\n" : index == 40 ? "odd\n" : "unit \(index)\n"
      files["src/\(test).t"] = "uses src/\(unit).u\n"
      build += "unit(name = \"\(unit)\", source = \"\(unit).u\"\(index == 10 ? ", dependencies = [\":u011\"]" : ""))\n"
      build += "unit_test(name = \"\(test)\", source = \"\(test).t\", dependencies = [\":\(unit)\"])\n"
    }
    files["src/BUILD"] = build
    let baji = try Baji(files)
    try baji.remove("src/u050.u")
    try FileManager.default.createSymbolicLink(atPath: baji.path("src/u050.u"), withDestinationPath: "../elsewhere/end.txt")
    return baji
  }

  private static let plugin = #"""
    plugin(name = "many", api = 1)
    unit = target_type("unit", doc = "u", fields = {"source": field.source(required = True), "dependencies": field.dependencies()})
    unit_test = target_type("unit_test", doc = "t", fields = {"source": field.source(required = True), "dependencies": field.dependencies()})
    sh = tool.system("sh")
    odd = tool.system("odd")

    _findings = diagnostics.regex(
        "^(?P<path>[^:]+):(?P<line>\\d+):(?P<column>\\d+): (?P<severity>\\w+): (?P<message>.*) \\[(?P<code>\\w+)\\]",
    )

    _LINT = """word=bad; grep -qs strict lint.cfg && word="bad\\|odd"
    for f in "$@"; do
      grep -n "$word" "$f" | sed "s|^\\([0-9]*\\):.*|$f:\\1:1: error: bad word [E1]|"
      for d in $(sed -n 's/^uses //p' "$f"); do grep -q hidden "$d" && echo "$f:1:1: error: hidden [E2]"; done
    done > ../tmp/out; cat ../tmp/out; test ! -s ../tmp/out"""

    def _lint(ctx, files):
        return ctx.action(
            argv = [ctx.tool(sh), "-c", _LINT, "sh"] + files.paths,
            inputs = [files, ctx.closure(files), ctx.config_files("lint.cfg")],
        )

    linter(
        "many-lint",
        targets = ["unit"],
        scope = "closure",
        run = _lint,
        diagnostics = _findings,
    )

    # Of one file alone: what it reaches does not count.
    def _plain(ctx, files):
        return ctx.action(
            argv = [ctx.tool(sh), "-c", _LINT.replace("bad;", "odd;"), "sh"] + files.paths,
            inputs = [files],
        )

    linter("plain-lint", targets = ["unit_test"], run = _plain, diagnostics = _findings)

    _TEST = """case "$1" in *fail*) exit 1;; esac; shift
    for f in "$@"; do for d in $(sed -n 's/^uses //p' "$f"); do grep -q fail "$d" && exit 1; done; done; exit 0"""

    def _test(ctx, batch):
        first = batch.paths[0]
        settings = ctx.read("settings.txt") if first == "src/t000.t" else ctx.read(first)[:4] if first == "src/t001.t" else ""
        return ctx.action(
            argv = [ctx.tool(odd if first == "src/t002.t" else sh), "-c", _TEST, "sh", settings] + batch.paths,
            inputs = [batch.closure],
        )

    tester("many", targets = ["unit_test"], run = _test)
    """#

  private struct Run {
    let ended: Ended
    /// Answers that stand; nil where the run was answered from memory.
    let standing: Int?
    let output: String

    init(_ ended: Ended) {
      self.ended = ended
      let isRepeated = ended.error.contains("its answer is given again")
      standing =
        isRepeated ? nil : ended.error.firstMatch(of: #/([0-9]+) answers of an earlier run stand/#).flatMap { Int($0.1) } ?? 0
      output = ended.output.replacing(#/ in [0-9.m ]+s/#, with: "")
    }

    /// What a goal's last line says, without the reasons.
    func summary(_ goal: String) -> String {
      let line = output.split(separator: "\n").first { $0.hasPrefix("\(goal): ") } ?? ""
      return String(line).replacing(#/ ran: [^;)]*/#, with: " ran")
    }
  }

  private func run(_ baji: Baji, _ arguments: [String] = ["lint", "test", "::"], environment: [String: String] = [:]) throws -> Run {
    usleep(30_000)  // what was written just now is not believed to be unchanged
    let path = ["PATH": "\(baji.path("tools/bin")):/usr/local/bin:/usr/bin:/bin"]
    return Run(try baji.start(["-ldebug"] + arguments, environment: path.merging(environment) { $1 }).end())
  }

  /// One change of something, and what the run after it must say.
  private struct Change: Sendable {
    let what: String
    /// How many tests and files stand of all.
    let standing: Int
    let lint: String
    let test: String
    let make: @Sendable (Baji) throws -> Void

    init(
      _ what: String, standing: Int, lint: String = "lint: 520 clean (520 cached)", test: String = "test: 260 passed (260 cached)",
      _ make: @escaping @Sendable (Baji) throws -> Void
    ) {
      (self.what, self.standing, self.lint, self.test, self.make) = (what, standing, lint, test, make)
    }
  }

  /// All that may stand. A link is always looked up, and so is the test that wants a program of its own: it is not planned ahead.
  private static let all = 3 * count - 2

  private static let changes = [
    Change(
      "a unit", standing: all - 2, lint: "lint: 520 clean (1 ran; 519 cached)", test: "test: 259 passed, 1 failed (1 ran; 259 cached)"
    ) { try $0.write(["src/u020.u": "fail\n"]) },
    Change(
      "a unit below another", standing: all - 4, lint: "lint: 519 clean, 1 with findings (2 ran; 518 cached)",
      test: "test: 259 passed, 1 failed (2 ran; 258 cached)"
    ) { try $0.write(["src/u011.u": "hidden fail\n"]) },
    Change("a test", standing: all - 2, lint: "lint: 520 clean (1 ran; 519 cached)", test: "test: 260 passed (1 ran; 259 cached)") {
      try $0.write(["src/t030.t": "uses src/u030.u\nmore\n"])
    },
    Change(
      "a test whose plan reads it", standing: all - 2, lint: "lint: 520 clean (1 ran; 519 cached)",
      test: "test: 259 passed, 1 failed (1 ran; 259 cached)"
    ) {
      try $0.write(["src/t001.t": "fail uses nothing\n"])
    },
    Change("what a plan read", standing: all - 1, test: "test: 259 passed, 1 failed (1 ran; 259 cached)") {
      try $0.write(["settings.txt": "fail\n"])
    },
    Change("a configuration file", standing: 2 * count - 1, lint: "lint: 519 clean, 1 with findings (260 ran; 260 cached)") {
      try $0.write(["lint.cfg": "strict\n"])
    },
    Change(
      "the end of a link", standing: all - 1, lint: "lint: 520 clean (1 ran; 519 cached)",
      test: "test: 259 passed, 1 failed (1 ran; 259 cached)"
    ) {
      try $0.write(["elsewhere/end.txt": "fail\n"])
    },
    Change("a file that nobody reads", standing: all) { try $0.write(["notes.txt": "other words\n"]) },
    // These are in the key of what is kept.
    Change("a new file", standing: 0) { try $0.write(["src/new.txt": "nobody's\n"]) },
    Change("an executable bit", standing: 0, lint: "lint: 520 clean (1 ran; 519 cached)", test: "test: 260 passed (1 ran; 259 cached)") {
      #expect(chmod($0.path("src/u060.u"), 0o755) == 0)
    },
    Change("an edge", standing: 0, test: "test: 260 passed (1 ran; 259 cached)") {
      try $0.edit("src/BUILD", "dependencies = [\":u070\"]", "dependencies = [\":u070\", \":u071\"]")
    },
    Change("a program", standing: 0, test: "test: 259 passed, 1 failed (1 ran; 259 cached)") {
      try $0.write(["tools/bin/odd": "#!/bin/sh\nexit 1\n"])
    },
  ]

  @Test func whatRestsOnNothingThatChangedStands() throws {
    let baji = try Self.workspace()
    #expect(try run(baji).summary("test") == "test: 260 passed (260 ran)")
    let looked = try run(baji)
    #expect(looked.standing == 0 && looked.summary("lint") == "lint: 520 clean (520 cached)", "\(looked.ended.text)")

    for change in Self.changes {
      try putBack(baji) {
        try change.make(baji)
        let after = try run(baji)
        let text = Comment(
          rawValue: "after a change of \(change.what): \(after.standing ?? -1) stand; \(after.ended.error)\n\(after.output.suffix(600))")
        #expect(after.standing == change.standing, text)
        #expect(after.summary("lint") == change.lint, text)
        #expect(after.summary("test") == change.test, text)
        #expect(after.ended.status == (change.lint.contains("findings") || change.test.contains("failed") ? 1 : 0), text)
      }
    }

    // The run with the other program has taken the place of the first one's record, and so does this one.
    try baji.write(["notes.txt": "more words\n"])
    let full = try run(baji)
    // Looked up or standing: it is said in the same words.
    try baji.write(["notes.txt": "other words than these\n"])
    let standing = try run(baji)
    #expect(full.standing == 0 && standing.standing == Self.all)
    #expect(standing.output == full.output && standing.output == looked.output && standing.ended.status == 0)
    // A variable, another command, a result that was forced: nothing stands, and everything is found.
    for (arguments, environment) in [
      (["lint", "test", "::"], ["NEW": "1"]), (["test", "lint", "::"], [:]), (["lint", "test", "src::"], [:]),
    ] {
      let other = try run(baji, arguments, environment: environment)
      #expect(other.standing == 0 && other.summary("test") == "test: 260 passed (260 cached)", "\(other.ended.error)")
    }
    #expect(try run(baji, ["--test-force", "test", "src/t080.t"]).summary("test") == "test: 1 passed (1 ran)")
    try baji.write(["notes.txt": "still more words\n"])
    #expect(try run(baji).standing == 0)
    // That run's answers stand in their turn.
    try baji.write(["notes.txt": "the last words\n"])
    #expect(try run(baji).standing == Self.all)
    // What changed in many places is taken down anew.
    for index in 0..<Self.count where index != 50 { try baji.write(["src/\(Self.name("u", index)).u": "another unit \(index)\n"]) }
    #expect(try run(baji).summary("lint") == "lint: 520 clean (259 ran; 261 cached)")
    #expect(try run(baji).standing ?? -1 <= Self.count + 2)
    try baji.write(["src/u020.u": "fail\n"])
    let last = try run(baji)
    #expect(last.standing == Self.all - 2 && last.summary("test") == "test: 259 passed, 1 failed (1 ran; 259 cached)", "\(last.ended.text)")
  }

  /// After random edits, a run in which nothing can stand – it has another variable in its environment – looks everything up: what it does not find in the
  /// store was not done by the run before, and should have been. `BAJI_PROPERTY_STEPS` rounds, 8 if it is not set; `BAJI_PROPERTY_SEED`.
  @Test func nothingStaleStandsAfterRandomEdits() throws {
    let variables = ProcessInfo.processInfo.environment
    let seed = Int(variables["BAJI_PROPERTY_SEED"] ?? "") ?? 0
    var random = Seeded(seed)
    let baji = try Self.workspace()
    for _ in 0..<2 { _ = try run(baji) }
    var stood = 0
    for round in 0..<(Int(variables["BAJI_PROPERTY_STEPS"] ?? "") ?? 8) {
      var edits: [String] = []
      for _ in 0..<random.pick([1, 1, 2, 4]) { edits.append(try edit(baji, &random, round)) }
      let first = try run(baji)
      stood += (first.standing ?? 0) > 0 ? 1 : 0
      let oracle = try run(baji, environment: ["ROUND": "\(round)"])
      let text = Comment(rawValue: "seed \(seed), round \(round), \(edits): \(first.output.suffix(300)) – \(oracle.output.suffix(300))")
      #expect(oracle.standing == 0 && oracle.ended.status == first.ended.status, text)
      for (goal, count) in [("lint", 2 * Self.count), ("test", Self.count)] {
        #expect(oracle.summary(goal).hasSuffix("(\(count) cached)"), text)
        let counts = [first, oracle].map { $0.summary(goal).prefix { $0 != "(" } }
        #expect(counts[0] == counts[1], text)
      }
    }
    #expect(stood > 0)
  }

  /// - Returns: what was done. No test fails by it: failures are not kept, and would run each time.
  private func edit(_ baji: Baji, _ random: inout Seeded, _ round: Int) throws -> String {
    let index = random.pick(Array(0..<Self.count).filter { $0 != 50 })
    let (unit, test) = (Self.name("u", index), Self.name("t", index))
    let word = random.pick(["well", "bad", "hidden", "odd", "round \(round)"])
    let kind = random.pick(["unit", "unit", "unit", "test", "settings", "configuration", "link", "mode", "file", "edge"])
    switch kind {
    case "unit": try baji.write(["src/\(unit).u": (index == 10 ? "uses src/u011.u\n" : "") + word + "\n"])
    case "test": try baji.write(["src/\(test).t": "uses src/\(unit).u\n\(word)\n"])
    case "settings": try baji.write(["settings.txt": "\(word)\n"])
    case "configuration": try baji.write([random.pick(["lint.cfg", "src/lint.cfg"]): random.pick(["lax\n", "strict\n"])])
    case "link": try baji.write(["elsewhere/end.txt": "\(word)\n"])
    case "mode": chmod(baji.path("src/\(unit).u"), random.pick([0o644, 0o755]))
    case "file": try baji.write(["src/more\(random.pick([0, 1])).txt": "\(word)\n"])
    default:
      let (plain, more) = ("dependencies = [\":\(unit)\"]", "dependencies = [\":\(unit)\", \":u011\"]")
      let build = try baji.read("src/BUILD")
      try baji.edit("src/BUILD", build.contains(plain) ? plain : more, build.contains(plain) ? more : plain)
    }
    return "\(kind) \(index) \(word)"
  }

  /// Undoes what `body` does to the workspace.
  private func putBack(_ baji: Baji, _ body: () throws -> Void) throws {
    let copy = "\(baji.place.path)/copy"
    try FileManager.default.copyItem(atPath: baji.workspace, toPath: copy)
    try body()
    for path in try FileManager.default.subpathsOfDirectory(atPath: baji.workspace)
    where !FileManager.default.fileExists(atPath: "\(copy)/\(path)") && !path.hasPrefix(".baji") && !path.hasPrefix("dist") {
      try baji.remove(path)
    }
    for path in try FileManager.default.subpathsOfDirectory(atPath: copy) {
      let (old, now) = ("\(copy)/\(path)", baji.path(path))
      var isFolder: ObjCBool = false
      guard FileManager.default.fileExists(atPath: old, isDirectory: &isFolder), !isFolder.boolValue,
        !FileManager.default.contentsEqual(atPath: old, andPath: now) || access(old, X_OK) != access(now, X_OK)
      else { continue }
      try baji.remove(path)
      try FileManager.default.copyItem(atPath: old, toPath: now)
    }
    try FileManager.default.removeItem(atPath: copy)
  }
}
