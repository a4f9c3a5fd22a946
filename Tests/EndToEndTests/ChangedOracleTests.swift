// What Pants selects by changes in a real repository's history, and what Baji does: the same lines.

import Foundation
import TestSupport
import Testing

private let answers: String? = {
  guard let folder = ProcessInfo.processInfo.environment["BAJI_ORACLES"].map({ "\($0)/backend.ai" }) else { return nil }
  return FileManager.default.fileExists(atPath: "\(folder)/changed") ? folder : nil
}()

/// The git directory of `$BAJI_CLONES/lablup+backend.ai`: of a clone, or bare.
private let history: String? = {
  guard let folder = ProcessInfo.processInfo.environment["BAJI_CLONES"].map({ "\($0)/lablup+backend.ai" }) else { return nil }
  return ["\(folder)/.git", folder, "\(folder)/repo"].first { FileManager.default.fileExists(atPath: "\($0)/objects") }
}()

@Suite(
  .serialized, .needsBinary, .needs("git"), .enabled("BAJI_ORACLES has no backend.ai with changes") { answers != nil },
  .enabled("BAJI_CLONES has no clone of lablup/backend.ai") { history != nil })
struct ChangedOracleTests {
  /// Types that only Pants' own machinery or that repository's own plugins have.
  private static let foreign = ["_lockfile", "_lockfiles", "_generator_sources_helper", "scie_binary", "platform_resources"]

  @Test func changedTargetsAreTheSame() throws {
    let folder = try #require(answers)
    let commit = try String(contentsOfFile: "\(folder)/COMMIT", encoding: .utf8).split(separator: "\n")[0]
    let peeked = try #require(
      try JSONSerialization.jsonObject(with: Data(contentsOf: URL(filePath: "\(folder)/peek.json"))) as? [[String: Any]])
    let left = Set(
      peeked.filter { ChangedOracleTests.foreign.contains($0["target_type"] as? String ?? "") }.map { $0["address"] as? String ?? "" })
    let baji = try Baji(configured: false)
    // Without copies of its objects; some of them may be absent, as the clone may be partial.
    let cloned = try baji.shell(
      "git clone -q --shared -n '\(try #require(history))' . && git checkout -q \(commit)", timeout: .seconds(300))
    try #require(cloned.status == 0, "\(cloned.text)")
    for depth in ["1", "5", "20"] {
      for reach in ["none", "direct", "transitive"] {
        let ended = try baji(
          "--changed-since=HEAD~\(depth)", "--changed-dependents=\(reach)", "--filter-target-type=-scie_binary,platform_resources", "list",
          timeout: .seconds(300))
        #expect(ended.status == 0, "\(ended.error.suffix(2000))")
        let ours = Set(ended.output.split(separator: "\n").map(String.init))
        let theirs = Set(
          try String(contentsOfFile: "\(folder)/changed/since-HEAD~\(depth)-\(reach).txt", encoding: .utf8).split(separator: "\n").map(
            String.init)
        ).subtracting(left)
        #expect(ours.subtracting(theirs).sorted() == [], "HEAD~\(depth), \(reach): too much")
        #expect(theirs.subtracting(ours).sorted() == [], "HEAD~\(depth), \(reach): missing")
      }
    }
  }
}
