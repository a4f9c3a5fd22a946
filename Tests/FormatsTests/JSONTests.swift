// JSON: what is read, what is refused and where, and the two layouts.

import Formats
import Testing

@Suite struct JSONTests {
  @Test(arguments: [
    ("null", "null"), (" [1, -2.5,\t\"a\"]\n", "[1,-2.5,\"a\"]"), ("{\"a\":{\"b\":[]},\"c\":{}}", "{\"a\":{\"b\":[]},\"c\":{}}"),
    ("{\"a\":1,\"b\":2,\"a\":3}", "{\"a\":3,\"b\":2}"), ("\"\\u00e9\\ud83d\\ude00\\n\"", "\"é😀\\n\""), ("\"\\ud800x\"", "\"\u{FFFD}x\""),
    ("\"\\ud800\\u0041\\udc00\"", "\"\u{FFFD}A\u{FFFD}\""),
    ("9223372036854775807", "9223372036854775807"), ("1e3", "1000.0"), ("1E16", "1e+16"),
    ("12345678901234567890", "1.2345678901234567e+19"),
    ("", "1:1: expected a value, found the end of the text"), ("[1,]", "1:4: expected a value"),
    ("{\"a\" 1}", "1:6: expected `:` after the name"),
    ("01", "1:1: a number may not begin with 0"), ("1 2", "1:3: expected the end of the text"), ("\"a", "1:1: the string is never closed"),
    ("[\n  tru]", "2:3: expected a value"), ("\"\\x\"", "1:3: unknown escape"), ("\"\u{1}\"", "1:2: a control character must be escaped"),
    ("NaN", "1:1: expected a value"), ("1e999", "1:1: the number is too large"), ("{a:1}", "1:2: expected a name in double quotes"),
  ])
  func reads(text: String, expected: String) { #expect(printed(text) == expected) }

  @Test func nestingIsBounded() {
    #expect(printed(String(repeating: "[", count: 100_000)).contains("nested deeper than 512 levels"))
    #expect(printed(String(repeating: "[", count: 500) + String(repeating: "]", count: 500)).hasPrefix("[["))
  }

  @Test func indentsAsPythonDoes() throws {
    let value = try JSON.parse(#"{"a":[],"b":{},"c":[1,"é😀\u007f"]}"#)
    let expected = "{\n  \"a\": [],\n  \"b\": {},\n  \"c\": [\n    1,\n    \"\\u00e9\\ud83d\\ude00\\u007f\"\n  ]\n}"
    #expect(String(decoding: JSONWriter.indented(value), as: UTF8.self) == expected)
  }

  @Test func randomBytesNeverTrap() {
    var generator = Numbers(state: 7)
    let alphabet = Array("{}[]\",:\\u0123456789truefalsenull-+eE. \n\u{E9}".utf8) + [0, 0xFF]
    for _ in 0..<3000 {
      let bytes = (0..<Int(generator.next() % 40)).map { _ in alphabet[Int(generator.next() % UInt64(alphabet.count))] }
      if let value = try? JSON.parse(bytes) { #expect((try? JSON.parse(JSONWriter.compact(value))) == value) }
      _ = try? TOML.parse(bytes)
    }
  }

  private func printed(_ text: String) -> String {
    do throws(FormatError) { return String(decoding: JSONWriter.compact(try JSON.parse(text)), as: UTF8.self) } catch {
      return error.description
    }
  }
}

/// The same numbers in every run (SplitMix64).
struct Numbers {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
