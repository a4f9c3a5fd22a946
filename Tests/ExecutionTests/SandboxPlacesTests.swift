// Where sandboxes lie, and what becomes of abandoned ones.

import Glibc
import Host
import TestSupport
import Testing

@testable import Execution

@Suite struct SandboxPlacesTests {
  let folder: TemporaryDirectory

  init() throws { folder = try TemporaryDirectory() }

  @Test func memoryIsUsedWhileThereIsRoom() throws {
    try Files.createDirectory("\(folder.path)/memory")
    let places = SandboxPlaces(memory: ["\(folder.path)/memory/mine"], disk: ["\(folder.path)/disk"])
    let real = try Files.realPath(folder.path)
    #expect(places.candidates(size: 1 << 60) == ["\(real)/disk"])
    #expect(places.candidates(size: 0).last == "\(real)/disk")
  }

  @Test func aPlaceThatIsMissingOrNotOursIsPassedOver() throws {
    try Files.createDirectory("\(folder.path)/open")
    try Files.setMode("\(folder.path)/open", 0o777)
    try Files.createSymbolicLink("\(folder.path)/link", to: "/tmp")
    try folder.write(["file": ""])
    let places = SandboxPlaces(
      memory: ["\(folder.path)/none/mine"],
      disk: ["\(folder.path)/open", "\(folder.path)/link", "\(folder.path)/file", "/proc/none/x", "\(folder.path)/good"])
    #expect(places.candidates(size: 0) == ["\(try Files.realPath(folder.path))/good"])
  }

  @Test func noAncestorHasAMarker() throws {
    try folder.write(["repo/.git/HEAD": "", "project/project.toml": ""])
    var notes: [String] = []
    let places = SandboxPlaces(
      memory: [], disk: ["\(folder.path)/repo/a/b", "\(folder.path)/project/a", "\(folder.path)/good"], markers: ["project.toml"],
      report: { notes.append($0) })
    let real = try Files.realPath(folder.path)
    #expect(places.candidates(size: 0) == ["\(real)/good"])
    #expect(notes.isEmpty)
    let only = SandboxPlaces(memory: [], disk: ["\(folder.path)/repo/a"], report: { notes.append($0) })
    #expect(only.candidates(size: 0) == ["\(real)/repo/a"])
    #expect(notes.count == 1 && notes[0].contains("\(real)/repo/.git"))
  }

  @Test func whatTheDeadLeftIsRemoved() throws {
    let parent = "\(folder.path)/places"
    try folder.write([
      "places/dead/lock": "pid 1", "places/dead/tree/file": "x", "places/kept/__run.sh": "x",
    ])
    try Files.createDirectory("\(parent)/unborn")
    try Files.createDirectory("\(parent)/live")
    let live = try FileLock.tryAcquire("\(parent)/live/lock", .exclusive)
    let isHeld =
      switch live {
      case .some: true;
      case nil: false
      }
    #expect(isHeld)
    try Files.setMode(parent, 0o700)
    _ = SandboxPlaces(memory: [], disk: [parent])
    #expect(try Files.names(in: parent) == ["kept", "live"])
    _ = consume live
    _ = SandboxPlaces(memory: [], disk: [parent])
    #expect(try Files.names(in: parent) == ["kept"])
  }

  @Test func aSandboxGoesWithItsValue() throws {
    let parent = folder.path
    func make() throws -> String {
      let sandbox = try SandboxDirectory.make(under: parent)
      #expect(try Files.names(in: sandbox.path) == ["home", "lock", "tmp", "tree"])
      return sandbox.path
    }
    #expect(!Files.exists(try make()))
    let kept = try SandboxDirectory.make(under: parent).keep()
    SandboxDirectory.removeAbandoned(under: parent)
    #expect(try Files.names(in: kept) == ["home", "tmp", "tree"])
  }
}
