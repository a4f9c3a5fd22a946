// What no source file of the product may say, whichever floor it lies on.

internal import Testing

@Suite struct SourceRulesTests {
  /// Foundation costs milliseconds at every start; Glibc and the seams in `Host` do its work.
  @Test func nothingImportsFoundation() {
    expectNone(Checkout.sourceLines()) { line in
      guard !isComment(line), let keyword = line.firstRange(of: "import Foundation") else { return false }
      return line[..<keyword.lowerBound].allSatisfy { $0.isLetter || $0 == "_" || $0 == "@" || $0 == " " }
    }
  }

  /// What the compiler no longer proves, a sentence on the same line does.
  @Test func whatIsUncheckedIsProvenOnItsLine() {
    expectNone(Checkout.sourceLines()) { line in
      guard !isComment(line), line.contains("@unchecked Sendable") || line.contains("nonisolated(unsafe)") else { return false }
      guard let comment = line.firstRange(of: "// ") else { return true }
      return line[comment.upperBound...].split(separator: " ").count < 3
    }
  }

  /// A language is a plugin. Only the scanners in `ImportScanners` know the text of one.
  @Test func theCoreNamesNoLanguage() {
    let names: Set<String> = ["python", "cpython", "pytest", "mypy", "pip"]
    expectNone(Checkout.sourceLines(ending: [".swift", ".md", ".c", ".h"]).filter { !$0.place.hasPrefix("Sources/ImportScanners/") }) {
      line in
      line.split { !($0.isLetter || $0.isNumber || $0 == "_") }.contains { word in
        var name = word.lowercased()
        while name.last?.isNumber == true { name.removeLast() }
        return names.contains(name)
      }
    }
  }

  /// What ends the process without a word to the user, and what was meant to be done later.
  @Test(arguments: ["try!", "as!", "fatalError(", "TODO", "FIXME"])
  func nothingIsForcedOrPutOff(word: String) {
    expectNone(Checkout.sourceLines()) { $0.contains(word) }
  }

  @Test func everyFileBeginsWithItsDuty() {
    expectNone(Checkout.sourceLines().filter { $0.place.hasSuffix(".swift:1") }) { !$0.hasPrefix("//") || $0.hasPrefix("// swift") }
  }
}

/// Fails with the places of the lines that break a rule.
private func expectNone(
  _ lines: [(place: String, line: String)], at location: SourceLocation = #_sourceLocation, _ breaks: (String) -> Bool
) {
  let wrong = lines.filter { breaks($0.line) }.map { "\($0.place): \($0.line.prefix(120))" }
  #expect(wrong == [], sourceLocation: location)
}

private func isComment(_ line: String) -> Bool {
  line.drop { $0 == " " }.hasPrefix("//")
}
