// One config file: its sections, with `%(…)s` filled in when a value is asked for.

internal import Diagnostics
internal import Formats

/// A parsed config file.
struct ConfigFile: Sendable {
  struct Setting: Sendable {
    let name: String
    let position: TextPosition
    let value: TOMLValue
  }

  struct Section: Sendable {
    let name: String
    let position: TextPosition
    let settings: [Setting]
    let byName: [String: Int]

    subscript(name: String) -> Setting? { byName[name].map { settings[$0] } }
  }

  /// Relative to the root where it lies there: for messages.
  let path: String
  let rank: OptionRank
  /// Whether what nobody knows in it is an error; else it is ignored and counted.
  let isStrict: Bool
  let sections: [Section]
  private let byName: [String: Int]
  private let bytes: [UInt8]
  private var seeds: [String: String] = [:]

  init(path: String, bytes: [UInt8], rank: OptionRank, isStrict: Bool) throws(UserError) {
    self.path = path
    self.rank = rank
    self.isStrict = isStrict
    self.bytes = bytes
    let table: TOMLTable
    do throws(TOMLErrors) {
      table = try TOML.parse(bytes)
    } catch {
      throw UserError(error.errors.map { ConfigFile.diagnostic($0.message, path: path, bytes: bytes, at: $0.position) })
    }
    var sections: [Section] = []
    var problems: [Diagnostic] = []
    for entry in table.entries {
      guard case .table(let settings) = entry.value.kind else {
        problems.append(
          ConfigFile.diagnostic(
            "`\(entry.name)` stands in no section", path: path, bytes: bytes, at: entry.position,
            hint: "options of the whole run go under `[GLOBAL]`"))
        continue
      }
      let list = settings.entries.map { Setting(name: $0.name, position: $0.position, value: $0.value) }
      sections.append(
        Section(
          name: entry.name, position: entry.position, settings: list,
          byName: Dictionary(list.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })))
    }
    if !problems.isEmpty { throw UserError(problems) }
    self.sections = sections
    byName = Dictionary(sections.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })
  }

  /// Says what placeholders stand for beside the settings of their own section: these, and over them what `[DEFAULT]` says.
  mutating func seed(_ seeds: [String: String]) {
    self.seeds = seeds
    for setting in self["DEFAULT"]?.settings ?? [] { self.seeds[setting.name] = ConfigFile.text(setting.value) }
  }

  /// What a placeholder puts in for a value; nil for one that has no text of one line.
  private static func text(_ value: TOMLValue) -> String? {
    switch value.kind {
    case .string(let text), .dateTime(let text): text
    case .int, .float, .bool, .array: OptionValue(value).shown
    case .table: nil
    }
  }

  /// Nil where there is no such section.
  subscript(section: String) -> Section? { byName[section].map { sections[$0] } }

  func place(_ position: TextPosition) -> String { "\(path):\(position.line)" }

  func diagnostic(_ message: String, at position: TextPosition, length: Int = 1, hint: String? = nil) -> Diagnostic {
    ConfigFile.diagnostic(message, path: path, bytes: bytes, at: position, length: length, hint: hint)
  }

  private static func diagnostic(
    _ message: String, path: String, bytes: [UInt8], at position: TextPosition, length: Int = 1, hint: String? = nil
  ) -> Diagnostic {
    let lines = bytes.split(separator: 0x0A, omittingEmptySubsequences: false)
    let line = Int(position.line) - 1
    return Diagnostic(
      .error, message,
      at: SourceLocation(
        file: path, position: SourcePosition(line: position.line, column: position.column), length: Int32(clamping: length)),
      sourceLine: lines.indices.contains(line) ? String(decoding: lines[line].filter { $0 != 0x0D }, as: UTF8.self) : nil, hint: hint)
  }

  /// The value of a setting, its placeholders filled in from its own section, `[DEFAULT]`, and what every file knows.
  func value(_ setting: Setting, in section: Section) throws(ValueError) -> OptionValue { try value(setting.value, in: section) }

  func value(_ value: TOMLValue, in section: Section) throws(ValueError) -> OptionValue {
    switch value.kind {
    case .string(let text): return .string(try interpolated(text, in: section, depth: 0))
    case .int(let number): return .int(number)
    case .float(let number): return .float(number)
    case .bool(let flag): return .bool(flag)
    case .dateTime(let text): return .string(text)
    case .array(let items):
      var values: [OptionValue] = []
      for item in items { values.append(try self.value(item, in: section)) }
      return .list(values)
    case .table(let table):
      var entries: [OptionValue.Entry] = []
      for entry in table.entries {
        entries.append(OptionValue.Entry(try interpolated(entry.name, in: section, depth: 0), try self.value(entry.value, in: section)))
      }
      return .dictionary(entries)
    }
  }

  private func interpolated(_ text: String, in section: Section, depth: Int) throws(ValueError) -> String {
    guard text.utf8.contains(UInt8(ascii: "%")) else { return text }
    if depth > 16 { throw ValueError("has a `%(…)s` that leads back to itself") }
    let bytes = Array(text.utf8)
    var result: [UInt8] = []
    var index = 0
    while index < bytes.count {
      guard bytes[index] == UInt8(ascii: "%"), let (name, end) = placeholder(bytes, index) else {
        result.append(bytes[index])
        index += 1
        continue
      }
      if index > 0, bytes[index - 1] == UInt8(ascii: "%") {
        // `%%(name)s` is the text `%(name)s`.
        result.removeLast()
        result += bytes[index..<end]
        index = end
        continue
      }
      guard let replacement = section[name].flatMap({ ConfigFile.text($0.value) }) ?? seeds[name] else {
        throw ValueError("has `%(\(name))s`, which stands for nothing: \(reasonForNothing(name))")
      }
      // What the environment holds is taken as it is; what files say may refer on.
      result += name.hasPrefix("env.") ? Array(replacement.utf8) : Array(try interpolated(replacement, in: section, depth: depth + 1).utf8)
      index = end
    }
    return String(decoding: result, as: UTF8.self)
  }

  private func reasonForNothing(_ name: String) -> String {
    if name.hasPrefix("env.") { return "the environment has no `\(name.dropFirst(4))`" }
    let known = seeds.keys.filter { !$0.hasPrefix("env.") }.sorted()
    return nearestName(to: name, among: known).map { "did you mean `%(\($0))s`?" }
      ?? "the section, `[DEFAULT]` and Baji know only \(known.map { "`\($0)`" }.joined(separator: ", ")), and `env.NAME`"
  }

  /// The name in `%(name)s` at `start`, and the offset behind it.
  private func placeholder(_ bytes: [UInt8], _ start: Int) -> (String, Int)? {
    guard start + 1 < bytes.count, bytes[start + 1] == UInt8(ascii: "(") else { return nil }
    var end = start + 2
    while end < bytes.count, bytes[end] != UInt8(ascii: ")") {
      switch bytes[end] {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
        UInt8(ascii: "_"), UInt8(ascii: "."):
        end += 1
      default: return nil
      }
    }
    guard end > start + 2, end + 1 < bytes.count, bytes[end + 1] == UInt8(ascii: "s") else { return nil }
    return (String(decoding: bytes[start + 2..<end], as: UTF8.self), end + 2)
  }
}
