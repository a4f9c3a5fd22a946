// Finding and ending what a process left behind: children that forked away, changed their session, ignore signals or cleaned their environment.

internal import CHost
internal import Glibc

/// By what the descendants of one process are known.
package struct Lineage: Sendable {
  /// `NAME=value` in their environment; a value that continues with `/` is a descendant of a nested run, and counts.
  package let variable: String
  /// The first process's number: its group and session.
  package var leader: Int32 = 0
  /// They run in this folder or below; nil where that says nothing.
  package let folder: String?
  /// Descendants seen while their ancestry could still be read, by number and start.
  fileprivate var seen: Set<ProcessFacts.Identity> = []

  package init(variable: String, folder: String? = nil) {
    self.variable = variable
    self.folder = folder
  }

  /// Notes every present descendant of the leader, before it dies and takes the family tree with it.
  package mutating func noteDescendants() { note(below: leader) }

  private mutating func note(below process: Int32) {
    for child in ProcessFacts.children(of: process) {
      guard let facts = ProcessFacts(child), seen.insert(facts.identity).inserted else { continue }
      note(below: child)
    }
  }

  /// Kills all that are left, after the leader has been waited for. Returns when none is left, or after `patience`.
  ///
  /// As this process is their subreaper, whoever is left has, at the top of its family, a child of ours that we did not start:
  /// where there is none (the usual case), nothing else is looked at.
  /// - Parameter afterKill: looks twice even if nobody is found: families may be in the middle of being torn apart.
  /// - Returns: how many could not be ended: processes stuck in the kernel.
  @discardableResult
  package mutating func end(afterKill: Bool = false, patience: Duration = .seconds(5)) -> Int {
    let clock = MonotonicClock()
    let start = clock.now
    var pause: UInt32 = 200  // microseconds
    var quietRounds = 0
    var isFirst = true
    while true {
      let left = killOnce(waitsForUnsure: clock.now - start < .milliseconds(200))
      if left == 0 {
        quietRounds += 1
        // The kernel's list of children may skip one while another exits: once somebody was found, look twice.
        if isFirst && !afterKill || quietRounds == 2 { return 0 }
      } else {
        quietRounds = 0
        if clock.now - start > patience { return left }
      }
      isFirst = false
      usleep(pause)
      pause = min(pause * 2, 20_000)
    }
  }

  /// - Parameter waitsForUnsure: whether a child of ours without any environment counts as left: in the middle of exec a process has none.
  private mutating func killOnce(waitsForUnsure: Bool) -> Int {
    // Under the lock of those who start processes: a child between fork and exec looks like us.
    let (candidates, othersRun) = ChildProcesses.shared.withRunning { running -> ([ProcessFacts], Bool) in
      let numbers = ProcessFacts.children(of: getpid())
      return (numbers.filter { !running.contains($0) }.compactMap(ProcessFacts.init), !running.isEmpty)
    }
    var left = 0
    for facts in candidates where facts.number != getpid() {
      guard isOurs(facts, othersRun: othersRun) else {
        if waitsForUnsure, facts.parent == getpid(), !facts.isZombie, hasNoEnvironment(facts) { left += 1 }
        continue
      }
      if facts.isZombie {
        // Of others' children the parent, which we kill or have killed, is in charge; they come to us next.
        var ending = baji_ending()
        if facts.parent == getpid() { _ = baji_reap(facts.number, 0, &ending) }
        continue
      }
      left += 1
      note(below: facts.number)
      seen.insert(facts.identity)
      _ = kill(facts.number, SIGKILL)
    }
    for identity in seen {
      guard let facts = ProcessFacts(identity.number), facts.identity == identity, !facts.isZombie else { continue }
      left += 1
      _ = kill(identity.number, SIGKILL)
    }
    return left
  }

  private func isOurs(_ facts: ProcessFacts, othersRun: Bool) -> Bool {
    if facts.group == leader || facts.session == leader || seen.contains(facts.identity) { return true }
    if facts.isZombie { return facts.parent == getpid() && facts.session != getsid(0) }
    if let environment = try? Files.read("/proc/\(facts.number)/environ") {
      if contains(environment, variable) { return true }
      if let name = variable.split(separator: "=").first, contains(environment, "\(name)=", anyValue: true) { return false }
    }
    if let folder, let place = try? Files.readLink("/proc/\(facts.number)/cwd"), place == folder || place.hasPrefix("\(folder)/") {
      return true
    }
    // An orphan in a session of its own without any mark: when nothing else runs, it can only be the last one's.
    return !othersRun && facts.parent == getpid() && facts.session != getsid(0)
  }

  private func hasNoEnvironment(_ facts: ProcessFacts) -> Bool { (try? Files.read("/proc/\(facts.number)/environ"))?.isEmpty ?? false }

  private func contains(_ environment: [UInt8], _ variable: String, anyValue: Bool = false) -> Bool {
    let wanted = Array(variable.utf8)
    return environment.withUnsafeBytes { environment in
      var start = 0
      while let found = firstOffset(of: wanted, in: UnsafeRawBufferPointer(rebasing: environment[start...])) {
        let (begin, end) = (start + found, start + found + wanted.count)
        let isEntry = begin == 0 || environment[begin - 1] == 0
        if isEntry, anyValue || end == environment.count || environment[end] == 0 || environment[end] == UInt8(ascii: "/") { return true }
        start = begin + 1
      }
      return false
    }
  }
}

/// What /proc says of one process.
struct ProcessFacts {
  /// A number alone may come back; a number and its start do not.
  struct Identity: Hashable {
    let number: Int32
    let start: UInt64
  }

  let number: Int32
  let parent: Int32
  let group: Int32
  let session: Int32
  let isZombie: Bool
  let identity: Identity

  /// nil when there is no such process (any more).
  init?(_ number: Int32) {
    guard let bytes = try? Files.read("/proc/\(number)/stat"),
      let end = bytes.lastIndex(of: UInt8(ascii: ")"))  // the name before it may hold anything
    else { return nil }
    let fields = String(decoding: bytes[(end + 1)...], as: UTF8.self).split(separator: " ")
    guard fields.count > 19, let parent = Int32(fields[1]), let group = Int32(fields[2]), let session = Int32(fields[3]),
      let start = UInt64(fields[19])
    else { return nil }
    self.number = number
    self.parent = parent
    self.group = group
    self.session = session
    isZombie = fields[0] == "Z" || fields[0] == "X"
    identity = Identity(number: number, start: start)
  }

  /// Direct children, of all its threads.
  static func children(of process: Int32) -> [Int32] {
    guard let threads = try? Files.names(in: "/proc/\(process)/task") else { return [] }
    var children: [Int32] = []
    for thread in threads {
      guard let bytes = try? Files.read("/proc/\(process)/task/\(thread)/children") else {
        // A kernel without that file, or a thread that has ended.
        if Files.exists("/proc/\(process)/task/\(thread)") { return everyProcess().filter { ProcessFacts($0)?.parent == process } }
        continue
      }
      children += bytes.split(separator: UInt8(ascii: " ")).compactMap { Int32(String(decoding: $0, as: UTF8.self)) }
    }
    return children
  }

  static func everyProcess() -> [Int32] { ((try? Files.names(in: "/proc")) ?? []).compactMap { Int32($0) } }
}
