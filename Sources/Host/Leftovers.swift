// What a killed run has left behind: descendants of its actions that outlived it and still work at a path.

internal import Glibc

package enum Leftovers {
  /// Kills the processes that have `path` among their arguments or variables, or as their folder, and whose run is gone. A run is named by its
  /// process's number, with which the last part of the variable's value begins (`…/123-abc.1`).
  /// - Parameter variable: a name that every action's descendants have in their environment.
  /// - Returns: how many there were.
  @discardableResult
  package static func end(of variable: String, at path: String, patience: Duration = .seconds(10)) -> Int {
    let clock = MonotonicClock()
    let start = clock.now
    var found: Set<ProcessFacts.Identity> = []
    while true {
      let left = ProcessFacts.everyProcess().compactMap(ProcessFacts.init).filter { !$0.isZombie && isLeft($0, variable, path) }
      for facts in left {
        found.insert(facts.identity)
        _ = kill(facts.number, SIGKILL)
      }
      // Asked last: on a busy machine the first look alone may take longer.
      if left.isEmpty || clock.now - start > patience { return found.count }
      usleep(5_000)
    }
  }

  private static func isLeft(_ facts: ProcessFacts, _ variable: String, _ path: String) -> Bool {
    guard facts.number != getpid(), let environment = try? Files.read("/proc/\(facts.number)/environ") else { return false }
    let wanted = Array("\(variable)=".utf8)
    guard let entry = environment.split(separator: 0).first(where: { $0.starts(with: wanted) }) else { return false }
    let value = String(decoding: entry.dropFirst(wanted.count), as: UTF8.self)
    guard let run = value.split(separator: "/").last, let owner = Int32(run.prefix { $0 != "-" }), owner > 0 else { return false }
    if let living = ProcessFacts(owner), !living.isZombie { return false }
    let name = Array(path.utf8)
    if holds(environment, name) || holds((try? Files.read("/proc/\(facts.number)/cmdline")) ?? [], name) { return true }
    guard let folder = try? Files.readLink("/proc/\(facts.number)/cwd") else { return false }
    return folder == path || folder.hasPrefix("\(path)/")
  }

  private static func holds(_ bytes: [UInt8], _ text: [UInt8]) -> Bool { bytes.withUnsafeBytes { firstOffset(of: text, in: $0) } != nil }
}
