// The memory of whole runs: what is in its key, and what is kept of what was said.

import Diagnostics
import Events
import Fingerprints
import Testing

@testable import Goals

@Suite struct RunMemoTests {
  private static let secret = Secret((0..<Secret.size).map { UInt8(truncatingIfNeeded: $0 &* 29 &+ 5) })!

  private static let key = RunKey(
    engine: [1, 2], platform: "linux-x86_64", root: "/work", folder: "src", goals: ["lint", "test"], specs: ["::"],
    passthrough: ["-k", "x"],
    settings: [
      .init(scope: "test", name: "force", value: "false", isSet: false), .init(scope: "tool", name: "args", value: "[]", isSet: true),
    ],
    environment: ["PATH": "/bin", "HOME": "/home"], pluginFiles: [.init(path: "a/plugin.star", content: Fingerprint(high: 1, low: 2))],
    enabledBackends: ["a", "b"], loadOptions: [1, 2, 3], generation: [9], workspace: Fingerprint(high: 3, low: 4), skippedNames: ["x"])

  /// One change for each thing that the key holds, by its name.
  private static let changes: [(ingredient: String, change: @Sendable (inout RunKey) -> Void)] = [
    ("engine", { $0.engine = [1, 3] }), ("platform", { $0.platform = "linux-arm64" }), ("root", { $0.root = "/other" }),
    ("folder", { $0.folder = "" }), ("goals", { $0.goals = ["lint"] }), ("goals", { $0.goals = ["test", "lint"] }),
    ("specs", { $0.specs = ["src::"] }), ("specs", { $0.specs = [] }), ("passthrough", { $0.passthrough = nil }),
    ("passthrough", { $0.passthrough = [] }), ("passthrough", { $0.passthrough = ["-k x"] }),
    ("settings", { $0.settings[0].value = "true" }), ("settings", { $0.settings[0].isSet = true }),
    ("settings", { $0.settings[0].scope = "tests" }), ("settings", { $0.settings[1].name = "arg" }),
    ("settings", { $0.settings.removeLast() }), ("environment", { $0.environment["PATH"] = "/usr/bin" }),
    ("environment", { $0.environment["NEW"] = "" }), ("environment", { $0.environment["HOME"] = nil }),
    ("pluginFiles", { $0.pluginFiles[0].content = .absent }), ("pluginFiles", { $0.pluginFiles[0].path = "b/plugin.star" }),
    ("pluginFiles", { $0.pluginFiles = [] }), ("enabledBackends", { $0.enabledBackends = ["b", "a"] }),
    ("loadOptions", { $0.loadOptions = [1, 2] }), ("generation", { $0.generation = [] }),
    ("workspace", { $0.workspace = Fingerprint(high: 3, low: 5) }), ("skippedNames", { $0.skippedNames = [] }),
  ]

  @Test func everyIngredientChangesTheKey() {
    var seen: [Fingerprint: String] = [Self.key.fingerprint(Self.secret): "nothing"]
    for (ingredient, change) in Self.changes {
      var changed = Self.key
      change(&changed)
      let other = seen.updateValue(ingredient, forKey: changed.fingerprint(Self.secret))
      #expect(other == nil, "a change of \(ingredient) gives the key of a change of \(other ?? "")")
    }
    // A new ingredient wants a case here.
    let all = Mirror(reflecting: Self.key).children.compactMap(\.label)
    #expect(Set(Self.changes.map(\.ingredient)) == Set(all))
    #expect(Self.key.fingerprint(Self.secret) == Self.key.fingerprint(Self.secret))
  }

  private static let said: [Said] = [
    .event(.note("a note")), .event(.warning("a warning")), .event(.answer("[]\n")),
    .event(
      .results([
        ResultLine(.good, "a", .cached), ResultLine(.bad, "b", .seconds(1.5), attempts: 3, remark: "r", detail: "one\ntwo"),
        ResultLine(.skipped, "c", .none("skipped")), ResultLine(.cancelled, "d", .none("")), ResultLine(.changed, "é", .cached),
      ])),
    .event(
      .summary(GoalSummary(goal: "lint", counts: [.init(3, "clean"), .init(0, "bad")], isGood: false, ran: 0, cached: 3, seconds: 0))),
    .event(.aside(.summary(GoalSummary(goal: "test", counts: [], isGood: true, ran: 0, cached: 0, seconds: 0)))),
    .diagnostic(
      Diagnostic(
        .warning, "m", at: SourceLocation(file: "f", position: SourcePosition(line: 3, column: 4), length: 5), sourceLine: "line",
        hint: "h",
        notes: ["n"])),
  ]

  @Test func whatWasSaidIsReadBack() throws {
    var writer = ByteWriter()
    for something in Self.said { writer.write(something) }
    var reader = ByteReader(writer.bytes)
    for something in Self.said { #expect(try reader.readSaid() == something) }
    #expect(reader.isAtEnd)
    // Whatever is cut off is no answer.
    for count in 0..<writer.bytes.count {
      var reader = ByteReader(Array(writer.bytes.prefix(count)))
      #expect(throws: MalformedBytes.self) { for _ in Self.said { _ = try reader.readSaid() } }
    }
  }

  @Test func whatIsSaidIsTakenDownInItsOrder() {
    let recorder = RunRecorder()
    recorder.hear(.warning("before"))
    recorder.begin()
    recorder.hear(.phase("p"))
    recorder.hear(.planned(actions: 2))
    recorder.hear(.warning("w"))
    recorder.hear(.finished(action: 0, label: "a", how: .cached, seconds: 1))
    recorder.hear(Diagnostic(.warning, "d"))
    recorder.hear(.results([]))
    #expect(recorder.end() == [.event(.warning("w")), .diagnostic(Diagnostic(.warning, "d")), .event(.results([]))])
    #expect(recorder.end() == nil)
  }

  @Test(arguments: [
    Event.started(action: 0, label: "a"), .finished(action: 0, label: "a", how: .succeeded, seconds: 1),
    .finished(action: 0, label: "a", how: .failed, seconds: 1), .finished(action: 0, label: "a", how: .cancelled, seconds: 0),
    .finished(action: 0, label: "a", how: .skipped, seconds: 0), .installing(0, name: "t"),
    .installed(0, name: "t", how: .cached, seconds: 0), .output(action: 0, bytes: [1]),
    .summary(GoalSummary(goal: "lint", counts: [], isGood: true, ran: 1, cached: 2, seconds: 0)),
    .aside(.summary(GoalSummary(goal: "lint", counts: [], isGood: true, ran: 1, cached: 2, seconds: 0))),
    .results([ResultLine(.good, "a", .cached), ResultLine(.good, "b", .seconds(1))]),
  ])
  func whereSomethingWasDoneNothingIsKept(event: Event) {
    let recorder = RunRecorder()
    recorder.begin()
    recorder.hear(event)
    recorder.hear(.results([]))
    #expect(recorder.end() == nil)
  }
}
