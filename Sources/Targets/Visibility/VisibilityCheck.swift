// Every edge against the rules of its two ends.

package import Diagnostics
internal import Fingerprints
internal import Snapshots
package import Store

/// An edge that rules forbid, warn of, or say nothing about.
package struct Violation: Equatable, Sendable {
  package enum Verdict: UInt8, Sendable {
    case warned, denied
    /// Rules exist, and none of them fits: Pants refuses such edges as well.
    case undecided
  }

  /// The target that depends on `dependency`.
  package let origin: TargetID
  package let dependency: TargetID
  package let verdict: Verdict
  /// What is wrong: with the rule's place as its note, at the place of the edge.
  package let diagnostic: Diagnostic
}

/// What is in force in one folder.
private struct FolderRules {
  /// The folder of the BUILD file that the rules are counted from, with each set.
  var sets: [CompiledSet] = []
  /// Of the last call, for messages.
  var place: SourceLocation
}

private struct CompiledSelector {
  let selector: TargetSelector
  let type: VisibilityGlob?
  let name: VisibilityGlob?
  let path: VisibilityPathGlob?
  let tags: [VisibilityGlob]

  init(_ selector: TargetSelector, in folder: String) throws(VisibilityRuleError) {
    self.selector = selector
    type = selector.type.map { VisibilityGlob($0) }
    name = selector.name.map { VisibilityGlob($0) }
    if let path = selector.path { self.path = try VisibilityPathGlob(path, in: folder) } else { path = nil }
    tags = selector.tags.map { VisibilityGlob($0) }
  }

  /// - Parameter folder: of the target that rules are applied for.
  func fits(_ end: EdgeEnd, appliedIn folder: String) -> Bool {
    if selector.isEmpty { return false }
    if let type, !type.matches(end.type) { return false }
    if let name, !name.matches(end.name) { return false }
    if let path, !path.matches(end.path, appliedIn: folder) { return false }
    return tags.allSatisfy { tag in end.tags.contains { tag.matches($0) } }
  }
}

private struct CompiledSet {
  let selectors: [CompiledSelector]
  let rules: [(rule: VisibilityRule, selector: CompiledSelector)]
  let place: SourceLocation

  init(_ set: VisibilityRuleSet, in folder: String, at place: SourceLocation) throws(VisibilityRuleError) {
    var selectors: [CompiledSelector] = []
    for selector in set.selectors { selectors.append(try CompiledSelector(selector, in: folder)) }
    var rules: [(VisibilityRule, CompiledSelector)] = []
    for rule in set.rules { rules.append((rule, try CompiledSelector(rule.selector, in: folder))) }
    self.selectors = selectors
    self.rules = rules
    self.place = place
  }
}

/// What rules can know of a target: its call in the BUILD file, and where it lies.
private struct EdgeEnd {
  let address: Address
  /// Of the call: a generated target has its generator's.
  let type: String
  let name: String
  let tags: [String]
  /// The file's path; `dir/generator#name`; or the folder.
  let path: String
  /// Where relative rules begin.
  let folder: String
}

/// The rules of every folder, and what they say of edges. For one thread.
struct VisibilityCheck {
  private(set) var errors: [Diagnostic] = []
  private var dependencies: [String: FolderRules] = [:]
  private var dependents: [String: FolderRules] = [:]

  /// - Parameter calls: of every folder that has BUILD files, parents before children.
  init(_ calls: [DirectoryCalls]) {
    for directory in calls {
      for direction in [VisibilityCall.Direction.dependencies, .dependents] {
        let above = inherited(direction, by: directory.directory)
        let own = directory.visibility.filter { $0.direction == direction && !$0.sets.isEmpty }
        for extra in own.dropFirst() {
          errors.append(
            Diagnostic(
              .error, "`\(direction.functionName)` is called twice in this folder", at: extra.place,
              hint: "give all sets of rules to one call", notes: ["the first is at \(shown(own[0].place))"]))
        }
        var rules = above
        if let call = own.first {
          var sets: [CompiledSet] = []
          for set in call.sets {
            do throws(VisibilityRuleError) {
              sets.append(try CompiledSet(set, in: directory.directory, at: call.place))
            } catch {
              errors.append(Diagnostic(.error, "`\(direction.functionName)`: \(error.reason)", at: call.place))
            }
          }
          rules = FolderRules(sets: sets + (call.extends ? above?.sets ?? [] : []), place: call.place)
        }
        if direction == .dependencies { dependencies[directory.directory] = rules } else { dependents[directory.directory] = rules }
      }
    }
  }

  /// No rule anywhere: nothing to check.
  var isEmpty: Bool { dependencies.isEmpty && dependents.isEmpty }

  private func inherited(_ direction: VisibilityCall.Direction, by directory: String) -> FolderRules? {
    var folder = directory
    let known = direction == .dependencies ? dependencies : dependents
    while !folder.isEmpty {
      folder = parentDirectory(folder)
      if let found = known[folder] { return found }
    }
    return nil
  }

  /// - Parameters:
  ///   - folders: those that have BUILD files.
  ///   - edges: by target, what it depends on.
  ///   - line: where a text stands, from a call on; the call where it does not.
  ///   - place: of an edge.
  func violations(
    _ index: DraftIndex, folders: Set<String>, edges: (TargetID) -> [TargetID],
    line: (_ of: String, _ from: SourceLocation) -> SourceLocation, place: (_ from: TargetID, _ to: TargetID) -> SourceLocation
  ) -> [Violation] {
    var ends: [TargetID: EdgeEnd] = [:]
    func end(_ id: TargetID) -> EdgeEnd {
      if let known = ends[id] { return known }
      let draft = index[id]
      let call = index.generator(of: id).map { index[$0] } ?? draft
      let made = EdgeEnd(
        address: draft.address, type: call.typeName, name: draft.address.name, tags: call.value("tags").strings,
        path: VisibilityCheck.path(of: draft.address), folder: draft.address.residence)
      ends[id] = made
      return made
    }
    /// Of the folder that a file lies in, where it has BUILD files, else of its generator's.
    func rules(_ direction: VisibilityCall.Direction, _ end: EdgeEnd) -> FolderRules? {
      let folder = folders.contains(end.address.residence) ? end.address.residence : end.address.directory
      return direction == .dependencies ? dependencies[folder] : dependents[folder]
    }
    var found: [Violation] = []
    for (number, draft) in index.drafts.enumerated() where !draft.isGenerator && !draft.isOpaque {
      let id = TargetID(number)
      let targets = edges(id)
      if targets.isEmpty { continue }
      let origin = end(id)
      let outgoing = rules(.dependencies, origin)
      let outgoingSet = outgoing.map { rules in rules.sets.first { fits($0, origin) } }
      for target in targets {
        let dependency = end(target)
        let incoming = rules(.dependents, dependency)
        var verdicts: [(VisibilityCall.Direction, Decision)] = []
        if let outgoing { verdicts.append((.dependencies, decide(outgoing, outgoingSet ?? nil, origin, on: dependency))) }
        if let incoming {
          verdicts.append((.dependents, decide(incoming, incoming.sets.first { fits($0, dependency) }, dependency, on: origin)))
        }
        guard let (direction, decision) = verdicts.max(by: { $0.1.severity < $1.1.severity }), let verdict = decision.verdict else {
          continue
        }
        found.append(
          Violation(
            origin: id, dependency: target, verdict: verdict,
            diagnostic: diagnostic(direction, decision, verdict, origin, dependency, line: line, at: place(id, target))))
      }
    }
    return found
  }

  // MARK: One edge

  private enum Decision {
    case rule(VisibilityRule, SourceLocation)
    /// A set fits, none of its rules does.
    case noRule(SourceLocation)
    case noSet(SourceLocation)

    var verdict: Violation.Verdict? {
      switch self {
      case .rule(let rule, _): rule.action == .allow ? nil : rule.action == .warn ? .warned : .denied
      case .noRule, .noSet: .undecided
      }
    }

    var severity: Int { verdict.map { 1 + Int($0.rawValue) } ?? 0 }
  }

  private func fits(_ set: CompiledSet, _ end: EdgeEnd) -> Bool { set.selectors.contains { $0.fits(end, appliedIn: end.folder) } }

  private func decide(_ rules: FolderRules, _ set: CompiledSet?, _ ruled: EdgeEnd, on other: EdgeEnd) -> Decision {
    guard let set else { return .noSet(rules.place) }
    let rule = set.rules.first { $0.selector.fits(other, appliedIn: ruled.folder) }
    return rule.map { .rule($0.rule, set.place) } ?? .noRule(set.place)
  }

  private func diagnostic(
    _ direction: VisibilityCall.Direction, _ decision: Decision, _ verdict: Violation.Verdict, _ origin: EdgeEnd, _ dependency: EdgeEnd,
    line: (_ of: String, _ from: SourceLocation) -> SourceLocation, at place: SourceLocation
  ) -> Diagnostic {
    let edge = "`\(origin.address)` (\(origin.type)) depends on `\(dependency.address)` (\(dependency.type))"
    switch decision {
    case .rule(let rule, let call):
      let at = line(rule.written, call)
      return Diagnostic(
        verdict == .warned ? .warning : .error, "\(edge), which a rule \(verdict == .warned ? "warns of" : "forbids")", at: place,
        notes: ["the rule `\(rule.written)` of `\(direction.functionName)` stands at \(shown(at))"])
    case .noRule(let call):
      return Diagnostic(
        .error, "\(edge), and no rule of `\(direction.functionName)` says whether it may", at: place,
        hint: "end the set of rules with `\"!*\"` or `\"*\"`", notes: ["the rules stand at \(shown(call))"])
    case .noSet(let call):
      let ruled = direction == .dependencies ? origin : dependency
      return Diagnostic(
        .error, "\(edge), and no set of `\(direction.functionName)` is for `\(ruled.address)`", at: place,
        hint: "end the call with `(\"*\", \"*\")`", notes: ["the rules stand at \(shown(call))"])
    }
  }

  private func shown(_ place: SourceLocation) -> String { "\(place.file):\(place.position.line)" }

  private static func path(of address: Address) -> String {
    if let file = address.file { return file }
    guard address.generated != nil else { return address.directory }
    let text = address.description.split(separator: ":", omittingEmptySubsequences: false).joined(separator: "/")
    return String(text.drop { $0 == "/" })
  }
}

extension ByteWriter {
  mutating func write(_ violation: Violation) {
    write(violation.origin)
    write(violation.dependency)
    write(violation.verdict.rawValue)
    write(violation.diagnostic)
  }
}

extension ByteReader {
  mutating func readViolation() throws(MalformedBytes) -> Violation {
    let origin = try readInt32()
    let dependency = try readInt32()
    guard let verdict = Violation.Verdict(rawValue: try readByte()) else { throw MalformedBytes() }
    return Violation(origin: origin, dependency: dependency, verdict: verdict, diagnostic: try readDiagnostic())
  }
}

// MARK: - For `peek`

/// The rules that are in force for one target, and what they say of its dependencies.
package struct RulesInForce: Sendable {
  package struct Application: Sendable {
    /// `ALLOW`, `WARN` or `DENY`.
    package let action: String
    /// `dir/BUILD[rule] -> dir/BUILD[rule]`; a folder where no rules are in force.
    package let rules: String
    package let originType: String
    package let dependency: TargetID
    package let dependencyType: String
  }

  /// As they are written; nil where nothing is ruled.
  package let dependencies: [String]?
  package let dependents: [String]?
  package let applications: [Application]
}

extension Workspace {
  /// By target, the rules that BUILD files say of it.
  package static func rulesInForce(
    for targets: [TargetID], in graph: Graph, store: Store, options: LoadOptions
  ) throws(UserError) -> [TargetID: RulesInForce] {
    let loader = try BuildLoader(snapshot: graph.snapshot, store: store, registry: graph.registry, options: options)
    let directories = try graph.snapshot.buildDirectories(options)
    let check = VisibilityCheck(try loader.calls(of: directories).calls)
    let folders = Set(directories.map(\.path))
    return Dictionary(uniqueKeysWithValues: targets.map { ($0, check.rulesInForce(for: $0, in: graph, folders: folders)) })
  }
}

extension VisibilityCheck {
  fileprivate func rulesInForce(for id: TargetID, in graph: Graph, folders: Set<String>) -> RulesInForce {
    func end(_ id: TargetID) -> EdgeEnd {
      let address = graph.address(of: id)
      let call = graph.generator(of: id) ?? id
      return EdgeEnd(
        address: address, type: graph.typeName(of: call), name: address.name, tags: graph.tags(of: call),
        path: VisibilityCheck.path(of: address), folder: address.residence)
    }
    func set(_ rules: [String: FolderRules], _ end: EdgeEnd) -> CompiledSet? {
      let folder = folders.contains(end.address.residence) ? end.address.residence : end.address.directory
      return rules[folder]?.sets.first { fits($0, end) }
    }
    func written(_ set: CompiledSet?) -> [String]? { set.map { $0.rules.map(\.rule.written) } }
    let origin = end(id)
    let outgoing = set(dependencies, origin)
    let applications = graph.dependencies(of: id).map { other in
      let dependency = end(other)
      let incoming = set(dependents, dependency)
      func decide(_ set: CompiledSet?, _ ruled: EdgeEnd, on other: EdgeEnd) -> (action: VisibilityRule.Action, text: String) {
        guard let set else { return (.allow, ruled.address.directory) }
        let rule = set.rules.first { $0.selector.fits(other, appliedIn: ruled.folder) }?.rule
        return (rule?.action ?? .deny, "\(set.place.file)[\(rule?.written ?? "")]")
      }
      let (out, into) = (decide(outgoing, origin, on: dependency), decide(incoming, dependency, on: origin))
      let action = into.action == .deny || out.action == .allow ? into.action : out.action
      return RulesInForce.Application(
        action: ["ALLOW", "WARN", "DENY"][Int(action.rawValue)], rules: "\(out.text) -> \(into.text)", originType: origin.type,
        dependency: other, dependencyType: dependency.type)
    }
    return RulesInForce(
      dependencies: written(outgoing), dependents: written(set(dependents, origin)), applications: applications)
  }
}
