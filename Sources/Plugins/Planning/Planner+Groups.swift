// Targets that are planned together: of one checker's key, of one batch of tests, of one partition of a linter.

internal import Diagnostics
package import Execution
internal import Fingerprints
internal import Options
package import Scheduling
internal import Snapshots
internal import Starlark
internal import Store
package import Targets

/// Targets of one key, sorted.
package struct TargetGroup: Sendable {
  /// The key as Starlark prints it: equal texts are equal keys.
  package let key: String
  package let targets: [TargetID]

  /// Whether the key is `None`.
  var hasNoKey: Bool { key == "None" }
}

/// What is to be checked by one action.
package struct PlannedCheck: Sendable {
  package let declaration: CheckerDeclaration
  package let action: ActionID
  /// The action's label, where the plugin gave one.
  package let label: String
  /// The files of its targets, sorted.
  package let paths: [String]
}

/// Tests that one action runs.
package struct TestBatch: Sendable {
  package let declaration: TargetToolDeclaration
  /// Sorted, at least one.
  package let targets: [TargetID]
}

extension Planner {
  // MARK: - Groups

  /// The targets by the key that a plugin's function gives each; one group of all where there is none. In the order of their first targets.
  func groups(of targets: [TargetID], by function: PluginFunction?, _ tool: String) throws -> [TargetGroup] {
    guard !targets.isEmpty else { return [] }
    let targets = targets.sorted()
    guard let function else { return [TargetGroup(key: "None", targets: targets)] }
    let name = name(of: targets, by: function, "groups of \(tool)") { _ in }
    let kept = name.flatMap { name in
      memo.find(name, for: targets) { (reader: inout ByteReader) throws(MalformedBytes) in
        let keys = try reader.readStrings()
        return (keys, try reader.readArray { (reader: inout ByteReader) throws(MalformedBytes) in try reader.readInt32() })
      }
    }
    let keys: [String]
    let places: [Int32]
    if let kept, kept.answer.1.count == targets.count, kept.answer.1.allSatisfy({ kept.answer.0.indices.contains(Int($0)) }) {
      (keys, places) = kept.answer
    } else {
      (keys, places) = try ask(function, of: targets, tool, keptAs: name)
    }
    var members = [[TargetID]](repeating: [], count: keys.count)
    for (place, id) in zip(places, targets) { members[Int(place)].append(id) }
    return zip(keys, members).map { TargetGroup(key: $0, targets: $1) }
  }

  private func ask(
    _ function: PluginFunction, of targets: [TargetID], _ tool: String, keptAs name: Fingerprint?
  ) throws -> (keys: [String], places: [Int32]) {
    let call = PlanCall(world: world, targets: targets, role: .shared, shared: sharedResults)
    var keys: [String] = []
    var known: [String: Int32] = [:]
    var places: [Int32] = []
    var errors: [Diagnostic] = []
    for id in targets {
      do {
        let key = repr(try key(for: id, by: function, in: call))
        let place = known[key] ?? Int32(keys.count)
        if known.updateValue(place, forKey: key) == nil { keys.append(key) }
        places.append(place)
      } catch let error as UserError {
        for diagnostic in error.diagnostics where !errors.contains(diagnostic) { errors.append(diagnostic) }
      }
    }
    if !errors.isEmpty { throw UserError(errors) }
    if let name {
      memo.keep(name, for: targets, call.trace) { writer in
        writer.write(keys)
        writer.write(places) { $0.write($1) }
      }
    }
    return (keys, places)
  }

  /// The key of a group as a value: its first target is asked.
  func key(of group: TargetGroup, by function: PluginFunction?) throws -> Value {
    guard let function, let first = group.targets.first else { return .none }
    return try key(for: first, by: function, in: PlanCall(world: world, targets: group.targets, role: .shared, shared: sharedResults))
  }

  private func key(for id: TargetID, by function: PluginFunction, in call: PlanCall) throws -> Value {
    let what = world.graph.address(of: id).description
    let key = try invoke(function, call, [Value(TargetObject(id, world.graph))], what: what)
    guard key.isPlainKey else {
      throw UserError([
        Diagnostic(.error, "the key for `\(what)` is a \(key.typeName): a key is made of texts, numbers and tuples", at: function.location)
      ])
    }
    return key
  }

  // MARK: - Checkers

  /// The actions by which a tool checks these targets: one for each key of its `partition`.
  package func checks(_ declaration: CheckerDeclaration, targets: [TargetID]) throws -> [PlannedCheck] {
    let graph = world.graph
    let (types, skipField) = (Set(declaration.targetTypes), skipField(declaration.name))
    let suited = targets.filter { types.contains(graph.typeName(of: $0)) }
    try checkSources(of: suited)
    let wanted = suited.filter { graph.field(skipField, of: $0).bool != true && !graph.sources(of: $0).isEmpty }
    return try groups(of: wanted, by: declaration.partition, declaration.name).map { group in
      let what = "\(declaration.name) on \(shownAddress(of: group.targets))"
      let name = name(of: group.targets, by: declaration.run, declaration.name) { $0.write(group.key) }
      let description = try remembered(name, group.targets, by: declaration.run, declaration.name, what) { call in
        let targets = group.targets.map { TargetObject($0, graph) }
        return [Value(GroupObject(targets, key: try key(of: group, by: declaration.partition)))]
      }
      var label = ""
      let action = try append(description, goal: "check", targets: group.targets) { planned in
        // A name that stays when targets come and go, so that `why` has something to compare with.
        planned.action.subject = "check \(declaration.name) \(group.key)"
        label = description.actions.last?.label ?? ""
        planned.action.resultStatuses = declaration.cleanStatuses + declaration.findingStatuses
        planned.action.successStatuses = declaration.cleanStatuses
        planned.action.keepsFailures = true
      }
      let paths = Set(group.targets.flatMap { graph.sources(of: $0) }).sorted().map { graph.snapshot.path(of: $0) }
      return PlannedCheck(declaration: declaration, action: action, label: label, paths: paths)
    }
  }

  // MARK: - Tests

  /// The tests among these targets, in the batches they run in: those of one batch key together, about `size` at most, everything else alone.
  ///
  /// Where a batch ends depends on the addresses near its end only, so that a new test changes few batches.
  package func testBatches(_ targets: [TargetID], size: Int) throws -> [TestBatch] {
    let graph = world.graph
    var batches: [TestBatch] = []
    var taken: Set<TargetID> = []
    for declaration in world.plugins.testers {
      if let scope = declaration.testing.optionScope, world.options.bool(scope, "skip") {
        taken.formUnion(targets.filter { declaration.targetTypes.contains(graph.typeName(of: $0)) })
        continue
      }
      let own = targets.filter { declaration.targetTypes.contains(graph.typeName(of: $0)) && taken.insert($0).inserted }
        .filter { graph.field("skip_tests", of: $0).bool != true }
      guard let function = declaration.testing.batchKey else {
        batches += own.map { TestBatch(declaration: declaration, targets: [$0]) }
        continue
      }
      for group in try groups(of: own, by: function, declaration.name) {
        if group.hasNoKey || size <= 1 {
          batches += group.targets.map { TestBatch(declaration: declaration, targets: [$0]) }
        } else {
          batches += divided(group.targets, size).map { TestBatch(declaration: declaration, targets: $0) }
        }
      }
    }
    return batches.sorted { ($0.targets.first ?? 0) < ($1.targets.first ?? 0) }
  }

  private func divided(_ targets: [TargetID], _ size: Int) -> [[TargetID]] {
    var parts: [[TargetID]] = [[]]
    for id in targets {
      if parts[parts.count - 1].count >= 2 * size { parts.append([]) }
      parts[parts.count - 1].append(id)
      // About one address in `size` ends a batch, always the same ones.
      if stableHash(world.graph.address(of: id).description) % UInt64(size) == 0 { parts.append([]) }
    }
    return parts.filter { !$0.isEmpty }
  }

  /// The action that runs a batch.
  package func test(
    _ batch: TestBatch, timeout: Double?, wantsCoverage: Bool = false, adjust: (inout PlannedAction) -> Void
  ) throws -> ActionID {
    let settings = TestSettings(timeout: timeout, wantsCoverage: wantsCoverage)
    return try remembered(.init(kind: .test, target: batch.targets.first ?? 0)) {
      let ahead = batch.targets.first.flatMap { testsAhead.removeValue(forKey: $0) }
      let action: Action
      var reads: [String: Fingerprint]?
      if let ahead, ahead.targets == batch.targets, ahead.settings == settings {
        (action, reads) = (ahead.action, ahead.reads)
      } else {
        let description = try describe(batch.targets, by: batch.declaration, as: .test(settings))
        action = try loose(description, goal: "test", targets: batch.targets)
      }
      var planned = PlannedAction(action)
      planned.action.keepsFailures = false
      // A run without tests that is not well is a failure, and not kept.
      planned.action.successStatuses =
        batch.declaration.testing.passedStatuses + (allowsNone(batch.declaration.testing) ? batch.declaration.testing.noneStatuses : [])
      planned.action.resultStatuses = planned.action.successStatuses
      planned.action.collectsFailures = true
      adjust(&planned)
      let id = self.append(planned)
      if let reads { readsOfTests[id] = reads }
      return id
    }
  }

  /// Whether a run without tests is well.
  package func allowsNone(_ testing: TargetToolDeclaration.Testing) -> Bool {
    guard let scope = testing.optionScope, let option = testing.allowsNone else { return true }
    return world.options.bool(scope, option)
  }

  /// The action that tests a target, for a person at the terminal: not part of the plan; what it needs is.
  package func debug(_ batch: TestBatch) throws -> Action {
    let settings = TestSettings(isDebug: true)
    return try loose(describe(batch.targets, by: batch.declaration, as: .test(settings)), goal: "test", targets: batch.targets)
  }
}

/// FNV-1a over the UTF-8: the same on every machine and for ever.
package func stableHash(_ text: String) -> UInt64 {
  var hash: UInt64 = 0xcbf2_9ce4_8422_2325
  for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
  return hash ^ (hash >> 32)
}

extension Value {
  /// Made of texts, numbers, truth values, `None` and tuples of them: what it prints as tells it from all others.
  fileprivate var isPlainKey: Bool {
    switch self {
    case .none, .bool, .int, .float, .string: true
    case .tuple(let tuple): tuple.elements.allSatisfy(\.isPlainKey)
    case .structure: (asStructFields ?? []).allSatisfy(\.1.isPlainKey)
    default: false
    }
  }
}
