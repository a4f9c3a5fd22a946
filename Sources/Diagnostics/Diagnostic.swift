// What went wrong, where, and what to do: the one value every user-facing error is told with.

/// A place in a text: line and column from 1; the column counts bytes of UTF-8.
package struct SourcePosition: Hashable, Sendable, Comparable {
  package let line: Int32
  package let column: Int32

  package init(line: Int32, column: Int32) {
    self.line = line
    self.column = column
  }

  package static func < (a: SourcePosition, b: SourcePosition) -> Bool {
    (a.line, a.column) < (b.line, b.column)
  }
}

/// A place in a named file. `file` is relative to the workspace's root where it lies in it.
package struct SourceLocation: Hashable, Sendable {
  package let file: String
  package let position: SourcePosition
  /// How many bytes the excerpt underlines, at least 1.
  package let length: Int32

  package init(file: String, position: SourcePosition, length: Int32 = 1) {
    self.file = file
    self.position = position
    self.length = max(1, length)
  }
}

/// One message for the user: headline, place with its source line, and hints.
package struct Diagnostic: Error, Hashable, Sendable {
  package enum Severity: String, Sendable { case error, warning, note }

  /// One frame of a Starlark call stack, outermost first.
  package struct Frame: Hashable, Sendable {
    package let function: String
    package let location: SourceLocation

    package init(function: String, location: SourceLocation) {
      self.function = function
      self.location = location
    }
  }

  package var severity: Severity
  /// What happened, without a full stop at its end.
  package var message: String
  package var location: SourceLocation?
  /// The text of the line that `location` names, without its newline.
  package var sourceLine: String?
  /// What to do, or the nearest name: shown beside the caret, or after the headline where there is no place.
  package var hint: String?
  /// Further lines, each shown as `= note: …`.
  package var notes: [String]
  package var callStack: [Frame]
  /// Whether a program said so on purpose (`fail`): its message tells the user all, and where in the program it stands tells him nothing.
  package var isRefusal = false

  package init(
    _ severity: Severity = .error, _ message: String, at location: SourceLocation? = nil, sourceLine: String? = nil,
    hint: String? = nil, notes: [String] = [], callStack: [Frame] = []
  ) {
    self.severity = severity
    self.message = message
    self.location = location
    self.sourceLine = sourceLine
    self.hint = hint
    self.notes = notes
    self.callStack = callStack
  }
}

/// The command, the configuration or a BUILD file is wrong: exit code 2. Holds every error that was found, not only the first.
package struct UserError: Error, Sendable {
  package var diagnostics: [Diagnostic]

  package init(_ diagnostics: [Diagnostic]) { self.diagnostics = diagnostics }

  package init(_ message: String, hint: String? = nil) { diagnostics = [Diagnostic(.error, message, hint: hint)] }

  /// What another part has thrown, as it is where it is one of these already.
  package init(_ error: any Error) { self = error as? UserError ?? UserError("\(error)") }
}

extension UserError: CustomStringConvertible {
  /// All messages with their hints, for where an error ends in a sentence.
  package var description: String { diagnostics.map(\.sentence).joined(separator: "; ") }
}

/// The machine or the engine failed (disk, network, a bug): exit code 3.
package struct MachineError: Error, Sendable {
  package var diagnostic: Diagnostic

  package init(_ message: String, hint: String? = nil) { diagnostic = Diagnostic(.error, message, hint: hint) }
}

extension MachineError: CustomStringConvertible {
  package var description: String { diagnostic.sentence }
}

extension Diagnostic {
  /// The message and the hint, without their place.
  fileprivate var sentence: String { message + (hint.map { " – \($0)" } ?? "") }
}
