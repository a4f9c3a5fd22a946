// Places where a test may kill the process: nothing at all unless the build says `-D FAULTS`.

#if FAULTS
  internal import Glibc
  internal import Synchronization
#endif

/// Marks one instant between two steps of a write. Built with `-D FAULTS` (and only then):
/// `FAULT_POINT=<name>[:n]` kills the process by SIGKILL at the n-th hit of the point (the first by default), and
/// `FAULT_POINT_LIST=<file>` appends the name of every point that is hit, a line each.
package func faultPoint(_ name: StaticString) {
  #if FAULTS
    FaultPlan.current.hit(name.description)
  #endif
}

#if FAULTS
  private final class FaultPlan: Sendable {
    static let current = FaultPlan()

    private let wanted: String?
    private let list: String?
    private let left: Atomic<Int>

    init() {
      let parts = (getenv("FAULT_POINT").map { String(cString: $0) } ?? "").split(separator: ":")
      wanted = parts.first.map(String.init)
      left = Atomic(parts.count > 1 ? Int(parts[1]) ?? 1 : 1)
      list = getenv("FAULT_POINT_LIST").map { String(cString: $0) }
    }

    func hit(_ name: String) {
      if let list {
        let descriptor = open(list, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
        if descriptor >= 0 {
          _ = Files.writeAll(Array("\(name)\n".utf8), to: descriptor)
          close(descriptor)
        }
      }
      if name == wanted, left.wrappingSubtract(1, ordering: .relaxed).newValue == 0 { kill(getpid(), SIGKILL) }
    }
  }
#endif
