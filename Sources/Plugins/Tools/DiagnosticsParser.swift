// Tool output → records: which file, line and column, how bad, what. Attributes a failing batch to its files.

package import Scheduling

/// How a tool writes its findings.
package enum DiagnosticsParser: Sendable {
  /// `path:line:column: severity: message [code]`, a line each.
  case gcc
  /// A pattern per line with the named groups `path`, `line`, and perhaps `column`, `severity`, `code`, `message`.
  case regex(Pattern)
  /// The tool names no files: a batch with findings is split down to single files.
  case none

  /// Shares the findings of a batch out among its files, as `docs/plugins.md` rules: only if every line was understood and names a file of the batch.
  package func attribute(_ batch: FileTool.Batch) -> Attribution {
    let text = String(decoding: batch.standardOutput, as: UTF8.self)
    if batch.paths.count == 1, let only = batch.paths.first {
      return .findings([alone(text, only, batch)])
    }
    guard case .some = pattern else { return .unattributable }
    let known = Set(batch.paths)
    var order: [String] = []
    var byPath: [String: (text: String, findings: [Finding])] = [:]
    for line in text.split(separator: "\n") where !line.allSatisfy({ $0 == " " || $0 == "\t" }) {
      guard let finding = record(of: line), known.contains(finding.path) else { return .unattributable }
      if byPath[finding.path] == nil { order.append(finding.path) }
      byPath[finding.path, default: ("", [])].text += line + "\n"
      byPath[finding.path]?.findings.append(finding)
    }
    if order.isEmpty || !batch.standardError.isEmpty { return .unattributable }
    return .findings(
      order.sorted().compactMap { path in byPath[path].map { FileFindings(path: path, text: $0.text, findings: $0.findings) } })
  }

  /// All of the output is the only file's.
  private func alone(_ text: String, _ path: String, _ batch: FileTool.Batch) -> FileFindings {
    let findings = text.split(separator: "\n").compactMap(record(of:)).filter { $0.path == path }
    return FileFindings(path: path, text: text + String(decoding: batch.standardError, as: UTF8.self), findings: findings)
  }

  private var pattern: Void? {
    switch self {
    case .none: nil
    case .gcc, .regex: ()
    }
  }

  /// The record that one line of output is; nil for a line of another shape.
  package func record(of line: some StringProtocol) -> Finding? {
    switch self {
    case .none: return nil
    case .gcc: return gccRecord(Array(line.utf8))
    case .regex(let pattern):
      guard let match = pattern.firstMatch(in: String(line)), let path = match["path"] else { return nil }
      return Finding(
        path: path.hasPrefix("./") ? String(path.dropFirst(2)) : path, line: match["line"].flatMap { Int32($0) } ?? 0,
        column: match["column"].flatMap { Int32($0) } ?? 0, severity: match["severity"] ?? "error", code: match["code"] ?? "",
        message: match["message"] ?? String(line))
    }
  }

  /// The path may hold colons: the first `:number:number: word: ` ends it.
  private func gccRecord(_ line: [UInt8]) -> Finding? {
    let colon = UInt8(ascii: ":")
    func number(_ start: Int) -> (value: Int32, end: Int)? {
      var end = start
      var value: Int32 = 0
      while end < line.count, (0x30...0x39).contains(line[end]), end - start < 9 {
        value = value * 10 + Int32(line[end] - 0x30)
        end += 1
      }
      return end > start && end < line.count && line[end] == colon ? (value, end) : nil
    }
    for index in line.indices.dropFirst() where line[index] == colon {
      guard let lineNumber = number(index + 1), let column = number(lineNumber.end + 1) else { continue }
      let rest = line[(column.end + 1)...].drop { $0 == UInt8(ascii: " ") }
      guard let wordEnd = rest.firstIndex(of: colon), rest[..<wordEnd].allSatisfy({ (0x61...0x7A).contains($0 | 0x20) || $0 == 0x20 })
      else { continue }
      var message = String(decoding: rest[(wordEnd + 1)...].drop { $0 == UInt8(ascii: " ") }, as: UTF8.self)
      var code = ""
      if message.hasSuffix("]"), let bracket = message.lastIndex(of: "[") {
        code = String(message[message.index(after: bracket)...].dropLast())
        message = String(message[..<bracket].reversed().drop { $0 == " " }.reversed())
      }
      var path = String(decoding: line[..<index], as: UTF8.self)
      if path.hasPrefix("./") { path = String(path.dropFirst(2)) }
      return Finding(
        path: path, line: lineNumber.value, column: column.value, severity: String(decoding: rest[..<wordEnd], as: UTF8.self), code: code,
        message: message)
    }
    return nil
  }
}
