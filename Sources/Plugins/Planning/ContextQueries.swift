// What `ctx` answers about closures, the workspace and the plugin's own files. Every answer is in the plan's trace.

internal import Diagnostics
internal import Execution
internal import Fingerprints
internal import Snapshots
internal import Starlark
internal import Store
internal import Targets

extension ContextObject {
  static let queries: [String: Method] = [
    "addresses": { plan, call in
      let bound = try call.bind(Signature("addresses", "origin?"))
      return try plan.named(bound.strings("addresses"), origin: bound.optionalString("origin"))
    },
    "all_targets": { plan, call in
      let types = try call.bind(Signature("*", "types")).strings("types")
      return Value(tuple: plan.ask(.allTargets(types), []).compactMap { plan.object($0) })
    },
    "closure_targets": { plan, call in
      let bound = try call.bind(Signature("targets", "*", "types"))
      return Value(tuple: plan.ask(.targets(try bound.strings("types")), try targets(bound, plan)).compactMap { plan.object($0) })
    },
    "closure_values": { plan, call in
      let bound = try call.bind(Signature("targets", "field"))
      let items = plan.ask(.values(try bound.string("field")), try targets(bound, plan))
      return Value(tuple: try items.compactMap { if case .value(let value) = $0 { try starlarkValue(value) } else { nil } })
    },
    "dependencies": { plan, call in
      let bound = try call.bind(Signature("targets"))
      return Value(tuple: plan.ask(.dependencies, try targets(bound, plan)).compactMap { plan.object($0) })
    },
    "exists": { plan, call in Value(plan.exists(try call.bind(Signature("path")).string("path"))) },
    "first_party": { plan, call in
      _ = try call.bind(Signature())
      return Value(
        tuple: try plan.ask(.firstParty, []).compactMap { if case .value(let name) = $0 { try starlarkValue(name) } else { nil } })
    },
    "plugin_file": { plan, call in
      let path = try call.bind(Signature("path")).string("path")
      return Value(try plan.pluginFile(path, askedAt: call.location))
    },
    "shared": { plan, call in
      guard call.positionalCount > 0 else { throw EvaluationError("ctx.shared: takes a function and its arguments") }
      guard call.namedCount == 0 else { throw EvaluationError("ctx.shared: takes no named arguments") }
      switch call.positional(0) {
      case .function, .builtin: break
      case let other: throw EvaluationError("ctx.shared: the first argument is a function, not \(other.typeName)")
      }
      return try plan.shared(call.positional(0), Array(call.positional.dropFirst()))
    },
    "warn": { plan, call in
      plan.warn(try call.bind(Signature("message")).string("message"))
      return .none
    },
    "source_roots": { plan, call in
      let items = plan.ask(.sourceRoots, try targets(call.bind(Signature("targets")), plan))
      return Value(tuple: items.compactMap { if case .value(let root) = $0 { root.string.map { Value($0) } } else { nil } })
    },
  ]

  /// The targets that the argument `targets` holds: one, several, or a batch's.
  private static func targets(_ bound: BoundArguments, _ plan: PlanCall) throws -> [TargetID] {
    let value = try bound.value("targets")
    switch value.asHost {
    case let batch as BatchObject: return batch.targets.map(\.id)
    case let group as GroupObject: return group.targets.map(\.id)
    case let target as TargetObject: return [target.id]
    case is BatchFilesObject: return plan.targets
    default: break
    }
    guard let elements = value.asList else { throw bound.wrongType("targets", wanted: "targets") }
    return try elements.map { element in
      guard let target = element.asHost as? TargetObject else { throw bound.wrongType("targets", wanted: "targets") }
      return target.id
    }
  }
}

extension PlanCall {
  func object(_ item: ClosureQueries.Item) -> Value? {
    if case .target(let id) = item { Value(TargetObject(id, world.graph)) } else { nil }
  }

  /// The answer to a question about closures, recorded.
  func ask(_ kind: ClosureQueries.Kind, _ roots: [TargetID]) -> [ClosureQueries.Item] {
    let query = PlanTrace.Query(kind: kind, roots: self.roots(roots))
    if trace.queries[query] == nil { trace.queries[query] = world.closureQueries.fingerprint(kind, of: roots) }
    return world.closureQueries.items(kind, of: roots)
  }

  /// `ctx.addresses([…], "[tool] option")`: the targets that these name, generators replaced by what they generate.
  /// - Parameter origin: who wrote them, for the error about one that names nothing.
  fileprivate func named(_ addresses: [String], origin: String?) throws -> Value {
    let found = ask(.named(addresses), [])
    for text in addresses {
      do throws(UserError) { _ = try world.graph.targets(named: text) } catch {
        guard let first = error.diagnostics.first else { continue }
        let notes = ([first.message] + first.notes).joined(separator: "; ")
        throw EvaluationError(origin.map { "\($0): \(notes)" } ?? notes, hint: first.hint, isRefusal: true)
      }
    }
    return Value(tuple: found.compactMap { object($0) })
  }

  /// Whether the workspace has a file (or a link) of that path.
  fileprivate func exists(_ path: String) -> Bool {
    let answer = world.graph.snapshot.id(ofPath: path) != nil
    trace.presence[path] = answer
    return answer
  }

  /// `ctx.plugin_file("locks/x.txt")`: the text of a file in the folder of the plugin that asks.
  fileprivate func pluginFile(_ path: String, askedAt location: SourceLocation?) throws -> String {
    let files = world.plugins.files
    let asker = location.flatMap { files.file(shownAs: $0.file) }?.path ?? ""
    let folder = asker.prefix { $0 != "/" }
    guard let file = files.file("\(folder)/\(path)") else {
      let beside = files.files.map(\.path).filter { $0.hasPrefix("\(folder)/") && !$0.hasSuffix(".star") }
        .map { String($0.dropFirst(folder.utf8.count + 1)) }
      throw EvaluationError("ctx.plugin_file: the plugin `\(folder)` has no file `\(path)`", hint: didYouMean(path, among: beside))
    }
    trace.pluginFiles[file.path] = file.fingerprint(world.store.secret)
    return String(decoding: file.bytes, as: UTF8.self)
  }

  /// `ctx.warn("…")`. Such a plan is made anew each time, so that every run tells it.
  fileprivate func warn(_ message: String) {
    trace.isComplete = false
    world.warn(message)
  }

  /// `ctx.shared(fn, …)`: worked out once a run.
  fileprivate func shared(_ function: Value, _ arguments: [Value]) throws -> Value {
    let (value, traces) = try sharedResults.result(of: function, arguments, for: self)
    trace.add(traces)
    return value
  }
}
