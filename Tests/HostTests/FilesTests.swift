// Files: what is written is read, and a tree with odd names and modes is removed.

import Host
import TestSupport
import Testing

@Suite struct FilesTests {
  let folder: TemporaryDirectory

  init() throws { folder = try TemporaryDirectory() }

  @Test func writesAtomicallyAndReads() throws {
    try Files.writeAtomically(Array("hello".utf8), to: "\(folder.path)/a", mode: 0o444)
    #expect(try Files.read("\(folder.path)/a") == Array("hello".utf8))
    #expect(try Files.status("\(folder.path)/a").mode == 0o444)
    #expect(try Files.names(in: folder.path) == ["a"])
  }

  @Test func missingFilesSayWhichAndWhy() {
    #expect(throws: FileError("read", "\(folder.path)/none", code: 2)) { try Files.read("\(folder.path)/none") }
  }

  @Test func removesTreesWithoutFollowingLinks() throws {
    try folder.write(["keep/file": "x", "gone/sub/file": "y"])
    try Files.createSymbolicLink("\(folder.path)/gone/link", to: "\(folder.path)/keep")
    try Files.setMode("\(folder.path)/gone/sub", 0o500)
    try Files.removeTree("\(folder.path)/gone")
    #expect(try Files.names(in: folder.path) == ["keep"])
    #expect(try Files.names(in: "\(folder.path)/keep") == ["file"])
  }

  @Test func chunksCoverEveryIndexOnce() {
    let counts = UnsafeMutableBufferPointer<Int>.allocate(capacity: 10_000)
    defer { counts.deallocate() }
    counts.initialize(repeating: 0)
    nonisolated(unsafe) let shared = counts  // each index is touched by the one worker whose chunk holds it
    Workers.forEachChunk(of: 10_000) { range in for i in range { shared[i] += 1 } }
    #expect(counts.allSatisfy { $0 == 1 })
  }
}
