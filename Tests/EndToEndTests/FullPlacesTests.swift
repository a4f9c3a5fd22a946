// Read-only and full places, made by bind mounts and small tmpfs in a user namespace: root ignores modes.

import Glibc
import Testing

@Suite(.needsBinary, .needs("shellcheck", "shfmt"), .needsNamespaces) struct FullPlacesTests {
  private static let ugly = "#!/bin/sh\nif true; then\n  echo hi\nfi\n"

  private func made() throws -> Baji { try Baji(["BUILD": "shell_sources(name = \"s\")\n", "a.sh": FullPlacesTests.ugly]) }

  /// Runs lines of shell in namespaces of their own.
  private func inside(_ baji: Baji, _ lines: String) throws -> Ended {
    try baji.start(program: ["/usr/bin/unshare", "-Urm", "/bin/sh", "-c", "set -e\nbaji() { \"$BAJI\" \"$@\"; }\n\(lines)"]).end()
  }

  @Test func aReadOnlyWorkspaceIsLintedAndNotWritten() throws {
    let baji = try made()
    let ended = try inside(
      baji,
      """
      mount --bind "$PWD" "$PWD"; mount -o remount,bind,ro "$PWD"; cd "$PWD"
      baji list ::; status=0; baji lint :: || status=$?; echo "lint $status"
      status=0; baji fmt :: || status=$?; echo "fmt $status"
      """)
    #expect(ended.output.contains("//a.sh:s\n"), "\(ended.text)")
    #expect(ended.output.contains("lint 1\n"))
    #expect(ended.output.contains("fmt 3\n"))
    #expect(ended.error.contains("the workspace is read-only"))
    #expect(try baji.read("a.sh") == FullPlacesTests.ugly)
  }

  @Test func aReadOnlyStoreCostsOnlyTheCaching() throws {
    let baji = try made()
    let ended = try inside(
      baji,
      """
      baji lint --only=shellcheck :: >/dev/null
      mount --bind "$XDG_CACHE_HOME" "$XDG_CACHE_HOME"; mount -o remount,bind,ro "$XDG_CACHE_HOME"
      baji fmt ::
      """)
    #expect(ended.status == 0, "\(ended.text)")
    #expect(ended.error.contains("warning: no results are cached"))
    #expect(ended.error.contains("Read-only file system"))
    #expect(ended.error.components("warning:") == 1, "one warning: \(ended.error)")
    #expect(try baji.read("a.sh") == FullPlacesTests.ugly.tabbed)
  }

  @Test(arguments: ["16k", "96k", "128k", "160k", "256k"]) func aFullStoreCostsOnlyTheCaching(size: String) throws {
    let baji = try made()
    let ended = try inside(
      baji,
      """
      mount -t tmpfs -o size=\(size) none "$XDG_CACHE_HOME"
      for i in 1 2; do status=0; baji lint :: || status=$?; echo "lint $status"; done
      baji fmt ::
      baji lint ::
      """)
    #expect(ended.status == 0, "\(size): \(ended.text)")
    #expect(ended.output.contains("lint 1\n"))
    #expect(try baji.read("a.sh") == FullPlacesTests.ugly.tabbed)
  }

  @Test func aFullWorkspaceLosesNothing() throws {
    let baji = try made()
    let ended = try inside(
      baji,
      """
      mkdir full; mount -t tmpfs -o size=64k none full; cp BUILD baji.toml a.sh full; cd full
      cat /dev/zero > filler 2>/dev/null || true
      status=0; baji fmt :: || status=$?; echo "fmt $status"; cat a.sh; ls -A
      """)
    #expect(ended.output.contains("fmt 3\n"), "\(ended.text)")
    #expect(ended.output.contains(FullPlacesTests.ugly), "the file is as it was")
    #expect(ended.error.contains("No space left on device"))
  }
}

extension String {
  fileprivate var tabbed: String { split(separator: "  ", omittingEmptySubsequences: false).joined(separator: "\t") }
  fileprivate func components(_ part: String) -> Int { self.ranges(of: part).count }
}

extension Trait where Self == ConditionTrait {
  /// For tests that mount in namespaces of their own.
  fileprivate static var needsNamespaces: Self {
    .enabled("the kernel gives no user and mount namespaces here") {
      let place = try Baji(configured: false)
      return try place.start(program: ["/usr/bin/unshare", "-Urm", "/bin/sh", "-c", "mount -t tmpfs none \"$XDG_CACHE_HOME\""]).end().status
        == 0
    }
  }
}
