// The `.star` files beside this test: those without marks must pass, those with `###` must fail exactly there.

import Diagnostics
import Foundation
import Starlark
import Testing

private let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures")

@Suite struct FixtureTests {
  @Test(arguments: ["values", "functions", "errors", "names"])
  func behaves(name: String) throws {
    let source = try String(contentsOf: folder.appending(path: "\(name).star"), encoding: .utf8)
    let outcome = evaluate(source)
    let expected = source.split(separator: "\n", omittingEmptySubsequences: false).enumerated().compactMap { i, line in
      line.firstRange(of: "### ").map { "\(i + 1): \(line[$0.upperBound...])" }
    }
    let found = outcome.errors.map { "\($0.location?.position.line ?? 0): \($0.message)" }
    #expect(found == expected, "\(outcome.errors.map { $0.rendered() }.joined())")
  }
}
