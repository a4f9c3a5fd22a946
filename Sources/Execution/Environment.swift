// The variables a process gets: constants, then what the action declares, and nothing else.

package enum Environment {
  /// In every key; an action may override each. Of the home and the temporary folder the key holds the placeholder.
  package static let constants: [String: String] = [
    "PATH": "/usr/bin:/bin",
    "HOME": "\(SandboxDirectory.placeholder)/../home",
    "TMPDIR": "\(SandboxDirectory.placeholder)/../tmp",
    "LANG": "C.UTF-8",
    "TZ": "UTC",
    "SOURCE_DATE_EPOCH": "315532800",
  ]

  /// Constants for results that repeat: who sits at a terminal has them only where they are set there.
  static let ofResults = ["TZ", "SOURCE_DATE_EPOCH"]

  /// 1980-01-01, the first second a zip archive can express; also the mtime of every input.
  package static let epoch: Int64 = 315_532_800

  /// By which an action's descendants are found, whatever became of their parents.
  package static let actionVariable = "BAJI_ACTION"

  /// All variables of a process, as they will stand in its `environ`.
  /// - Parameter text: what an argument is in this sandbox.
  static func variables(of action: Action, home: String, temporary: String, _ text: (Argument) -> String) -> [String: String] {
    var variables = constants
    variables["HOME"] = home
    variables["TMPDIR"] = temporary
    return variables.merging(action.declaredVariables(text)) { $1 }
  }
}
