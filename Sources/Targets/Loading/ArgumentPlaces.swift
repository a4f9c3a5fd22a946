// Where in a BUILD file one argument of a call stands: looked for only when an error must name it.

internal import Diagnostics

/// The place of `name = …` among the arguments of the call at `call`, whose text is `bytes`; nil where the call does not give it there
/// (a macro, `**fields`).
func argumentPlace(of name: String, in call: SourceLocation, _ bytes: [UInt8]) -> SourceLocation? {
  var line: Int32 = 1
  var lineStart = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
  var index = 0
  while line < call.position.line, index < bytes.count {
    if bytes[index] == UInt8(ascii: "\n") {
      line += 1
      lineStart = index + 1
    }
    index += 1
  }
  index = min(bytes.count, max(index, lineStart) + Int(call.position.column) - 1)
  var depth = 0
  let wanted = Array(name.utf8)
  while index < bytes.count {
    let c = bytes[index]
    switch c {
    case UInt8(ascii: "\n"):
      line += 1
      lineStart = index + 1
    case UInt8(ascii: "#"):
      while index + 1 < bytes.count, bytes[index + 1] != UInt8(ascii: "\n") { index += 1 }
    case UInt8(ascii: "\""), UInt8(ascii: "'"):
      index += 1
      while index < bytes.count, bytes[index] != c, bytes[index] != UInt8(ascii: "\n") {
        index += bytes[index] == UInt8(ascii: "\\") ? 2 : 1
      }
    case UInt8(ascii: "("), UInt8(ascii: "["), UInt8(ascii: "{"): depth += 1
    case UInt8(ascii: ")"), UInt8(ascii: "]"), UInt8(ascii: "}"):
      depth -= 1
      if depth <= 0 { return nil }
    default:
      if depth == 1, bytes[index...].starts(with: wanted), index == 0 || !isWordByte(bytes[index - 1]) {
        var after = index + wanted.count
        while after < bytes.count, bytes[after] == UInt8(ascii: " ") { after += 1 }
        if after + 1 < bytes.count, bytes[after] == UInt8(ascii: "="), bytes[after + 1] != UInt8(ascii: "=") {
          let position = SourcePosition(line: line, column: Int32(index - lineStart + 1))
          return SourceLocation(file: call.file, position: position, length: Int32(wanted.count))
        }
      }
    }
    index += 1
  }
  return nil
}

private func isWordByte(_ byte: UInt8) -> Bool {
  (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte) || byte == UInt8(ascii: "_")
}
