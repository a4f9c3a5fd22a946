// The checks that every plugin gets unasked, on its fixture project.

internal import Diagnostics
internal import Execution
internal import Fingerprints
internal import Host
internal import Scheduling
internal import Store
internal import Synchronization

extension PluginTestSuite {
  /// Each check's result. Without a folder `fixtures` there is nothing to check on, which is a failure: a plugin ships one.
  func conformance() -> [Result] {
    let fixtures = "\(folder)/fixtures"
    guard Files.isDirectory(fixtures) else {
      return [Result(name: "fixtures", failure: "the plugin has no folder `fixtures` with a small real project")]
    }
    let checks: [(String, (String) throws -> String?)] = [
      ("planning in another order gives the same plan", checkOrder),
      ("a declared input is in the key, an undeclared file is not", checkKeys),
      ("a killed action keeps nothing", checkKilled),
      ("declared outputs exist, and a second run starts nothing", checkOutputs),
      ("a file's verdict does not depend on its batch", checkVerdicts),
    ]
    return checks.map { name, check in
      do {
        return Result(name: name, failure: try check(fixtures))
      } catch let error as UserError {
        return Result(name: name, failure: error.diagnostics.map { $0.rendered() }.joined())
      } catch {
        return Result(name: name, failure: "\(error)")
      }
    }
  }

  private static let goals = ["lint", "check", "test", "package"]

  private func checkOrder(_ fixtures: String) throws -> String? {
    let world = try TestWorld(copying: fixtures, catalog: catalog, store: .disabled(), environment: environment)
    for goal in PluginTestSuite.goals {
      let first = try keys(world.plan(goal, ["::"]), world.store)
      let second = try keys(world.plan(goal, ["::"], reversed: true), world.store)
      if first != second { return "`\(goal)`: \(difference(first, second))" }
    }
    return nil
  }

  private func checkKeys(_ fixtures: String) throws -> String? {
    let world = try TestWorld(copying: fixtures, catalog: catalog, store: .disabled(), environment: environment)
    for goal in PluginTestSuite.goals {
      let plan = try world.plan(goal, ["::"])
      let before = try keys(plan, world.store)
      var inputs: [String: Set<String>] = [:]
      // What a plan function read and wrote to the same place: an input as well.
      var rewritten: [String: Set<String>] = [:]
      for (action, files) in try plan.actions {
        for file in files {
          switch file.source {
          case .workspace(let path): inputs[path, default: []].insert(action.subject)
          case .bytes: rewritten[file.path, default: []].insert(action.subject)
          default: break
          }
        }
      }
      for (path, direct) in inputs.sorted(by: { $0.key < $1.key }).prefix(8) {
        let subjects = direct.union(rewritten[path] ?? [])
        let file = "\(world.root)/\(path)"
        let bytes = try Files.read(file)
        let mode = try Files.status(file).mode
        try Files.write(bytes + Array("\n# changed\n".utf8), to: file, mode: mode)
        defer { try? Files.write(bytes, to: file, mode: mode) }
        let after = try keys(world.plan(goal, ["::"]), world.store)
        for subject in subjects where after[subject] == before[subject] {
          return "`\(path)` is an input of `\(subject)` and not in its key"
        }
        for (subject, key) in before
        where !subjects.contains(subject) && after[subject] != key
          && !plan.plan.actions.contains(where: {
            $0.action.subject == subject && !$0.dependencies.isEmpty
          })
        {
          return "`\(path)` is no input of `\(subject)` and changes its key"
        }
      }
      try Files.write(Array("nobody names this file\n".utf8), to: "\(world.root)/undeclared.baji-conformance")
      let after = try keys(world.plan(goal, ["::"]), world.store)
      try Files.remove("\(world.root)/undeclared.baji-conformance")
      if after != before { return "a file that nobody declares changes the plan of `\(goal)`: \(difference(before, after))" }
    }
    return nil
  }

  private func checkKilled(_ fixtures: String) throws -> String? {
    try withStore { store in
      let world = try TestWorld(copying: fixtures, catalog: catalog, store: store, environment: environment)
      let plan = try world.plan("test", ["::"])
      guard plan.plan.count > 0 else { return nil }
      let killed = CountingRunner()
      scheduler(store, killed).run(plan.plan)
      let again = CountingRunner()
      scheduler(store, again).run(plan.plan)
      return again.count == killed.count ? nil : "\(killed.count) actions were killed, and \(again.count) of them ran again"
    }
  }

  private func checkOutputs(_ fixtures: String) throws -> String? {
    try withStore { store in
      let world = try TestWorld(copying: fixtures, catalog: catalog, store: store, environment: environment)
      let runner = runner(world, store)
      for goal in ["test", "package"] {
        let plan = try world.plan(goal, ["::"], tools: tools(store, runner))
        let outcomes = scheduler(store, runner).run(plan.plan)
        for (planned, outcome) in zip(plan.plan.actions, outcomes) where !outcome.isSuccess {
          return "`\(planned.action.subject)`: \(outcome.result.map { "\($0.ending)" } ?? "did not run")"
        }
        store.flush()
        let again = CountingRunner()
        scheduler(store, again).run(try world.plan(goal, ["::"], tools: tools(store, runner)).plan)
        if again.count > 0 { return "`\(goal)` a second time started \(again.count) actions" }
      }
      return nil
    }
  }

  private func checkVerdicts(_ fixtures: String) throws -> String? {
    try withStore { _ in
      let world = try TestWorld(copying: fixtures, catalog: catalog, store: .disabled(), environment: environment)
      let runner = runner(world, world.store)
      let plan = try world.plan("lint", ["::"], tools: tools(world.store, runner))
      for tool in plan.fileTools {
        let together = try verdicts(of: tool, tool.files, world.store, runner)
        var generator = SystemRandomNumberGenerator()
        let shuffled = tool.files.shuffled(using: &generator)
        let half = shuffled.count / 2
        let splits = tool.files.map { [$0] } + [Array(shuffled[..<half]), Array(shuffled[half...])]
        for files in splits where !files.isEmpty {
          for (path, verdict) in try verdicts(of: tool, files, world.store, runner) where together[path] != verdict {
            return "\(tool.subject): `\(path)` is judged otherwise with \(files.count) than with all \(tool.files.count) files"
          }
        }
      }
      return nil
    }
  }

  // MARK: - Parts

  private func verdicts(of tool: FileTool, _ files: [FileTool.File], _ store: Store, _ runner: LocalRunner) throws -> [String: String] {
    var tool = tool
    tool.files = files.sorted { $0.path < $1.path }
    var found: [String: String] = [:]
    for result in scheduler(store, runner).run(chains: [[tool]]).flatMap({ $0 }).flatMap({ $0 }) {
      switch result.how {
      case .verdict(let verdict, _): found[result.path] = "\(verdict)"
      default: throw UserError("\(tool.subject): `\(result.path)` got no verdict: \(result.how)")
      }
    }
    return found
  }

  private func keys(_ plan: TestPlan, _ store: Store) throws -> [String: Fingerprint] {
    let context = KeyContext(secret: store.secret, engine: "conformance", platform: "test")
    var keys: [String: Fingerprint] = [:]
    for (action, files) in try plan.actions { keys[action.subject] = action.secondLevelKey(context, files: files).key }
    return keys
  }

  private func difference(_ a: [String: Fingerprint], _ b: [String: Fingerprint]) -> String {
    Set(a.keys).union(b.keys).filter { a[$0] != b[$0] }.sorted().map { "`\($0)`" }.joined(separator: ", ")
  }

  private func withStore(_ body: (Store) throws -> String?) throws -> String? {
    let folder = "/tmp/baji-plugin-test-store-\(Files.randomName(10))"
    let store = try Store.open(at: folder, report: { _ in })
    defer {
      store.close()
      try? Files.removeTree(folder)
    }
    return try body(store)
  }

  private func scheduler(_ store: Store, _ runner: any ActionRunner) -> Scheduler {
    Scheduler(
      store: store, runner: runner, context: KeyContext(secret: store.secret, engine: "conformance", platform: "test"),
      slots: Slots(cpus: Machine.limits().cpus))
  }

  private func runner(_ world: TestWorld, _ store: Store) -> LocalRunner {
    let environment = environment
    return LocalRunner(LocalRunner.Settings(workspace: world.root), store: store) {
      SandboxPlaces.usual(store: "/tmp", environment: environment, report: { _ in })
    }
  }

  private func tools(_ store: Store, _ runner: LocalRunner) -> ToolResolver {
    ToolResolver(searchPath: (environment["PATH"] ?? "").split(separator: ":").map(String.init), store: store) { program, identity in
      ToolResolver.probe(program, identity, runner: runner, cancellation: Cancellation(), store: store)
    }
  }
}

/// Says of every action that it was killed, and counts them.
private final class CountingRunner: ActionRunner {
  private let calls = Mutex(0)
  var count: Int { calls.withLock { $0 } }

  func run(_ prepared: PreparedAction, cancellation: Cancellation, renew: (_ actual: [String: Fingerprint]) -> Void) -> ActionResult {
    calls.withLock { $0 += 1 }
    return ActionResult(ending: .signalled(9))
  }
}
