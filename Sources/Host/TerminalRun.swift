// A process that talks with the person at the terminal itself: `run`, `repl`, `test --debug`.

internal import Glibc

extension ProcessRun {
  /// Runs with our own standard streams; on a terminal, in its foreground, so that Ctrl-C and Ctrl-Z reach it alone, and Ctrl-Z stops us with it.
  ///
  /// `standardInput` and `timeout` have no effect.
  package func runInTerminal(cancellation: Cancellation) throws(SpawnError) -> Outcome {
    let clock = MonotonicClock()
    let terminal: Int32? = isatty(STDIN_FILENO) == 1 && tcgetpgrp(STDIN_FILENO) == getpgrp() ? STDIN_FILENO : nil
    let start = clock.now
    let child = try ChildProcess.start(
      ChildProcess.Request(
        program: program, arguments: arguments, environment: environment.map { "\($0.key)=\($0.value)" }.sorted(),
        directory: directory, input: STDIN_FILENO, output: STDOUT_FILENO, error: STDERR_FILENO, terminal: terminal))
    defer { if let terminal { Terminal.give(terminal, to: getpgrp()) } }
    var lineage = lineage
    lineage.leader = child.id
    var killAt: Duration?
    while true {
      // A stopped child wakes no poll, so it is looked for.
      var waited = [
        pollfd(fd: child.descriptor, events: Int16(POLLIN), revents: 0),
        pollfd(fd: killAt == nil ? cancellation.descriptor : -1, events: Int16(POLLIN), revents: 0),
      ]
      _ = poll(&waited, nfds_t(waited.count), 100)
      if waited[0].revents != 0 { break }
      if cancellation.isCancelled, killAt == nil {
        lineage.noteDescendants()
        child.signalGroup(SIGTERM)
        child.signalGroup(SIGCONT)
        killAt = clock.now + grace
      }
      if let killAt, clock.now >= killAt { child.signalGroup(SIGKILL) }
      if killAt == nil, let terminal, child.wasStopped() {
        Terminal.give(terminal, to: getpgrp())
        raise(SIGSTOP)  // until the shell brings us back
        Terminal.give(terminal, to: child.id)
        child.signalGroup(SIGCONT)
      }
    }
    child.signalGroup(SIGKILL)
    let ending = child.reap() ?? child.waitUntilEnd()
    let survivors = lineage.end(afterKill: killAt != nil)
    return Outcome(ending: ending, stopped: killAt == nil ? nil : .cancelled, wall: clock.now - start, survivors: survivors)
  }
}
