// Locks exclude each other and name their holder; limits are read from control groups.

import Host
import TestSupport
import Testing

@Suite struct FileLockTests {
  let folder: TemporaryDirectory

  init() throws { folder = try TemporaryDirectory() }

  private func isFree(_ mode: FileLock.Mode) throws -> Bool {
    switch try FileLock.tryAcquire("\(folder.path)/lock", mode) {
    case .some: true
    case nil: false
    }
  }

  @Test func sharedOnesGoTogetherAndExclusiveOnesAlone() throws {
    let path = "\(folder.path)/lock"
    let shared = try FileLock.acquire(path, .shared)
    #expect(try isFree(.shared))
    #expect(try !isFree(.exclusive))
    _ = consume shared
    let exclusive = try FileLock.acquire(path, .exclusive, holder: "fmt ::")
    #expect(try !isFree(.shared))
    #expect(FileLock.holder(of: path)?.hasSuffix(": fmt ::") == true)
    _ = consume exclusive
    #expect(try isFree(.exclusive))
  }

  @Test func aFolderThatIsMissingIsAnError() {
    #expect(throws: FileError("lock", "\(folder.path)/none/lock", code: 2)) {
      _ = try FileLock.tryAcquire("\(folder.path)/none/lock", .shared)
    }
  }
}

@Suite struct MachineTests {
  @Test(arguments: [
    ([:], Machine(cpus: 8, memory: 1000)),
    (["/a/b/cpu.max": "150000 100000\n", "/a/memory.max": "500\n"], Machine(cpus: 2, memory: 500)),
    (["/a/b/cpu.max": "max 100000\n", "/a/cpu.max": "50000 100000", "/memory.max": "max\n"], Machine(cpus: 1, memory: 1000)),
    (["/cpu/cpu.cfs_quota_us": "300000\n", "/cpu/cpu.cfs_period_us": "100000\n"], Machine(cpus: 3, memory: 1000)),
    (["/cpu/cpu.cfs_quota_us": "-1\n", "/memory/memory.limit_in_bytes": "700\n"], Machine(cpus: 8, memory: 700)),
  ])
  func takesTheSmallestLimitOnTheWay(files: [String: String], expected: Machine) {
    #expect(Machine.limits(of: Machine(cpus: 8, memory: 1000), groups: "1:name=x:/y\n0::/a/b\n") { files[$0] } == expected)
  }

  @Test func thisMachineHasSomething() {
    #expect(Machine.limits().cpus >= 1 && Machine.limits().memory > 0)
  }
}
