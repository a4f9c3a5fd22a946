// `re`, `json` and `toml` for plugin code: patterns and data formats on small texts.

internal import Formats
internal import Starlark
internal import Synchronization

/// The modules by the names that plugin files see.
func dataModules() -> [(String, Value)] {
  [
    ("json", jsonModule()), ("re", Value(NamespaceObject("re", patternFunctions))),
    ("toml", Value(NamespaceObject("toml", [("decode", .builtin("toml.decode", decodeTOML))]))),
  ]
}

private var patternFunctions: [(String, Value)] {
  [
    (
      "search",
      .builtin("re.search") { call in
        let bound = try call.bind(Signature("pattern", "text"))
        return try compiledPattern(bound.string("pattern")).firstMatch(in: bound.string("text")).map(groups) ?? Value.none
      }
    ),
    (
      "findall",
      .builtin("re.findall") { call in
        let bound = try call.bind(Signature("pattern", "text"))
        return Value(try compiledPattern(bound.string("pattern")).matches(in: bound.string("text")).map(groups))
      }
    ),
    (
      "sub",
      .builtin("re.sub") { call in
        let bound = try call.bind(Signature("pattern", "replacement", "text"))
        let bytes = Array(try bound.string("text").utf8)
        let replacement = Array(try bound.string("replacement").utf8)
        var result: [UInt8] = []
        var position = 0
        for match in try compiledPattern(bound.string("pattern")).matches(in: bound.string("text")) {
          result += bytes[position..<match.range.lowerBound] + replacement
          position = match.range.upperBound
        }
        return Value(String(decoding: result + bytes[position...], as: UTF8.self))
      }
    ),
  ]
}

/// The groups of a match as a tuple, the whole first; `None` for a group that took no part.
private func groups(_ match: Pattern.Match) -> Value { Value(tuple: match.groups.map { $0.map { Value($0) } ?? Value.none }) }

/// Compiled patterns by their text: plugins match the same few against thousands of lines. Emptied when it is full.
private let compiledPatterns = Mutex<[String: Pattern]>([:])

private let mostCompiledPatterns = 512  // far above what a plugin writes down; patterns made at run time cannot fill the memory

func compiledPattern(_ text: String) throws -> Pattern {
  if let known = compiledPatterns.withLock({ $0[text] }) { return known }
  do throws(Pattern.Failure) {
    let pattern = try Pattern(text)
    compiledPatterns.withLock { known in
      if known.count >= mostCompiledPatterns { known.removeAll() }
      known[text] = pattern
    }
    return pattern
  } catch {
    throw EvaluationError("`\(text)` is no pattern: \(error.message)")
  }
}

private func decodeTOML(_ call: borrowing Call) throws -> Value {
  let bound = try call.bind(Signature("text", "path?"))
  let text = try bound.string("text")
  let path = try bound.optionalString("path")
  do throws(TOMLErrors) {
    return starlarkValue(try TOML.parse(text))
  } catch {
    let first = error.errors.first
    guard let path, let first else { throw EvaluationError("toml.decode: \(first.map { "\($0)" } ?? "this is no TOML")") }
    throw EvaluationError("\(path):\(first.position.line): \(first.message)", isRefusal: true)
  }
}

private func starlarkValue(_ table: TOMLTable) -> Value { Value(dict: table.entries.map { ($0.name, starlarkValue($0.value)) }) }

private func starlarkValue(_ value: TOMLValue) -> Value {
  switch value.kind {
  case .bool(let truth): .bool(truth)
  case .int(let number): .int(number)
  case .float(let number): .float(number)
  case .string(let text): Value(text)
  case .dateTime(let text): Value(text)
  case .array(let values): Value(values.map(starlarkValue))
  case .table(let table): starlarkValue(table)
  }
}
