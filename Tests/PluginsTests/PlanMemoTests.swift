// Plans that are kept: nothing changed, nothing is asked again; and whatever a plan rests on, a change of it gives the plan a fresh one gives.

import Diagnostics
import Execution
import Fingerprints
import Foundation
import Options
import Plugins
import Scheduling
import Snapshots
import Store
import Targets
import TestSupport
import Testing

@Suite struct PlanMemoTests {
  @Test(arguments: [["d/around.x": "."], ["d/around.x": "../d"], ["d/around.x": ".", "d/other.x": "../d/around.x"]])
  func aLinkThatLeadsBackToItselfIsLaidOutOnce(_ links: [String: String]) throws {
    try withPlanStore { store in
      var setting = PlanSetting()
      setting.links = links
      setting.files["d/BUILD"]?.append("\nthing(name = \"round\", source = \"around.x\")")
      let planned = try setting.plan(in: store)
      for path in ["d/around.x ", "d/one.x "] {
        #expect(planned.actions.contains { $0.components(separatedBy: "\"\(path)").count == 2 })
      }
    }
  }

  @Test func anUnchangedPlanIsNotMadeAgain() throws {
    try withPlanStore { store in
      let first = try PlanSetting().plan(in: store)
      #expect(first.calls == 2)
      #expect(first.evaluated == 2)
      let second = try PlanSetting().plan(in: store)
      #expect(second.calls == 0)
      #expect(second.evaluated == 0)
      #expect(second.actions == first.actions)
      // One stale plan: its plugin alone.
      var edited = PlanSetting()
      edited.files["d/one.x"] = "another"
      let third = try edited.plan(in: store)
      #expect(third.calls == 1)
      #expect(third.evaluated == 1)
    }
  }

  /// What is changed, and how many of the two plans rest on it.
  private static let changes: [(what: String, calls: Int, change: @Sendable (inout PlanSetting) -> Void)] = [
    ("a file that was read", 1, { $0.files["d/one.x"] = "another" }),
    ("an option", 2, { $0.files["baji.toml"]?.replace("-a", with: "-b") }),
    ("the goal's option", 2, { $0.files["baji.toml"]?.replace("SHARED", with: "OTHER") }),
    ("a variable", 2, { $0.environment["SHARED"] = "t" }),
    ("a variable that is gone", 2, { $0.environment["SHARED"] = nil }),
    ("a variable that was not set", 1, { $0.environment["OWN"] = "set" }),
    ("a field", 1, { $0.files["d/BUILD"]?.replace("needs", with: "level = 7, needs") }),
    ("a field of a target that is needed", 2, { $0.files["d/BUILD"]?.replace("\"two.x\"", with: "\"two.x\", level = 7") }),
    (
      "the name of a needed target's file", 2,
      {
        $0.files["d/BUILD"]?.replace("two.x", with: "new.x")
        $0.files["d/new.x"] = "second"
      }
    ),
    ("what is needed", 1, { $0.files["d/BUILD"]?.replace("[\":two\"]", with: "[]") }),
    ("a default of a type", 2, { $0.plugin.replace("field.int(1", with: "field.int(2") }),
    ("the function", 2, { $0.plugin.replace("\"in\"", with: "\"out\"") }),
    ("the platform", 2, { $0.platform = "there" }),
    ("the timeout", 2, { $0.timeout = 6 }),
    ("no timeout", 2, { $0.timeout = nil }),
    ("a variable that nobody asked for", 0, { $0.environment["UNRELATED"] = "x" }),
    ("a file that nobody read", 0, { $0.files["d/unrelated"] = "x" }),
  ]

  @Test(arguments: changes.indices)
  func whateverAPlanRestsOnGivesANewOne(index: Int) throws {
    let (what, calls, change) = PlanMemoTests.changes[index]
    try withPlanStore { store in
      let before = try PlanSetting().plan(in: store)
      var changed = PlanSetting()
      change(&changed)
      let after = try changed.plan(in: store)
      #expect(after.calls == calls, "\(what)")
      #expect((after.actions == before.actions) == (calls == 0), "\(what)")
      // What a run that remembers nothing of plans would do, with the same secret.
      try withoutPlans(store) {
        let fresh = try changed.plan(in: $0)
        #expect(fresh.actions == after.actions, "\(what)")
      }
      // And back again: both plans are kept.
      let back = try PlanSetting().plan(in: store)
      #expect(back.calls == 0, "\(what)")
      #expect(back.actions == before.actions, "\(what)")
    }
  }

  /// A second store with the secret of the first, and nothing else of it.
  private func withoutPlans(_ store: Store, _ body: (Store) throws -> Void) throws {
    let folder = try TemporaryDirectory()
    try folder.write(["store/x": ""])
    try Files.copySecret(from: store.folder, to: "\(folder.path)/store")
    let other = try Store.open(at: "\(folder.path)/store", mapSize: 64 << 20) { Issue.record("\($0)") }
    defer { other.close() }
    #expect(other.secret.bytes == store.secret.bytes)
    try body(other)
  }

  @Test func aVariableThatBecomesSecretIsRefused() throws {
    try withPlanStore { store in
      _ = try PlanSetting().plan(in: store)
      var changed = PlanSetting()
      changed.secretNames = ["SHARED"]
      #expect(throws: UserError.self) { try changed.plan(in: store) }
    }
  }

  @Test func whatListsClosuresIsNotKept() throws {
    var setting = PlanSetting()
    setting.plugin.replace("+ needs", with: "+ needs + ctx.top_level([batch.closure])")
    try withPlanStore { store in
      _ = try setting.plan(in: store)
      #expect(try setting.plan(in: store).calls == 2)
    }
  }
}

private enum Files {
  static func copySecret(from: String, to: String) throws {
    try FileManager.default.copyItem(atPath: "\(from)/secret", toPath: "\(to)/secret")
  }
}
