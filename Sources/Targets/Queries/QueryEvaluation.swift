// The meaning of a query: sets of targets from sets of targets, each function one pass over the edges.

internal import Diagnostics
internal import Snapshots

struct QueryEvaluation {
  enum Value {
    /// With the order in which they are to be told, where it is not that of addresses.
    case targets(TargetSet, order: [TargetID]?)
    case files(Set<String>)
  }

  private let ground: Query.Ground
  private let graph: Graph
  private var variables: [String: Value] = [:]
  /// Words that were looked up before: a folder's targets take a pass over all of them.
  private var known: [String: TargetSet] = [:]

  init(_ ground: Query.Ground) {
    self.ground = ground
    graph = ground.graph
  }

  mutating func value(of node: QueryNode) throws(QueryError) -> Value {
    switch node.kind {
    case .word(let word): return .targets(try targets(named: word, node.range), order: nil)
    case .variable(let name):
      if let value = variables[name] { return value }
      throw QueryError(
        message: "`$\(name)` has no value", range: node.range,
        hint: nearestName(to: name, among: variables.keys.sorted()).map { "did you mean `$\($0)`?" }
          ?? "`let \(name) = … in …` gives it one")
    case .set(let words):
      var union = TargetSet(of: graph.count)
      for word in words { union.formUnion(try targets(word)) }
      return .targets(union, order: nil)
    case .binding(let name, let value, let body):
      let outer = variables[name]
      variables[name] = try self.value(of: value)
      defer { variables[name] = outer }
      return try self.value(of: body)
    case .operation(let first, let rest):
      var result = try value(of: first)
      for (symbol, node) in rest { result = try combined(result, symbol, value(of: node), node.range) }
      return result
    case .call(let function, let arguments): return try call(function, arguments, node.range)
    }
  }

  private mutating func targets(_ node: QueryNode) throws(QueryError) -> TargetSet {
    guard case .targets(let set, _) = try value(of: node) else {
      throw QueryError(
        message: "this is a set of files; targets are wanted here", range: node.range, hint: "`owner(…)` makes targets of files")
    }
    return set
  }

  private func combined(_ a: Value, _ symbol: QueryOperator, _ b: Value, _ range: Range<Int>) throws(QueryError) -> Value {
    switch (a, b) {
    case (.targets(var first, _), .targets(let second, _)):
      switch symbol {
      case .union: first.formUnion(second)
      case .except: first.subtract(second)
      case .intersect: first.formIntersection(second)
      }
      return .targets(first, order: nil)
    case (.files(let first), .files(let second)):
      switch symbol {
      case .union: return .files(first.union(second))
      case .except: return .files(first.subtracting(second))
      case .intersect: return .files(first.intersection(second))
      }
    default: throw QueryError(message: "files and targets stand on the two sides of an operator", range: range)
    }
  }

  // MARK: Words

  /// A spec of the command line, or one as Bazel and Buck2 write it: `//dir/...`, `//dir:all`.
  private mutating func targets(named word: String, _ range: Range<Int>) throws(QueryError) -> TargetSet {
    if let set = known[word] { return set }
    var spec = word
    if spec == "..." || spec == "//..." {
      spec = "::"
    } else if spec.hasSuffix("/...") {
      spec = spec.dropLast(4) + "::"
    } else if spec.hasSuffix(":all") || spec.hasSuffix(":*"), graph.resolves(spec) == false {
      spec = String(spec[...(spec.lastIndex(of: ":") ?? spec.startIndex)])
    }
    let specs: Specs
    do throws(SpecErrors) { specs = try Specs(parsing: [spec]) } catch { throw refused(error.userError, range) }
    let found: [TargetID]
    do throws(UserError) { found = try graph.select(specs) } catch { throw refused(error, range) }
    let set = TargetSet(found, of: graph.count)
    known[word] = set
    return set
  }

  private func refused(_ error: UserError, _ range: Range<Int>) -> QueryError {
    guard let first = error.diagnostics.first else { return QueryError(message: "this selects nothing", range: range) }
    return QueryError(message: first.message, range: range, hint: first.hint, notes: first.notes)
  }

  // MARK: Functions

  private mutating func call(_ function: QueryFunction, _ arguments: [QueryNode], _ range: Range<Int>) throws(QueryError) -> Value {
    switch function {
    case .deps:
      return .targets(graph.expandedEdges.closure(of: try targets(arguments[0]), depth: number(arguments, 1) ?? .max), order: nil)
    case .rdeps:
      let universe = graph.expandedEdges.closure(of: try targets(arguments[0]))
      let found = graph.expandedDependents.closure(
        of: try targets(arguments[1]), depth: number(arguments, 2) ?? .max, within: universe)
      return .targets(found, order: nil)
    case .allrdeps:
      return .targets(graph.expandedDependents.closure(of: try targets(arguments[0]), depth: number(arguments, 1) ?? .max), order: nil)
    case .somepath:
      let way = graph.expandedEdges.shortestWay(from: try targets(arguments[0]), to: try targets(arguments[1]))
      return .targets(TargetSet(way, of: graph.count), order: way)
    case .allpaths:
      var between = graph.expandedEdges.closure(of: try targets(arguments[0]))
      between.formIntersection(graph.expandedDependents.closure(of: try targets(arguments[1])))
      return .targets(between, order: nil)
    case .kind:
      let isFound = try pattern(arguments[0])
      var types: [String: Bool] = [:]
      return try filtered(arguments[1]) { graph, id in
        let type = graph.typeName(of: id)
        if let known = types[type] { return known }
        let answer = isFound(type)
        types[type] = answer
        return answer
      }
    case .filter:
      let isFound = try pattern(arguments[0])
      return try filtered(arguments[1]) { graph, id in isFound(graph.address(of: id).description) }
    case .attr:
      let name = word(arguments[0])
      let isFound = try pattern(arguments[1])
      return try filtered(arguments[2]) { graph, id in graph.field(name, of: id).queryText.map(isFound) ?? false }
    case .attrfilter:
      let name = word(arguments[0])
      let wanted = word(arguments[1])
      return try filtered(arguments[2]) { graph, id in
        let value = graph.field(name, of: id)
        if case .list(let items) = value { return items.contains { $0.queryText == wanted } }
        return value.queryText == wanted
      }
    case .owner: return .targets(try owners(arguments[0]), order: nil)
    case .siblings:
      let folders = Set(try targets(arguments[0]).ids.map { graph.directory(of: $0) })
      return .targets(TargetSet.all(of: graph.count).filter { folders.contains(graph.directory(of: $0)) }, order: nil)
    case .tests:
      let expanded = TargetSet(graph.expandingGenerators(try targets(arguments[0]).ids), of: graph.count)
      return .targets(expanded.filter { ground.isTest(graph.typeName(of: $0)) }, order: nil)
    case .buildfiles: return .files(Set(try targets(arguments[0]).ids.map { graph.place(of: $0).file }))
    case .inputs:
      let files = graph.expandingGenerators(try targets(arguments[0]).ids).flatMap { graph.sources(of: $0) }
      return .files(Set(files.map { graph.snapshot.path(of: $0) }))
    case .labels:
      let name = word(arguments[0])
      let named = try targets(arguments[1]).ids.flatMap { id in
        let value = graph.field(name, of: id)
        return graph.targets(named: value.string.map { [$0] } ?? value.strings.filter { !$0.hasPrefix("!") }, in: id)
      }
      return .targets(TargetSet(named, of: graph.count), order: nil)
    case .some:
      let set = try targets(arguments[0])
      if set.isEmpty { throw QueryError(message: "`some` is asked for one of nothing", range: range) }
      return .targets(TargetSet(set.ids.prefix(number(arguments, 1) ?? 1), of: graph.count), order: nil)
    case .samePackageDirectRdeps:
      let set = try targets(arguments[0])
      var result = TargetSet(of: graph.count)
      for id in set.ids {
        for other in graph.expandedDependents[id] where graph.directory(of: other) == graph.directory(of: id) { result.insert(other) }
      }
      return .targets(result, order: nil)
    }
  }

  private mutating func filtered(_ node: QueryNode, _ holds: (Graph, TargetID) -> Bool) throws(QueryError) -> Value {
    let graph = graph
    return .targets(try targets(node).filter { holds(graph, $0) }, order: nil)
  }

  /// The parser has seen to it that these are words and numbers.
  private func word(_ node: QueryNode) -> String { if case .word(let word) = node.kind { word } else { "" } }
  private func number(_ arguments: [QueryNode], _ index: Int) -> Int? { index < arguments.count ? Int(word(arguments[index])) : nil }

  private func pattern(_ node: QueryNode) throws(QueryError) -> (String) -> Bool {
    do throws(Query.PatternError) {
      return try ground.pattern(word(node))
    } catch {
      throw QueryError(message: "`\(word(node))` is no pattern: \(error.reason)", range: node.range)
    }
  }

  /// Of files that nobody owns: nothing.
  private mutating func owners(_ node: QueryNode) throws(QueryError) -> TargetSet {
    let words: [QueryNode]
    switch node.kind {
    case .word: words = [node]
    case .set(let nodes): words = nodes
    default:
      guard case .files(let files) = try value(of: node) else {
        throw QueryError(message: "`owner` takes files", range: node.range, hint: "write `owner(path/file)` or `owner(set(a b))`")
      }
      return TargetSet(files.compactMap { graph.snapshot.id(ofPath: $0) }.flatMap { graph.owners(of: $0) }, of: graph.count)
    }
    var result = TargetSet(of: graph.count)
    for node in words {
      let text = word(node)
      guard let path = normalized(text.hasPrefix("//") ? String(text.dropFirst(2)) : text), let file = graph.snapshot.id(ofPath: path)
      else {
        throw QueryError(message: "there is no file `\(text)` in the workspace", range: node.range)
      }
      for id in graph.owners(of: file) { result.insert(id) }
    }
    return result
  }
}

extension Graph {
  /// Whether a written address names a target.
  fileprivate func resolves(_ text: String) -> Bool {
    guard let address = (try? AddressInput(parsing: text))?.address(isFile: false) else { return false }
    return id(of: address) != nil
  }
}

extension FieldValue {
  /// As patterns see it: lists are `[a, b]`. nil for nothing.
  fileprivate var queryText: String? {
    switch self {
    case .none: nil
    case .bool(let truth): truth ? "True" : "False"
    case .int(let number): "\(number)"
    case .float(let number): "\(number)"
    case .string(let text): text
    case .list(let items): "[\(items.map { $0.queryText ?? "None" }.joined(separator: ", "))]"
    case .dict(let entries), .structure(_, let entries):
      "{\(entries.map { "\($0.key.queryText ?? "None"): \($0.value.queryText ?? "None")" }.joined(separator: ", "))}"
    }
  }
}
