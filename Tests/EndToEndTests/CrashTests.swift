// A run may be killed at any instant, and what it kept may be damaged: the next one gives what a run with an empty store gives.

import Foundation
import Glibc
import TestSupport
import Testing

@Suite(.serialized, .needsBinary, .needs("bash", "shellcheck", "shfmt", "shunit2")) struct CrashTests {
  private let lab: CrashLab

  init() throws { lab = try CrashLab.shared.get() }

  @Test(.enabled("no binary with fault points: set BAJI_FAULTS_BINARY") { CrashLab.faultsBinary != nil })
  func killedAtEachFaultPoint() throws {
    var seen: Set<String> = []
    for (index, step) in CrashLab.session.enumerated() {
      // What the session passes here, and how often; a point that came before is tried at its last hit too, later steps at few.
      try lab.restore(before: index)
      let list = "\(lab.baji.place.path)/points"
      try? FileManager.default.removeItem(atPath: list)
      let clean = try lab.run(step, faults: ["FAULT_POINT_LIST": list])
      #expect(clean.status == lab.statuses[index], "\(step): \(clean.text)")
      let hits = Dictionary(grouping: ((try? String(contentsOfFile: list, encoding: .utf8)) ?? "").split(separator: "\n").map(String.init))
      { $0 }
      for (point, all) in hits.sorted(by: { $0.key < $1.key }) {
        let isNew = seen.insert(point).inserted
        guard isNew || CrashLab.isWorthEveryStep(point) else { continue }
        for hit in Set([1, isNew ? all.count : 1]).sorted() {
          try lab.restore(before: index)
          let killed = try lab.run(step, faults: ["FAULT_POINT": "\(point):\(hit)"])
          // The last hit may be one fewer in another run: batches of writes depend on time.
          #expect(killed.status == 128 + SIGKILL || hit > 1, "\(step) at \(point):\(hit) ended with \(killed.status): \(killed.text)")
          let place = "after \(point):\(hit) in \(step.joined(separator: " "))"
          lab.expectNothingPartial(place)
          try lab.expectRecovery(rerunning: index, place)
        }
      }
    }
    for part in [
      "store.commit.before", "store.blob.before-rename", "index.before-rename", "dist.before-rename", "format.before-rename",
      "store.gc.before-rename",
    ] {
      #expect(seen.contains(part), "the session never passes \(part)")
    }
  }

  @Test func killedTwentyTimesAtRandom() throws {
    var hits = 0
    for round in 0..<20 {
      try lab.restore(before: round % 4 == 3 ? CrashLab.session.count : 0)
      let step = round % 4 == 3 ? ["--force", "lint", "test", "package", "::"] : CrashLab.everything
      let run = try lab.baji.start(step)
      usleep(UInt32.random(in: 1_000...max(2_000, UInt32(lab.seconds * 1_000_000))))
      run.send(SIGKILL)
      if try run.end().status == 128 + SIGKILL { hits += 1 }
      lab.expectNothingPartial("round \(round)")
      try lab.expectRecovery("round \(round)")
    }
    #expect(hits >= 5, "of 20 runs, \(hits) were still going on when they were killed")
  }

  @Test func twoRunsAtOnceAndOneIsKilled() throws {
    var hits = 0
    for round in 0..<3 {
      try lab.restore(before: 0)
      _ = try lab.baji("fmt", "::")
      let first = try lab.baji.start(CrashLab.everything)
      let second = try lab.baji.start(CrashLab.everything)
      usleep(UInt32.random(in: 1_000...max(2_000, UInt32(lab.seconds * 1_000_000))))
      first.send(SIGKILL)
      if try first.end().status == 128 + SIGKILL { hits += 1 }
      let survivor = try second.end()
      #expect(CrashLab.outcome(survivor) == lab.outcome, "round \(round): \(survivor.error)")
      #expect(try lab.dist() == lab.reference)
      try lab.expectRecovery("round \(round)")
    }
    #expect(hits >= 1, "no run was still going on when it was killed")
  }

  private enum Damage: String, CaseIterable { case truncate, flip, garbage, empty }

  /// Each damage at a few offsets, the ends among them.
  @Test(arguments: ["blob", "data.mdb", "index"]) func damaged(part: String) throws {
    for damage in Damage.allCases {
      for round in 0..<(damage == .flip ? 8 : damage == .truncate ? 3 : 1) {
        try lab.restore(before: CrashLab.session.count)
        try FileManager.default.removeItem(atPath: lab.baji.path("dist"))
        let files = try lab.files(of: part)
        try #require(!files.isEmpty, "the store has no \(part)")
        for file in files { try hurt(file, damage, round) }
        try lab.expectRecovery("\(damage.rawValue) \(round) of \(part)", warns: part == "data.mdb")
      }
    }
  }

  private func hurt(_ file: String, _ damage: Damage, _ round: Int) throws {
    var bytes = try [UInt8](Data(contentsOf: URL(filePath: file)))
    switch damage {
    case .truncate: bytes.removeLast(bytes.count - bytes.count * round / 3)
    case .empty: bytes = []
    case .garbage: for index in bytes.indices { bytes[index] = UInt8.random(in: 0...255) }
    case .flip:
      // A bit of the first byte, of the last, of one anywhere; then many, the same ones each time.
      var random = Seeded(round)
      let count = round < 4 ? 1 : round % 2 == 0 ? 50 : 100
      let places =
        round == 0 ? [0] : round == 1 ? [bytes.count - 1] : (0..<count).map { _ in Int.random(in: bytes.indices, using: &random) }
      for place in places { bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random) }
    }
    chmod(file, 0o600)
    try Data(bytes).write(to: URL(filePath: file))
  }
}
