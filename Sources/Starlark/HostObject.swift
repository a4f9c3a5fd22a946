// What the values that an embedder brings must answer: contexts, handles, targets, modules of functions.

/// A value of the embedder's own, seen by Starlark through these requirements; all but the type's name have a default.
///
/// Whatever an implementation returns may be read by any thread once `freeze()` was called, so the value is immutable after it.
/// Implementations may throw any error: an `EvaluationError` gets the place and the call stack added, a `Diagnostic` is passed on as it is.
package protocol HostValue: AnyObject {
  /// What `type(x)` answers.
  var typeName: String { get }

  /// The value of `x.name`, or nil where there is no such attribute (the evaluator then reports it with a did-you-mean).
  func attribute(named name: String) throws -> Value?

  /// What `dir(x)` answers, and what did-you-mean chooses from.
  var attributeNames: [String] { get }

  /// Whether `x(…)` is allowed; then `call(_:)` is asked.
  var isCallable: Bool { get }

  func call(_ call: borrowing Call) throws -> Value

  var repr: String { get }

  var isTrue: Bool { get }

  /// `x == other`; asked only where both are host values.
  func isEqual(to other: any HostValue) -> Bool

  /// The hash used by dict and set, or nil for a value that cannot be a key. Equal values answer equal hashes.
  var hash: Int? { get }

  /// The elements that `for` sees, or nil for a value that cannot be iterated.
  var elements: [Value]? { get }

  /// What `**x` stands for in a call or a dict, or nil for a value that is no mapping.
  var mapping: [(name: String, value: Value)]? { get }

  /// `x[key]`, or nil where indexing is not offered.
  func element(at key: Value) throws -> Value?

  /// `self op other`, or (with `isReversed`) `other op self`; nil where the operator is not offered. `op` is its spelling: `+`, `|`, `in`, …
  func binary(_ op: String, _ other: Value, isReversed: Bool) throws -> Value?

  /// `self < other`, or nil where there is no order.
  func isLess(than other: any HostValue) -> Bool?

  /// The values it holds, for freezing and for counting memory.
  var heldValues: [Value] { get }

  /// Called before the value is shared, perhaps more than once; `heldValues` are frozen by the caller.
  func freeze()
}

extension HostValue {
  package func attribute(named name: String) throws -> Value? { nil }
  package var attributeNames: [String] { [] }
  package var isCallable: Bool { false }
  package func call(_ call: borrowing Call) throws -> Value { throw EvaluationError("`\(typeName)` cannot be called") }
  package var repr: String { "<\(typeName)>" }
  package var isTrue: Bool { true }
  package func isEqual(to other: any HostValue) -> Bool { self === other }
  package var hash: Int? { ObjectIdentifier(self).hashValue }
  package var elements: [Value]? { nil }
  package var mapping: [(name: String, value: Value)]? { nil }
  package func element(at key: Value) throws -> Value? { nil }
  package func binary(_ op: String, _ other: Value, isReversed: Bool) throws -> Value? { nil }
  package func isLess(than other: any HostValue) -> Bool? { nil }
  package var heldValues: [Value] { [] }
  package func freeze() {}
}

/// The one-pointer box that a `Value` holds a host value in.
package final class HostObject {
  package let value: any HostValue
  var isFrozen = false

  package init(_ value: any HostValue) { self.value = value }

  package var typeName: String { value.typeName }
  package func attribute(named name: String) throws -> Value? { try value.attribute(named: name) }
  package var attributeNames: [String] { value.attributeNames }
  package var isCallable: Bool { value.isCallable }
  package func call(_ call: borrowing Call) throws -> Value { try value.call(call) }
  package var repr: String { value.repr }
  package var isTrue: Bool { value.isTrue }
  package func isEqual(to other: HostObject) -> Bool { value.isEqual(to: other.value) }
  package var hash: Int? { value.hash }
  package var elements: [Value]? { value.elements }
  package func element(at key: Value) throws -> Value? { try value.element(at: key) }
  package func binary(_ op: String, _ other: Value, isReversed: Bool) throws -> Value? {
    try value.binary(op, other, isReversed: isReversed)
  }
  package func isLess(than other: HostObject) -> Bool? { value.isLess(than: other.value) }
  package var heldValues: [Value] { value.heldValues }
  package func freeze() { value.freeze() }
}

/// A host value that is a bag of named values, such as a module of functions: `json.encode`.
package final class NamespaceObject: HostValue {
  private let name: String
  private let members: [String: Value]
  private let order: [String]

  package init(_ name: String, _ members: [(String, Value)]) {
    self.name = name
    self.members = Dictionary(members, uniquingKeysWith: { _, last in last })
    order = members.map(\.0)
  }

  package var typeName: String { "module" }
  package func attribute(named name: String) -> Value? { members[name] }
  package var attributeNames: [String] { order }
  package var repr: String { "<module \(name)>" }
  package var heldValues: [Value] { order.compactMap { members[$0] } }
}
