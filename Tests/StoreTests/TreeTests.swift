// Trees: built once, checked once a run, built again when anything differs.

import Fingerprints
import Host
import Store
import Testing
import TestSupport

@Suite struct TreeTests {
  /// What happens to a finished tree → whether the next run builds it again.
  @Test(arguments: [
    ("nothing", false), ("edit", true), ("add", true), ("remove", true), ("retarget", true), ("mode", true), ("record", true),
    ("half", true),
    ("move", true),
  ])
  func rebuilds(change: String, expected: Bool) throws {
    let folder = try TemporaryDirectory()
    let fill = { (path: String) in
      try Files.createDirectory("\(path)/bin")
      try Files.write(Array("one".utf8), to: "\(path)/bin/tool", mode: 0o755)
      try Files.createSymbolicLink("\(path)/link", to: "bin/tool")
    }
    let store = try open("\(folder.path)/v1")
    let recipe = store.secret.fingerprint(of: "recipe")
    var builds = 0
    var path = ""
    for _ in 0..<2 {
      path = try store.tree(recipe: recipe) {
        builds += 1
        try fill($0)
      }
    }
    #expect(builds == 1)
    store.close()
    var place = "\(folder.path)/v1"
    switch change {
    case "edit": try Files.write(Array("two!".utf8), to: "\(path)/bin/tool")
    case "add": try Files.write([1], to: "\(path)/bin/more")
    case "remove": try Files.remove("\(path)/bin/tool")
    case "retarget":
      try Files.remove("\(path)/link")
      try Files.createSymbolicLink("\(path)/link", to: "bin/fool")
    case "mode": try Files.setMode("\(path)/bin/tool", 0o644)
    case "record":
      var bytes = try Files.read("\(path).complete")
      bytes[bytes.count / 2] ^= 1
      try Files.write(bytes, to: "\(path).complete", mode: 0o600)
    case "half": try Files.remove("\(path).complete")
    case "move":
      place = "\(folder.path)/v2"
      try Files.rename("\(folder.path)/v1", place)
    default: break
    }
    let next = try open(place)
    let again = try next.tree(recipe: recipe) {
      builds += 1
      try fill($0)
    }
    #expect((builds == 2) == expected)
    #expect(try Files.read("\(again)/bin/tool") == Array("one".utf8))
    #expect(!Files.exists("\(again)/bin/more"))
    #expect(next.verify().checkedTrees == 1)
    next.close()
  }

  @Test func aBuildThatFailsLeavesNoTree() throws {
    let folder = try TemporaryDirectory()
    let store = try open(folder.path)
    let recipe = store.secret.fingerprint(of: "recipe")
    #expect(throws: FileError.self) {
      try store.tree(recipe: recipe) {
        try Files.write([1], to: "\($0)/half")
        throw FileError("build", $0, code: 5)
      }
    }
    let path = try store.tree(recipe: recipe) { try Files.write([1], to: "\($0)/whole") }
    #expect(try Files.names(in: path) == ["whole"])
    store.close()
  }

  @Test func whereThereCanBeNoLockATreeLivesForTheRun() throws {
    let folder = try TemporaryDirectory()
    let store = try open(folder.path)
    let recipe = store.secret.fingerprint(of: "recipe")
    try Files.createDirectories("\(store.folder)/trees/\(recipe).lock")
    let path = try store.tree(recipe: recipe) { try Files.write([1], to: "\($0)/whole") }
    #expect(!path.hasPrefix(store.folder))
    #expect(try Files.names(in: path) == ["whole"])
    #expect(store.treePath(recipe) == path)
    store.close()
    #expect(!Files.exists(path))
  }

  @Test func whoGivesUpWaitingIsToldSo() throws {
    let folder = try TemporaryDirectory()
    let store = try open(folder.path)
    let recipe = store.secret.fingerprint(of: "recipe")
    try Files.createDirectories("\(store.folder)/trees")
    guard let lock = try FileLock.tryAcquire("\(store.folder)/trees/\(recipe).lock", .exclusive) else {
      Issue.record("somebody else has the lock")
      return
    }
    defer { withExtendedLifetime(lock) {} }
    var asked = 0
    #expect(throws: Store.WaitCancelled.self) {
      try store.tree(
        recipe: recipe,
        isCancelled: {
          asked += 1
          return asked > 2
        }, build: { _ in Issue.record("was built") })
    }
    store.close()
  }

  @Test func oneBuildsAndOthersTakeItsWork() throws {
    let folder = try TemporaryDirectory()
    let store = try open(folder.path)
    let recipe = store.secret.fingerprint(of: "recipe")
    let builds = Reports()
    let threads = (0..<6).compactMap { _ in
      Thread {
        _ = try? store.tree(recipe: recipe) {
          builds.add("built")
          try Files.write([1], to: "\($0)/a")
        }
      }
    }
    for thread in threads { thread.join() }
    #expect(builds.all == ["built"])
    store.close()
  }
}
