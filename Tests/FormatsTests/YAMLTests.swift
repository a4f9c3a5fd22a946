// YAML: one text in, compact JSON or `line:column: message` out.

import Formats
import Testing

@Suite struct YAMLTests {
  @Test(arguments: [
    ("", "null"), ("# nothing\n", "null"), ("---\na: 1\n", #"{"a":1}"#), ("a: b c\n", #"{"a":"b c"}"#),
    ("a: 1\nb: -2.5\nc: true\nd: ~\ne: null\nf: 1e3\n", #"{"a":1,"b":-2.5,"c":true,"d":null,"e":null,"f":1000.0}"#),
    ("a: 0x1F\nb: 1.2.3\nc: 2024-01-01\nd: no\n", #"{"a":31,"b":"1.2.3","c":"2024-01-01","d":"no"}"#),
    ("- a\n- 1\n-\n- - x\n  - y\n", #"["a",1,null,["x","y"]]"#),
    ("a:\n- x\n- y\nb:\n  - z\n", #"{"a":["x","y"],"b":["z"]}"#),
    ("- name: n\n  path: p\n- name: m\n", #"[{"name":"n","path":"p"},{"name":"m"}]"#),
    ("a:\n  b:\n    c: 1\n  d: 2\ne: 3\n", #"{"a":{"b":{"c":1},"d":2},"e":3}"#),
    ("a: [x, 'y z', {b: 1, c: [2]}, ]\n", #"{"a":["x","y z",{"b":1,"c":[2]}]}"#),
    ("a: {x: http://h/p, y}\n", #"{"a":{"x":"http://h/p","y":null}}"#),
    ("a: [1,\n  2,\n  # three\n  3]\nb: x\n", #"{"a":[1,2,3],"b":"x"}"#),
    ("a: \"q # \\\"x\\\" \\u00e9\" # comment\nb: 'it''s'\n", #"{"a":"q # \"x\" é","b":"it's"}"#),
    ("a: |\n  one\n   two\n\n  three # kept\nb: 1\n", #"{"a":"one\n two\n\nthree # kept\n","b":1}"#),
    ("a: >-\n  one\n  two\n\n  three\n", #"{"a":"one two\nthree"}"#), ("a: |+\n  x\n\nb: |-\n  y\n", #"{"a":"x\n\n","b":"y"}"#),
    ("a: one\n  two\n", #"{"a":"one two"}"#), ("a#b: c#d\n", ##"{"a#b":"c#d"}"##), ("\"a b\": c:d\n", #"{"a b":"c:d"}"#),
    ("a: x\r\nb: y\r\n", #"{"a":"x","b":"y"}"#), ("just text\n", #""just text""#), ("[1, 2]\n", "[1,2]"),
    ("required_matches:\n  sources:\n    - header\n", #"{"required_matches":{"sources":["header"]}}"#),
  ])
  func reads(text: String, expected: String) throws {
    #expect(printed(text) == expected)
  }

  @Test(arguments: [
    ("a: 1\na: 2\n", "2:1: `a` stands here twice"), ("a: [1, 2\nb: 3\n", "1:4: this value is never closed"),
    ("a: \"x\n", "1:4: this value is never closed"), ("a: &x 1\n", "1:4: anchors (`&name`) are not read"),
    ("a: *x\n", "1:4: aliases (`*name`) are not read"), ("a: !!str 1\n", "1:4: tags (`!name`) are not read"),
    ("a: 1\n---\nb: 2\n", "2:1: only one document is read"), ("a:\n\tb: 1\n", "2:1: a tab cannot indent"),
    ("a: 1\n   b: 2\n", "2:4: unexpected `name: value`: is it indented as what it belongs to?"),
    ("a: [1 }\n", "1:4: expected `,` or `]`"), ("a: \"\\q\"\n", "1:4: there is no escape `\\q`"),
    ("a: [1] x\n", "1:4: unexpected text behind the value"), ("- a\nb: 1\n", "2:1: unexpected text: is it indented as what it belongs to?"),
    ("%YAML 1.2\n", "1:1: directives are not read"), (String(repeating: "[", count: 1000), "1:1: nested too deeply"),
    (String(repeating: "- ", count: 1000), "1:259: nested too deeply"), ("a: |x\n", "1:4: expected only `-`, `+` or a digit behind `|`"),
    ("a:\n  - [\n", "2:5: this value is never closed"), ("a: [}]\n", "1:4: expected `,` or `]`"),
  ])
  func tellsWhatItCannotRead(text: String, expected: String) throws {
    #expect(printed(text) == expected)
  }

  /// Whatever the bytes are, an answer comes.
  @Test func neverTraps() {
    let pieces = ["a", ":", " ", "\n", "- ", "[", "]", "{", "}", "'", "\"", "\\", "|", ">", "#", ",", "  ", "?", "&", "\t", "1", "é", "\r"]
    var state: UInt64 = 42
    for _ in 0..<3000 {
      var text = ""
      for _ in 0..<20 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        text += pieces[Int(state >> 33) % pieces.count]
      }
      _ = printed(text)
    }
  }
}

private func printed(_ text: String) -> String {
  do throws(FormatError) {
    return String(decoding: JSONWriter.compact(try YAML.parse(Array(text.utf8))), as: UTF8.self)
  } catch {
    return "\(error)"
  }
}
