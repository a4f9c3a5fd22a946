// Between the interpreter's values and a target's: the objects BUILD functions return, and the conversion.

internal import Diagnostics
internal import Starlark

/// What a BUILD function returned: its name and its arguments, to stand in a field.
final class StructureObject: HostValue {
  let name: String
  let entries: [FieldValue.Entry]

  init(_ name: String, _ entries: [FieldValue.Entry]) {
    self.name = name
    self.entries = entries
  }

  var typeName: String { name }
  var repr: String { "\(name)(…)" }
}

/// A name that nobody defined, where that is only a warning: calling it declares an opaque target, unless the result is used as a value.
final class UnknownName: HostValue {
  let name: String
  /// Whether calling it is an error after all.
  let isRefused: Bool

  init(_ name: String, isRefused: Bool = false) {
    self.name = name
    self.isRefused = isRefused
  }

  var typeName: String { name }
  var repr: String { name }
  var isCallable: Bool { true }
  func attribute(named attribute: String) -> Value? { Value(UnknownName("\(name).\(attribute)")) }

  func call(_ call: borrowing Call) throws -> Value {
    guard let evaluation = call.thread.userData as? BuildEvaluation else {
      throw EvaluationError("`\(name)` cannot be called here: it is not defined")
    }
    if isRefused { throw EvaluationError("no target type `\(name)`") }
    return try evaluation.callUnknown(name, call)
  }
}

/// What calling an `UnknownName` gave. Once it stands in a field it is a value, and its call no target.
final class UnknownCall: HostValue {
  let name: String
  let entries: [FieldValue.Entry]
  let index: Int
  let evaluation: BuildEvaluation

  init(_ name: String, _ entries: [FieldValue.Entry], index: Int, evaluation: BuildEvaluation) {
    self.name = name
    self.entries = entries
    self.index = index
    self.evaluation = evaluation
  }

  var typeName: String { name }
  func attribute(named attribute: String) -> Value? { Value(UnknownName("\(name).\(attribute)")) }

  /// `**f()` and `*f()`: what it would have given is not known, so nothing.
  var mapping: [(name: String, value: Value)]? { used([]) }
  var elements: [Value]? { used([]) }

  private func used<Result>(_ result: Result) -> Result {
    evaluation.useAsValue(index)
    return result
  }
}

/// A `parametrize(…)` is a dict with one such key, so that it can stand in a field and behind `**`.
let parametrizeKeyPrefix = "\u{1}parametrize"

extension FieldValue {
  /// - Throws: `EvaluationError` for what no field can hold.
  init(_ value: Value, depth: Int = 0) throws {
    guard depth <= FieldValue.depthLimit else { throw EvaluationError("the value is nested too deeply") }
    switch value {
    case .none: self = .none
    case .bool(let truth): self = .bool(truth)
    case .int(let number): self = .int(number)
    case .float(let number): self = .float(number)
    case .string: self = .string(value.asString ?? "")
    case .list, .tuple, .set, .range:
      self = .list(try (value.asSequence ?? []).map { try FieldValue($0, depth: depth + 1) })
    case .dict:
      let entries = value.asDictEntries ?? []
      if entries.count == 1, let key = entries[0].0.asString, key.hasPrefix(parametrizeKeyPrefix) {
        self = try FieldValue(entries[0].1, depth: depth + 1)
        return
      }
      self = .dict(try entries.map { Entry(try FieldValue($0.0, depth: depth + 1), try FieldValue($0.1, depth: depth + 1)) })
    case .structure:
      let fields = value.asStructFields ?? []
      self = .dict(try fields.map { Entry(.string($0.0), try FieldValue($0.1, depth: depth + 1)) })
    case .builtin(let builtin): self = .string(builtin.name)  // a target type's name as a key of `__defaults__`
    case .host(let boxed):
      switch boxed.value {
      case let structure as StructureObject: self = .structure(structure.name, structure.entries)
      case let path as FolderPath: self = .string(path.repr)
      case let unknown as UnknownName: self = .string(unknown.name)
      case let called as UnknownCall:
        called.evaluation.useAsValue(called.index)
        self = .structure(called.name, called.entries)
      default: throw EvaluationError("a value of type \(boxed.typeName) cannot stand in a field")
      }
    case .bytes, .function, .hidden, .unbound:
      throw EvaluationError("a value of type \(value.typeName) cannot stand in a field")
    }
  }
}
