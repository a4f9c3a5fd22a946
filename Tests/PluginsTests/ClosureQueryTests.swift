// What plan functions ask about closures, files and one another: right answers, and new plans where an answer changes.

import Diagnostics
import Foundation
import Store
import Testing

/// Four things: `a` needs `b` and `c`, which need each other and the library `x`; `d` stands alone.
private func setting(asking question: String) -> PlanSetting {
  var setting = PlanSetting()
  setting.files = [
    "baji.toml": "[GLOBAL]\n[t]\nargs = [\"-a\"]\n",
    "d/BUILD": """
    thing(name = "a", source = "a.x", dependencies = [":b", ":c"])
    thing(name = "b", source = "b.x", level = 3, dependencies = [":c", ":x"])
    thing(name = "c", source = "c.x", level = 3, dependencies = [":b"])
    thing(name = "d", source = "d.x")
    library(name = "x", version = "1")
    library(name = "y", version = "2")
    """,
    "d/a.x": "", "d/b.x": "", "d/c.x": "", "d/d.x": "", "d/here": "",
  ]
  setting.data = ["data/lock.txt": "pinned"]
  setting.plugin = """
    plugin(name = "baji.t", api = 1)
    opts = subsystem("t", doc = "t", options = {"args": option.args(doc = "a")})
    target_type("library", doc = "l", fields = {"version": field.string(doc = "v")})
    target_type("thing", doc = "t", fields = {
        "source": field.source(required = True),
        "dependencies": field.dependencies(),
        "level": field.int(doc = "l"),
    })
    def _lock(ctx, name):
        return {"text": ctx.plugin_file(name), "args": ctx.options(opts).args}
    def _outer(ctx):
        return ctx.shared(_lock, "data/lock.txt")["text"]
    def _bad(ctx):
        fail("no lock")
    def _test(ctx, batch):
        return ctx.action(argv = ["x", "%s %s" % (batch.entry.name, \(question))])
    tester("t", targets = ["thing"], run = _test)
    """
  return setting
}

/// The second arguments of all planned actions, sorted.
private func answers(_ setting: PlanSetting, in store: Store) throws -> (texts: [String], calls: Int) {
  let planned = try setting.plan(in: store, where: { $0 == "thing" })
  return (planned.argv.map { $0.dropFirst().joined(separator: " ") }.sorted(), planned.calls)
}

@Suite struct ClosureQueryTests {
  @Test(arguments: [
    (
      "[t.name for t in ctx.closure_targets(batch, types = [\"library\"])]",
      ["a [\"x\"]", "b [\"x\"]", "c [\"x\"]", "d []"]
    ),
    (
      "[t.name for t in ctx.closure_targets(batch.entry, types = [\"library\", \"thing\"])]",
      ["a [\"a\", \"b\", \"c\", \"x\"]", "b [\"b\", \"c\", \"x\"]", "c [\"b\", \"c\", \"x\"]", "d [\"d\"]"]
    ),
    ("list(ctx.closure_values([batch.entry], \"level\"))", ["a [3]", "b [3]", "c [3]", "d []"]),
    ("list(ctx.source_roots(batch))", ["a [\"\"]", "b [\"\"]", "c [\"\"]", "d [\"\"]"]),
    ("[t.field(\"version\") for t in ctx.all_targets(types = [\"library\"])]", ["a [\"1\", \"2\"]"]),
    ("[ctx.exists(p) for p in [\"d/here\", \"d/gone\"]]", ["a [True, False]"]),
    ("ctx.plugin_file(\"data/lock.txt\")", ["a pinned"]),
    ("ctx.shared(_lock, \"data/lock.txt\")", ["a {\"text\": \"pinned\", \"args\": [\"-a\"]}"]),
    ("ctx.shared(_outer)", ["a pinned"]),
  ])
  func answersWhatIsAsked(question: String, expected: [String]) throws {
    try withPlanStore { store in
      let texts = try answers(setting(asking: question), in: store).texts
      #expect(Array(texts.prefix(expected.count)) == expected)
    }
  }

  /// A question, a change, and how many of the four plans rest on it.
  private static let changes: [(question: String, calls: Int, change: @Sendable (inout PlanSetting) -> Void)] = [
    (
      "[t.field(\"version\") for t in ctx.closure_targets(batch, types = [\"library\"])]", 3,
      { $0.files["d/BUILD"]?.replace("version = \"1\"", with: "version = \"7\"") }
    ),
    (
      "[t.name for t in ctx.closure_targets(batch, types = [\"library\"])]", 0,
      { $0.files["d/BUILD"]?.replace("version = \"2\"", with: "version = \"7\"") }
    ),
    (
      "[t.name for t in ctx.closure_targets(batch, types = [\"library\"])]", 1,
      { $0.files["d/BUILD"]?.replace("source = \"d.x\"", with: "source = \"d.x\", dependencies = [\":y\"]") }
    ),
    ("list(ctx.closure_values(batch, \"level\"))", 3, { $0.files["d/BUILD"]?.replace("level = 3", with: "level = 4") }),
    ("len(ctx.all_targets(types = [\"library\"]))", 4, { $0.files["d/BUILD"]? += "\nlibrary(name = \"z\")\n" }),
    ("ctx.exists(\"d/gone\")", 4, { $0.files["d/gone"] = "" }),
    ("ctx.exists(\"d/here\")", 4, { $0.files["d/here"] = nil }),
    ("ctx.exists(\"d/here\")", 0, { $0.files["d/here"] = "other" }),
    ("ctx.plugin_file(\"data/lock.txt\")", 4, { $0.data["data/lock.txt"] = "moved" }),
    ("1", 0, { $0.data["data/lock.txt"] = "moved" }),
    ("ctx.shared(_lock, \"data/lock.txt\")", 4, { $0.data["data/lock.txt"] = "moved" }),
    ("ctx.shared(_lock, \"data/lock.txt\")", 4, { $0.files["baji.toml"]?.replace("-a", with: "-b") }),
    ("ctx.shared(_outer)", 4, { $0.files["baji.toml"]?.replace("-a", with: "-b") }),
  ]

  @Test(arguments: changes.indices)
  func aChangedAnswerMakesANewPlan(index: Int) throws {
    let (question, calls, change) = ClosureQueryTests.changes[index]
    try withPlanStore { store in
      let before = setting(asking: question)
      let first = try answers(before, in: store)
      #expect(first.calls == 4)
      #expect(try answers(before, in: store).calls == 0, "\(question)")
      var changed = before
      change(&changed)
      let second = try answers(changed, in: store)
      #expect(second.calls == calls, "\(question)")
      #expect(try answers(changed, in: store).texts == second.texts)
      let back = try answers(before, in: store)
      #expect(back.calls == 0, "\(question)")
      #expect(back.texts == first.texts)
    }
  }

  @Test(arguments: [
    ("ctx.shared(_bad)", "no lock"),
    ("ctx.shared(lambda c: c.action(argv = [\"x\"]))", "a function for `ctx.shared` works out values"),
    ("ctx.shared(_lock, [\"data/lock.txt\"])", "cannot be a dict key"),
    ("ctx.shared(_lock, \"data/lok.txt\")", "has no file `data/lok.txt`"),
    ("ctx.shared(lambda c: [c])[0].exists(\"x\")", "belongs to a function that has returned"),
    ("ctx.shared(lambda c: {})[\"x\"]", "x"),
    ("ctx.closure_targets(1, types = [])", "targets"),
  ])
  func saysWhatIsWrong(question: String, message: String) throws {
    try withPlanStore { store in
      do {
        _ = try answers(setting(asking: question), in: store)
        Issue.record("no error")
      } catch let error as UserError {
        #expect(error.diagnostics.map(\.message).joined().contains(message), "\(error.diagnostics)")
      }
    }
  }

  @Test func closuresWithTransitiveExcludesAreWalked() throws {
    var setting = setting(asking: "[t.name for t in ctx.closure_targets(batch, types = [\"library\"])]")
    setting.files["d/BUILD"]?.replace("[\":b\", \":c\"]", with: "[\":b\", \":c\", \"!!:x\"]")
    try withPlanStore { store in
      let first = try answers(setting, in: store)
      #expect(first.texts == ["a []", "b [\"x\"]", "c [\"x\"]", "d []"])
      #expect(try answers(setting, in: store).calls == 0)
    }
  }

  @Test func keysOfBatchesAreKept() throws {
    var setting = setting(asking: "batch.address")
    setting.plugin.replace(
      "run = _test)", with: "run = _test, batch_key = lambda ctx, target: (target.field(\"level\"), ctx.exists(\"d/here\")))")
    try withPlanStore { store in
      // Four keys, and three batches: `b` and `c` have the same.
      let first = try answers(setting, in: store)
      #expect(first.calls == 4 + 2)
      #expect(first.texts == ["b d:b", "d d:d"])
      #expect(try answers(setting, in: store).calls == 0)
      // Asked again of all, and the plans are found.
      setting.files["d/here"] = nil
      #expect(try answers(setting, in: store).calls == 4)
    }
  }
}
