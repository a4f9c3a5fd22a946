// Starting processes and learning how they ended. The only way any part of Baji runs a program.

internal import CHost
internal import Glibc
internal import Synchronization

/// A process could not be started.
package struct SpawnError: Error, Equatable, Sendable, CustomStringConvertible {
  package enum Stage: Sendable { case starting, directory, program }

  package let stage: Stage
  /// The program or the folder.
  package let path: String
  /// The errno.
  package let code: Int32

  package var description: String {
    switch stage {
    case .starting: return "cannot start a process for `\(path)`: \(systemMessage(code))"
    case .directory: return "cannot run in `\(path)`: \(systemMessage(code))"
    case .program:
      if code == ENOENT, access(path, F_OK) == 0 {
        return "cannot run `\(path)`: the interpreter named in its first line does not exist"
      }
      switch code {
      case ENOENT, ENOTDIR: return "cannot run `\(path)`: no such program"
      case EACCES: return "cannot run `\(path)`: it is not executable"
      case ENOEXEC: return "cannot run `\(path)`: it is neither a program nor a script with `#!`"
      case E2BIG: return "cannot run `\(path)`: the command line and environment are longer than the system allows"
      default: return "cannot run `\(path)`: \(systemMessage(code))"
      }
    }
  }
}

/// How a process ended, and what it took (children it waited for included).
package struct ProcessEnding: Sendable, Equatable {
  package enum How: Sendable, Equatable { case exited(Int32), signalled(Int32) }

  package let how: How
  /// Seconds.
  package let user: Double
  package let system: Double
  /// Bytes.
  package let peakMemory: Int64
}

/// A running child in a process group of its own, whose number is the process's. It must be ended with ``reap()`` or ``waitUntilEnd()``.
package struct ChildProcess: Sendable {
  package let id: Int32
  /// Becomes readable when the process has ended (pidfd).
  package let descriptor: Int32

  /// What to start.
  package struct Request: Sendable {
    /// Absolute, or relative to `directory`.
    package var program: String
    /// `argv`, its first element included.
    package var arguments: [String]
    /// `NAME=value`, complete: nothing is inherited.
    package var environment: [String]
    package var directory: String?
    package var input: Int32
    package var output: Int32
    package var error: Int32
    /// A terminal to whose foreground group the process is made; nil for none.
    package var terminal: Int32?

    package init(
      program: String, arguments: [String], environment: [String], directory: String? = nil, input: Int32, output: Int32,
      error: Int32, terminal: Int32? = nil
    ) {
      self.program = program
      self.arguments = arguments
      self.environment = environment
      self.directory = directory
      self.input = input
      self.output = output
      self.error = error
      self.terminal = terminal
    }
  }

  /// Starts a process. Its parent-death signal follows the thread that starts it, so one thread, which lives as long as this process, starts them all.
  package static func start(_ request: Request) throws(SpawnError) -> ChildProcess {
    for text in [request.program] + request.arguments + request.environment where text.utf8.contains(0) {
      throw SpawnError(stage: .program, path: request.program, code: EINVAL)
    }
    return try SpawnerThread.shared.start { spawn(request) }.get()
  }

  /// - Returns: nil while it runs. After an ending was returned, the process's number belongs to somebody else: send no signal.
  package func reap() -> ProcessEnding? { ending(wait: false) }

  package func waitUntilEnd() -> ProcessEnding {
    ending(wait: true) ?? ProcessEnding(how: .signalled(SIGKILL), user: 0, system: 0, peakMemory: 0)
  }

  /// Whether it was stopped (Ctrl-Z) since this was last asked.
  package func wasStopped() -> Bool {
    var status: siginfo_t = siginfo_t()
    return waitid(P_PID, id_t(id), &status, WSTOPPED | WNOHANG) == 0 && status.si_signo == SIGCHLD
  }

  /// To the process and all that are still in its group.
  package func signalGroup(_ number: Int32) { _ = kill(-id, number) }

  private func ending(wait: Bool) -> ProcessEnding? {
    var ending = baji_ending()
    let answer = baji_reap(id, wait ? 1 : 0, &ending)
    if answer == 0 { return nil }
    close(descriptor)
    ChildProcesses.shared.forget(id)
    // Negative: somebody else in this process waited for it. It is gone; how is not known.
    if answer < 0 { return ProcessEnding(how: .signalled(SIGKILL), user: 0, system: 0, peakMemory: 0) }
    return ProcessEnding(
      how: ending.exited != 0 ? .exited(ending.status) : .signalled(ending.status), user: ending.user, system: ending.system,
      peakMemory: ending.peak_memory)
  }

  private static func spawn(_ request: Request) -> Result<ChildProcess, SpawnError> {
    var stage: Int32 = 0
    var descriptor: Int32 = -1
    let id = ChildProcesses.shared.register {
      withCStrings(request.arguments) { arguments in
        withCStrings(request.environment) { environment in
          request.program.withCString { program in
            withOptionalCString(request.directory) { directory in
              var raw = baji_spawn_request(
                program: program, arguments: arguments, environment: environment, directory: directory, input: request.input,
                output: request.output, error: request.error, terminal: request.terminal ?? -1)
              return baji_spawn(&raw, &descriptor, &stage)
            }
          }
        }
      }
    }
    if id > 0 { return .success(ChildProcess(id: id, descriptor: descriptor)) }
    switch Int(stage) {
    case BAJI_SPAWN_DIRECTORY: return .failure(SpawnError(stage: .directory, path: request.directory ?? ".", code: -id))
    case BAJI_SPAWN_PROGRAM: return .failure(SpawnError(stage: .program, path: request.program, code: -id))
    default: return .failure(SpawnError(stage: .starting, path: request.program, code: -id))
    }
  }
}

/// The children that `ChildProcess` started and nobody has waited for yet.
final class ChildProcesses: Sendable {
  static let shared = ChildProcesses()
  private let running = Mutex<Set<Int32>>([])

  /// Starts one under the lock, so that nobody sees a child that is not registered yet.
  func register(_ start: () -> Int32) -> Int32 {
    running.withLock { running in
      let id = start()
      if id > 0 { running.insert(id) }
      return id
    }
  }

  func forget(_ id: Int32) { _ = running.withLock { $0.remove(id) } }

  func withRunning<T>(_ body: (Set<Int32>) -> T) -> T { running.withLock { body($0) } }
}

/// One thread, as old as the first process it starts, that starts them in order while the caller waits.
private final class SpawnerThread: Sendable {
  static let shared = SpawnerThread()

  private let jobs = Jobs()
  private let isThere: Bool

  private init() {
    // Writing to a process that has closed its end must be an error, not our death; orphans must come to us.
    _ = baji_ignore_signal(SIGPIPE)
    _ = baji_become_subreaper()
    isThere = Thread { [jobs] in while true { jobs.next()() } } != nil
  }

  func start(_ spawn: @escaping @Sendable () -> Result<ChildProcess, SpawnError>) -> Result<ChildProcess, SpawnError> {
    guard isThere else { return .failure(SpawnError(stage: .starting, path: "a thread", code: EAGAIN)) }
    let answer = Answer()
    jobs.add { answer.set(spawn()) }
    return answer.wait()
  }

  private final class Jobs: Sendable {
    private let waiting = Mutex<[@Sendable () -> Void]>([])
    private let count = Semaphore()

    func add(_ job: @escaping @Sendable () -> Void) {
      waiting.withLock { $0.append(job) }
      count.signal()
    }

    func next() -> @Sendable () -> Void {
      count.wait()
      return waiting.withLock { waiting in waiting.removeFirst() }  // each count stands for one that was added before
    }
  }

  private final class Answer: Sendable {
    private let value = Mutex<Result<ChildProcess, SpawnError>?>(nil)
    private let isReady = Semaphore()

    func set(_ result: Result<ChildProcess, SpawnError>) {
      value.withLock { $0 = result }
      isReady.signal()
    }

    func wait() -> Result<ChildProcess, SpawnError> {
      while true {
        isReady.wait()
        if let result = value.withLock({ $0 }) { return result }
      }
    }
  }
}

/// A C array of C strings, ended by a null pointer, as long as `body` runs.
private func withCStrings<T>(_ texts: [String], _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> T) -> T {
  let array = UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>.allocate(capacity: texts.count + 1)
  for (index, text) in texts.enumerated() { (array + index).initialize(to: strdup(text)) }
  (array + texts.count).initialize(to: nil)
  defer {
    for index in texts.indices { free(array[index]) }
    array.deallocate()
  }
  return body(UnsafePointer(array))
}

private func withOptionalCString<T>(_ text: String?, _ body: (UnsafePointer<CChar>?) -> T) -> T {
  guard let text else { return body(nil) }
  return text.withCString { body($0) }
}
