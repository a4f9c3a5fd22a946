// What Pants answers about a real repository, and what Baji does: lists, edges and fields, one by one.

import Foundation
import TestSupport
import Testing

/// `$BAJI_ORACLES/<name>`: recorded answers, and the commit they are of. nil where the folder is not there.
private func oracle(_ name: String) -> String? {
  guard let folder = ProcessInfo.processInfo.environment["BAJI_ORACLES"].map({ "\($0)/\(name)" }) else { return nil }
  return FileManager.default.fileExists(atPath: "\(folder)/COMMIT") ? folder : nil
}

/// The git directory of `$BAJI_CLONES/<name>`: of a clone, or bare.
private func gitDirectory(_ name: String) -> String? {
  guard let folder = ProcessInfo.processInfo.environment["BAJI_CLONES"].map({ "\($0)/\(name)" }) else { return nil }
  return ["\(folder)/.git", folder, "\(folder)/repo"].first { FileManager.default.fileExists(atPath: "\($0)/objects") }
}

/// One edge of a graph, printed.
private struct Edge: Hashable, Comparable, CustomStringConvertible {
  let from: String
  let to: String
  var description: String { "\(from) → \(to)" }
  static func < (a: Edge, b: Edge) -> Bool { (a.from, a.to) < (b.from, b.to) }
}

/// Targets that only Pants' own machinery makes: they and the edges to them count on neither side.
private let internalTypes: Set = ["_lockfile", "_lockfiles", "_generator_sources_helper"]

/// Types of backend.ai's own plugins, written in Python for Pants: opaque here.
private let foreignTypes: Set = ["scie_binary", "platform_resources"]

private struct Recorded {
  let folder: String
  let targets: [String: [String: Any]]
  let internalTargets: Set<String>
  /// The files of those.
  let internalFiles: Set<String>

  init(_ folder: String) throws {
    self.folder = folder
    let all = try #require(try Recorded.json(Data(contentsOf: URL(filePath: "\(folder)/peek.json"))) as? [[String: Any]])
    var targets: [String: [String: Any]] = [:]
    var internalTargets: Set<String> = []
    var internalFiles: Set<String> = []
    for target in all {
      guard let address = target["address"] as? String, let type = target["target_type"] as? String else { continue }
      if internalTypes.contains(type) || foreignTypes.contains(type) {
        internalTargets.insert(address)
        internalFiles.formUnion(target["sources"] as? [String] ?? [])
      } else {
        targets[address] = target
      }
    }
    self.internalFiles = internalFiles
    self.targets = targets
    self.internalTargets = internalTargets
  }

  static func json(_ data: Data) throws -> Any { try JSONSerialization.jsonObject(with: data) }

  /// The edges in a JSON object from addresses to lists of addresses.
  func edges(_ data: Data) throws -> Set<Edge> {
    let lists = try #require(try Recorded.json(data) as? [String: [String]])
    var edges: Set<Edge> = []
    for (from, list) in lists where !internalTargets.contains(from) {
      for to in list where !internalTargets.contains(to) { edges.insert(Edge(from: from, to: to)) }
    }
    return edges
  }

  func edges(file: String) throws -> Set<Edge> { try edges(Data(contentsOf: URL(filePath: "\(folder)/\(file)"))) }

  /// A field's value as a text. What is written with the targets that are left out, and nothing else, is nothing.
  func comparable(_ value: Any?, _ field: String) -> String {
    guard let value else { return "nothing" }
    if field == "sources_fingerprint" { return "present" }
    if var list = value as? [String], ["dependencies", "dependencies_raw", "sources"].contains(field) {
      list = list.filter { !internalTargets.contains($0) && !internalTargets.contains("//\($0)") }
      return list.isEmpty ? "none" : list.sorted().joined(separator: ", ")
    }
    if value is NSNull { return field == "dependencies_raw" ? "none" : "null" }
    let data = try? JSONSerialization.data(withJSONObject: value, options: [.fragmentsAllowed, .sortedKeys])
    return data.map { String(decoding: $0, as: UTF8.self) } ?? "unreadable"
  }

  func lines(_ file: String) throws -> Set<String> {
    Set(try String(contentsOfFile: "\(folder)/\(file)", encoding: .utf8).split(separator: "\n").map(String.init)).subtracting(
      internalTargets)
  }
}

@Suite(
  .serialized, .needsBinary, .needs("git", "tar"), .enabled("BAJI_ORACLES has no example-python") { oracle("example-python") != nil },
  .enabled("BAJI_CLONES has no clone of pantsbuild/example-python") { gitDirectory("pantsbuild+example-python") != nil })
struct OracleTests {
  private let baji: Baji
  private let recorded: Recorded

  init() throws {
    recorded = try Recorded(try #require(oracle("example-python")))
    let commit = try String(contentsOfFile: "\(recorded.folder)/COMMIT", encoding: .utf8).split(separator: "\n")[0]
    baji = try Baji(configured: false)
    let git = try #require(gitDirectory("pantsbuild+example-python"))
    let extracted = try baji.shell("git --git-dir=\"\(git)\" archive \(commit) | tar -x")
    try #require(extracted.status == 0, "\(extracted.text)")
  }

  private func lines(_ arguments: String...) throws -> Set<String> {
    let ended = try baji.start(arguments).end(within: .seconds(120))
    #expect(ended.status == 0, "\(arguments): \(ended.error)")
    #expect(!ended.error.contains("warning: "), "\(arguments): \(ended.error)")
    return Set(ended.output.split(separator: "\n").map(String.init))
  }

  @Test func targetsAreTheSame() throws { #expect(try lines("list", "::") == recorded.lines("list.txt")) }

  @Test(arguments: [
    (["dependencies", "--format=json", "::"], "dependencies.json"),
    (["dependencies", "--transitive", "--format=json", "::"], "dependencies-transitive.json"),
    (["dependents", "--format=json", "::"], "dependents.json"),
    (["dependents", "--transitive", "--format=json", "::"], "dependents-transitive.json"),
  ])
  func edgesAreTheSame(arguments: [String], file: String) throws {
    let ended = try baji.start(arguments).end(within: .seconds(120))
    let ours = try recorded.edges(ended.outputBytes)
    let theirs = try recorded.edges(file: file)
    #expect(theirs.subtracting(ours).sorted() == [], "missing")
    #expect(ours.subtracting(theirs).sorted() == [], "too much")
  }

  /// `dependents` is the raw edges turned round: what was written is kept, generators stand for themselves.
  @Test func rawEdgesAreTheSame() throws {
    let ended = try baji("dependents", "--format=json", "::")
    let ours = Set(try recorded.edges(ended.outputBytes).map { Edge(from: $0.to, to: $0.from) })
    #expect(try ours == recorded.edges(file: "raw-dependencies.json"))
  }

  @Test(arguments: [
    (["dependencies", "helloworld/main.py", "helloworld:pex_binary"], "output/dependencies.stdout"),
    (["dependencies", "--transitive", "helloworld:pex_binary"], "output/dependencies-transitive.stdout"),
    (["dependents", "helloworld/translator/translator.py"], "output/dependents.stdout"),
    (["dependents", "--transitive", "helloworld/translator/translator.py"], "output/dependents-transitive.stdout"),
    (["filedeps", "::"], "output/filedeps.stdout"),
    (["filedeps", "--transitive", "helloworld:pex_binary"], "output/filedeps-transitive.stdout"),
  ])
  func answersAreTheSame(arguments: [String], file: String) throws {
    // Files of the targets that are left out.
    let theirs = try recorded.lines(file).subtracting(["BUILD.python-lockfiles", "python-default.lock"])
    var ours = Set(try baji.start(arguments).end(within: .seconds(120)).output.split(separator: "\n").map(String.init))
    if file == "output/dependencies.stdout" { ours.remove("//requirements.txt:reqs") }
    #expect(theirs.subtracting(ours).sorted() == [], "missing")
    #expect(ours.subtracting(theirs).sorted() == [], "too much")
  }

  /// Every field of every target. A fingerprint of sources is another here, so that only its presence counts; lists of addresses and
  /// files come in another order.
  @Test func fieldsAreTheSame() throws {
    let ended = try baji("peek", "::")
    let list = try #require(try Recorded.json(ended.outputBytes) as? [[String: Any]])
    let ours = Dictionary(list.map { ($0["address"] as? String ?? "", $0) }, uniquingKeysWith: { $1 })
    #expect(Set(ours.keys) == Set(recorded.targets.keys))
    var differences: [String] = []
    for (address, theirs) in recorded.targets {
      let own = ours[address] ?? [:]
      for name in Set(theirs.keys).union(own.keys) {
        let (expected, found) = (recorded.comparable(theirs[name], name), recorded.comparable(own[name], name))
        if expected != found { differences.append("\(address).\(name): \(found), wanted \(expected)") }
      }
    }
    #expect(differences.sorted() == [])
  }

}

/// A monorepo of some size: github.com/lablup/backend.ai, with several resolves, macros and generated requirements.
@Suite(
  .serialized, .needsBinary, .needs("git", "tar"), .enabled("BAJI_ORACLES has no backend.ai") { oracle("backend.ai") != nil },
  .enabled("BAJI_CLONES has no clone of lablup/backend.ai") { gitDirectory("lablup+backend.ai") != nil })
struct LargeOracleTests {
  private let baji: Baji
  private let recorded: Recorded

  init() throws {
    recorded = try Recorded(try #require(oracle("backend.ai")))
    let commit = try String(contentsOfFile: "\(recorded.folder)/COMMIT", encoding: .utf8).split(separator: "\n")[0]
    baji = try Baji(configured: false)
    let git = try #require(gitDirectory("lablup+backend.ai"))
    let extracted = try baji.shell("git --git-dir=\"\(git)\" archive \(commit) | tar -x")
    try #require(extracted.status == 0, "\(extracted.text)")
  }

  private func lines(_ arguments: String...) throws -> Set<String> {
    let ended = try baji.start(arguments).end(within: .seconds(300))
    #expect(ended.status == 0, "\(arguments): \(ended.error.suffix(2000))")
    return Set(ended.output.split(separator: "\n").map(String.init))
  }

  @Test func targetsAndEdgesAreTheSame() throws {
    let opaque = "--filter-target-type=-scie_binary,platform_resources"
    let ours = try lines(opaque, "list", "::")
    #expect(try recorded.lines("list.txt").subtracting(ours).sorted() == [], "missing")
    // Calls of the repository's own types whose targets Pants names by more than one.
    let strangers = try lines("--filter-target-type=scie_binary,platform_resources", "list", "::")
    #expect(try ours.subtracting(recorded.lines("list.txt")).sorted() == [], "too much")
    for (goal, file) in [("dependencies", "dependencies.json"), ("dependents", "dependents.json")] {
      let ended = try baji(opaque, goal, "--\(goal)-format=json", "::", timeout: .seconds(300))
      let found = try recorded.edges(ended.outputBytes).filter { !strangers.contains($0.from) && !strangers.contains($0.to) }
      let theirs = try recorded.edges(file: file).filter { !strangers.contains($0.from) && !strangers.contains($0.to) }
      #expect(theirs.subtracting(found).sorted() == [], "\(goal): missing")
      #expect(found.subtracting(theirs).sorted() == [], "\(goal): too much")
      if goal == "dependents" {
        let raw = try recorded.edges(file: "raw-dependencies.json").filter { !strangers.contains($0.from) && !strangers.contains($0.to) }
        #expect(raw == Set(found.map { Edge(from: $0.to, to: $0.from) }), "raw dependencies")
      }
    }
  }

  @Test func filesAreTheSame() throws {
    let theirs = try recorded.lines("filedeps.txt").subtracting(recorded.internalFiles).filter { !$0.hasSuffix("BUILD.python-lockfiles") }
    let ours = try lines("filedeps", "::").subtracting(recorded.internalFiles)
    #expect(theirs.subtracting(ours).sorted() == [], "missing")
    #expect(ours.subtracting(theirs).sorted() == [], "too much")
  }

  @Test func rootsAreTheSame() throws { #expect(try lines("roots") == recorded.lines("roots.txt")) }

  /// Every field of every target: what differs falls into the classes of a file, each with its count.
  @Test func fieldsDifferInListedClassesOnly() throws {
    let ended = try baji("peek", "::", timeout: .seconds(300))
    let list = try #require(try Recorded.json(ended.outputBytes) as? [[String: Any]])
    let ours = Dictionary(list.map { ($0["address"] as? String ?? "", $0) }, uniquingKeysWith: { $1 })
    var classes: [String: Int] = [:]
    for (address, theirs) in recorded.targets {
      let own = ours[address] ?? [:]
      for name in Set(theirs.keys).union(own.keys) {
        let (expected, found) = (recorded.comparable(theirs[name], name), recorded.comparable(own[name], name))
        if expected == found { continue }
        let how = theirs[name] == nil ? "only here" : own[name] == nil ? "only there" : "another value"
        classes["\(theirs["target_type"] ?? "").\(name): \(how)", default: 0] += 1
      }
    }
    let found = classes.map { "\($0.value)\t\($0.key)" }.sorted()
    let file = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().appending(
      path: "Differences/backend.ai.txt")
    let text = try String(contentsOf: file, encoding: .utf8)
    #expect(found == text.split(separator: "\n").map(String.init).filter { !$0.hasPrefix("#") }.sorted())
  }
}
