// Tables for scanner and parser, and print ∘ parse = identity.

import Diagnostics
import StarlarkSyntax
import Testing

@Suite struct SyntaxTests {
  private func kinds(_ source: String) -> String {
    var scanner = Scanner()
    let bytes = Array(source.utf8)
    scanner.scan(bytes.span)
    return (scanner.tokens.map { "\($0.kind)" } + scanner.errors.map { "!\($0.message)" }).joined(separator: " ")
  }

  @Test(arguments: [
    ("", "end"),
    ("a b", "name name newline end"),
    ("t(x=\"y\")\n", "name leftParenthesis name assign string rightParenthesis newline end"),
    ("if x:\n  y\n\n  # c\nz", "if name colon newline indent name newline dedent name newline end"),
    ("(\n a\n)", "leftParenthesis name rightParenthesis newline end"),
    ("1 1.5 .5 1e3 0xF 1_0", "integer float float float integer integer newline end"),
    ("a//=b >>= -> :=", "name doubleSlashAssign name shiftRightAssign arrow walrus newline end"),
    ("rb'x' f\"\"\"a\n\"\"\" u'z'", "string string string newline end"),
    ("a \\\n b", "name name newline end"),
    ("'open", "string newline end !this string is never closed"),
    ("x\n  y\n z", "name newline indent name newline dedent name newline end !this line's indentation matches no enclosing block"),
    ("$", "end !unexpected character `$`"),
  ])
  func scans(source: String, expected: String) { #expect(kinds(source) == expected) }

  @Test(arguments: [
    ("", 0, 1, 1), ("ab\nc\n\nd", 0, 1, 1), ("ab\nc\n\nd", 2, 1, 3), ("ab\nc\n\nd", 3, 2, 1), ("ab\nc\n\nd", 5, 3, 1),
    ("ab\nc\n\nd", 6, 4, 1),
    ("ab\nc\n\nd", 99, 4, 2), ("ab\n", 3, 2, 1),
  ])
  func offsetsHavePlaces(source: String, offset: UInt32, line: Int32, column: Int32) {
    let position = SourceFile(path: "t", bytes: Array(source.utf8)).position(of: offset)
    #expect(position.line == line && position.column == column)
  }

  @Test func equalNamesAreOneNumber() {
    var scanner = Scanner()
    let bytes = Array("alpha beta alpha".utf8)
    scanner.scan(bytes.span)
    #expect(scanner.tokens[0].name == scanner.tokens[2].name)
    #expect(scanner.names.text(scanner.tokens[1].name) == "beta")
  }

  @Test(arguments: [
    "", "\n\n", "# only a comment", "a = 1 # c\r\nb = [\n  1,  # one\n\n  2]\n", "\u{FEFF}x = 1\n",
    "def f(a,\n      b):\n\n    # why\n    return a  \n\n# end\n", "x = f'{a}#no' '#no'  # yes", "if a :\n\tb\nelse :\n\tc",
  ])
  func printingGivesTheSourceBack(source: String) throws {
    let bytes = Array(source.utf8)
    let tree = try parse(SourceFile(path: "t", bytes: bytes), SyntaxOptions(allowsPythonisms: true))
    #expect(tree.printed == bytes)
  }

  @Test func commentsAreFound() throws {
    let bytes = Array("a = '#x'  # one\n# two\nb = [ # three\n]".utf8)
    let tree = try parse(SourceFile(path: "t", bytes: bytes), SyntaxOptions(allowsPythonisms: true))
    #expect(tree.comments.map { String(decoding: bytes[Int($0.start)..<Int($0.end)], as: UTF8.self) } == ["# one", "# two", "# three"])
  }

  @Test func everyErrorIsTold() {
    let bytes = Array("a = )\nb = 1\nc = (\n".utf8)
    #expect { try parse(SourceFile(path: "t", bytes: bytes), SyntaxOptions(allowsPythonisms: true)) } throws: { error in
      (error as? UserError)?.diagnostics.count == 2
    }
  }
}
