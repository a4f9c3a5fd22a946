// The door to the compiler and evaluator, until they land.

internal import Diagnostics

extension Program {
  static func compile(
    source: [UInt8], file: String, dialect: Dialect, isPredeclared: (String) -> Bool, candidates: () -> [String], unresolved: UnresolvedPolicy
  ) throws(UserError) -> Program {
    throw UserError("Starlark files cannot be compiled yet")
  }
}

extension EvaluationThread {
  func invoke(_ function: Value, _ positional: [Value], _ names: [StringObject], _ named: [Value]) throws -> Value {
    throw EvaluationError("`\(function.typeName)` cannot be called yet")
  }
}
