// Binding the arguments of a call to a builtin's parameters, with errors that name what is wrong.

internal import Diagnostics

/// The parameters of a builtin, in the order they take positional arguments.
///
///     let signature = Signature("name", "sep?", "*", "key?")   // name is required; key only by name
///     let a = try call.bind(signature)
///     let name = try a.string("name"), key = a["key"]
///
/// A trailing `?` marks an optional parameter; `*` makes those after it named-only; `/` makes those before it positional-only.
package struct Signature: Sendable {
  struct Parameter: Sendable {
    let name: String
    let isRequired: Bool
    let isPositional: Bool
    let isNamed: Bool
  }
  let parameters: [Parameter]
  let positionalCount: Int

  package init(_ specifications: String...) { self.init(specifications) }

  package init(_ specifications: [String]) {
    let slash = specifications.firstIndex(of: "/") ?? -1
    let star = specifications.firstIndex(of: "*") ?? specifications.count
    var parameters: [Parameter] = []
    for (i, text) in specifications.enumerated() where text != "/" && text != "*" {
      let isOptional = text.hasSuffix("?")
      parameters.append(
        Parameter(
          name: isOptional ? String(text.dropLast()) : text, isRequired: !isOptional, isPositional: i < star, isNamed: i > slash))
    }
    self.parameters = parameters
    positionalCount = parameters.count(where: \.isPositional)
  }

  func index(of name: String) -> Int? { parameters.firstIndex { $0.name == name } }
}

/// The arguments of one call by parameter. `None` counts as given.
package struct BoundArguments {
  package let functionName: String
  let signature: Signature
  fileprivate(set) var values: [Value?]

  /// The argument of a parameter, or nil where it was left out.
  package subscript(_ name: String) -> Value? {
    guard let index = signature.index(of: name) else { return nil }
    return values[index]
  }

  /// Like the subscript, but an explicit `None` also counts as left out.
  package func present(_ name: String) -> Value? {
    guard let value = self[name], !value.isNone else { return nil }
    return value
  }

  package func value(_ name: String) throws -> Value {
    guard let value = self[name] else { throw EvaluationError("\(functionName): missing argument `\(name)`") }
    return value
  }

  package func string(_ name: String) throws -> String { try typed(name, "a string", value(name).asString) }
  package func int(_ name: String) throws -> Int { try typed(name, "an int", value(name).asInt) }
  package func bool(_ name: String) throws -> Bool { try typed(name, "a bool", value(name).asBool) }
  package func list(_ name: String) throws -> [Value] { try typed(name, "a list", value(name).asList) }
  package func strings(_ name: String) throws -> [String] { try typed(name, "a list of strings", value(name).asStrings) }
  package func dict(_ name: String) throws -> [(Value, Value)] { try typed(name, "a dict", value(name).asDictEntries) }

  package func optionalString(_ name: String) throws -> String? { present(name) == nil ? nil : try string(name) }
  package func optionalInt(_ name: String) throws -> Int? { present(name) == nil ? nil : try int(name) }
  package func optionalBool(_ name: String) throws -> Bool? { present(name) == nil ? nil : try bool(name) }
  package func optionalStrings(_ name: String) throws -> [String]? { present(name) == nil ? nil : try strings(name) }

  /// The error for an argument of the wrong type: `f: `x` must be a string, not int`.
  package func wrongType(_ name: String, wanted: String) -> EvaluationError {
    EvaluationError("\(functionName): `\(name)` must be \(wanted), not \(self[name]?.typeName ?? "missing")")
  }

  private func typed<T>(_ name: String, _ wanted: String, _ value: T?) throws -> T {
    guard let value else { throw wrongType(name, wanted: wanted) }
    return value
  }
}

extension Call {
  /// Each parameter's argument.
  /// - Throws: `EvaluationError` for an unknown (with the nearest name), missing, surplus or duplicated argument.
  package func bind(_ signature: Signature) throws -> BoundArguments {
    var bound = BoundArguments(
      functionName: functionName, signature: signature, values: Array(repeating: nil, count: signature.parameters.count))
    guard positionalCount <= signature.positionalCount else {
      let limit = signature.positionalCount
      throw EvaluationError(
        "\(functionName): takes \(limit == 0 ? "no" : "at most \(limit)") positional argument\(limit == 1 ? "" : "s"), got \(positionalCount)"
      )
    }
    for i in 0..<positionalCount { bound.values[i] = arguments[i] }
    for (i, name) in names.enumerated() {
      guard let index = signature.index(of: name.text), signature.parameters[index].isNamed else {
        let known = signature.parameters.filter(\.isNamed).map(\.name)
        throw EvaluationError(
          "\(functionName): no parameter named `\(name.text)`",
          hint: didYouMean(name.text, among: known))
      }
      guard bound.values[index] == nil else { throw EvaluationError("\(functionName): `\(name.text)` was given twice") }
      bound.values[index] = arguments[positionalCount + i]
    }
    for (i, parameter) in signature.parameters.enumerated() where parameter.isRequired && bound.values[i] == nil {
      throw EvaluationError("\(functionName): missing argument `\(parameter.name)`")
    }
    return bound
  }

  /// Checks that the call has no named arguments and between `least` and `most` positional ones.
  package func checkPositional(_ least: Int, _ most: Int) throws {
    if !names.isEmpty { throw EvaluationError("\(functionName): takes no named arguments, got `\(names[0].text)`") }
    if positionalCount < least || positionalCount > most {
      let wanted = least == most ? "\(least)" : positionalCount < least ? "at least \(least)" : "at most \(most)"
      throw EvaluationError("\(functionName): takes \(wanted) argument\(wanted.hasSuffix("1") ? "" : "s"), got \(positionalCount)")
    }
  }
}

/// The signatures of the language's own functions, made once.
extension Signature {
  static let sorting = Signature("*", "key?", "reverse?")
  static let sorted = Signature("iterable", "/", "*", "key?", "reverse?")
  static let get = Signature("key", "default?")
  static let split = Signature("sep?", "maxsplit?")
  static let splitlines = Signature("keepends?")
  static let int = Signature("x", "base?")
  static let enumerate = Signature("iterable", "start?")
}
