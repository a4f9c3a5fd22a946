// TOML 1.0: what is read, and what is refused and where.

import Formats
import Testing

@Suite struct TOMLTests {
  @Test(arguments: [
    ("", "{}"), ("# only\n", "{}"), ("a = 1\r\nb = true", "{a: 1, b: true}"), ("a.b.c = 1\na.d = 2", "{a: {b: {c: 1}, d: 2}}"),
    ("\"a b\".'c' = 'x'", "{a b: {c: 'x'}}"), ("[a.b]\nx=1\n[a]\ny=2", "{a: {b: {x: 1}, y: 2}}"),
    ("[[a]]\nx=1\n[a.b]\ny=1\n[[a]]\nx=2", "{a: [{x: 1, b: {y: 1}}, {x: 2}]}"), ("a = {b = 1, c.d = 2}", "{a: {b: 1, c: {d: 2}}}"),
    ("a = [1, # c\n 2,\n]", "{a: [1, 2]}"), ("a = 0xff\nb=0o17\nc=0b1_0\nd=1_000\ne=-0", "{a: 255, b: 15, c: 2, d: 1000, e: 0}"),
    ("a=1.5\nb=1e3\nc=-inf\nd=6.6e-3", "{a: 1.5, b: 1000.0, c: -inf, d: 0.0066}"), ("a = \"\\u00e9\\t\\\\\"", "{a: 'é\t\\'}"),
    ("a = \"\"\"\nx\\\n   y\"\"\"\"\"", "{a: 'xy\"\"'}"), ("a = '''\nx\ny'''", "{a: 'x\ny'}"), ("a = \"\"\"a\"\"b\"\"\"", "{a: 'a\"\"b'}"),
    (
      "a = 1979-05-27T07:32:00Z\nb = 1979-05-27\nc=07:32:00.5\nd = 1979-05-27 07:32:00-01:00",
      "{a: @1979-05-27T07:32:00Z, b: @1979-05-27, c: @07:32:00.5, d: @1979-05-27 07:32:00-01:00}"
    ),
    ("[fruit]\napple.x=1\n[fruit.apple.taste]\ns=true", "{fruit: {apple: {x: 1, taste: {s: true}}}}"),
    ("b.add = [\"x\"]", "{b: {add: ['x']}}"), ("1979-05-27 = 1", "{1979-05-27: 1}"),
  ])
  func reads(text: String, expected: String) { #expect(printed(text) == expected) }

  @Test(arguments: [
    ("a = 1\na = 2", "2:1: `a` is defined twice; the first is on line 1"), ("a = ", "1:5: expected a value"),
    ("a = b", "1:5: `b` is no value: a string needs quotes"), ("a 1", "1:3: expected `=` after the name"),
    ("= 1", "1:1: expected a name (letters, digits, `_`, `-`, or in quotes)"),
    ("[a]\n[a]", "2:2: `a` is defined twice; the first is on line 1"),
    ("[a.b.c]\n[a]\nb.c.d = 1", "3:1: `b` is defined already and cannot be extended by a dotted name"),
    ("a = {b=1}\n[a.c]", "2:2: `a` is a value already and cannot be extended"),
    ("a = [1]\n[[a]]", "2:3: `a` is defined twice; the first is on line 1"),
    ("a = \"x", "1:5: the string is never closed"), ("a = [1", "1:5: the array is never closed"),
    ("a = 01", "1:5: `01`: a number may not begin with 0"), ("a = 1__0", "1:5: `1__0` is no number, date or time"),
    ("a = 9223372036854775808", "1:5: `9223372036854775808` does not fit 64 bits"),
    ("a = 2021-02-29", "1:5: `2021-02-29` is no number, date or time"),
    ("a = 1 b = 2", "1:7: expected the end of the line"),
    ("a = {b = 1,}", "1:12: expected a name (letters, digits, `_`, `-`, or in quotes)"),
    ("a = \"\\x\"", "1:6: unknown escape; a literal backslash is `\\\\`, or use single quotes"),
    ("a = 'x\u{1}'", "1:7: a control character must be escaped"),
    ("[a\nb = 1", "1:3: expected `]` after the table's name"),
    ("a = 1.\nb = .5", "1:5: `1.` is no number, date or time|2:5: `.5` is no value: a string needs quotes"),
    ("a = \"\\ud800\"", "1:6: the escape names no character"), ("a.b = 1\n[a]", "2:2: `a` is defined twice; the first is on line 1"),
  ])
  func refuses(text: String, expected: String) { #expect(printed(text) == expected) }

  @Test func knowsWhereValuesStand() throws {
    let table = try TOML.parse("[x]\nkey =\n".replacing("=\n", with: "= [\n  1,\n   2]\n"))
    guard case .table(let x)? = table["x"]?.kind, case .array(let items)? = x["key"]?.kind else { return #expect(Bool(false)) }
    #expect(x.entries.map(\.position) == [TextPosition(line: 2, column: 1)])
    #expect(items.map(\.position) == [TextPosition(line: 3, column: 3), TextPosition(line: 4, column: 4)])
  }

  @Test(arguments: ["[", "{a=", "a."]) func nestingIsBounded(piece: String) {
    #expect(printed("a = " + String(repeating: piece, count: 50_000)).contains("1:"))
    #expect(printed(String(repeating: "a.", count: 50_000) + "a = 1").contains("nested deeper"))
  }

  @Test func refusesWhatIsNoUTF8() { #expect(throws: TOMLErrors.self) { try TOML.parse([0x61, 0x3D, 0x22, 0xFF, 0x22]) } }

  @Test func randomTextsNeverTrap() {
    var generator = Numbers(state: 11)
    let pieces = [
      "a", "=", ".", "[", "]", "[[", "]]", "{", "}", ",", "\"", "\"\"\"", "'", "'''", "\\", "\n", "\r\n", "#", "1", "-", "e", "1979-05-27",
      " ", "é", "0x",
    ]
    for _ in 0..<4000 {
      _ = try? TOML.parse((0..<Int(generator.next() % 30)).map { _ in pieces[Int(generator.next() % UInt64(pieces.count))] }.joined())
    }
  }

  private func printed(_ text: String) -> String {
    do throws(TOMLErrors) { return printed(try TOML.parse(text)) } catch { return error.errors.map(\.description).joined(separator: "|") }
  }

  private func printed(_ table: TOMLTable) -> String {
    "{\(table.entries.map { "\($0.name): \(printed($0.value))" }.joined(separator: ", "))}"
  }

  private func printed(_ value: TOMLValue) -> String {
    switch value.kind {
    case .string(let text): "'\(text)'"
    case .int(let number): "\(number)"
    case .float(let number): "\(number)"
    case .bool(let flag): "\(flag)"
    case .dateTime(let text): "@\(text)"
    case .array(let items): "[\(items.map { printed($0) }.joined(separator: ", "))]"
    case .table(let table): printed(table)
    }
  }
}
