// What `__dependencies_rules__` and `__dependents_rules__` say: sets of rules, the first of which with a fitting selector counts.

internal import Diagnostics
internal import Fingerprints
internal import Starlark

/// Why a rule is none.
struct VisibilityRuleError: Error, Equatable {
  let reason: String
  init(_ reason: String) { self.reason = reason }
}

/// Which targets a selector or a rule means: all that is given must fit.
///
///     <type>[path:name](tag, …)        or, for a path and a name alone, path:name
struct TargetSelector: Hashable, Sendable {
  /// As it is written in the text form.
  let written: String
  let type: String?
  let path: String?
  let name: String?
  let tags: [String]

  /// Nothing is given, so that nothing fits.
  var isEmpty: Bool { type == nil && path == nil && name == nil && tags.isEmpty }

  init(written: String? = nil, type: String?, path: String?, name: String?, tags: [String]) {
    func given(_ text: String?) -> String? { text.flatMap { $0.isEmpty ? nil : $0 } }
    (self.type, self.path, self.name, self.tags) = (given(type), given(path), given(name), tags.filter { !$0.isEmpty })
    self.written = written ?? TargetSelector.shown(self.type, self.path, self.name, self.tags)
  }

  /// - Throws: where the text selects nothing.
  init(parsing text: String) throws(VisibilityRuleError) {
    guard let first = text.unicodeScalars.first else { throw VisibilityRuleError("a selector cannot be empty") }
    if first.properties.isAlphabetic || first.properties.numericType != nil || "_.:/*".unicodeScalars.contains(first) {
      let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
      self.init(written: text, type: nil, path: parts[0], name: parts.count > 1 ? parts[1] : nil, tags: [])
      return
    }
    var (type, path, name): (String?, String?, String?)
    var tags: [String] = []
    var isAnything = false
    var rest = text[...]
    while let open = rest.first {
      rest = rest.dropFirst()
      guard let close = ["<": ">", "[": "]", "(": ")"][open], let end = rest.firstIndex(of: Character(close)) else { continue }
      let inside = String(rest[..<end])
      rest = rest[rest.index(after: end)...]
      isAnything = true
      switch open {
      case "<": type = inside
      case "(":
        if inside.contains("'") || inside.contains("\"") {
          throw VisibilityRuleError("tags are written without quotes: `(\(inside))`; a tag with a comma needs the dict form")
        }
        tags = inside.split(separator: ",").map { String($0.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed()) }
      default:
        let parts = inside.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        path = parts[0]
        name = parts.count > 1 ? parts[1] : nil
      }
    }
    guard isAnything else {
      throw VisibilityRuleError("`\(text)` selects nothing: write a path, `<type>`, `[path:name]` or `(tag)`")
    }
    self.init(written: text, type: type, path: path, name: name, tags: tags)
  }

  private static func shown(_ type: String?, _ path: String?, _ name: String?, _ tags: [String]) -> String {
    let place = (path ?? "") + (name.map { ":\($0)" } ?? "")
    let labels = tags.isEmpty ? "" : "(\(tags.map { $0.contains(",") ? "'\($0)'" : $0 }.joined(separator: ", ")))"
    return (type.map { "<\($0)>" } ?? "") + (place.isEmpty || type == nil && tags.isEmpty ? place : "[\(place)]") + labels
  }
}

struct VisibilityRule: Hashable, Sendable {
  enum Action: UInt8, Sendable { case allow, warn, deny }

  let action: Action
  let selector: TargetSelector

  /// As it would be written.
  var written: String { ["", "?", "!"][Int(action.rawValue)] + selector.written }
}

struct VisibilityRuleSet: Hashable, Sendable {
  let selectors: [TargetSelector]
  let rules: [VisibilityRule]
}

/// One call of `__dependencies_rules__` or `__dependents_rules__`.
struct VisibilityCall: Equatable, Sendable {
  /// What is ruled: what the folder's targets depend on, or who depends on them.
  enum Direction: UInt8, Sendable {
    case dependencies, dependents

    var functionName: String { self == .dependencies ? "__dependencies_rules__" : "__dependents_rules__" }
  }

  let direction: Direction
  let sets: [VisibilityRuleSet]
  /// Whether the rules of the folder above follow.
  let extends: Bool
  let place: SourceLocation
}

// MARK: - From the values of a BUILD file

extension VisibilityCall {
  init(_ direction: Direction, _ call: borrowing Call, at place: SourceLocation) throws {
    var extends = false
    for (name, value) in call.named {
      guard name == "extend" else {
        throw EvaluationError("`\(direction.functionName)` has no parameter `\(name)`", hint: "there is `extend`")
      }
      extends = value.isTrue
    }
    var sets: [VisibilityRuleSet] = []
    for argument in call.positional where argument.isTrue {
      do throws(VisibilityRuleError) {
        sets.append(try VisibilityRuleSet(argument))
      } catch {
        throw EvaluationError("`\(direction.functionName)`: \(error.reason)")
      }
    }
    self.init(direction: direction, sets: sets, extends: extends, place: place)
  }
}

extension VisibilityRuleSet {
  fileprivate init(_ value: Value) throws(VisibilityRuleError) {
    guard value.asString == nil, let parts = value.asSequence, parts.count >= 2 else {
      throw VisibilityRuleError(
        "a set of rules is a tuple of selectors and rules, as in `(\"*\", \"//lib/**\", \"!*\")`, not \(value.typeName)")
    }
    var selectors: [TargetSelector] = []
    for item in try flattened(parts[0]) { selectors.append(try item.selector()) }
    var rules: [VisibilityRule] = []
    for part in parts.dropFirst() { for item in try flattened(part) { if let rule = try item.rule() { rules.append(rule) } } }
    if selectors.allSatisfy(\.isEmpty) {
      throw VisibilityRuleError("a set of rules whose selectors fit no target never counts; `\"*\"` fits all")
    }
    self.init(selectors: selectors, rules: rules)
  }
}

/// A text or a dict, out of lists of lists of them.
private enum RuleItem {
  case text(String)
  case fields([String: Value])

  func selector() throws(VisibilityRuleError) -> TargetSelector {
    switch self {
    case .text(let text): return try TargetSelector(parsing: text)
    case .fields(let fields):
      if fields.isEmpty { throw VisibilityRuleError("a selector cannot be empty") }
      var tags: [String] = []
      if let value = fields["tags"], !value.isNone {
        if let text = value.asString {
          tags = text.split(separator: ",").map { String($0.drop { $0 == " " }) }
        } else if let list = value.asSequence {
          tags = list.map { str($0) }
        } else {
          throw VisibilityRuleError("`tags` of a selector is a tag or a list of them, not \(value.typeName)")
        }
      }
      return TargetSelector(type: name("type", fields), path: name("path", fields), name: name("name", fields), tags: tags)
    }
  }

  /// nil for an empty text and a remark.
  func rule() throws(VisibilityRuleError) -> VisibilityRule? {
    switch self {
    case .text(let text):
      if text.isEmpty || text.hasPrefix("#") { return nil }
      let action: VisibilityRule.Action = text.hasPrefix("!") ? .deny : text.hasPrefix("?") ? .warn : .allow
      return VisibilityRule(action: action, selector: try TargetSelector(parsing: action == .allow ? text : String(text.dropFirst())))
    case .fields(let fields):
      if fields.isEmpty { return nil }
      let action: VisibilityRule.Action
      switch fields["action"].map({ str($0) }) ?? "allow" {
      case "allow": action = .allow
      case "warn": action = .warn
      case "deny": action = .deny
      case let other: throw VisibilityRuleError("a rule's `action` is \"allow\", \"warn\" or \"deny\", not \"\(other)\"")
      }
      return VisibilityRule(action: action, selector: try selector())
    }
  }

  private func name(_ key: String, _ fields: [String: Value]) -> String? {
    guard let value = fields[key], !value.isNone else { return nil }
    return typeName(value) ?? str(value)
  }
}

/// The name of a target type that stands there itself, without quotes.
private func typeName(_ value: Value) -> String? {
  switch value {
  case .builtin(let builtin): builtin.name
  case .host(let boxed): (boxed.value as? UnknownName)?.name
  default: nil
  }
}

private func flattened(_ value: Value, depth: Int = 0) throws(VisibilityRuleError) -> [RuleItem] {
  guard depth <= FieldValue.depthLimit else { throw VisibilityRuleError("the rules are nested too deeply") }
  if let text = value.asString {
    return text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
      .text(String(line.drop { $0.isWhitespace }.reversed().drop { $0.isWhitespace }.reversed()))
    }
  }
  if let name = typeName(value) { return [.text("<\(name)>")] }
  if case .host(let boxed) = value, let path = boxed.value as? FolderPath { return [.text(path.repr)] }
  if let entries = value.asDictEntries {
    return [.fields(Dictionary(entries.compactMap { key, value in key.asString.map { ($0, value) } }, uniquingKeysWith: { $1 }))]
  }
  guard let list = value.asSequence else { throw VisibilityRuleError("a rule is a string or a dict, not \(value.typeName)") }
  var items: [RuleItem] = []
  for item in list { items += try flattened(item, depth: depth + 1) }
  return items
}

// MARK: - Bytes

extension ByteWriter {
  mutating func write(_ call: VisibilityCall) {
    write(call.direction.rawValue)
    write(call.sets) { writer, set in
      writer.write(set.selectors) { $0.write($1) }
      writer.write(set.rules) { writer, rule in
        writer.write(rule.action.rawValue)
        writer.write(rule.selector)
      }
    }
    write(call.extends)
    write(call.place)
  }

  private mutating func write(_ selector: TargetSelector) {
    write(selector.written)
    for text in [selector.type, selector.path, selector.name] { write(text) { $0.write($1) } }
    write(selector.tags)
  }
}

extension ByteReader {
  mutating func readVisibilityCall() throws(MalformedBytes) -> VisibilityCall {
    guard let direction = VisibilityCall.Direction(rawValue: try readByte()) else { throw MalformedBytes() }
    let sets = try readArray { (reader: inout ByteReader) throws(MalformedBytes) in
      let selectors = try reader.readArray { (reader: inout ByteReader) throws(MalformedBytes) in try reader.readSelector() }
      let rules = try reader.readArray { (reader: inout ByteReader) throws(MalformedBytes) in
        guard let action = VisibilityRule.Action(rawValue: try reader.readByte()) else { throw MalformedBytes() }
        return VisibilityRule(action: action, selector: try reader.readSelector())
      }
      return VisibilityRuleSet(selectors: selectors, rules: rules)
    }
    let extends = try readBool()
    return VisibilityCall(direction: direction, sets: sets, extends: extends, place: try readLocation())
  }

  private mutating func readSelector() throws(MalformedBytes) -> TargetSelector {
    func text(_ reader: inout ByteReader) throws(MalformedBytes) -> String? {
      try reader.readOptional { (reader: inout ByteReader) throws(MalformedBytes) in try reader.readString() }
    }
    let written = try readString()
    let type = try text(&self)
    let path = try text(&self)
    let name = try text(&self)
    return TargetSelector(written: written, type: type, path: path, name: name, tags: try readStrings())
  }
}
