// Rendering and nearest names, as tables.

import Diagnostics
import Testing

@Suite struct DiagnosticTests {
  @Test func rendersPlaceLineAndCaret() {
    let diagnostic = Diagnostic(
      .error, "no target type `python_source_s`",
      at: SourceLocation(file: "helloworld/greet/BUILD", position: SourcePosition(line: 7, column: 1), length: 15),
      sourceLine: "python_source_s(", hint: "did you mean `python_sources`?")
    #expect(
      diagnostic.rendered() == """
        error: no target type `python_source_s`
          --> helloworld/greet/BUILD:7:1
          7 | python_source_s(
            | ^^^^^^^^^^^^^^^ did you mean `python_sources`?

        """)
  }

  @Test func longLinesAreCutAroundTheCaretAndControlCharactersShown() {
    let line = String(repeating: "a", count: 5000) + "\u{1B}[31m!"
    let text = Diagnostic(
      .error, "x", at: SourceLocation(file: "f", position: SourcePosition(line: 1, column: 5001)), sourceLine: line
    ).rendered()
    #expect(text.utf8.count < 600)
    #expect(!text.contains("\u{1B}"))
  }

  @Test(
    arguments: [
      ("python_source_s", "python_sources"), ("shel_sources", "shell_sources"), ("reosurce", "resource"), ("zzz", nil), ("", nil),
    ] as [(String, String?)])
  func findsTheNearestName(name: String, expected: String?) {
    #expect(nearestName(to: name, among: ["python_sources", "shell_sources", "resource", "files"]) == expected)
  }
}
