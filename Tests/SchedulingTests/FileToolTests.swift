// One verdict a file, whatever batch it was in.

import Execution
import Fingerprints
import Scheduling
import Store
import Testing

@Suite struct FileToolTests {
  /// A linter that dislikes files whose text says so, and names them in its output one a line (unless it mumbles).
  private func lint(_ bench: Bench, _ texts: [String: String], mumbles: Bool = false, option: String = "") -> (FileTool, FakeRunner) {
    var template = Action(subject: "lint fake", label: "fake", argv: ["fake", .paths])
    template.options = ["[fake].args": option]
    let files = texts.keys.sorted().map { FileTool.File(bench.file($0, texts[$0] ?? "")) }
    var tool = FileTool(subject: "lint fake", template: template, mode: .lint, files: files) { batch in
      if mumbles { return .unattributable }
      let named = String(decoding: batch.standardOutput, as: UTF8.self).split(separator: "\n").map(String.init)
      return .findings(named.map { FileFindings(path: $0, text: "\($0) is bad") })
    }
    tool.batchSize = 4
    let runner = FakeRunner(bench.store) { prepared, _ in
      let paths = prepared.action.argv.dropFirst().compactMap { if case .text(let path) = $0 { path } else { nil } }
      if paths.contains(where: { texts[$0] == "crash" }) { return ActionResult(ending: .exited(9)) }
      let bad = paths.filter { texts[$0] == "bad" }
      return ActionResult(
        ending: .exited(bad.isEmpty ? 0 : 1), standardOutput: .inline(Array(bad.joined(separator: "\n").utf8)))
    }
    return (tool, runner)
  }

  private func bad(_ results: [FileResult]) -> [String] {
    results.filter { if case .verdict(.findings, _) = $0.how { true } else { false } }.map(\.path)
  }

  private func ran(_ results: [FileResult]) -> [String] {
    results.filter { if case .verdict(_, cached: true) = $0.how { false } else { true } }.map(\.path)
  }

  @Test(arguments: [false, true]) func findingsBelongToTheirFilesAndAreKept(_ mumbles: Bool) throws {
    let bench = try Bench()
    var texts = Dictionary(uniqueKeysWithValues: (0..<10).map { ("f\($0)", "fine") })
    texts["f3"] = "bad"
    texts["f7"] = "bad"
    var (tool, runner) = lint(bench, texts, mumbles: mumbles)
    let first = bench.scheduler(runner).run(chains: [[tool]])[0][0]
    #expect(first.map(\.path) == texts.keys.sorted())
    #expect(bad(first) == ["f3", "f7"])
    #expect(ran(first).count == 10)
    #expect(first.allSatisfy { $0.reason == .firstRun })
    _ = runner.takeRan()
    let second = bench.scheduler(runner).run(chains: [[tool]])[0][0]
    #expect(bad(second) == ["f3", "f7"])
    #expect(ran(second) == [])
    #expect(runner.takeRan() == [])
    texts["f3"] = "fine now"
    (tool, runner) = lint(bench, texts, mumbles: mumbles)
    let third = bench.scheduler(runner).run(chains: [[tool]])[0][0]
    #expect(bad(third) == ["f7"])
    #expect(ran(third) == ["f3"])
    #expect(third[3].reason == .content)
    #expect(runner.takeRan() == ["fake f3"])
  }

  @Test func anOptionIsNamedAsTheReason() throws {
    let bench = try Bench()
    for option in ["", "--strict"] {
      let (tool, runner) = lint(bench, ["a": "fine"], option: option)
      let results = bench.scheduler(runner).run(chains: [[tool]])[0][0]
      guard option != "" else { continue }
      guard case .tool(let changes)? = results[0].reason else {
        Issue.record("\(String(describing: results[0].reason))")
        continue
      }
      #expect(changes.map(\.name) == ["[fake].args"])
    }
  }

  /// What a verdict depends on, each with a change that must make it again; and what leaves it alone.
  private static let changes: [(name: String, counts: Bool, change: @Sendable (inout FileTool, Bench) -> Void)] = [
    ("an argument", true, { tool, _ in tool.template.argv.append("-x") }),
    ("the path", true, { tool, bench in tool.files = [FileTool.File(bench.file("b", "fine"))] }),
    ("the content", true, { tool, bench in tool.files = [FileTool.File(bench.file("a", "good"))] }),
    (
      "the mode", true,
      { tool, _ in
        let old = tool.files[0].input
        tool.files = [FileTool.File(InputFile(path: old.path, isExecutable: true, fingerprint: old.fingerprint, source: old.source))]
      }
    ),
    (
      "the scope", true,
      { tool, bench in tool.files = [FileTool.File(tool.files[0].input, scope: bench.store.secret.fingerprint(of: "closure"))] }
    ),
    ("the configuration", true, { tool, bench in tool.template.inputs = [.file(bench.file(".fakerc", "strict"))] }),
    ("an option", true, { tool, _ in tool.template.options = ["[fake].args": "-y"] }),
    ("the environment", true, { tool, _ in tool.template.environment = ["A": "b"] }),
    (
      "the tool", true,
      { tool, bench in tool.template.tools = [Tool(name: "fake", path: "/fake", identity: bench.store.secret.fingerprint(of: "2"))] }
    ),
    ("nothing", false, { _, _ in }),
    ("a batch-mate", false, { tool, bench in tool.files.append(FileTool.File(bench.file("z", "fine"))) }),
    ("the label", false, { tool, _ in tool.template.label = "other" }),
    ("the size of batches", false, { tool, _ in tool.batchSize = 1 }),
  ]

  @Test(arguments: changes.indices) func aVerdictDependsOn(index: Int) throws {
    let (name, counts, change) = Self.changes[index]
    let bench = try Bench()
    var (tool, runner) = lint(bench, ["a": "fine"])
    _ = bench.scheduler(runner).run(chains: [[tool]])
    _ = runner.takeRan()
    change(&tool, bench)
    let result = try #require(bench.scheduler(runner).run(chains: [[tool]])[0][0].first)
    #expect(ran([result]).isEmpty != counts, "\(name): \(result)")
  }

  /// Enough files for their verdicts to be kept in packs.
  private static let many = Dictionary(uniqueKeysWithValues: (0..<300).map { ("d\($0 % 7)/f\($0)", "fine \($0)") })

  @Test(arguments: changes.indices) func aVerdictAmongManyDependsOn(index: Int) throws {
    let (name, counts, change) = Self.changes[index]
    let bench = try Bench()
    var (tool, runner) = lint(bench, ["a": "fine"])
    tool.files += lint(bench, Self.many).0.files
    _ = bench.scheduler(runner).run(chains: [[tool]])
    #expect(ran(bench.scheduler(runner).run(chains: [[tool]])[0][0]) == [], "\(name)")
    var changed = tool
    changed.files = [tool.files[0]]
    change(&changed, bench)
    changed.files += tool.files.dropFirst()
    let results = bench.scheduler(runner).run(chains: [[changed]])[0][0]
    let own = try #require(results.first)
    #expect(ran([own]).isEmpty != counts, "\(name): \(own)")
    // What all have in common makes all anew, what is one file's own leaves the others.
    let isShared = ["an argument", "the configuration", "an option", "the environment", "the tool"].contains(name)
    let others = results.filter { Self.many[$0.path] != nil }
    #expect(ran(others).count == (isShared ? others.count : 0), "\(name)")
    // And back: nothing was lost.
    #expect(ran(bench.scheduler(runner).run(chains: [[tool]])[0][0]) == [], "\(name)")
  }

  @Test func findingsAmongManyAreKept() throws {
    let bench = try Bench()
    var texts = Self.many
    texts["d3/f10"] = "bad"
    var (tool, runner) = lint(bench, texts)
    for _ in 0..<3 { #expect(bad(bench.scheduler(runner).run(chains: [[tool]])[0][0]) == ["d3/f10"]) }
    // A new file, and one that goes: the others stay known.
    texts["d3/new"] = "bad"
    texts["d3/f17"] = nil
    _ = runner.takeRan()
    (tool, runner) = lint(bench, texts)
    let results = bench.scheduler(runner).run(chains: [[tool]])[0][0]
    #expect(ran(results) == ["d3/new"])
    #expect(results.first { $0.path == "d3/new" }?.reason == .firstRun)
    #expect(bad(results) == ["d3/f10", "d3/new"])
  }

  @Test(arguments: [true, false]) func aForcedVerdictTakesThePlaceOfTheOneBefore(amongAll: Bool) throws {
    let bench = try Bench()
    let (tool, runner) = lint(bench, Self.many)
    for _ in 0..<2 { #expect(bad(bench.scheduler(runner).run(chains: [[tool]])[0][0]) == []) }
    // The same file is judged otherwise: as by a tool whose verdicts are chance.
    var forced = tool
    if !amongAll { forced.files = tool.files.filter { $0.path == "d3/f10" } }
    forced.template.cache = .writeOnly
    let strict = FakeRunner(bench.store) { prepared, _ in
      let isBad = prepared.action.argv.contains(.text("d3/f10"))
      return ActionResult(ending: .exited(isBad ? 1 : 0), standardOutput: .inline(Array((isBad ? "d3/f10" : "").utf8)))
    }
    #expect(bad(bench.scheduler(strict).run(chains: [[forced]])[0][0]) == ["d3/f10"])
    for _ in 0..<2 { #expect(bad(bench.scheduler(runner).run(chains: [[tool]])[0][0]) == ["d3/f10"]) }
  }

  @Test func aToolErrorIsShownAndNeverKept() throws {
    let bench = try Bench()
    let (tool, runner) = lint(bench, ["a": "crash"])
    for _ in 0..<2 {
      let results = bench.scheduler(runner).run(chains: [[tool]])[0][0]
      guard case .toolError(let result) = results[0].how else {
        Issue.record("\(results)")
        continue
      }
      #expect(result.ending == .exited(9))
    }
    #expect(runner.takeRan().count == 2)
  }

  @Test func formattersHandTheirWorkOn() throws {
    let bench = try Bench()
    func formatter(_ name: String) -> FileTool {
      FileTool(
        subject: "fmt \(name)", template: Action(subject: "", label: name, argv: [.text(name), .paths]), mode: .format,
        files: ["a", "b"].map { FileTool.File(bench.file($0, $0)) })
    }
    // `one` rewrites `a`; `two` leaves all as it is.
    let rewritten = bench.store.putBlob(Array("A".utf8))
    let runner = FakeRunner(bench.store) { prepared, store in
      ActionResult(
        ending: .exited(0),
        outputs: prepared.files.map { file in
          let becomes = prepared.action.argv.first == "one" && file.path == "a" ? rewritten : file.fingerprint
          return ProducedFile(output: file.path, path: file.path, isExecutable: false, fingerprint: becomes)
        })
    }
    for cached in [false, true] {
      let results = bench.scheduler(runner).run(chains: [[formatter("one"), formatter("two")]])[0]
      #expect(results[0][0].how == .verdict(.formatted(rewritten, isExecutable: false), cached: cached))
      #expect(results[0][1].how == .verdict(.clean, cached: cached))
      #expect(results[1].map(\.how) == [.verdict(.clean, cached: cached), .verdict(.clean, cached: cached)])
    }
  }
}
