// Methods of strings: those of the specification, and others that BUILD files use.

/// The byte offset of `part` in `text` at or after `from`: the first, or the last.
func find(_ part: String, in text: String, from: Int, last: Bool) -> Int? {
  let (pattern, bytes) = (Array(part.utf8), Array(text.utf8))
  return last ? findLast(pattern, in: bytes, from, bytes.count) : find(pattern, in: bytes, from, bytes.count)
}

func find(_ pattern: [UInt8], in text: [UInt8], _ from: Int, _ to: Int) -> Int? {
  guard pattern.count <= to - from else { return nil }
  guard let first = pattern.first else { return from }
  var i = from
  let end = to - pattern.count
  while i <= end {
    if text[i] == first, matches(pattern, text, i) { return i }
    i += 1
  }
  return nil
}

private func findLast(_ pattern: [UInt8], in text: [UInt8], _ from: Int, _ to: Int) -> Int? {
  guard pattern.count <= to - from else { return nil }
  var i = to - pattern.count
  while i >= from {
    if matches(pattern, text, i) { return i }
    i -= 1
  }
  return nil
}

private func matches(_ pattern: [UInt8], _ text: [UInt8], _ at: Int) -> Bool {
  for k in pattern.indices where text[at + k] != pattern[k] { return false }
  return true
}

private func isSpace(_ scalar: Unicode.Scalar) -> Bool { scalar.properties.isWhitespace || (0x1C...0x1F).contains(scalar.value) }

/// The text between scalar offsets, with the byte range it has.
private func bounded(_ text: StringObject, _ start: Int?, _ stop: Int?) -> Range<Int> {
  if text.isASCII { return clampedRange(text.text.utf8.count, start, stop) }
  let scalars = Array(text.text.unicodeScalars)
  let range = clampedRange(scalars.count, start, stop)
  let low = scalars[..<range.lowerBound].reduce(0) { $0 + UTF8.width($1) }
  return low..<low + scalars[range].reduce(0) { $0 + UTF8.width($1) }
}

/// `find` and its kin: the scalar offset or nil.
private func search(_ call: borrowing Call, last: Bool) throws -> Int? {
  try call.checkPositional(1, 3)
  let text = call.string
  let range = bounded(text, try call.optionalInt(at: 1), try call.optionalInt(at: 2))
  let (pattern, bytes) = (Array(try call.string(at: 0).text.utf8), Array(text.text.utf8))
  try call.thread.chargeSteps(bytes.count >> 4)
  let found =
    last ? findLast(pattern, in: bytes, range.lowerBound, range.upperBound) : find(pattern, in: bytes, range.lowerBound, range.upperBound)
  guard let found else { return nil }
  return text.isASCII ? found : String(decoding: bytes[..<found], as: UTF8.self).unicodeScalars.count
}

private func fixes(_ call: borrowing Call) throws -> [String] {
  if case .tuple(let tuple) = call.arguments[0] {
    return try tuple.elements.map { element in
      guard let text = element.asString else { throw EvaluationError("\(call.functionName): wants strings, not \(element.typeName)") }
      return text
    }
  }
  return [try call.string(at: 0).text]
}

private func has(_ call: borrowing Call, _ test: ([UInt8], ArraySlice<UInt8>) -> Bool) throws -> Value {
  try call.checkPositional(1, 3)
  let bytes = Array(call.string.text.utf8)
  let range = bounded(call.string, try call.optionalInt(at: 1), try call.optionalInt(at: 2))
  return .bool(try fixes(call).contains { test(Array($0.utf8), bytes[range]) })
}

private func stripped(_ call: borrowing Call, left: Bool, right: Bool) throws -> Value {
  try call.checkPositional(0, 1)
  var scalars = call.string.text.unicodeScalars[...]
  let cutset: Set<Unicode.Scalar>? =
    call.positionalCount == 1 && !call.arguments[0].isNone ? Set(try call.string(at: 0).text.unicodeScalars) : nil
  let isCut = { (scalar: Unicode.Scalar) in cutset?.contains(scalar) ?? isSpace(scalar) }
  if left { scalars = scalars.drop(while: isCut) }
  if right { while let last = scalars.last, isCut(last) { scalars.removeLast() } }
  return try call.made(String(scalars))
}

private func split(_ call: borrowing Call, fromRight: Bool) throws -> Value {
  let bound = try call.bind(.split)
  let limit = try bound.optionalInt("maxsplit").flatMap { $0 < 0 ? nil : $0 } ?? Int.max
  let text = call.string.text
  try call.thread.charge(2 * text.utf8.count)
  var parts: [String] = []
  guard let separator = try bound.optionalString("sep") else {
    let scalars = text.unicodeScalars
    var words: [Substring.UnicodeScalarView] = []
    var rest = scalars[...]
    if fromRight {
      while let last = rest.last {
        if isSpace(last) {
          rest.removeLast()
        } else if words.count == limit {
          words.append(rest)
          break
        } else {
          let start = rest.lastIndex(where: isSpace).map { rest.index(after: $0) } ?? rest.startIndex
          words.append(rest[start...])
          rest = rest[..<start]
        }
      }
      words.reverse()
    } else {
      while let first = rest.first {
        if isSpace(first) {
          rest.removeFirst()
        } else if words.count == limit {
          words.append(rest)
          break
        } else {
          let end = rest.firstIndex(where: isSpace) ?? rest.endIndex
          words.append(rest[..<end])
          rest = rest[end...]
        }
      }
    }
    return try call.made(words.map { Value(String($0)) })
  }
  if separator.isEmpty { throw EvaluationError("\(call.functionName): the separator is empty") }
  let (pattern, bytes) = (Array(separator.utf8), Array(text.utf8))
  if fromRight {
    var end = bytes.count
    while parts.count < limit, let found = findLast(pattern, in: bytes, 0, end) {
      parts.append(String(decoding: bytes[(found + pattern.count)..<end], as: UTF8.self))
      end = found
    }
    parts.append(String(decoding: bytes[..<end], as: UTF8.self))
    parts.reverse()
  } else {
    var start = 0
    while parts.count < limit, let found = find(pattern, in: bytes, start, bytes.count) {
      parts.append(String(decoding: bytes[start..<found], as: UTF8.self))
      start = found + pattern.count
    }
    parts.append(String(decoding: bytes[start...], as: UTF8.self))
  }
  return try call.made(parts.map { Value($0) })
}

private func partitioned(_ call: borrowing Call, last: Bool) throws -> Value {
  try call.checkPositional(1, 1)
  let separator = try call.string(at: 0).text
  if separator.isEmpty { throw EvaluationError("\(call.functionName): the separator is empty") }
  let text = call.string.text
  guard let found = find(separator, in: text, from: 0, last: last) else {
    return Value(tuple: last ? [Value(""), Value(""), Value(text)] : [Value(text), Value(""), Value("")])
  }
  let bytes = Array(text.utf8)
  return Value(tuple: [
    Value(String(decoding: bytes[..<found], as: UTF8.self)), Value(separator),
    Value(String(decoding: bytes[(found + separator.utf8.count)...], as: UTF8.self)),
  ])
}

private func padded(_ call: borrowing Call, _ split: (Int) -> (left: Int, right: Int)) throws -> Value {
  try call.checkPositional(1, 2)
  let fill = call.positionalCount == 2 ? try call.string(at: 1).text : " "
  guard fill.unicodeScalars.count == 1 else { throw EvaluationError("\(call.functionName): the fill must be one character") }
  let missing = try call.int(at: 0).subtractingReportingOverflow(call.string.count).partialValue
  guard missing > 0 else { return .string(call.string) }
  try call.thread.checkSize(missing, of: fill.utf8.count)
  let (left, right) = split(missing)
  return try call.made(String(repeating: fill, count: left) + call.string.text + String(repeating: fill, count: right))
}

/// All scalars pass, and there is one.
private func all(_ call: borrowing Call, _ test: (Unicode.Scalar) -> Bool) throws -> Value {
  try call.checkPositional(0, 0)
  let scalars = call.string.text.unicodeScalars
  return .bool(!scalars.isEmpty && scalars.allSatisfy(test))
}

/// Letters are all of one case, and there is one.
private func cased(_ call: borrowing Call, _ wanted: (Unicode.Scalar.Properties) -> Bool, _ other: (Unicode.Scalar.Properties) -> Bool)
  throws -> Value
{
  try call.checkPositional(0, 0)
  let scalars = call.string.text.unicodeScalars
  return .bool(scalars.contains { wanted($0.properties) } && !scalars.contains { other($0.properties) })
}

private func titled(_ text: String) -> String {
  var result = ""
  var isInWord = false
  for scalar in text.unicodeScalars {
    result += isInWord ? scalar.properties.lowercaseMapping : scalar.properties.titlecaseMapping
    isInWord = scalar.properties.isAlphabetic
  }
  return result
}

nonisolated(unsafe) let stringMethods: [(String, BuiltinBody)] = [  // immutable, and its closures capture nothing.
  (
    "capitalize",
    { call in
      guard let first = call.string.text.unicodeScalars.first else { return Value("") }
      return try call.made(first.properties.titlecaseMapping + String(call.string.text.unicodeScalars.dropFirst()).lowercased())
    }
  ),
  ("casefold", { call in try call.made(call.string.text.lowercased()) }),
  ("center", { call in try padded(call) { ($0 / 2, $0 - $0 / 2) } }),
  ("ljust", { call in try padded(call) { (0, $0) } }),
  ("rjust", { call in try padded(call) { ($0, 0) } }),
  (
    "codepoints",
    { call in try call.made(call.string.text.unicodeScalars.map { .int(Int($0.value)) }) }
  ),
  (
    "count",
    { call in
      try call.checkPositional(1, 3)
      let range = bounded(call.string, try call.optionalInt(at: 1), try call.optionalInt(at: 2))
      let (pattern, bytes) = (Array(try call.string(at: 0).text.utf8), Array(call.string.text.utf8))
      if pattern.isEmpty { return .int(String(decoding: bytes[range], as: UTF8.self).unicodeScalars.count + 1) }
      var count = 0
      var start = range.lowerBound
      while let found = find(pattern, in: bytes, start, range.upperBound) {
        count += 1
        start = found + pattern.count
      }
      return .int(count)
    }
  ),
  ("elems", { call in try call.made(call.string.text.unicodeScalars.map { Value(String($0)) }) }),
  (
    "encode",
    { call in
      try call.checkPositional(0, 1)
      return Value(bytes: Array(call.string.text.utf8))
    }
  ),
  ("endswith", { call in try has(call) { $1.count >= $0.count && $1.suffix($0.count).elementsEqual($0) } }),
  ("startswith", { call in try has(call) { $1.starts(with: $0) } }),
  ("find", { call in .int(try search(call, last: false) ?? -1) }),
  ("rfind", { call in .int(try search(call, last: true) ?? -1) }),
  (
    "index",
    { call in
      guard let found = try search(call, last: false) else { throw EvaluationError("index: the substring is not there") }
      return .int(found)
    }
  ),
  (
    "rindex",
    { call in
      guard let found = try search(call, last: true) else { throw EvaluationError("rindex: the substring is not there") }
      return .int(found)
    }
  ),
  ("format", { call in try call.made(call.thread.braceFormat(call.string.text, call.positional, call.named)) }),
  ("isalnum", { call in try all(call) { $0.properties.isAlphabetic || $0.properties.numericType != nil } }),
  ("isalpha", { call in try all(call) { $0.properties.isAlphabetic } }),
  ("isascii", { call in .bool(call.string.isASCII) }),
  ("isdigit", { call in try all(call) { $0.properties.numericType == .decimal || $0.properties.numericType == .digit } }),
  ("isdecimal", { call in try all(call) { $0.properties.numericType == .decimal } }),
  ("isnumeric", { call in try all(call) { $0.properties.numericType != nil } }),
  (
    "isidentifier",
    { call in
      let scalars = call.string.text.unicodeScalars
      guard let first = scalars.first, first == "_" || first.properties.isXIDStart else { return false }
      return .bool(scalars.allSatisfy { $0.properties.isXIDContinue })
    }
  ),
  ("islower", { call in try cased(call, \.isLowercase, \.isUppercase) }),
  ("isupper", { call in try cased(call, \.isUppercase, \.isLowercase) }),
  ("isspace", { call in try all(call, isSpace) }),
  (
    "istitle",
    { call in
      let text = call.string.text
      return .bool(titled(text).utf8.elementsEqual(text.utf8) && text.unicodeScalars.contains { $0.properties.isAlphabetic })
    }
  ),
  (
    "join",
    { call in
      try call.checkPositional(1, 1)
      var parts: [String] = []
      var size = 0
      for (i, element) in try elements(of: call.arguments[0]).enumerated() {
        guard let text = element.asString else { throw EvaluationError("join: element \(i) is a \(element.typeName), not a string") }
        parts.append(text)
        size += text.utf8.count + call.string.text.utf8.count
      }
      try call.thread.checkSize(size)
      return Value(parts.joined(separator: call.string.text))
    }
  ),
  ("lower", { call in try call.made(call.string.text.lowercased()) }),
  ("upper", { call in try call.made(call.string.text.uppercased()) }),
  ("lstrip", { call in try stripped(call, left: true, right: false) }),
  ("rstrip", { call in try stripped(call, left: false, right: true) }),
  ("strip", { call in try stripped(call, left: true, right: true) }),
  ("partition", { call in try partitioned(call, last: false) }),
  ("rpartition", { call in try partitioned(call, last: true) }),
  (
    "removeprefix",
    { call in
      try call.checkPositional(1, 1)
      let (text, prefix) = (call.string.text, try call.string(at: 0).text)
      guard text.utf8.starts(with: prefix.utf8) else { return .string(call.string) }
      return try call.made(String(decoding: text.utf8.dropFirst(prefix.utf8.count), as: UTF8.self))
    }
  ),
  (
    "removesuffix",
    { call in
      try call.checkPositional(1, 1)
      let (text, suffix) = (call.string.text, try call.string(at: 0).text)
      guard text.utf8.count >= suffix.utf8.count, text.utf8.suffix(suffix.utf8.count).elementsEqual(suffix.utf8) else {
        return .string(call.string)
      }
      return try call.made(String(decoding: text.utf8.dropLast(suffix.utf8.count), as: UTF8.self))
    }
  ),
  ("replace", replace),
  ("split", { call in try split(call, fromRight: false) }),
  ("rsplit", { call in try split(call, fromRight: true) }),
  (
    "splitlines",
    { call in
      let bound = try call.bind(.splitlines)
      let keeps = bound.present("keepends")?.isTrue ?? false
      var lines: [Value] = []
      let bytes = Array(call.string.text.utf8)
      var start = 0
      var i = 0
      while i < bytes.count {
        let end = i
        let byte = bytes[i]
        i += 1
        guard byte == 10 || byte == 13 else { continue }
        if byte == 13, i < bytes.count, bytes[i] == 10 { i += 1 }
        lines.append(Value(String(decoding: bytes[start..<(keeps ? i : end)], as: UTF8.self)))
        start = i
      }
      if start < bytes.count { lines.append(Value(String(decoding: bytes[start...], as: UTF8.self))) }
      try call.thread.charge(2 * bytes.count)
      return try call.made(lines)
    }
  ),
  (
    "swapcase",
    { call in
      try call.made(
        call.string.text.unicodeScalars.map { $0.properties.isUppercase ? $0.properties.lowercaseMapping : $0.properties.uppercaseMapping }
          .joined())
    }
  ),
  ("title", { call in try call.made(titled(call.string.text)) }),
  (
    "zfill",
    { call in
      try call.checkPositional(1, 1)
      let text = call.string.text
      let missing = try call.int(at: 0).subtractingReportingOverflow(call.string.count).partialValue
      guard missing > 0 else { return .string(call.string) }
      try call.thread.checkSize(missing)
      let hasSign = text.hasPrefix("-") || text.hasPrefix("+")
      return try call.made(
        (hasSign ? String(text.prefix(1)) : "") + String(repeating: "0", count: missing) + (hasSign ? String(text.dropFirst()) : text))
    }
  ),
]

private func replace(_ call: borrowing Call) throws -> Value {
  try call.checkPositional(2, 3)
  let (pattern, replacement) = (Array(try call.string(at: 0).text.utf8), Array(try call.string(at: 1).text.utf8))
  let limit = try call.optionalInt(at: 2).flatMap { $0 < 0 ? nil : $0 } ?? Int.max
  let bytes = Array(call.string.text.utf8)
  // Where a replacement goes, as byte offsets; an empty pattern matches between all characters.
  var places: [Int] = []
  if pattern.isEmpty {
    for i in 0...bytes.count where places.count < limit && (i == bytes.count || bytes[i] & 0xC0 != 0x80) { places.append(i) }
  } else {
    var start = 0
    while places.count < limit, let found = find(pattern, in: bytes, start, bytes.count) {
      places.append(found)
      start = found + pattern.count
    }
  }
  let (grown, overflow) = places.count.multipliedReportingOverflow(by: replacement.count)
  if overflow { throw call.thread.outOfMemory }
  try call.thread.checkSize(bytes.count + grown)
  var result: [UInt8] = []
  result.reserveCapacity(bytes.count + grown)
  var start = 0
  for place in places {
    result += bytes[start..<place]
    result += replacement
    start = place + pattern.count
  }
  result += bytes[start...]
  return Value(String(decoding: result, as: UTF8.self))
}
