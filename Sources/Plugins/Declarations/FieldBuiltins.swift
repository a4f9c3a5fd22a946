// `field.*` and `option.*`: fields of target types and options of subsystems, without their names.

internal import Options
internal import Starlark
internal import Targets

/// The namespaces `field` and `option`.
enum FieldBuiltins {
  static func field() -> NamespaceObject {
    NamespaceObject(
      "field",
      [
        kind("bool", "default?") { _ in .bool },
        kind("int", "default?", "*", "min?") { .int(minimum: try $0.optionalInt("min")) },
        kind("float", "default?") { _ in .float },
        kind("string", "default?", "*", "choices?", "parts?", "owns?") { .string(choices: try $0.optionalStrings("choices") ?? []) },
        kind("string_list", "default?") { _ in .stringList },
        kind("string_or_list", "default?") { _ in .stringOrStringList },
        kind("string_dict", "default?") { _ in .stringMap },
        kind("dict", "default?") { _ in .dict },
        kind("any", "default?") { _ in .any },
        kind("dependencies") { _ in .dependencies },
        kind("addresses") { _ in .addresses },
        kind("source", "default?", "*", "extensions?") { _ in .source },
        kind("sources", "default?", "*", "extensions?") { _ in .sources },
      ])
  }

  private static func kind(
    _ name: String, _ parameters: String..., make: @escaping (BoundArguments) throws -> FieldKind
  ) -> (String, Value) {
    let own = parameters.contains("*") ? parameters : parameters + ["*"]
    let signature = Signature(own + ["required?", "doc?", "aliases?", "deprecated?", "quiet?"])
    let takesDefault = parameters.contains("default?")
    let takesExtensions = parameters.contains("extensions?")
    return (
      name,
      .builtin("field.\(name)") { call in
        let bound = try call.bind(signature)
        let kind = try make(bound)
        let defaultValue = takesDefault ? try bound.present("default").map(fieldValue) ?? .none : .none
        if let mismatch = kind.mismatch(defaultValue) { throw EvaluationError("field.\(name): `default` \(mismatch)") }
        return Value(
          FieldHandle(
            kind: kind, isRequired: try bound.optionalBool("required") ?? false, defaultValue: defaultValue,
            doc: try bound.optionalString("doc") ?? "", extensions: takesExtensions ? try bound.optionalStrings("extensions") ?? [] : [],
            aliases: try bound.optionalStrings("aliases") ?? [], deprecation: try bound.optionalString("deprecated"),
            parts: parameters.contains("parts?") ? try bound.optionalStrings("parts") ?? [] : [],
            isQuiet: try bound.optionalBool("quiet") ?? false,
            ownsFile: parameters.contains("owns?") ? try bound.optionalBool("owns") ?? false : false))
      }
    )
  }

  static func option() -> NamespaceObject {
    NamespaceObject(
      "option",
      [
        option("args", .arguments, positionalDefault: false),
        option("bool", .bool),
        option("int", .int),
        option("float", .float),
        option("string", .string),
        option("string_list", .stringList),
        option("dict", .dictionary),
      ])
  }

  private static func option(_ name: String, _ type: OptionType, positionalDefault: Bool = true) -> (String, Value) {
    let signature = Signature(
      (positionalDefault ? ["default?", "*"] : ["*", "default?"]) + ["default_with_pants?", "doc?", "advanced?", "choices?", "aliases?"])
    return (
      name,
      .builtin("option.\(name)") { call in
        let bound = try call.bind(signature)
        var type = type
        if let choices = try bound.optionalStrings("choices") {
          guard type == .string || type == .stringList else { throw EvaluationError("option.\(name): has no `choices`") }
          type = type == .string ? .enumeration(choices) : .enumerationList(choices)
        }
        let defaultValue = try bound.present("default").map(optionValue) ?? (type.isList ? .list([]) : .unset)
        return Value(
          OptionHandle(
            type: type, defaultValue: defaultValue, defaultWithPants: try bound.present("default_with_pants").map(optionValue),
            doc: try bound.optionalString("doc") ?? "",
            aliases: try bound.optionalStrings("aliases") ?? [], isAdvanced: try bound.optionalBool("advanced") ?? false))
      }
    )
  }
}

/// A Starlark value as a field holds it.
func fieldValue(_ value: Value) throws -> FieldValue {
  switch value {
  case .none: return .none
  case .bool(let truth): return .bool(truth)
  case .int(let number): return .int(number)
  case .float(let number): return .float(number)
  case .string(let object): return .string(object.text)
  default:
    if let elements = value.asList { return .list(try elements.map(fieldValue)) }
    if let entries = value.asDictEntries { return .dict(try entries.map { .init(try fieldValue($0), try fieldValue($1)) }) }
    throw EvaluationError("a field cannot hold a \(value.typeName)")
  }
}

/// A field's value as plugin code sees it.
func starlarkValue(_ value: FieldValue) throws -> Value {
  switch value {
  case .none: return .none
  case .bool(let truth): return .bool(truth)
  case .int(let number): return .int(number)
  case .float(let number): return .float(number)
  case .string(let text): return Value(text)
  case .list(let values): return Value(tuple: try values.map(starlarkValue))
  case .dict(let entries): return try Value(dict: entries.map { (try starlarkValue($0.key), try starlarkValue($0.value)) })
  case .structure(let name, let entries):
    return Value(struct: [("function", Value(name))] + (try entries.map { ($0.key.string ?? "", try starlarkValue($0.value)) }))
  }
}

/// A Starlark value as an option holds it.
func optionValue(_ value: Value) throws -> OptionValue {
  switch value {
  case .none: return .unset
  case .bool(let truth): return .bool(truth)
  case .int(let number): return .int(number)
  case .float(let number): return .float(number)
  case .string(let object): return .string(object.text)
  default:
    if let elements = value.asList { return .list(try elements.map(optionValue)) }
    if let entries = value.asDictEntries {
      return .dictionary(
        try entries.map { key, value in
          guard let name = key.asString else { throw EvaluationError("an option's dict has string keys, not \(key.typeName)") }
          return OptionValue.Entry(name, try optionValue(value))
        })
    }
    throw EvaluationError("an option cannot hold a \(value.typeName)")
  }
}

/// An option's value as plugin code sees it.
func starlarkValue(_ value: OptionValue) -> Value {
  switch value {
  case .unset: .none
  case .bool(let truth): .bool(truth)
  case .int(let number): .int(number)
  case .float(let number): .float(number)
  case .string(let text): Value(text)
  case .list(let values): Value(values.map(starlarkValue))
  case .dictionary(let entries): Value(dict: entries.map { ($0.name, starlarkValue($0.value)) })
  }
}
