// `__run.sh`: a kept sandbox's way to run the very same command again by hand.

/// A script for `/bin/sh` (which every machine has, whatever languages it builds).
enum RunScript {
  static let name = "__run.sh"

  /// - Parameter input: a file with the standard input; nil for none.
  /// - Parameter secrets: names whose values the script takes from its caller's environment: they are never written down.
  static func text(
    arguments: [String], program: String, environment: [String: String], secrets: Set<String>, directory: String, input: String?
  ) -> String {
    let variables = environment.sorted { $0.key < $1.key }.map { name, value in
      secrets.contains(name) ? "  \"\(name)=${\(name)-}\" \\\n" : "  \(quoted("\(name)=\(value)")) \\\n"
    }.joined()
    // `exec -a` is no part of POSIX: the program stands where the first argument stood.
    let words = ([program] + arguments.dropFirst()).map(quoted).joined(separator: " ")
    return """
      #!/bin/sh
      # The command of this sandbox, as it was run. Further arguments are added at its end.
      cd \(quoted(directory)) || exit 1
      umask 022
      exec env -i \\
      \(variables)  \(words) "$@" <\(quoted(input ?? "/dev/null"))

      """
  }

  /// One word for a shell, whatever it holds.
  static func quoted(_ word: String) -> String {
    let plain = word.utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
      default: Array("-_./=:,+@%".utf8).contains(byte)
      }
    }
    if plain && !word.isEmpty { return word }
    return "'" + word.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
  }
}
