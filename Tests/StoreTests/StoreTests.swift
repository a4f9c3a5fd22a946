// Values and blobs: what is put is read, now and by the next run, whatever the size.

import Fingerprints
import Host
import Store
import Testing
import TestSupport

@Suite struct StoreTests {
  @Test(
    arguments: [
      (["XDG_CACHE_HOME": "/c", "HOME": "/h"], nil, "/c/baji/v1"),
      (["XDG_CACHE_HOME": "relative", "HOME": "/h"], nil, "/h/.cache/baji/v1"),
      (["HOME": "/h/"], nil, "/h/.cache/baji/v1"),
      ([:], "/o/", "/o/v1"),
      (["HOME": "/h"], "/o", "/o/v1"),
    ] as [([String: String], String?, String)])
  func location(environment: [String: String], option: String?, expected: String) throws {
    #expect(try Store.location(environment: environment, option: option) == expected)
  }

  @Test func withoutHomeThereIsASentence() {
    #expect(throws: StoreError.noHome) { try Store.location(environment: [:]) }
    #expect(StoreError.noHome.description.contains("HOME"))
  }

  @Test func valuesAreReadAtOnceAndByTheNextRun() throws {
    let folder = try TemporaryDirectory()
    let store = try open(folder.path)
    let keys = (0..<5000).map { store.secret.fingerprint(of: "key \($0)") }
    store.put(batch: keys.enumerated().map { Store.Entry(.memo, $1, noise($0 % 300, seed: UInt64($0))) })
    #expect(store.get(.memo, key: keys[7]) == noise(7, seed: 7))
    #expect(store.get(.actions, key: keys[7]) == nil)
    store.close()
    #expect(store.get(.memo, key: keys[7]) == nil)

    let next = try open(folder.path)
    #expect(next.secret.bytes == store.secret.bytes)
    let values = next.get(.memo, keys: keys + [next.secret.fingerprint(of: "absent")])
    #expect(values.count == 5001)
    #expect(values.last == .some(nil))
    for (index, value) in values.dropLast().enumerated() where value != noise(index % 300, seed: UInt64(index)) {
      Issue.record("value \(index) differs")
    }
    let size = next.withReader { $0.withBytes(.memo, keys[299]) { $0.count } }
    #expect(size == 299)
    next.close()
  }

  @Test(arguments: [0, 1, 4000, 4096, 65_535, 65_536, 65_537, 3_000_000])
  func blobs(size: Int) throws {
    let folder = try TemporaryDirectory()
    let bytes = noise(size, seed: 3)
    let store = try open(folder.path)
    let name = store.putBlob(bytes)
    #expect(name == store.secret.fingerprint(of: bytes))
    #expect(store.hasBlob(name))
    #expect(store.blob(name) == bytes)
    store.close()
    let next = try open(folder.path)
    #expect(next.blob(name) == bytes)
    for isExecutable in [true, false] {
      let target = "\(folder.path)/out-\(isExecutable)"
      #expect(try next.materialize(name, to: target, executable: isExecutable))
      #expect(try Files.read(target) == bytes)
      #expect(try Files.status(target).mode == (isExecutable ? 0o755 : 0o644))
      let again = try next.putBlob(file: target)
      #expect(again == (name, size))
    }
    let absent = next.secret.fingerprint(of: "absent")
    #expect(try next.materialize(absent, to: "\(folder.path)/none", executable: false) == false)
    #expect(!Files.exists("\(folder.path)/none"))
    #expect(next.missingBlobs(among: [name, absent]) == [absent])
    next.close()
  }

  @Test func aDisabledStoreHandsBlobsOnWithinTheRun() throws {
    let folder = try TemporaryDirectory()
    try Files.write([1], to: "\(folder.path)/file")
    let reports = Reports()
    let store = Store.openOrDisabled(at: "\(folder.path)/file/v1", report: { reports.add($0) })
    #expect(!store.isPersistent)
    #expect(reports.all.count == 1)
    for size in [10, 100_000] {
      let name = store.putBlob(noise(size, seed: 1))
      #expect(store.blob(name) == noise(size, seed: 1))
      #expect(store.hasBlob(name))
      #expect(try store.materialize(name, to: "\(folder.path)/out\(size)", executable: false))
    }
    store.put(.memo, key: store.secret.fingerprint(of: "k"), [1])
    #expect(store.get(.memo, key: store.secret.fingerprint(of: "k")) == nil)
    let tree = try store.tree(recipe: store.secret.fingerprint(of: "t")) { try Files.write([1], to: "\($0)/a") }
    #expect(Files.exists("\(tree)/a"))
    store.close()
    #expect(!Files.exists(tree))
  }

  @Test func whatLiesInTheStoreIsPrivate() throws {
    let folder = try TemporaryDirectory()
    let store = try open("\(folder.path)/v1")
    let name = store.putBlob(noise(100_000, seed: 1))
    #expect(store.indexFile(for: "/some/where") != nil)
    store.flush()
    let root = "\(folder.path)/v1"
    for path in ["", "/lmdb", "/blobs", "/index", "/runs", "/tmp"] { #expect(try Files.status(root + path).mode == 0o700, "\(path)") }
    for path in ["/secret", "/lmdb/data.mdb", "/lmdb/lock.mdb"] { #expect(try Files.status(root + path).mode == 0o600, "\(path)") }
    #expect(try Files.status("\(root)/blobs/\(name.description.prefix(2))/\(name)").mode == 0o400)
    store.close()
    #expect(try Files.names(in: "\(root)/runs") == [])
    #expect(try Files.names(in: "\(root)/tmp") == [])
  }

  @Test func twoStoresOfOneProcessShareTheDatabase() throws {
    let folder = try TemporaryDirectory()
    let (a, b) = (try open(folder.path), try open(folder.path))
    let key = a.secret.fingerprint(of: "k")
    a.put(.verdicts, key: key, [1, 2])
    a.close()
    #expect(b.get(.verdicts, key: key) == [1, 2])
    b.close()
  }

  @Test func firstRunsAtOnceAgreeOnOneSecret() throws {
    let folder = try TemporaryDirectory()
    let found = Reports()
    let threads = (0..<8).compactMap { _ in
      Thread {
        guard let store = try? open(folder.path) else { return }
        found.add(store.secret.fingerprint(of: "x").description)
        store.close()
      }
    }
    for thread in threads { thread.join() }
    #expect(found.all.count == 8)
    #expect(Set(found.all).count == 1)
  }

  @Test func manyThreadsPutAndGet() throws {
    let folder = try TemporaryDirectory()
    let store = try open(folder.path)
    let wrong = Reports()
    let threads = (0..<4).compactMap { thread in
      Thread {
        for round in 0..<200 {
          let bytes = noise(round * 7, seed: UInt64(round % 50))
          let name = store.putBlob(bytes)
          if store.blob(name) != bytes { wrong.add("blob \(round)") }
          let key = store.secret.fingerprint(of: "\(thread) \(round)")
          store.put(.history, key: key, bytes)
          if store.get(.history, key: key) != bytes { wrong.add("value \(round)") }
          if round % 50 == 0 { store.flush() }
        }
      }
    }
    for thread in threads { thread.join() }
    #expect(wrong.all == [])
    store.close()
    #expect(try open(folder.path).verify().isSound)
  }

  @Test func aFullMapGrows() throws {
    let folder = try TemporaryDirectory()
    let reports = Reports()
    let store = try open(folder.path, mapSize: 1 << 20, reports: reports)
    let keys = (0..<120).map { store.secret.fingerprint(of: "\($0)") }
    for (index, key) in keys.enumerated() { store.put(.memo, key: key, noise(30_000, seed: UInt64(index))) }
    store.flush()
    #expect(reports.all == [])
    for (index, key) in keys.enumerated() where store.get(.memo, key: key) != noise(30_000, seed: UInt64(index)) {
      Issue.record("value \(index) differs")
    }
    store.close()
  }
}
