// The scanners by name, and what each of them answers.

/// One name that a source file imports.
package struct ScannedImport: Hashable, Sendable {
  /// What the name is.
  package enum Kind: UInt8, Sendable {
    /// A file's path.
    case path
    /// A module, dotted: `a.b`. Leading dots are kept where the source counts them from its own package: `.a`, `..a.b`, `.`.
    /// The last part may be a name inside the module that the other parts say.
    case module
    /// A string literal that may be the name of a module: identifiers with at least one dot between them.
    case string
    /// A string literal that may be the path of a file: no blanks, at least one `/`.
    case asset
  }

  /// What the name is relative to, for a path or an asset.
  package enum Base: UInt8, Sendable {
    /// The folder of the file that was scanned.
    case file
    /// The workspace's root; where nothing is there, the folder of the file that was scanned.
    case rootThenFile
  }

  /// As written, without quotes and without the prefix that `base` stands for.
  package let name: String
  /// Where the name is written. From 1.
  package let line: Int32
  package let base: Base
  package let kind: Kind
  /// The source goes on without it: nothing is wrong where nobody provides the name.
  package let isWeak: Bool

  package init(name: String, line: Int32, base: Base = .rootThenFile, kind: Kind = .path, isWeak: Bool = false) {
    self.name = name
    self.line = line
    self.base = base
    self.kind = kind
    self.isWeak = isWeak
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
    ImportScanner(name: "shell", version: 1) { ShellScanner.imports(in: $0) },
    ImportScanner(name: "python", version: 1) { bytes in
      var walk = PythonWalk(bytes)
      walk.read()
      return walk.imports
    },
  ]
}
