// The promises, tried hard: kills, damage, several processes, read-only and full places. Real processes, real files.

import Fingerprints
import Foundation
import Host
import Store
import Testing
import TestSupport

/// `store-exerciser` beside the test binary.
private let exerciser: String = {
  var folder = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()
  for bundle in Bundle.allBundles where bundle.bundlePath.hasSuffix(".xctest") {
    folder = bundle.bundleURL.deletingLastPathComponent()
  }
  return folder.appending(path: "store-exerciser").path
}()

private func start(_ arguments: [String]) throws -> Process {
  let process = Process()
  process.executableURL = URL(filePath: exerciser)
  process.arguments = arguments
  process.standardOutput = FileHandle.nullDevice
  try process.run()
  return process
}

/// Exit status and output.
private func run(_ program: String, _ arguments: [String]) throws -> (status: Int32, output: String) {
  let process = Process()
  let pipe = Pipe()
  process.executableURL = URL(filePath: program)
  process.arguments = arguments
  process.standardOutput = pipe
  process.standardError = pipe
  try process.run()
  let output = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
  process.waitUntilExit()
  return (process.terminationStatus, output)
}

/// Whether this machine lets a test mount in a namespace of its own.
private let canMount: Bool = {
  (try? run("/usr/bin/env", ["unshare", "-rm", "sh", "-c", "mount -t tmpfs -o size=1m none /mnt"]))?.status == 0
}()

@Suite(.serialized) struct CrashTests {
  @Test func twentyKillsServeNothingWrong() throws {
    let folder = try TemporaryDirectory()
    for round in 0..<20 {
      let process = try start(["write", folder.path, "\(round)"])
      usleep(UInt32.random(in: 5_000...250_000))
      kill(process.processIdentifier, SIGKILL)
      process.waitUntilExit()
      #expect(process.terminationReason == .uncaughtSignal && process.terminationStatus == SIGKILL, "it had ended before the kill")
      let check = try run(exerciser, ["check", folder.path])
      #expect(check.status == 0, "\(check.output)")
      #expect(check.output.contains("persistent true halves 0"), "\(check.output)")
    }
    let store = try open(folder.path)
    let report = store.verify()
    // A tree whose builder was killed is unfinished, and may be there.
    #expect(report.damagedValues == 0 && report.damagedBlobFiles == 0 && !report.isDatabaseDamaged, "\(report)")
    #expect(store.statistics().liveRuns == 1)
    store.close()
  }

  @Test func twoProcessesAtOnceAndOneIsKilled() throws {
    let folder = try TemporaryDirectory()
    let first = try start(["write", folder.path, "1"])
    let second = try start(["write", folder.path, "2", "400"])
    usleep(200_000)
    kill(first.processIdentifier, SIGKILL)
    first.waitUntilExit()
    #expect(first.terminationReason == .uncaughtSignal, "it had ended before the kill")
    second.waitUntilExit()
    #expect(second.terminationStatus == 0)
    let check = try run(exerciser, ["check", folder.path])
    #expect(check.status == 0, "\(check.output)")
    #expect(!check.output.hasPrefix("found 0 "), "\(check.output)")
  }

  @Test func twoProcessesThatBothGrowTheMap() throws {
    let folder = try TemporaryDirectory()
    let first = try start(["write", folder.path, "1", "300", "262144"])
    let second = try start(["write", folder.path, "2", "300", "262144"])
    first.waitUntilExit()
    second.waitUntilExit()
    #expect(first.terminationStatus == 0)
    #expect(second.terminationStatus == 0)
    let check = try run(exerciser, ["check", folder.path])
    #expect(check.output.contains("wrong 0 persistent true"), "\(check.output)")
  }

  @Test(arguments: ["truncate", "flip", "head", "garbage", "empty", "lock", "secret-short", "secret-flip"])
  func damage(kind: String) throws {
    let rounds = kind == "flip" ? 24 : kind == "truncate" ? 4 : 1
    let original = try TemporaryDirectory()
    #expect(try run(exerciser, ["write", original.path, "1", "100"]).status == 0)
    for round in 0..<rounds {
      let folder = try TemporaryDirectory()
      #expect(try run("/bin/cp", ["-a", "\(original.path)/.", folder.path]).status == 0)
      let data = "\(folder.path)/lmdb/data.mdb"
      var bytes = try Files.read(data)
      switch kind {
      case "truncate":
        #expect(truncate(data, bytes.count * round / rounds) == 0)
      case "flip":
        flip(&bytes, round)
        try Files.write(bytes, to: data)
      case "head":
        // The last page of both heads (`mm_last_pg`), far beyond what can be mapped.
        for head in [0, 4096] { bytes[head + 136 + 6] ^= 0x10 }
        try Files.write(bytes, to: data)
      case "garbage": try Files.write(noise(bytes.count, seed: 5), to: data)
      case "empty": try Files.write([], to: data)
      case "lock": try Files.write(noise(100, seed: 5), to: "\(folder.path)/lmdb/lock.mdb")
      case "secret-short": try Files.write([1, 2, 3], to: "\(folder.path)/secret")
      default:
        var secret = try Files.read("\(folder.path)/secret")
        secret[100] ^= 4
        try Files.write(secret, to: "\(folder.path)/secret")
      }
      // Reads, writes, and after at most one more run the store keeps things again.
      for arguments in [["check", folder.path], ["write", folder.path, "3", "30"], ["check", folder.path]] {
        let result = try run(exerciser, arguments)
        #expect(result.status == 0, "\(kind) \(round) \(arguments[0]): \(result.output)")
      }
      #expect(try run(exerciser, ["write", folder.path, "3", "30"]).status == 0)
      let last = try run(exerciser, ["check", folder.path])
      #expect(last.output.contains("wrong 0 persistent true"), "\(kind) \(round): \(last.output)")
      if kind != "flip" { #expect(!last.output.hasPrefix("found 0 "), "\(kind) \(round): \(last.output)") }
    }
  }

  /// Bits of a database, the same ones in the same round: anywhere, in pages' headers, in the places of their nodes, in the file's two heads.
  private func flip(_ bytes: inout [UInt8], _ round: Int) {
    var random = Seeded(round)
    let pages = bytes.count / 4096
    for _ in 0..<[1, 50, 100][round % 3] {
      let page = Int.random(in: (round / 3 % 4 == 3 ? 0 : 2)..<(round / 3 % 4 == 3 ? 2 : pages), using: &random) * 4096
      let place =
        switch round / 3 % 4 {
        case 0: Int.random(in: 0..<4096, using: &random)
        case 1: Int.random(in: 0..<16, using: &random)
        case 2: Int.random(in: 8..<64, using: &random)
        default: Int.random(in: 0..<152, using: &random)
        }
      bytes[page + place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
    }
  }

  @Test func whatIsSoundIsNotTakenForDamage() throws {
    let folder = try TemporaryDirectory()
    var inode: UInt64?
    for seed in 1...3 {
      let written = try run(exerciser, ["write", folder.path, "\(seed)", "450"])
      #expect(written.status == 0)
      #expect(!written.output.contains("warning"), "\(written.output)")
      let found = try Files.status("\(folder.path)/lmdb").inode
      #expect(found == inode ?? found, "the database was replaced")
      inode = found
    }
    let check = try run(exerciser, ["check", folder.path])
    #expect(check.output.contains("wrong 0 persistent true") && !check.output.hasPrefix("found 0 "), "\(check.output)")
  }

  @Test(arguments: ["flip", "truncate", "remove"])
  func aDamagedBlobIsAMissAndThenPutAgain(kind: String) throws {
    let folder = try TemporaryDirectory()
    let store = try open(folder.path)
    let bytes = noise(300_000, seed: 9)
    let name = store.putBlob(bytes)
    store.close()
    let file = "\(folder.path)/blobs/\(name.description.prefix(2))/\(name)"
    var damaged = bytes
    damaged[150_000] ^= 8
    try Files.remove(file)
    if kind != "remove" { try Files.write(kind == "flip" ? damaged : Array(bytes.prefix(1000)), to: file, mode: 0o400) }
    let next = try open(folder.path)
    #expect(try !next.materialize(name, to: "\(folder.path)/out", executable: false))
    #expect(!Files.exists("\(folder.path)/out"))
    #expect(next.blob(name) == nil)
    #expect(!next.hasBlob(name))
    _ = next.putBlob(bytes)
    #expect(next.blob(name) == bytes)
    // A put finds damage by itself, so that what was just made can be read.
    try Files.remove(file)
    try Files.write(damaged, to: file, mode: 0o400)
    next.close()
    let last = try open(folder.path)
    _ = last.putBlob(bytes)
    #expect(last.blob(name) == bytes)
    last.close()
  }

  @Test func verifyFindsAndRemovesDamage() throws {
    let folder = try TemporaryDirectory()
    let store = try open(folder.path)
    let file = store.putBlob(noise(300_000, seed: 9))
    let value = store.secret.fingerprint(of: "k")
    let marked = Array("a value that stands out in the file".utf8)
    store.put(.memo, key: value, marked)
    store.close()
    let data = "\(folder.path)/lmdb/data.mdb"
    var bytes = try Files.read(data)
    let place = try #require(Data(bytes).range(of: Data(marked))?.lowerBound)
    bytes[place + 3] ^= 1
    try Files.write(bytes, to: data)
    try Files.setMode("\(folder.path)/blobs/\(file.description.prefix(2))/\(file)", 0o600)
    try Files.write([1], to: "\(folder.path)/blobs/\(file.description.prefix(2))/\(file)")
    let next = try open(folder.path)
    #expect(next.get(.memo, key: value) == nil)
    let report = next.verify()
    #expect(report.damagedValues == 1)
    #expect(report.damagedBlobFiles == 1)
    #expect(next.verify().isSound)
    next.close()
  }

  @Test(.enabled(if: canMount, "the kernel lets no test mount in a namespace of its own"))
  func aReadOnlyStoreIsARunWithoutCaching() throws {
    let folder = try TemporaryDirectory()
    #expect(try run(exerciser, ["write", folder.path, "1", "20"]).status == 0)
    let result = try run(
      "/usr/bin/env",
      [
        "unshare", "-rm", "sh", "-c", "mount --bind \"$1\" \"$1\" && mount -o remount,ro,bind \"$1\" && \"$0\" write \"$1\" 2 60",
        exerciser,
        folder.path,
      ])
    #expect(result.status == 0, "\(result.output)")
    #expect(result.output.split(separator: "\n").count { $0.hasPrefix("warning: no results are cached") } == 1, "\(result.output)")
  }

  @Test(
    .enabled(if: canMount, "the kernel lets no test mount in a namespace of its own"), arguments: ["0k", "64k", "100k", "300k", "1m", "3m"])
  func aFullDiskEndsCachingAndNotTheRun(size: String) throws {
    let folder = try TemporaryDirectory()
    let result = try run(
      "/usr/bin/env",
      [
        "unshare", "-rm", "sh", "-c",
        "mount -t tmpfs -o size=$([ $2 = 0k ] && echo 4k || echo $2) none \"$1\" && \"$0\" write \"$1/v1\" 2 300 && \"$0\" check \"$1/v1\"",
        exerciser, folder.path, size,
      ])
    #expect(result.status == 0, "\(result.output)")
    #expect(result.output.contains("wrong 0"), "\(result.output)")
    #expect(result.output.contains("warning: "), "\(result.output)")
  }
}
