// A real monorepo made for Pants, with its own unmodified `pants.toml`: github.com/pantsbuild/pants at one commit.

import Foundation
import TestSupport
import Testing

private let commit = "7f5db53ac90ebc7e62b721697d0e52619c7e9138"

/// `$BAJI_CLONES/pantsbuild+pants`: a clone, or its git directory alone.
private let clone: String? = {
  guard let folder = ProcessInfo.processInfo.environment["BAJI_CLONES"].map({ "\($0)/pantsbuild+pants" }) else { return nil }
  return ["\(folder)/.git", folder].first { FileManager.default.fileExists(atPath: "\($0)/objects") }
}()

@Suite(
  .serialized, .needsBinary, .needs("git", "tar", "strace", "shellcheck", "shfmt"),
  .enabled("BAJI_CLONES has no clone of pantsbuild/pants") { clone != nil }, .enabled("strace is not permitted here") { Trace.isPermitted })
struct PantsTreeTests {
  /// Its linters for Python ask for an interpreter that need not be here.
  private static let lint = ["lint", "--only=shellcheck", "--only=shfmt", "::"]

  private let baji: Baji

  init() throws {
    baji = try Baji(configured: false)
    let git = try #require(clone)
    let extracted = try baji.shell("git --git-dir=\"\(git)\" archive \(commit) | tar -x && git init -q .")
    try #require(extracted.status == 0, "\(extracted.text)")
  }

  @Test func listsAndAnswersAboutEverything() throws {
    let list = try baji("list", "::")
    #expect(list.status == 0, "\(list.error.suffix(2000))")
    let addresses = list.output.split(separator: "\n")
    #expect(addresses.count > 1500)
    #expect(addresses.contains("build-support/bin/get_os.sh") || addresses.contains { $0.hasPrefix("build-support/bin/get_os.sh:") })
    // What Baji does not know here is told in a few lines, however much it is.
    let lines = list.error.split(separator: "\n")
    #expect(lines.count { $0.contains("that no enabled plugin knows, kept as opaque") } == 1)
    #expect(lines.count { $0.contains("settings for Pants mean nothing here") } == 1)
    #expect(lines.count { $0.contains("without a counterpart here") } == 1)
    #expect(lines.count < 60, "\(list.error)")

    #expect(addresses.contains("src/python/pants/engine/target.py"))
    #expect(addresses.contains { $0.hasPrefix("3rdparty/python:reqs#") } || addresses.contains { $0.hasPrefix("3rdparty/python#") })

    let dependencies = try baji("dependencies", "::")
    #expect(dependencies.status == 0, "\(dependencies.error.suffix(2000))")
    #expect(dependencies.output.split(separator: "\n").count > 1000)
    let imported = try baji("dependencies", "src/python/pants/engine/target.py")
    #expect(imported.output.split(separator: "\n").contains("src/python/pants/engine/addresses.py"), "\(imported.text)")
    let sourced = try baji("dependencies", "build-support/bin/rust/bootstrap_code.sh")
    #expect(sourced.output.contains("build-support/common.sh"), "\(sourced.text)")
    #expect(try baji("dependents", "build-support/common.sh").output.contains("bootstrap_code.sh"))
  }

  /// The scripts that a shell target of a BUILD file owns get the verdicts that the tools give them when called by hand.
  @Test func lintsItsScriptsAsTheToolsWouldAndThenStartsNothing() throws {
    let shells = try baji("--filter-target-type=shell_source,shunit2_test", "filedeps", "::")
    let scripts = shells.output.split(separator: "\n").map(String.init).filter { !$0.hasSuffix("BUILD") }
    #expect(scripts.count > 10)
    let names = scripts.joined(separator: " ")
    let shellcheck = try baji.shell("shellcheck --external-sources --source-path=SCRIPTDIR --source-path=. \(names)")
    let shfmt = try baji.shell("shfmt -l -i 2 -ci -sr \(names)")

    let lint = try baji.start(PantsTreeTests.lint).end(within: .seconds(300))
    #expect((lint.status == 0) == (shellcheck.status == 0 && shfmt.output.isEmpty), "\(lint.text)")
    #expect(lint.output.contains("shellcheck: \(scripts.count) files"), "\(lint.text)")
    #expect(lint.output.contains("shfmt: \(scripts.count) files"), "\(lint.text)")

    let again = try Trace.run(baji, PantsTreeTests.lint)
    #expect(again.ended.status == lint.status)
    #expect(again.execs.map(\.program) == ["baji"])

    // A finding is a finding, and no other script is looked at again.
    try baji.edit("build-support/bin/get_os.sh", "#!/bin/bash -eu\n", "#!/bin/bash -eu\necho $1\n")
    let found = try Trace.run(baji, PantsTreeTests.lint)
    #expect(found.ended.status == 1)
    #expect(found.ended.output.contains("build-support/bin/get_os.sh:2:"), "\(found.ended.text)")
    #expect(Set(found.files(of: "shfmt")) == ["build-support/bin/get_os.sh"])
  }
}
