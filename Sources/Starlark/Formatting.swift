// Text from values by a pattern: `%`, `str.format`, f-strings and their specifications.

extension EvaluationThread {
  /// One replacement field of an f-string.
  func format(_ value: Value, _ conversion: UInt8, _ specification: Value?) throws -> Value {
    let converted = conversion == UInt8(ascii: "r") ? Value(repr(value)) : conversion == UInt8(ascii: "s") ? Value(str(value)) : value
    guard let text = specification?.asString, !text.isEmpty else { return Value(str(converted)) }
    return Value(try formatted(converted, text))
  }

  /// A value by a specification: `[[fill]align][sign][#][0][width][,][.precision][type]`.
  func formatted(_ value: Value, _ specification: String) throws -> String {
    if specification.isEmpty { return str(value) }
    let s = try Specification(specification)
    if let width = s.width { try checkSize(width) }
    var digits: String
    var sign = ""
    switch (value, s.type) {
    case (.int(let number), "d"), (.int(let number), "n"), (.int(let number), nil):
      digits = String(number.magnitude)
      sign = number < 0 ? "-" : s.sign
    case (.int(let number), "x"), (.int(let number), "X"), (.int(let number), "o"), (.int(let number), "b"):
      let radix = s.type == "o" ? 8 : s.type == "b" ? 2 : 16
      digits = String(number.magnitude, radix: radix, uppercase: s.type == "X")
      sign = (number < 0 ? "-" : s.sign) + (s.isAlternate ? "0\(s.type.map(String.init) ?? "")" : "")
    case (.int(let number), "c"):
      guard let scalar = UInt32(exactly: number).flatMap(Unicode.Scalar.init) else { throw EvaluationError("\(number) is no character") }
      digits = String(Character(scalar))
    case (.int, "f"), (.int, "F"), (.int, "e"), (.int, "E"), (.int, "g"), (.int, "G"), (.int, "%"), (.float, _):
      let number: Double
      if case .float(let double) = value { number = double } else { number = Double(value.asInt ?? 0) }
      digits = try text(of: abs(number), s)
      sign = number.sign == .minus && !number.isNaN ? "-" : s.sign
    case (.string, "s"), (.string, nil), (_, nil), (_, "s"):
      let text = str(value)
      digits = s.precision.map { String(String.UnicodeScalarView(text.unicodeScalars.prefix($0))) } ?? text
      return s.padded(digits, sign: "", isNumber: false)
    default: throw EvaluationError("the format `\(specification)` does not fit a \(value.typeName)")
    }
    if let separator = s.separator { digits = grouped(digits, separator) }
    return s.padded(digits, sign: sign, isNumber: true)
  }

  private func text(of number: Double, _ s: Specification) throws -> String {
    switch s.type {
    case "f", "F": return try fixed(number, s.precision ?? 6)
    case "%": return try fixed(number * 100, s.precision ?? 6) + "%"
    case "e", "E": return exponential(number, s.precision ?? 6, s.type == "E")
    case nil where s.precision == nil: return printed(float: number)
    case "g", "G", nil: return try general(number, max(1, s.precision ?? 6), s.type == "G")
    default: throw EvaluationError("the format type `\(s.type.map(String.init) ?? "")` does not fit a float")
    }
  }

  private func grouped(_ digits: String, _ separator: Character) -> String {
    let end = digits.firstIndex { !$0.isWholeNumber } ?? digits.endIndex
    let whole = Array(digits[..<end])
    var result = ""
    for (i, digit) in whole.enumerated() {
      if i > 0, (whole.count - i) % 3 == 0 { result.append(separator) }
      result.append(digit)
    }
    return result + digits[end...]
  }

  // MARK: `%`

  func percentFormat(_ pattern: String, _ operand: Value) throws -> String {
    var arguments: [Value]
    if case .tuple(let tuple) = operand { arguments = tuple.elements } else { arguments = [operand] }
    var used = 0
    var isNamed = false
    var result = ""
    let scalars = Array(pattern.unicodeScalars)
    var i = 0
    func take() throws -> Value {
      guard used < arguments.count else { throw EvaluationError("not enough arguments for the format string") }
      used += 1
      return arguments[used - 1]
    }
    while i < scalars.count {
      guard scalars[i] == "%" else {
        result.unicodeScalars.append(scalars[i])
        i += 1
        continue
      }
      i += 1
      guard i < scalars.count else { throw EvaluationError("the format string ends in `%`", hint: "write `%%` for the character") }
      if scalars[i] == "%" {
        result += "%"
        i += 1
        continue
      }
      var named: Value?
      if scalars[i] == "(" {
        guard let close = scalars[i...].firstIndex(of: ")") else { throw EvaluationError("`%(` is never closed in the format string") }
        var key = ""
        key.unicodeScalars.append(contentsOf: scalars[(i + 1)..<close])
        guard case .dict(let dict) = operand else { throw EvaluationError("`%(\(key))` wants a dict on the right of `%`") }
        guard let value = dict.table.get(string: StringObject(key)) else { throw EvaluationError("the dict has no key \"\(key)\"") }
        named = value
        isNamed = true
        i = close + 1
      }
      var specification = ""
      while i < scalars.count, "+- 0#.123456789".unicodeScalars.contains(scalars[i]) {
        specification.unicodeScalars.append(scalars[i])
        i += 1
      }
      guard i < scalars.count else { throw EvaluationError("the format string ends within a conversion") }
      let type = scalars[i]
      i += 1
      result += try converted(try named ?? take(), type, specification)
    }
    if !isNamed, used < arguments.count {
      if case .tuple = operand {} else if case .dict = operand { return result }
      throw EvaluationError("too many arguments for the format string")
    }
    return result
  }

  private func converted(_ value: Value, _ type: Unicode.Scalar, _ flags: String) throws -> String {
    // `-` aligns left there; the rest reads as in a specification, with strings aligned right by default.
    let isLeft = flags.contains("-")
    let rest = flags.filter { $0 != "-" }
    let align =
      isLeft ? "<" : rest.hasPrefix("0") || rest.hasPrefix("+") || rest.hasPrefix(" ") || rest.hasPrefix("#") || rest.isEmpty ? "" : ">"
    switch type {
    case "s": return rest.isEmpty ? str(value) : try formatted(Value(str(value)), align + rest)
    case "r": return rest.isEmpty ? repr(value) : try formatted(Value(repr(value)), align + rest)
    case "d", "i":
      if case .float(let number) = value, let whole = Int(exactly: number.rounded(.towardZero)) {
        return try formatted(.int(whole), align + rest + "d")
      }
      if case .bool(let truth) = value { return try formatted(.int(truth ? 1 : 0), align + rest + "d") }
      guard case .int = value else { throw EvaluationError("`%d` wants a number, not \(value.typeName)") }
      return try formatted(value, align + rest + "d")
    case "x", "X", "o", "e", "E", "f", "F", "g", "G":
      guard value.asInt != nil || value.asFloat != nil else { throw EvaluationError("`%\(type)` wants a number, not \(value.typeName)") }
      return try formatted(value, align + rest + String(type))
    case "c":
      if case .int = value { return try formatted(value, "c") }
      guard let text = value.asString, text.unicodeScalars.count == 1 else { throw EvaluationError("`%c` wants one character") }
      return text
    default: throw EvaluationError("unknown conversion `%\(type)` in the format string")
    }
  }

  // MARK: `str.format`

  func braceFormat(_ pattern: String, _ positional: [Value], _ named: [(name: String, value: Value)]) throws -> String {
    var next = 0
    return try braceFormat(Array(pattern.unicodeScalars), positional, named, &next, depth: 0)
  }

  private func braceFormat(
    _ pattern: [Unicode.Scalar], _ positional: [Value], _ named: [(name: String, value: Value)], _ next: inout Int, depth: Int
  ) throws -> String {
    if depth > 2 { throw EvaluationError("replacement fields are nested too deeply in the format string") }
    var result = ""
    var i = 0
    while i < pattern.count {
      let scalar = pattern[i]
      i += 1
      if scalar == "}" {
        guard i < pattern.count, pattern[i] == "}" else { throw EvaluationError("a single `}` in the format string") }
        i += 1
        result += "}"
        continue
      }
      guard scalar == "{" else {
        result.unicodeScalars.append(scalar)
        continue
      }
      if i < pattern.count, pattern[i] == "{" {
        i += 1
        result += "{"
        continue
      }
      var open = 1
      var end = i
      while end < pattern.count {
        if pattern[end] == "{" { open += 1 }
        if pattern[end] == "}" { open -= 1 }
        if open == 0 { break }
        end += 1
      }
      guard end < pattern.count else { throw EvaluationError("a `{` is never closed in the format string") }
      result += try field(Array(pattern[i..<end]), positional, named, &next, depth)
      i = end + 1
    }
    return result
  }

  private func field(
    _ field: [Unicode.Scalar], _ positional: [Value], _ named: [(name: String, value: Value)], _ next: inout Int, _ depth: Int
  ) throws -> String {
    let colon = field.firstIndex(of: ":") ?? field.count
    let bang = field[..<colon].firstIndex(of: "!")
    var path = ""
    path.unicodeScalars.append(contentsOf: field[..<(bang ?? colon)])
    let nameEnd = path.firstIndex { $0 == "." || $0 == "[" } ?? path.endIndex
    let name = String(path[..<nameEnd])
    var value: Value
    if name.isEmpty || name.utf8.allSatisfy({ $0 >= 48 && $0 <= 57 }) {
      let index = name.isEmpty ? next : Int(name) ?? .max
      if name.isEmpty { next += 1 }
      guard index < positional.count else { throw EvaluationError("format: there is no positional argument \(index)") }
      value = positional[index]
    } else {
      guard let found = named.last(where: { $0.name == name }) else {
        throw EvaluationError("format: there is no argument named `\(name)`")
      }
      value = found.value
    }
    var rest = path[nameEnd...]
    while let first = rest.first {
      rest = rest.dropFirst()
      if first == "." {
        let end = rest.firstIndex { $0 == "." || $0 == "[" } ?? rest.endIndex
        value = try attribute(value, Value(String(rest[..<end])))
        rest = rest[end...]
      } else {
        guard first == "[", let end = rest.firstIndex(of: "]") else { throw EvaluationError("format: malformed field `\(path)`") }
        let key = String(rest[..<end])
        value = try element(value, Int(key).map { .int($0) } ?? Value(key))
        rest = rest[rest.index(after: end)...]
      }
    }
    if let bang {
      let conversion = bang + 1 < colon ? field[bang + 1] : " "
      guard conversion == "r" || conversion == "s", bang + 2 == colon else {
        throw EvaluationError("format: unknown conversion in `{\(path)!…}`")
      }
      value = Value(conversion == "r" ? repr(value) : str(value))
    }
    guard colon < field.count else { return str(value) }
    let specification = try braceFormat(Array(field[(colon + 1)...]), positional, named, &next, depth: depth + 1)
    return try formatted(value, specification)
  }
}

/// A parsed format specification.
private struct Specification {
  var fill: Unicode.Scalar = " "
  var align: Unicode.Scalar?
  var sign = ""
  var isAlternate = false
  var width: Int?
  var separator: Character?
  var precision: Int?
  var type: Unicode.Scalar?

  init(_ text: String) throws {
    let scalars = Array(text.unicodeScalars)
    var i = 0
    func isAlign(_ scalar: Unicode.Scalar) -> Bool { scalar == "<" || scalar == ">" || scalar == "^" || scalar == "=" }
    func number() throws -> Int? {
      var value: Int?
      while i < scalars.count, let digit = Int(String(scalars[i])), digit >= 0 {
        value = (value ?? 0) * 10 + digit
        if value ?? 0 > 1_000_000 { throw EvaluationError("the format `\(text)` is too wide") }
        i += 1
      }
      return value
    }
    if scalars.count >= 2, isAlign(scalars[1]) {
      fill = scalars[0]
      align = scalars[1]
      i = 2
    } else if let first = scalars.first, isAlign(first) {
      align = first
      i = 1
    }
    if i < scalars.count, scalars[i] == "+" || scalars[i] == " " || scalars[i] == "-" {
      sign = scalars[i] == "-" ? "" : String(scalars[i])
      i += 1
    }
    if i < scalars.count, scalars[i] == "#" {
      isAlternate = true
      i += 1
    }
    if i < scalars.count, scalars[i] == "0" {
      if align == nil {
        fill = "0"
        align = "="
      }
      i += 1
    }
    width = try number()
    if i < scalars.count, scalars[i] == "," || scalars[i] == "_" {
      separator = Character(scalars[i])
      i += 1
    }
    if i < scalars.count, scalars[i] == "." {
      i += 1
      precision = try number()
      if precision == nil { throw EvaluationError("the format `\(text)` lacks its precision") }
    }
    if i < scalars.count {
      type = scalars[i]
      i += 1
    }
    if i < scalars.count { throw EvaluationError("malformed format `\(text)`") }
  }

  func padded(_ digits: String, sign: String, isNumber: Bool) -> String {
    let missing = (width ?? 0) - sign.unicodeScalars.count - digits.unicodeScalars.count
    guard missing > 0 else { return sign + digits }
    let padding = { (count: Int) in String(repeating: String(Character(fill)), count: count) }
    switch align ?? (isNumber ? ">" : "<") {
    case ">": return padding(missing) + sign + digits
    case "^": return padding(missing / 2) + sign + digits + padding(missing - missing / 2)
    case "=": return isNumber ? sign + padding(missing) + digits : padding(missing) + digits
    default: return sign + digits + padding(missing)
    }
  }
}
