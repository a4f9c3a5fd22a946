// TOML's words: true and false, numbers, dates and times.

struct TOMLScalarError: Error {
  let message: String
}

/// What a word without quotes means.
func tomlScalar(_ text: [UInt8]) throws(TOMLScalarError) -> TOMLValue.Kind {
  let word = String(decoding: text, as: UTF8.self)
  switch word {
  case "true": return .bool(true)
  case "false": return .bool(false)
  case "inf", "+inf": return .float(.infinity)
  case "-inf": return .float(-.infinity)
  case "nan", "+nan", "-nan": return .float(.nan)
  default: break
  }
  if isDateTime(text) { return .dateTime(word) }
  guard let first = text.first, first &- 0x30 < 10 || first == UInt8(ascii: "+") || first == UInt8(ascii: "-") else {
    throw TOMLScalarError(message: "`\(word)` is no value: a string needs quotes")
  }
  return try number(text, word)
}

private func number(_ text: [UInt8], _ word: String) throws(TOMLScalarError) -> TOMLValue.Kind {
  let wrong = TOMLScalarError(message: "`\(word)` is no number, date or time")
  let tooLarge = TOMLScalarError(message: "`\(word)` does not fit 64 bits")
  if text.count > 2, text[0] == 0x30, let radix = [UInt8(ascii: "x"): 16, UInt8(ascii: "o"): 8, UInt8(ascii: "b"): 2][text[1]] {
    let digits = text[2...]
    guard isDigits(digits, { hexadecimalDigit($0).map { $0 < radix } ?? false }) else { throw wrong }
    guard let value = Int(plain(digits), radix: radix) else { throw tooLarge }
    return .int(value)
  }
  let unsigned = text[0] == UInt8(ascii: "+") || text[0] == UInt8(ascii: "-") ? text[1...] : text[...]
  let whole = unsigned.prefix { $0 != UInt8(ascii: ".") && $0 | 0x20 != UInt8(ascii: "e") }
  guard isDigits(whole, isDecimal) else { throw wrong }
  if whole.count > 1, whole.first == 0x30 { throw TOMLScalarError(message: "`\(word)`: a number may not begin with 0") }
  if whole.count == unsigned.count {
    guard let value = Int(plain(text[...])) else { throw tooLarge }
    return .int(value)
  }
  var rest = unsigned[whole.endIndex...]
  if rest.first == UInt8(ascii: ".") {
    let fraction = rest.dropFirst().prefix { $0 | 0x20 != UInt8(ascii: "e") }
    guard isDigits(fraction, isDecimal) else { throw wrong }
    rest = rest[fraction.endIndex...]
  }
  if let e = rest.first {
    guard e | 0x20 == UInt8(ascii: "e") else { throw wrong }
    rest = rest.dropFirst()
    if rest.first == UInt8(ascii: "+") || rest.first == UInt8(ascii: "-") { rest = rest.dropFirst() }
    guard isDigits(rest, isDecimal) else { throw wrong }
  }
  guard let value = Double(plain(text[...])) else { throw wrong }
  return .float(value)
}

private func isDecimal(_ byte: UInt8) -> Bool { byte &- 0x30 < 10 }

/// At least one digit; `_` only between two of them.
private func isDigits(_ text: ArraySlice<UInt8>, _ isDigit: (UInt8) -> Bool) -> Bool {
  var mayBreak = false
  for byte in text {
    if byte == UInt8(ascii: "_") {
      if !mayBreak { return false }
      mayBreak = false
    } else {
      if !isDigit(byte) { return false }
      mayBreak = true
    }
  }
  return mayBreak
}

private func plain(_ text: ArraySlice<UInt8>) -> String {
  String(decoding: text.filter { $0 != UInt8(ascii: "_") }, as: UTF8.self)
}

/// `1979-05-27`, `07:32:00.999`, both with `T`, `t` or a space between, and then perhaps `Z` or `+01:00`; days and hours that exist.
private func isDateTime(_ text: [UInt8]) -> Bool {
  var index = 0
  func number(_ count: Int, _ range: ClosedRange<Int>) -> Int? {
    guard index + count <= text.count else { return nil }
    var value = 0
    for byte in text[index..<index + count] {
      guard isDecimal(byte) else { return nil }
      value = value * 10 + Int(byte - 0x30)
    }
    guard range.contains(value) else { return nil }
    index += count
    return value
  }
  func mark(_ byte: UInt8) -> Bool {
    guard text.byte(index) == byte else { return false }
    index += 1
    return true
  }
  func time() -> Bool {
    guard number(2, 0...23) != nil, mark(0x3A), number(2, 0...59) != nil, mark(0x3A), number(2, 0...60) != nil else { return false }
    if mark(UInt8(ascii: ".")) {
      let start = index
      while isDecimal(text.byte(index)) { index += 1 }
      return index > start
    }
    return true
  }
  if text.byte(2) == UInt8(ascii: ":") { return time() && index == text.count }
  guard let year = number(4, 0...9999), mark(0x2D), let month = number(2, 1...12), mark(0x2D), let day = number(2, 1...31) else {
    return false
  }
  let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
  if day > [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1] { return false }
  if index == text.count { return true }
  guard mark(UInt8(ascii: "T")) || mark(UInt8(ascii: "t")) || mark(0x20), time() else { return false }
  if index == text.count { return true }
  if mark(UInt8(ascii: "Z")) || mark(UInt8(ascii: "z")) { return index == text.count }
  guard mark(UInt8(ascii: "+")) || mark(UInt8(ascii: "-")), number(2, 0...23) != nil, mark(0x3A), number(2, 0...59) != nil else {
    return false
  }
  return index == text.count
}
