// Every Python source of two real monorepos, scanned and parsed by CPython: the same imports, line by line.

import Foundation
import ImportScanners
import TestSupport
import Testing

/// A repository at one commit.
struct PinnedTree: CustomTestStringConvertible {
  let name: String
  let commit: String
  /// Sources that the commit has, at least.
  let sources: Int

  var testDescription: String { name }

  /// `$BAJI_CLONES/<owner>+<name>`: a clone, its git directory alone, or that under the name `repo`.
  var gitDirectory: String? {
    guard let folder = ProcessInfo.processInfo.environment["BAJI_CLONES"].map({ "\($0)/\(name)" }) else { return nil }
    return ["\(folder)/.git", "\(folder)/repo", folder].first { FileManager.default.fileExists(atPath: "\($0)/objects") }
  }

  static let all = [
    PinnedTree(name: "pantsbuild+pants", commit: "7f5db53ac90ebc7e62b721697d0e52619c7e9138", sources: 1800),
    PinnedTree(name: "lablup+backend.ai", commit: "104a7db81e87cc4538d45547008bfa7ee007a6c0", sources: 700),
  ]
  static let present = all.filter { $0.gitDirectory != nil }
}

/// One line of what `Reference/imports.py` prints.
private struct Reference: Decodable {
  struct Import: Decodable, Hashable, Comparable {
    var line: Int
    var name: String
    var isWeak: Bool

    init(_ found: ScannedImport) { (line, name, isWeak) = (Int(found.line), found.name, found.isWeak) }

    init(from decoder: any Decoder) throws {
      var values = try decoder.unkeyedContainer()
      line = try values.decode(Int.self)
      name = try values.decode(String.self)
      isWeak = try values.decode(Bool.self)
    }

    static func < (a: Self, b: Self) -> Bool { (a.line, a.name) < (b.line, b.name) }
  }

  let path: String
  let error: String?
  let imports: [Import]?
  let strings: [String]?
  let assets: [String]?
}

@Suite(
  .serialized, .enabled("BAJI_CLONES has no clone of pantsbuild/pants and none of lablup/backend.ai") { !PinnedTree.present.isEmpty },
  .enabled("no python3 of version 3.10 or newer, which tells the line of each name") {
    shell("python3 -c 'import sys; sys.exit(sys.version_info < (3, 10))'").status == 0
  })
struct PythonTreesTests {
  /// No difference is tolerated in imports: neither repository has one of the two kinds that are known, a `from __future__`, which the
  /// script leaves out, and a name that CPython writes in another normal form than its source does.
  ///
  /// Strings and assets differ where a literal says its name with escapes, which the scanner leaves alone (the set is smaller).
  @Test(arguments: PinnedTree.present) func findsWhatCPythonFinds(tree: PinnedTree) throws {
    let scanner = try #require(ImportScanner.named("python"))
    let git = try #require(tree.gitDirectory)
    let folder = try TemporaryDirectory()
    let extracted = shell("git --git-dir='\(git)' archive \(tree.commit) | tar -x", in: folder.path)
    try #require(extracted.status == 0, "\(tree.name) has no \(tree.commit)")

    let script = (#filePath as NSString).deletingLastPathComponent + "/Reference/imports.py"
    let parsed = shell("python3 '\(script)' .", in: folder.path)
    try #require(parsed.status == 0)
    var (sources, imports, refused, escaped) = (0, 0, 0, 0)
    for line in parsed.output.split(separator: UInt8(ascii: "\n")) {
      let reference = try JSONDecoder().decode(Reference.self, from: Data(line))
      sources += 1
      let found = scanner.scan([UInt8](try Data(contentsOf: URL(filePath: "\(folder.path)/\(reference.path)"))))
      guard reference.error == nil else {
        refused += 1
        continue
      }
      let ours = found.filter { $0.kind == .module }.map { Reference.Import($0) }.sorted()
      #expect(ours == reference.imports?.sorted(), "\(reference.path)")
      imports += ours.count
      for (kind, names) in [(ScannedImport.Kind.string, reference.strings ?? []), (.asset, reference.assets ?? [])] {
        let ours = Set(found.lazy.filter { $0.kind == kind }.map(\.name))
        #expect(ours.isSubset(of: names), "\(reference.path): \(ours.subtracting(names))")
        escaped += Set(names).subtracting(ours).count
      }
    }
    #expect(sources >= tree.sources)
    #expect(imports > 10 * tree.sources)
    #expect(refused <= sources / 100, "CPython refuses \(refused) of \(sources) sources")
    #expect(escaped <= sources / 100, "\(escaped) names are not seen")
  }
}

/// Runs a command line: its exit status and its output. Errors go where the tests' do.
private func shell(_ line: String, in folder: String = "/") -> (status: Int32, output: Data) {
  let process = Process()
  let pipe = Pipe()
  process.executableURL = URL(filePath: "/bin/sh")
  process.arguments = ["-c", line]
  process.currentDirectoryURL = URL(filePath: folder)
  process.standardOutput = pipe
  guard (try? process.run()) != nil else { return (127, Data()) }
  let output = pipe.fileHandleForReading.readDataToEndOfFile()
  process.waitUntilExit()
  return (process.terminationStatus, output)
}
