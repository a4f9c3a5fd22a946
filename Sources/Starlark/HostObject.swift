// The base class of the values that an embedder brings: contexts, handles, targets, modules of functions.

/// A value of the embedder's own, seen by Starlark through the methods it overrides.
///
/// Whatever an override returns may be read by any thread once `freeze()` was called, so a subclass is immutable after it.
/// Overrides may throw any error: an `EvaluationError` gets the place and the call stack added, a `Diagnostic` is passed on as it is.
package class HostObject {
  var isFrozen = false

  package init() {}

  /// What `type(x)` answers.
  package var typeName: String { "object" }

  /// The value of `x.name`, or nil where there is no such attribute (the evaluator then reports it with a did-you-mean).
  package func attribute(named name: String) throws -> Value? { nil }

  /// What `dir(x)` answers, and what did-you-mean chooses from.
  package var attributeNames: [String] { [] }

  /// Whether `x(…)` is allowed; then `call(_:)` is asked.
  package var isCallable: Bool { false }

  package func call(_ call: borrowing Call) throws -> Value { throw EvaluationError("`\(typeName)` cannot be called") }

  package var repr: String { "<\(typeName)>" }

  package var isTrue: Bool { true }

  /// `x == other`; asked only where both are host objects.
  package func isEqual(to other: HostObject) -> Bool { self === other }

  /// The hash used by dict and set, or nil for a value that cannot be a key. Equal objects answer equal hashes.
  package var hash: Int? { ObjectIdentifier(self).hashValue }

  /// The elements that `for` sees, or nil for a value that cannot be iterated.
  package var elements: [Value]? { nil }

  /// `x[key]`, or nil where indexing is not offered.
  package func element(at key: Value) throws -> Value? { nil }

  /// `self op other`, or (with `isReversed`) `other op self`; nil where the operator is not offered. `op` is its spelling: `+`, `|`, `in`, …
  package func binary(_ op: String, _ other: Value, isReversed: Bool) throws -> Value? { nil }

  /// `self < other`, or nil where there is no order.
  package func isLess(than other: HostObject) -> Bool? { nil }

  /// The values it holds, for freezing and for counting memory.
  package var heldValues: [Value] { [] }

  /// Called once, before the object is shared; `heldValues` are frozen by the caller.
  package func freeze() {}
}

/// A host object that is a bag of named values, such as a module of functions: `json.encode`.
package final class NamespaceObject: HostObject {
  private let name: String
  private let members: [String: Value]
  private let order: [String]

  package init(_ name: String, _ members: [(String, Value)]) {
    self.name = name
    self.members = Dictionary(members, uniquingKeysWith: { _, last in last })
    order = members.map(\.0)
  }

  package override var typeName: String { "module" }
  package override func attribute(named name: String) -> Value? { members[name] }
  package override var attributeNames: [String] { order }
  package override var repr: String { "<module \(name)>" }
  package override var heldValues: [Value] { order.compactMap { members[$0] } }
}
