// Functions written in Swift, and what one call hands them.

package import Diagnostics

/// The body of a builtin. The call is lent: nothing of it may be kept after returning.
package typealias BuiltinBody = (borrowing Call) throws -> Value

/// A function of the embedder's or the language's own, perhaps bound to a receiver (`"a".join`).
package final class BuiltinObject {
  package let name: String
  /// The value left of the dot for a method, else nil.
  package private(set) var receiver: Value?
  let body: BuiltinBody
  var isFrozen = false

  package init(name: String, receiver: Value? = nil, body: @escaping BuiltinBody) {
    self.name = name
    self.receiver = receiver
    self.body = body
  }

  deinit {
    if let held = receiver, held.isContainer {
      var alone = [held]
      receiver = nil
      Graveyard.bury(&alone)
    }
  }
}

/// One call of a builtin or host object: its arguments, and the thread it runs on.
package struct Call: ~Copyable {
  package let thread: EvaluationThread
  /// The name it was defined with, for messages.
  package let functionName: String
  /// The value left of the dot for a method.
  package let receiver: Value?
  let arguments: UnsafeMutablePointer<Value>
  package let positionalCount: Int
  /// The names of the named arguments, in source order; their values follow the positional ones in `arguments`.
  let names: [StringObject]

  init(
    thread: EvaluationThread, functionName: String, receiver: Value?, arguments: UnsafeMutablePointer<Value>, positionalCount: Int,
    names: [StringObject]
  ) {
    self.thread = thread
    self.functionName = functionName
    self.receiver = receiver
    self.arguments = arguments
    self.positionalCount = positionalCount
    self.names = names
  }

  /// The positional argument `index`, which must be below `positionalCount`.
  package func positional(_ index: Int) -> Value {
    precondition(index >= 0 && index < positionalCount)
    return arguments[index]
  }

  package var positional: [Value] { (0..<positionalCount).map { arguments[$0] } }

  package var namedCount: Int { names.count }

  /// The named arguments in source order; a name never comes twice.
  package var named: [(name: String, value: Value)] { names.indices.map { (names[$0].text, arguments[positionalCount + $0]) } }

  package func named(_ name: String) -> Value? {
    for i in names.indices where names[i].text == name { return arguments[positionalCount + i] }
    return nil
  }

  /// Where the call stands: the innermost Starlark frame's current place.
  package var location: SourceLocation? { thread.currentLocation }
}
