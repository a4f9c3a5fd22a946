// Values as people write them in flags, environment variables and quoted strings of config files: `true`, `4GiB`, `+["a"]`, `{'a': 1}`.

/// A text is no value of its option's type. The sentence goes behind the option's name.
struct ValueError: Error {
  let message: String

  init(_ message: String) { self.message = message }
}

/// What one source does to an option's value.
enum OptionEdit: Sendable {
  case replace(OptionValue)
  /// Items at the end of a list.
  case add([OptionValue])
  /// Takes these items away from the list, whoever adds them, until a stronger source replaces it.
  case remove([OptionValue])
  /// Names of a dictionary.
  case merge([OptionValue.Entry])
}

extension OptionType {
  /// For help and messages: `a whole number`.
  var phrase: String {
    switch self {
    case .bool: "`true` or `false`"
    case .int: "a whole number"
    case .float: "a number"
    case .string: "a string"
    case .enumeration(let words): "one of \(words.joined(separator: ", "))"
    case .memorySize: "a size in bytes such as `512MiB` or `4GiB`"
    case .stringList: "a list of strings"
    case .enumerationList(let words): "a list of \(words.joined(separator: ", "))"
    case .arguments: "a list of arguments"
    case .dictionary: "a dictionary"
    }
  }

  /// What `text` says about an option of this type.
  func edits(text: String) throws(ValueError) -> [OptionEdit] {
    if case .dictionary = self {
      var parser = LiteralParser(text)
      let isMerge = parser.skip(UInt8(ascii: "+"))
      guard case .dictionary(let entries) = try parser.whole() else {
        throw ValueError("takes \(phrase) such as `{'name': 'value'}`, not `\(text)`")
      }
      return [isMerge ? .merge(entries) : .replace(.dictionary(entries))]
    }
    guard isList else { return [.replace(try scalar(text))] }
    var parser = LiteralParser(text)
    guard let first = parser.listEdit else { return [.add(try items([.string(text)]))] }
    var kind = first
    var edits: [OptionEdit] = []
    while true {
      let list = try items(try parser.list())
      switch kind {
      case .replace: edits.append(.replace(.list(list)))
      case .add: edits.append(.add(list))
      case .remove: edits.append(.remove(list))
      }
      if parser.isAtEnd { return edits }
      guard kind != .replace, parser.skip(UInt8(ascii: ",")), let next = parser.listEdit, next != .replace else {
        throw ValueError("takes \(phrase); `\(text)` goes on behind the list's end")
      }
      kind = next
    }
  }

  private func scalar(_ text: String) throws(ValueError) -> OptionValue {
    let wrong = ValueError("takes \(phrase), not `\(text)`")
    let compact = text.filter { $0 != "_" }
    switch self {
    case .bool:
      switch text.lowercased() {
      case "true": return .bool(true)
      case "false": return .bool(false)
      default: throw wrong
      }
    case .int:
      guard let value = Int(compact) else { throw wrong }
      return .int(value)
    case .float:
      guard let value = Double(compact), value.isFinite else { throw wrong }
      return .float(value)
    case .memorySize:
      guard let value = byteCount(text) else { throw wrong }
      return .int(value)
    case .enumeration(let words):
      guard words.contains(text) else { throw wrong }
      return .string(text)
    case .string, .stringList, .enumerationList, .arguments, .dictionary: return .string(text)
    }
  }

  /// The items of a list as this type holds them: checked, and split where they are arguments.
  func items(_ values: [OptionValue]) throws(ValueError) -> [OptionValue] {
    var items: [OptionValue] = []
    for value in values {
      guard case .string(let text) = value else { throw ValueError("takes \(phrase), not one with `\(value.shown)` in it") }
      switch self {
      case .arguments:
        guard let words = shellWords(text) else { throw ValueError("takes \(phrase); `\(text)` has a quote that is never closed") }
        items += words.map { .string($0) }
      case .enumerationList(let words) where !words.contains(text): throw ValueError("takes \(phrase), not `\(text)`")
      default: items.append(value)
      }
    }
    return items
  }

  /// A value of a file that was written for Pants, where a number is a fine string: `version = 22`.
  func lenient(_ value: OptionValue) -> OptionValue {
    switch (self, value) {
    case (.string, .int), (.string, .float), (.enumeration, .int): .string(value.shown)
    default: value
    }
  }

  /// A value that was given with its own type, as a config file does.
  func edits(value: OptionValue) throws(ValueError) -> [OptionEdit] {
    switch (self, value) {
    case (_, .string(let text)): return try edits(text: text)
    case (.bool, .bool), (.int, .int), (.float, .float): return [.replace(value)]
    case (.float, .int(let number)): return [.replace(.float(Double(number)))]
    case (.memorySize, .int(let number)) where number >= 0: return [.replace(value)]
    case (.memorySize, .float(let number)) where number >= 0 && number < 0x1p62: return [.replace(.int(Int(number)))]
    case (.dictionary, .dictionary(let entries)):
      if entries.count == 1, entries[0].name == "add", case .dictionary(let added) = entries[0].value { return [.merge(added)] }
      return [.replace(value)]
    case (_, .list(let values)) where isList: return [.replace(.list(try items(values)))]
    case (_, .dictionary(let entries)) where isList && !entries.isEmpty:
      var edits: [OptionEdit] = []
      for entry in entries {
        guard case .list(let values) = entry.value else { throw ValueError("takes \(phrase); its `.\(entry.name)` is no list") }
        switch entry.name {
        case "add": edits.append(.add(try items(values)))
        case "remove": edits.append(.remove(try items(values)))
        default: throw ValueError("takes \(phrase), or a table of `add` and `remove`, not `\(entry.name)`")
        }
      }
      return edits
    default: throw ValueError("takes \(phrase), not `\(value.shown)`")
    }
  }
}

/// Bytes; nil for what is no size or does not fit.
private func byteCount(_ text: String) -> Int? {
  var digits = text.lowercased().filter { $0 != " " }
  var unit = 1.0
  for (suffix, factor) in [("gib", 0x1p30), ("mib", 0x1p20), ("kib", 0x1p10), ("b", 1.0)] where digits.hasSuffix(suffix) {
    digits.removeLast(suffix.count)
    unit = factor
    break
  }
  guard let number = Double(digits), number >= 0, number * unit < 0x1p62 else { return nil }
  return Int(number * unit)
}

/// `text` as a POSIX shell splits words: blanks, quotes, backslashes; no expansion and no comments. Nil where a quote stays open.
package func shellWords(_ text: String) -> [String]? {
  var words: [String] = []
  var word: [UInt8]?
  var quote: UInt8?
  var bytes = Array(text.utf8).makeIterator()
  while let byte = bytes.next() {
    switch (byte, quote) {
    case (UInt8(ascii: "'"), nil), (UInt8(ascii: "\""), nil):
      quote = byte
      word = word ?? []
    case (let byte, let open?) where byte == open: quote = nil
    case (UInt8(ascii: "\\"), nil), (UInt8(ascii: "\\"), UInt8(ascii: "\"")):
      guard let next = bytes.next() else { return nil }
      if quote != nil, next != UInt8(ascii: "\""), next != UInt8(ascii: "\\") { word = (word ?? []) + [byte] }
      word = (word ?? []) + [next]
    case (0x20, nil), (0x09, nil), (0x0A, nil), (0x0D, nil):
      if let ended = word { words.append(String(decoding: ended, as: UTF8.self)) }
      word = nil
    default: word = (word ?? []) + [byte]
    }
  }
  if quote != nil { return nil }
  if let ended = word { words.append(String(decoding: ended, as: UTF8.self)) }
  return words
}
