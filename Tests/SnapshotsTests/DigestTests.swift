// The digest of a workspace: the same for the same files, another for any other.

import Fingerprints
import Glibc
import Host
import Snapshots
import TestSupport
import Testing

@Suite struct DigestTests {
  private let folder: TemporaryDirectory
  private let index: String

  init() throws {
    folder = try TemporaryDirectory()
    index = "\(folder.path)/index"
    try folder.write(["ws/a": "1", "ws/sub/b": "2", "ws/c": "3", "ws/unread": "4"])
    try Files.createSymbolicLink("\(folder.path)/ws/link", to: "a")
    try look()
  }

  private func take() throws -> Snapshot {
    usleep(30_000)
    return try Snapshot.take(root: "\(folder.path)/ws", secret: testSecret, indexFile: index)
  }

  /// A run that asks for all files but one.
  @discardableResult
  private func look() throws -> Snapshot {
    let snapshot = try take()
    for path in ["a", "sub/b", "c", "link"] { _ = try snapshot.fingerprint(ofPath: path) }
    try snapshot.saveIndex()
    return snapshot
  }

  private func digest() throws -> Fingerprint { try #require(try take().digest()) }

  @Test func equalFilesHaveEqualDigests() throws {
    let first = try digest()
    #expect(try digest() == first)
    // At the end of a run that asked for what was known.
    #expect(try look().digest() == first)
    // Touched: looked at again.
    let past = [timeval(tv_sec: 1_500_000_000, tv_usec: 0), timeval(tv_sec: 1_500_000_000, tv_usec: 0)]
    utimes("\(folder.path)/ws/a", past)
    let touched = try take()
    #expect(touched.digest() == first)
    try touched.saveIndex()
    #expect(try digest() == first)
    // One that nobody ever read may have changed.
    utimes("\(folder.path)/ws/unread", past)
    #expect(try digest() != first)
  }

  @Test(arguments: [
    "content", "length", "same times", "new", "gone", "renamed", "mode", "link", "link becomes file", "unread", "empty folder",
  ])
  func anyChangeIsSeen(change: String) throws {
    let first = try digest()
    let root = "\(folder.path)/ws"
    switch change {
    case "content": try folder.write(["ws/a": "2"])
    case "length": try folder.write(["ws/sub/b": "22"])
    case "same times":
      let before = try Files.status("\(root)/a")
      try folder.write(["ws/a": "2"])
      let seconds = timeval(tv_sec: Int(before.modified / 1_000_000_000), tv_usec: Int(before.modified % 1_000_000_000 / 1000))
      utimes("\(root)/a", [seconds, seconds])
    case "new": try folder.write(["ws/d": ""])
    case "gone": try folder.remove("ws/c")
    case "renamed": try Files.rename("\(root)/c", "\(root)/cc")
    case "mode": chmod("\(root)/a", 0o755)
    case "link":
      try folder.remove("ws/link")
      try Files.createSymbolicLink("\(root)/link", to: "c")
    case "link becomes file":
      try folder.remove("ws/link")
      try folder.write(["ws/link": "1"])
    case "unread": try folder.write(["ws/unread": "5"])
    default: try Files.createDirectory("\(root)/empty")
    }
    #expect(try digest() != first)
  }

  @Test func withoutAnIndexNothingIsVouchedFor() throws {
    let first = try digest()
    try folder.remove("index")
    #expect(try digest() != first)
  }

  @Test func whatIsWrittenMeanwhileIsNotDigested() throws {
    let snapshot = try take()
    #expect(snapshot.wasStill)
    try folder.write(["ws/a": "other"])
    let id = try #require(snapshot.id(ofPath: "a"))
    _ = try snapshot.refresh(id)
    #expect(!snapshot.wasStill && snapshot.digest() == nil)
    // Of a time to come.
    let future = [timeval(tv_sec: 4_000_000_000, tv_usec: 0), timeval(tv_sec: 4_000_000_000, tv_usec: 0)]
    utimes("\(folder.path)/ws/unread", future)
    let later = try take()
    #expect(!later.wasStill && later.digest() == nil)
  }
}
