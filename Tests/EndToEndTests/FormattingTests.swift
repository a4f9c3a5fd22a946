// lint and fmt: findings, differences, and what is written back.

import Foundation
import Glibc
import Testing

@Suite(.needsBinary, .needs("shellcheck", "shfmt")) struct FormattingTests {
  private let build = "shell_sources(name = \"s\")\n"
  private let good = "#!/bin/sh\nif true; then\n\techo hi\nfi\n"
  private let ugly = "#!/bin/sh\nif   true; then\n  echo hi\nfi\n"

  @Test func findingsNameTheFileAndExitWithOne() throws {
    let baji = try Baji(["BUILD": build, "good.sh": good, "bad.sh": "#!/bin/sh\necho $1\n"])
    let ended = try baji("lint", "::")
    #expect(ended.status == 1)
    #expect(ended.output.contains("bad.sh:2:6:"))
    #expect(!ended.output.contains("good.sh:"))
    #expect(ended.output.contains("lint: 3 clean, 1 with findings"))
    // The same again from the store.
    let again = try baji("lint", "::")
    #expect(again.status == 1)
    #expect(again.output.contains("bad.sh:2:6:"))
    #expect(again.output.contains("4 cached"))
    #expect(try baji("lint", "--only=shfmt", "::").status == 0)
  }

  @Test func lintShowsWhatFmtWouldChange() throws {
    let baji = try Baji(["BUILD": build, "ugly.sh": ugly])
    let lint = try baji("lint", "::")
    #expect(lint.status == 1)
    #expect(lint.output.contains("--- a/ugly.sh\n+++ b/ugly.sh\n"))
    #expect(lint.output.contains("-if   true; then\n"))
    #expect(try baji.read("ugly.sh") == ugly)
  }

  @Test func fmtMendsInPlaceOnceAndKeepsModesAndLinks() throws {
    let baji = try Baji(["BUILD": build, "ugly.sh": ugly, "good.sh": good])
    chmod(baji.path("ugly.sh"), 0o751)
    let inode = try FileManager.default.attributesOfItem(atPath: baji.path("good.sh"))[.systemFileNumber] as? Int
    let first = try baji("fmt", "::")
    #expect(first.status == 0, "\(first.text)")
    #expect(first.output.contains("1 changed, 1 unchanged"), "\(first.output)")
    #expect(try baji.read("ugly.sh") == good)
    let attributes = try FileManager.default.attributesOfItem(atPath: baji.path("ugly.sh"))
    #expect(attributes[.posixPermissions] as? Int == 0o751)
    #expect(try FileManager.default.attributesOfItem(atPath: baji.path("good.sh"))[.systemFileNumber] as? Int == inode)
    let second = try baji("fmt", "::")
    #expect(second.status == 0)
    #expect(second.output.contains("2 unchanged"))
    #expect(try baji("lint", "::").status == 0)
  }

  @Test func fmtWritesThroughALink() throws {
    let baji = try Baji(["BUILD": "shell_sources(name = \"s\", sources = [\"link.sh\"])\n", "real/ugly.txt": ugly])
    symlink("real/ugly.txt", baji.path("link.sh"))
    #expect(try baji("fmt", "::").status == 0)
    #expect(try baji.read("real/ugly.txt") == good)
    #expect(try FileManager.default.destinationOfSymbolicLink(atPath: baji.path("link.sh")) == "real/ugly.txt")
  }

  @Test func fmtMendsAFileOnceHoweverManyPathsLeadToIt() throws {
    let baji = try Baji(["BUILD": "shell_sources(name = \"s\", sources = [\"**/*.sh\"])\n", "real/ugly.sh": ugly])
    symlink("real", baji.path("link"))
    let ended = try baji("fmt", "::")
    #expect(ended.status == 0 && ended.output.contains("2 changed"), "\(ended.text)")
    #expect(try baji.read("real/ugly.sh") == good)
    #expect(try baji("lint", "::").status == 0)
  }

  @Test func aFileThatCannotBeParsedIsReportedAndLeftAlone() throws {
    let baji = try Baji(["BUILD": build, "broken.sh": "#!/bin/sh\nif true\n", "ugly.sh": ugly])
    let ended = try baji("fmt", "::")
    #expect(ended.status == 1)
    #expect(ended.output.contains("broken.sh"))
    #expect(try baji.read("broken.sh") == "#!/bin/sh\nif true\n")
    #expect(try baji.read("ugly.sh") == good, "one bad file does not keep the others from being mended")
  }

  @Test func argumentsOfPantsTomlWork() throws {
    let toml =
      "[GLOBAL]\nbackend_packages = [\"pants.backend.shell\", \"pants.backend.shell.lint.shfmt\"]\n[shfmt]\nargs = [\"-i 2\", \"-ci\"]\n"
    let baji = try Baji(["pants.toml": toml, "BUILD": build, "ugly.sh": ugly])
    let ended = try baji("fmt", "::")
    #expect(ended.status == 0, "\(ended.text)")
    #expect(try baji.read("ugly.sh") == good.replacingOccurrences(of: "\t", with: "  "))
  }

  @Test func aLinterThatDiesByASignalIsNoVerdict() throws {
    let baji = try Baji(["BUILD": build, "a.sh": good])
    // Written by a process that ends: a program that somebody has open for writing cannot be started.
    try baji.shell(
      """
      mkdir bin; printf '#!/bin/sh\\ncase "$1" in --version) echo "version: 0.9.0" ;; *) kill -SEGV $$ ;; esac\\n' > bin/shellcheck
      chmod +x bin/shellcheck
      """)
    let path = "\(baji.path("bin")):/usr/bin:/bin"
    for _ in 0..<2 {
      let ended = try baji("lint", "::", environment: ["PATH": path])
      #expect(ended.status == 1)
      #expect(ended.output.contains("a.sh: shellcheck failed: killed by signal 11"), "\(ended.text)")
      #expect(ended.output.contains("1 not judged"))
      #expect(ended.output.contains("shellcheck: 1 file   ran"), "never kept: \(ended.output)")
    }
    // With the real tool all is well again.
    #expect(try baji("lint", "::").status == 0)
  }
}
