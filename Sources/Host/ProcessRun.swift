// A process from its start to the end of all it left behind, watched from the calling thread by one poll loop.

internal import CHost
internal import Glibc

/// One program to run to its end, with its output lent piece by piece.
package struct ProcessRun: Sendable {
  package var program: String
  /// `argv`, its first element included.
  package var arguments: [String]
  /// Complete: nothing is inherited.
  package var environment: [String: String]
  package var directory: String?
  /// nil: `/dev/null`.
  package var standardInput: [UInt8]?
  package var timeout: Duration?
  /// Between asking to end (TERM) and ending (KILL).
  package var grace: Duration = .seconds(5)
  package var lineage: Lineage

  package init(program: String, arguments: [String], environment: [String: String], directory: String? = nil, lineage: Lineage) {
    self.program = program
    self.arguments = arguments
    self.environment = environment
    self.directory = directory
    self.lineage = lineage
  }

  package enum Stop: Sendable, Equatable { case timedOut, cancelled }

  package struct Outcome: Sendable {
    package let ending: ProcessEnding
    /// Why it was asked to end; nil when it ended by itself.
    package let stopped: Stop?
    package let wall: Duration
    /// Descendants that could not be ended.
    package let survivors: Int
  }

  package enum Stream: Sendable { case output, error }

  /// Blocks until the process has ended, all its descendants have been ended, and all they wrote has been lent to `received`.
  package func run(
    cancellation: Cancellation, received: (Stream, UnsafeRawBufferPointer) -> Void
  ) throws(SpawnError) -> Outcome {
    let clock = MonotonicClock()
    var pipes = try Pipes(input: standardInput, program: program)
    defer { pipes.closeAll() }
    let start = clock.now
    let child = try ChildProcess.start(
      ChildProcess.Request(
        program: program, arguments: arguments, environment: environment.map { "\($0.key)=\($0.value)" }.sorted(),
        directory: directory, input: pipes.childInput, output: pipes.childOutput, error: pipes.childError))
    pipes.closeChildEnds()
    var lineage = lineage
    lineage.leader = child.id

    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 65536, alignment: 16)
    defer { buffer.deallocate() }
    var stopped: Stop?
    var killAt: Duration?  // the end of the grace, once it was asked to end
    var isKilled = false
    while true {
      let now = clock.now
      if stopped == nil {
        if cancellation.isCancelled { stopped = .cancelled } else if let timeout, now - start >= timeout { stopped = .timedOut }
        if stopped != nil {
          lineage.noteDescendants()
          child.signalGroup(SIGTERM)
          child.signalGroup(SIGCONT)  // a stopped process cannot act on it
          killAt = now + grace
        }
      }
      if let killAt, !isKilled, now >= killAt {
        lineage.noteDescendants()
        child.signalGroup(SIGKILL)
        isKilled = true
      }
      var wait: Duration? = isKilled ? nil : killAt.map { $0 - now }
      if stopped == nil {
        wait = timeout.map { start + $0 - now }
        if cancellation.descriptor < 0 { wait = min(wait ?? .milliseconds(100), .milliseconds(100)) }
      }
      let hasEnded = pipes.poll(
        process: child.descriptor, cancellation: stopped == nil ? cancellation.descriptor : -1, wait: wait, buffer: buffer,
        received: received)
      if hasEnded { break }
    }
    // Before it is waited for: until then its number, and so its group's, cannot be somebody else's.
    child.signalGroup(SIGKILL)
    let ending = child.reap() ?? child.waitUntilEnd()
    let wall = clock.now - start
    let survivors = lineage.end(afterKill: stopped != nil)
    // All writers are gone, so this ends; but a pipe may have been handed to a process that is none of ours.
    let patience = clock.now + .seconds(2)
    while pipes.hasReaders, clock.now < patience {
      _ = pipes.poll(process: -1, cancellation: -1, wait: patience - clock.now, buffer: buffer, received: received)
    }
    return Outcome(ending: ending, stopped: stopped, wall: wall, survivors: survivors)
  }
}

/// Our ends of a process's three streams and, until it has started, its own.
private struct Pipes {
  private(set) var childInput: Int32 = -1
  private(set) var childOutput: Int32 = -1
  private(set) var childError: Int32 = -1
  private var input: Int32 = -1
  private var output: Int32 = -1
  private var error: Int32 = -1
  private let bytes: [UInt8]
  private var written = 0

  init(input bytes: [UInt8]?, program: String) throws(SpawnError) {
    self.bytes = bytes ?? []
    var failure: Int32 = 0
    if self.bytes.isEmpty {
      childInput = open("/dev/null", O_RDONLY | O_CLOEXEC)
      if childInput < 0 { failure = errno }
    } else {
      failure = baji_pipe(&childInput, &input)
      if failure == 0 { _ = fcntl(input, F_SETFL, O_NONBLOCK) }
    }
    if failure == 0 { failure = baji_pipe(&output, &childOutput) }
    if failure == 0 { failure = baji_pipe(&error, &childError) }
    if failure != 0 {
      closeAll()
      throw SpawnError(stage: .starting, path: program, code: failure)
    }
    _ = fcntl(output, F_SETFL, O_NONBLOCK)
    _ = fcntl(error, F_SETFL, O_NONBLOCK)
  }

  var hasReaders: Bool { output >= 0 || error >= 0 }

  mutating func closeChildEnds() {
    end(&childInput)
    end(&childOutput)
    end(&childError)
  }

  mutating func closeAll() {
    closeChildEnds()
    end(&input)
    end(&output)
    end(&error)
  }

  private func end(_ descriptor: inout Int32) {
    if descriptor >= 0 { close(descriptor) }
    descriptor = -1
  }

  /// Waits until something can be done, and does it.
  /// - Returns: whether the process has ended.
  mutating func poll(
    process: Int32, cancellation: Int32, wait: Duration?, buffer: UnsafeMutableRawBufferPointer,
    received: (ProcessRun.Stream, UnsafeRawBufferPointer) -> Void
  ) -> Bool {
    // Descriptors below 0 are passed over by poll(2).
    var waited = [
      pollfd(fd: output, events: Int16(POLLIN), revents: 0), pollfd(fd: error, events: Int16(POLLIN), revents: 0),
      pollfd(fd: input, events: Int16(POLLOUT), revents: 0), pollfd(fd: process, events: Int16(POLLIN), revents: 0),
      pollfd(fd: cancellation, events: Int16(POLLIN), revents: 0),
    ]
    // Rounded up, so that a deadline has passed when we wake for it; at most a minute, so that it always fits.
    let milliseconds = wait.map { Int32(min(60_000, max(0, ($0.inSeconds * 1000).rounded(.up)))) } ?? -1
    if Glibc.poll(&waited, nfds_t(waited.count), milliseconds) < 0 { return false }  // EINTR: the caller looks again
    if waited[0].revents != 0 { drain(&output, buffer) { received(.output, $0) } }
    if waited[1].revents != 0 { drain(&error, buffer) { received(.error, $0) } }
    if waited[2].revents != 0 { feed() }
    return waited[3].revents != 0
  }

  private func drain(
    _ descriptor: inout Int32, _ buffer: UnsafeMutableRawBufferPointer, _ received: (UnsafeRawBufferPointer) -> Void
  ) {
    let got = read(descriptor, buffer.baseAddress, buffer.count)
    if got > 0 {
      received(UnsafeRawBufferPointer(rebasing: buffer[..<got]))
    } else if got == 0 || (errno != EINTR && errno != EAGAIN) {
      end(&descriptor)
    }
  }

  private mutating func feed() {
    let sent = bytes.withUnsafeBytes { bytes in
      write(input, bytes.baseAddress.map { $0 + written }, bytes.count - written)
    }
    if sent >= 0 { written += sent }
    // A reader that has closed its end (EPIPE) wants no more.
    if written == bytes.count || (sent < 0 && errno != EINTR && errno != EAGAIN) { end(&input) }
  }
}
