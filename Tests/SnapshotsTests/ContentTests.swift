// Content: read once, remembered over runs by status, and never fooled by an edit.

import Fingerprints
import Glibc
import Host
import Snapshots
import TestSupport
import Testing

@Suite struct ContentTests {
  let folder: TemporaryDirectory
  let index: String

  init() throws {
    folder = try TemporaryDirectory()
    try Files.createDirectory("\(folder.path)/ws")
    index = "\(folder.path)/index"
  }

  private func take(_ secret: Secret = testSecret) throws -> Snapshot {
    try Snapshot.take(root: "\(folder.path)/ws", secret: secret, indexFile: index)
  }

  /// Waits until files written before are older than any pass to come.
  private func letTimePass() { usleep(30_000) }

  /// Asks for every fingerprint, and says how many were not known beforehand.
  private func opened(_ snapshot: Snapshot) throws -> [String] {
    let ids = Array(0..<PathID(snapshot.count))
    let known = snapshot.knownFingerprintCount
    for result in snapshot.fingerprints(of: ids) { _ = try result.get() }
    return known == ids.count ? [] : ["\(ids.count - known) of \(ids.count)"]
  }

  @Test func fingerprintsAreOfTheBytes() throws {
    let large = [UInt8](repeating: 7, count: 300_000)
    try folder.write(["ws/a": "hello", "ws/empty": ""])
    try Files.write(large, to: "\(folder.path)/ws/large")
    try Files.write([UInt8](repeating: 1, count: 64 << 10), to: "\(folder.path)/ws/page")
    let found = try take()
    #expect(try found.fingerprint(ofPath: "a") == testSecret.fingerprint(of: "hello"))
    #expect(try found.fingerprint(ofPath: "empty") == testSecret.fingerprint(of: ""))
    #expect(try found.fingerprint(ofPath: "large") == testSecret.fingerprint(of: large))
    #expect(try found.fingerprint(ofPath: "page") == testSecret.fingerprint(of: [UInt8](repeating: 1, count: 64 << 10)))
    let id = try #require(found.id(ofPath: "large"))
    let (bytes, fingerprint) = try found.read(id)
    #expect(bytes == large && fingerprint == testSecret.fingerprint(of: large))
    #expect(found.size(id) == 300_000)
  }

  @Test func unchangedFilesKeepTheirFingerprintWithoutBeingOpened() throws {
    try folder.write(["ws/a": "1", "ws/sub/b": "2", "ws/c": "3"])
    letTimePass()
    let first = try take()
    #expect(try opened(first) == ["3 of 3"])
    try first.saveIndex()
    let second = try take()
    #expect(try opened(second) == [])
    // Nothing gained: the index is not written again.
    let before = try Files.status(index)
    try second.saveIndex()
    #expect(try Files.status(index) == before)
    // One edited, one new, one gone, one renamed into another folder: only what has a new status or name is read.
    try folder.write(["ws/a": "!", "ws/sub/new": "4"])
    try Files.remove("\(folder.path)/ws/c")
    letTimePass()
    let third = try take()
    #expect(try opened(third) == ["2 of 3"])
    #expect(try third.fingerprint(ofPath: "a") == testSecret.fingerprint(of: "!"))
    #expect(try third.fingerprint(ofPath: "sub/b") == testSecret.fingerprint(of: "2"))
    try third.saveIndex()
    #expect(try opened(try take()) == [])
  }

  @Test func onlyWhatIsAskedForIsRead() throws {
    try folder.write(["ws/a": "1", "ws/b": "2"])
    letTimePass()
    let found = try take()
    _ = try found.fingerprint(ofPath: "a")
    try found.saveIndex()
    #expect(try take().knownFingerprintCount == 1)
  }

  @Test func aTouchIsReadAgainAndFoundEqual() throws {
    try folder.write(["ws/a": "1"])
    letTimePass()
    let first = try take()
    let before = try first.fingerprint(ofPath: "a")
    try first.saveIndex()
    utimes("\(folder.path)/ws/a", nil)
    let second = try take()
    #expect(second.knownFingerprintCount == 0)
    #expect(try second.fingerprint(ofPath: "a") == before)
  }

  /// The racy case: an edit of the same size within one granule of the clock, right after the pass.
  @Test(arguments: 0..<20)
  func anEditInTheSameInstantIsSeen(round: Int) throws {
    let path = "\(folder.path)/ws/a"
    try Files.write(Array("old".utf8), to: path)
    let first = try take()
    _ = try first.fingerprint(ofPath: "a")
    try first.saveIndex()
    try Files.write(Array("new".utf8), to: path)
    #expect(try take().fingerprint(ofPath: "a") == testSecret.fingerprint(of: "new"))
  }

  @Test func anEditWithForgedTimesIsSeen() throws {
    let path = "\(folder.path)/ws/a"
    try Files.write(Array("old".utf8), to: path)
    letTimePass()
    let first = try take()
    _ = try first.fingerprint(ofPath: "a")
    try first.saveIndex()
    var times = [timespec](repeating: timespec(), count: 2)
    let modified = try Files.status(path).modified
    for index in times.indices { times[index] = timespec(tv_sec: Int(modified / 1_000_000_000), tv_nsec: Int(modified % 1_000_000_000)) }
    try Files.write(Array("new".utf8), to: path)
    utimensat(AT_FDCWD, path, times, 0)
    #expect(try Files.status(path).modified == modified)
    #expect(try take().fingerprint(ofPath: "a") == testSecret.fingerprint(of: "new"))
  }

  @Test func aFileFromTheFutureIsAlwaysReadAgain() throws {
    let path = "\(folder.path)/ws/a"
    try Files.write(Array("old".utf8), to: path)
    let times = [timespec](repeating: timespec(tv_sec: 4_000_000_000, tv_nsec: 0), count: 2)
    utimensat(AT_FDCWD, path, times, 0)
    letTimePass()
    let first = try take()
    _ = try first.fingerprint(ofPath: "a")
    try first.saveIndex()
    #expect(try take().knownFingerprintCount == 0)
  }

  @Test func truncatedFlippedAndForeignIndexesAreIgnored() throws {
    try folder.write(["ws/a": "1", "ws/sub/b": "2"])
    letTimePass()
    let first = try take()
    _ = try opened(first)
    try first.saveIndex()
    let bytes = try Files.read(index)
    for length in [0, 1, 8, 40, 72, bytes.count / 2, bytes.count - 1] {
      try Files.write(Array(bytes[..<length]), to: index)
      #expect(try take().knownFingerprintCount == 0, "\(length)")
    }
    for place in stride(from: 0, to: bytes.count, by: 5) {
      var flipped = bytes
      flipped[place] ^= 1 << (place % 8)
      try Files.write(flipped, to: index)
      #expect(try take().knownFingerprintCount == 0, "\(place)")
    }
    try Files.write(bytes + [0], to: index)
    #expect(try take().knownFingerprintCount == 0)
    try Files.write(bytes, to: index)
    #expect(try take().knownFingerprintCount == 2)
    #expect(try take(Secret(Array(testSecret.bytes.reversed()))!).knownFingerprintCount == 0)
    // Another root: the same files moved, the index left.
    try Files.rename("\(folder.path)/ws", "\(folder.path)/moved")
    let moved = try Snapshot.take(root: "\(folder.path)/moved", secret: testSecret, indexFile: index)
    #expect(moved.knownFingerprintCount == 0)
  }

  @Test func anIndexThatCannotBeWrittenSaysSo() throws {
    try folder.write(["ws/a": "1"])
    let found = try Snapshot.take(root: "\(folder.path)/ws", secret: testSecret, indexFile: "\(folder.path)/none/index")
    #expect(throws: SnapshotError.self) { try found.saveIndex() }
  }

  @Test func theEnginesOwnFolderIsMadeAndIgnored() throws {
    try folder.write(["ws/a": "1"])
    _ = try take()
    #expect(try folder.read("ws/.baji/.gitignore") == "*\n")
    #expect(Files.exists("\(folder.path)/ws/.baji/now"))
    #expect(try take().printed == "a")
  }

  /// Where `.baji/now` cannot be touched the coarse clock serves: here a file stands in the folder's place.
  @Test func aWorkspaceThatCannotBeWrittenWorks() throws {
    try folder.write(["ws/a": "old", "ws/.baji": ""])
    letTimePass()
    let first = try take()
    _ = try first.fingerprint(ofPath: "a")
    try first.saveIndex()
    #expect(try take().knownFingerprintCount == 1)
    try folder.write(["ws/a": "new"])
    let second = try take()
    #expect(try second.fingerprint(ofPath: "a") == testSecret.fingerprint(of: "new"))
    try second.saveIndex()
    try folder.write(["ws/a": "now"])
    #expect(try take().fingerprint(ofPath: "a") == testSecret.fingerprint(of: "now"))
  }

  @Test func aFileThatChangedDuringTheRunIsRenewedAlone() throws {
    try folder.write(["ws/a": "1", "ws/b": "2"])
    letTimePass()
    let found = try take()
    let id = try #require(found.id(ofPath: "a"))
    #expect(try found.fingerprint(of: id) == testSecret.fingerprint(of: "1"))
    try folder.write(["ws/a": "longer"])
    try Files.setMode("\(folder.path)/ws/a", 0o755)
    #expect(try found.fingerprint(of: id) == testSecret.fingerprint(of: "1"))
    let renewed = try found.refresh(id)
    #expect(renewed == RenewedFile(fingerprint: testSecret.fingerprint(of: "longer"), isExecutable: true, size: 6))
    #expect(try found.fingerprint(of: id) == renewed.fingerprint)
    // It changed after the pass began, so the index does not vouch for it.
    try found.saveIndex()
    #expect(try take().knownFingerprintCount == 0)
  }

  @Test func whatVanishesIsAnErrorWhereItIsUsed() throws {
    try folder.write(["ws/a": "1", "ws/b": "2"])
    let found = try take()
    try Files.remove("\(folder.path)/ws/a")
    #expect(throws: SnapshotError.vanished(path: "a")) { try found.fingerprint(ofPath: "a") }
    let results = found.fingerprints(of: [0, 1])
    #expect(results[0] == .failure(.vanished(path: "a")))
    #expect(results[1] == .success(testSecret.fingerprint(of: "2")))
    // A fifo in a file's place does not block.
    try Files.remove("\(folder.path)/ws/b")
    mkfifo("\(folder.path)/ws/b", 0o600)
    #expect(throws: SnapshotError.vanished(path: "b")) { try found.refresh(1) }
  }

  @Test func renewingAfterWritesKeepsTheRest() throws {
    try folder.write(["ws/a": "1", "ws/b": "2", "ws/sub/c": "3"])
    letTimePass()
    let first = try take()
    _ = try opened(first)
    try folder.write(["ws/b": "formatted"])
    let second = try first.renewed(changing: ["b"])
    #expect(second.knownFingerprintCount == 2)
    #expect(try second.fingerprint(ofPath: "b") == testSecret.fingerprint(of: "formatted"))
    #expect(try first.fingerprint(ofPath: "b") == testSecret.fingerprint(of: "2"))
    #expect(second.listingFingerprint == first.listingFingerprint)
    // A new file, one that is gone, a changed ignore file: walked anew, and what is known is kept.
    try folder.write(["ws/new": "4"])
    try Files.remove("\(folder.path)/ws/a")
    let third = try second.renewed(changing: ["new", "a"])
    #expect(third.printed == "b new sub/c")
    #expect(try third.fingerprint(ofPath: "sub/c") == testSecret.fingerprint(of: "3"))
    try folder.write(["ws/.gitignore": "new\n"])
    let fourth = try third.renewed(changing: [".gitignore"])
    try folder.write(["ws/.gitignore": ""])
    #expect(fourth.printed == ".gitignore b sub/c")
    #expect(try fourth.renewed(changing: [".gitignore"]).printed == ".gitignore b new sub/c")
    letTimePass()
    let last = try take()
    _ = try opened(last)
    try last.saveIndex()
    #expect(try take().knownFingerprintCount == 4)
  }

  @Test func fileSetsStandForTheirFiles() throws {
    try folder.write(["ws/a": "1", "ws/b": "2", "ws/c": "3"])
    let first = try take()
    let set = FileSet([1, 0, 1])
    #expect(set.ids == [0, 1])
    let fingerprint = try first.fingerprint(of: set)
    try folder.write(["ws/c": "changed", "ws/0": "shifts ids"])
    let second = try take()
    #expect(try second.fingerprint(of: FileSet([1, 2])) == fingerprint)
    #expect(second.namesFingerprint(of: FileSet([1, 2])) == first.namesFingerprint(of: set))
    try folder.write(["ws/a": "changed"])
    let third = try take()
    #expect(try third.fingerprint(of: FileSet([1, 2])) != fingerprint)
    #expect(third.namesFingerprint(of: FileSet([1, 2])) == first.namesFingerprint(of: set))
    try Files.setMode("\(folder.path)/ws/b", 0o755)
    let fourth = try take()
    #expect(fourth.namesFingerprint(of: FileSet([1, 2])) != first.namesFingerprint(of: set))
  }

  @Test func readersAndWritersAtOnceNeverGiveATornReading() throws {
    let texts = ["a", "b"].map { String(repeating: $0, count: 5000) }
    try folder.write(["ws/a": texts[0]])
    let path = "\(folder.path)/ws/a"
    let writer = Thread {
      for round in 0..<200 { try? Files.writeAtomically(Array(texts[round % 2].utf8), to: path) }
    }
    let found = try take()
    let allowed = texts.map { testSecret.fingerprint(of: $0) }
    for _ in 0..<200 {
      do throws(SnapshotError) { #expect(allowed.contains(try found.refresh(0).fingerprint)) } catch {
        #expect(error == .unstable(path: "a"))
      }
    }
    writer?.join()
  }
}
