// Signals that ask this process to end, answered on a thread of their own, where anything may be done.

internal import CHost
internal import Glibc

package enum Signals {
  package static let interrupt = SIGINT
  package static let terminate = SIGTERM
  package static let hangUp = SIGHUP
  package static let kill = SIGKILL

  /// `INT`, `TERM`, `KILL`, …; a number for those without a common name.
  package static func name(_ number: Int32) -> String {
    let names: [Int32: String] = [
      SIGHUP: "HUP", SIGINT: "INT", SIGQUIT: "QUIT", SIGILL: "ILL", SIGTRAP: "TRAP", SIGABRT: "ABRT", SIGBUS: "BUS", SIGFPE: "FPE",
      SIGKILL: "KILL", SIGUSR1: "USR1", SIGSEGV: "SEGV", SIGUSR2: "USR2", SIGPIPE: "PIPE", SIGALRM: "ALRM", SIGTERM: "TERM",
      SIGXCPU: "XCPU", SIGXFSZ: "XFSZ", SIGSYS: "SYS",
    ]
    return names[number] ?? String(number)
  }

  /// Ends this process as an unhandled signal would have, so that a shell sees it. Nothing is cleaned up.
  package static func die(of number: Int32) -> Never {
    baji_die_of(number)
    _exit(128 + number)
  }

  /// Watches INT, TERM and HUP for the rest of the process's life; a signal that was ignored at the start (`nohup`) stays so.
  /// - Parameter received: called on one thread of its own, with the signal and how many came before it (0 for the first).
  /// - Returns: false where the system had no pipe or thread for it: signals then keep their default effect.
  @discardableResult
  package static func watch(
    _ signals: [Int32] = [SIGINT, SIGTERM, SIGHUP], _ received: @escaping @Sendable (_ signal: Int32, _ before: Int) -> Void
  ) -> Bool {
    var (readEnd, writeEnd): (Int32, Int32) = (-1, -1)
    guard baji_pipe(&readEnd, &writeEnd) == 0 else { return false }
    let source = readEnd
    // A handler must never block: when the pipe is full of signals, one more says nothing new.
    _ = fcntl(writeEnd, F_SETFL, O_NONBLOCK)
    let thread = Thread {
      var count = 0
      var byte: UInt8 = 0
      while true {
        let got = read(source, &byte, 1)
        if got < 0, errno == EINTR { continue }
        if got <= 0 { return }
        received(Int32(byte), count)
        count += 1
      }
    }
    guard thread != nil else {
      close(readEnd)
      close(writeEnd)
      return false
    }
    for signal in signals {
      var current = sigaction()
      if sigaction(signal, nil, &current) == 0, isIgnored(current) { continue }
      _ = baji_watch_signal(signal, writeEnd)
    }
    return true
  }

  private static func isIgnored(_ action: sigaction) -> Bool {
    unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self) == 1  // SIG_IGN, which no importer makes comparable
  }
}
