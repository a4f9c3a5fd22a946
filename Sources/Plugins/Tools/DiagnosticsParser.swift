// Tool output → records: which file, line and column, how bad, what. Attributes a failing batch to its files.

package import Scheduling

/// How a tool writes its findings.
package enum DiagnosticsParser: Sendable {
  /// `path:line:column: severity: message [code]`, a line each.
  case gcc
  /// A pattern per line with the named groups `path`, `line`, and perhaps `column`, `severity`, `code`, `message`. Lines that begin with a
  /// blank, and those that match `ignoring`, belong to what was found above them.
  case regex(Pattern, ignoring: Pattern? = nil, stream: Stream = .stdout)
  /// The tool names no files: a batch with findings is split down to single files.
  case none

  package enum Stream: String, Sendable { case stdout, stderr, both }

  /// Shares the findings of a batch out among its files, as `docs/plugins.md` rules: only if every line was understood and names a file of the batch.
  package func attribute(_ batch: FileTool.Batch) -> Attribution {
    let (text, rest) = streams(of: batch)
    if batch.paths.count == 1, let only = batch.paths.first {
      return .findings([alone(text, rest, only)])
    }
    guard case .some = pattern else { return .unattributable }
    let known = Set(batch.paths)
    var byPath: [String: (text: String, findings: [Finding])] = [:]
    var current: String?
    for line in text.split(separator: "\n") where !line.allSatisfy({ $0 == " " || $0 == "\t" || $0 == "\r" }) {
      if let finding = record(of: line) {
        guard known.contains(finding.path) else { return .unattributable }
        current = finding.path
        byPath[finding.path, default: ("", [])].findings.append(finding)
      } else if !isAccompanying(line) {
        return .unattributable
      }
      if let current { byPath[current]?.text += line + "\n" }
    }
    if byPath.isEmpty || !rest.isEmpty { return .unattributable }
    return .findings(byPath.sorted { $0.key < $1.key }.map { FileFindings(path: $0.key, text: $0.value.text, findings: $0.value.findings) })
  }

  /// Every record of a tool's output, whatever files it names.
  package func records(in output: String, _ errors: String) -> [Finding] {
    let text: String
    switch self {
    case .none: return []
    case .gcc, .regex(_, _, .stdout): text = output
    case .regex(_, _, .stderr): text = errors
    case .regex(_, _, .both): text = output + (output.hasSuffix("\n") ? "" : "\n") + errors
    }
    return text.split(separator: "\n").compactMap { isAccompanying($0) ? nil : record(of: $0) }
  }

  /// What is read, and what else the tool wrote.
  private func streams(of batch: FileTool.Batch) -> (read: String, rest: String) {
    let output = String(decoding: batch.standardOutput, as: UTF8.self)
    let errors = String(decoding: batch.standardError, as: UTF8.self)
    guard case .regex(_, _, let stream) = self else { return (output, errors) }
    switch stream {
    case .stdout: return (output, errors)
    case .stderr: return (errors, output)
    case .both: return (output.isEmpty || output.hasSuffix("\n") ? output + errors : "\(output)\n\(errors)", "")
    }
  }

  /// Whether a line is no finding of its own, and says something about the one above it or about all.
  private func isAccompanying(_ line: Substring) -> Bool {
    guard case .regex(_, let ignored, _) = self else { return false }
    return line.first == " " || line.first == "\t" || ignored?.firstMatch(in: String(line)) != nil
  }

  /// All of the output is the only file's.
  private func alone(_ text: String, _ rest: String, _ path: String) -> FileFindings {
    let findings = text.split(separator: "\n").compactMap(record(of:)).filter { $0.path == path }
    return FileFindings(path: path, text: text + rest, findings: findings)
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
    case .regex(let pattern, let ignored, _):
      if let ignored, ignored.firstMatch(in: String(line)) != nil { return nil }
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
