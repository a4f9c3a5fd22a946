// How goals hand their answers over: lines or JSON, to standard output or into a file.

internal import Diagnostics
internal import Events
internal import Formats
internal import Host
internal import Options

extension Session {
  /// Lines for standard output, or for the goal's `output_file`, with the goal's `sep` behind each.
  func answer(_ lines: [String], of goal: String) throws {
    let separator = try separator(of: goal)
    try answer(text: lines.isEmpty ? "" : lines.joined(separator: separator) + separator, of: goal)
  }

  /// As Pants lays JSON out.
  func answer(_ json: JSON, indent: Int = 2, of goal: String) throws {
    try answer(text: String(decoding: JSONWriter.indented(json, indent: indent), as: UTF8.self) + "\n", of: goal)
  }

  /// A text as it is, with its last newline.
  func answer(text: String, of goal: String) throws {
    guard let file = options.string(goal, "output_file"), !file.isEmpty else {
      if text.hasSuffix("\n") { return report(.answer(String(text.dropLast()))) }
      return text.isEmpty ? () : report(.output(action: 0, bytes: Array(text.utf8)))
    }
    do {
      try Files.write(Array(text.utf8), to: absolute(file))
    } catch {
      throw MachineError("\(error)", hint: "`--\(goal)-output-file` names it")
    }
  }

  /// Lines for standard output; nothing at all for none.
  func answer(_ lines: [String]) {
    if !lines.isEmpty { report(.answer(lines.joined(separator: "\n"))) }
  }

  private func separator(of goal: String) throws -> String {
    guard let written = options.string(goal, "sep") else { return "\n" }
    guard let meant = unescaped(written) else {
      throw UserError("`--\(goal)-sep=\(written)`: nothing is meant by this backslash", hint: #"there are \n, \t, \r, \0, \\ and \xHH"#)
    }
    return meant
  }
}

/// A text with `\n`, `\t`, `\r`, `\0`, `\\` and `\xHH` replaced by what they stand for.
/// - Returns: nil for any other backslash.
func unescaped(_ text: String) -> String? {
  var result = String.UnicodeScalarView()
  var rest = text.unicodeScalars[...]
  while let next = rest.popFirst() {
    guard next == "\\" else {
      result.append(next)
      continue
    }
    switch rest.popFirst() {
    case "n": result.append("\n")
    case "t": result.append("\t")
    case "r": result.append("\r")
    case "0": result.append("\0")
    case "\\": result.append("\\")
    case "x":
      let digits = String(rest.prefix(2))
      guard digits.utf8.count == 2, let value = UInt8(digits, radix: 16) else { return nil }
      result.append(Unicode.Scalar(value))
      rest = rest.dropFirst(2)
    default: return nil
    }
  }
  return String(result)
}
