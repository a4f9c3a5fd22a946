// The scanners by name, and what each of them answers.

/// One name that a source file imports.
package struct ScannedImport: Hashable, Sendable {
  /// What the name is relative to.
  package enum Base: UInt8, Sendable {
    /// The folder of the file that was scanned.
    case file
    /// The workspace's root; where nothing is there, the folder of the file that was scanned.
    case rootThenFile
  }

  /// As written, without quotes and without the prefix that `base` stands for.
  package let name: String
  /// From 1.
  package let line: Int32
  package let base: Base

  package init(name: String, line: Int32, base: Base) {
    self.name = name
    self.line = line
    self.base = base
  }
}

/// Bytes of a source file → the names it imports. Pure: the answer depends on the bytes alone.
package struct ImportScanner: Sendable {
  package let name: String
  /// Raised with every change of what `scan` answers: part of each memo's key.
  package let version: Int
  /// In the order of the file; a name that occurs twice is listed twice.
  package let scan: @Sendable (_ bytes: [UInt8]) -> [ScannedImport]

  /// The scanner that plugins call `scan.<name>`.
  package static func named(_ name: String) -> ImportScanner? { all.first { $0.name == name } }

  package static let all: [ImportScanner] = [
    ImportScanner(name: "shell", version: 1) { ShellScanner.imports(in: $0) }
  ]
}
