// How the names a source file imports become edges.

internal import Fingerprints
package import ImportScanners

/// One answer of a rule's `resolve`.
package enum Resolution: Hashable, Sendable {
  /// The targets that own the file at this workspace path.
  case ownersOfFile(String)
  case target(Address)
}

/// What a rule's `resolve` may ask.
package struct ResolutionContext: Sendable {
  /// Workspace path of the file that holds the import.
  package let file: String
  package let importer: Address
  /// The targets that own a file, generators left out, sorted by address.
  package let owners: @Sendable (_ path: String) -> [Address]
  /// Whether the workspace has a file at a path.
  package let exists: @Sendable (_ path: String) -> Bool

  package init(
    file: String, importer: Address, owners: @escaping @Sendable (String) -> [Address], exists: @escaping @Sendable (String) -> Bool
  ) {
    self.file = file
    self.importer = importer
    self.owners = owners
    self.exists = exists
  }
}

/// For targets of some types: which scanner reads their sources, and what its findings stand for.
package struct InferenceRule: Sendable {
  package enum Resolving: Sendable {
    /// What was scanned are paths of the workspace, relative to the importing file or to the root as the scanner says.
    case ownersOfFiles
    /// - identity: changes with the function's behaviour (the plugin's fingerprint, say); part of the graph's key.
    case custom(identity: String, @Sendable (ScannedImport, ResolutionContext) throws -> [Resolution])
    /// What was scanned are modules that targets of the space provide.
    case modules(space: String, ModuleSettings)
    /// Nothing is scanned: a function names modules and files by the target's fields.
    case fields(identity: String, space: String, @Sendable (LoadedTarget, LoadQuestions) throws -> [FieldReference])
  }

  /// Names of the target types whose sources are scanned. A file owned by several targets counts as owned by the one of these types.
  package let types: [String]
  /// nil where the rule looks at fields only.
  package let scanner: ImportScanner?
  package let resolving: Resolving

  package init(types: [String], scanner: ImportScanner?, resolving: Resolving = .ownersOfFiles) {
    self.types = types
    self.scanner = scanner
    self.resolving = resolving
  }

  /// The workspace paths that an import may stand for, most likely first. Paths that leave the workspace are left out.
  package static func candidates(for found: ScannedImport, in file: String) -> [String] {
    let relative = normalized(joined(parentDirectory(file), found.name))
    let candidates: [String?]
    switch found.base {
    case .file: candidates = [relative]
    case .rootThenFile: candidates = [normalized(found.name), relative]
    }
    return candidates.compactMap { $0 }.filter { !$0.isEmpty }
  }
}

extension ByteWriter {
  mutating func write(_ rule: InferenceRule) {
    write(rule.types)
    write(rule.scanner?.name ?? "")
    write(rule.scanner?.version ?? 0)
    switch rule.resolving {
    case .ownersOfFiles: write(UInt8(0))
    case .custom(let identity, _):
      write(UInt8(1))
      write(identity)
    case .modules(let space, let settings):
      write(UInt8(2))
      write(space)
      write(settings)
    case .fields(let identity, let space, _):
      write(UInt8(3))
      write(identity)
      write(space)
    }
  }
}
