// Our unified diff beside that of `diff -u`.

import Foundation
import TestSupport
import Testing

@testable import Goals

@Suite struct DifferenceTests {
  @Test(arguments: [
    ("", "", ""), ("a\n", "a\n", ""), ("a\n", "b\n", "@@ -1 +1 @@|-a|+b"), ("", "a\n", "@@ -0,0 +1 @@|+a"), ("a\n", "", "@@ -1 +0,0 @@|-a"),
    ("a", "a\n", "@@ -1 +1 @@|-a|\\ No newline at end of file|+a"),
    ("1\n2\n3\n4\n5\n6\n7\n8\n", "1\n2\n3\n4\nx\n6\n7\n8\n", "@@ -2,7 +2,7 @@| 2| 3| 4|-5|+x| 6| 7| 8"),
  ])
  func tells(old: String, new: String, expected: String) {
    let text = unifiedDifference(of: Array(old.utf8), Array(new.utf8), path: "d/x")
    #expect(text == (expected.isEmpty ? "" : "--- a/d/x\n+++ b/d/x\n" + expected.replacing("|", with: "\n") + "\n"))
  }

  /// Among several shortest scripts the two may choose differently; applied, both give the new text, and ours is as short.
  @Test func isAsShortAsThatOfDiffAndPatchesTheSame() throws {
    let folder = try TemporaryDirectory(named: "difference")
    var generator = SystemRandomNumberGenerator()
    for round in 0..<40 {
      let old = (0..<Int.random(in: 0...40, using: &generator)).map { _ in "line \(Int.random(in: 0...6, using: &generator))\n" }
      var new = old
      for _ in 0..<Int.random(in: 0...6, using: &generator) {
        let index = Int.random(in: 0...new.count, using: &generator)
        if Bool.random(using: &generator), index < new.count { new.remove(at: index) } else { new.insert("new \(index)\n", at: index) }
      }
      var newText = new.joined()
      if Bool.random(using: &generator) { newText = String(newText.dropLast()) }
      try folder.write(["old": old.joined(), "new": newText, "copy": old.joined()])
      let ours = unifiedDifference(of: Array(old.joined().utf8), Array(newText.utf8), path: "copy")
      let theirs = try run("diff", ["-u", "old", "new"], in: folder.path)
      #expect(changes(ours) == changes(theirs), "round \(round): \(old) → \(newText)")
      guard !ours.isEmpty else { continue }
      try folder.write(["patch": ours])
      _ = try run("git", ["apply", "--unidiff-zero", "patch"], in: folder.path)
      #expect(try folder.read("copy") == newText, "round \(round): \(old) → \(newText)\n\(ours)")
    }
  }

  @Test func aDifferenceBeyondTheLimitReplacesTheMiddle() {
    let old = (0..<50).map { "old \($0)\n" }.joined()
    let new = (0..<50).map { "new \($0)\n" }.joined()
    let text = unifiedDifference(of: Array("same\n\(old)".utf8), Array("same\n\(new)".utf8), path: "x", limit: 10)
    #expect(text.hasPrefix("--- a/x\n+++ b/x\n@@ -1,51 +1,51 @@\n same\n-old 0\n"))
    #expect(changes(text) == 100)
  }

  private func changes(_ difference: String) -> Int {
    difference.split(separator: "\n").dropFirst(2).count { $0.hasPrefix("+") || $0.hasPrefix("-") }
  }

  private func run(_ program: String, _ arguments: [String], in folder: String) throws -> String {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = [program] + arguments
    process.currentDirectoryURL = URL(filePath: folder)
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    let bytes = try output.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    return String(decoding: bytes, as: UTF8.self)
  }
}
