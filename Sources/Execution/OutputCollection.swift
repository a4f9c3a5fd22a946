// Taking what an action has made out of its sandbox and into the store.

internal import Fingerprints
internal import Host
internal import Store

/// The declared outputs that are there, file by file, and the names of those that are not.
struct OutputCollection {
  private(set) var files: [ProducedFile] = []
  private(set) var missing: [String] = []
  /// Sentences about what could not be taken.
  private(set) var notes: [String] = []

  private let store: Store
  private let root: String

  /// - Parameter root: the tree, or the workspace.
  init(of outputs: [DeclaredOutput], in root: String, store: Store) throws(FileError) {
    self.store = store
    self.root = root
    for output in outputs {
      guard SandboxFiller.isInside(output.path), let status = try? Files.status("\(root)/\(output.path)") else {
        if !output.isOptional { missing.append(output.path) }
        continue
      }
      switch (output.kind, status.kind) {
      case (.directory, .directory), (.contents, .directory): try takeFolder(output.path, of: output)
      case (.file, .regular), (.file, .symbolicLink): try take(output.path, status, of: output)
      default: if !output.isOptional { missing.append(output.path) }
      }
    }
  }

  private mutating func takeFolder(_ path: String, of output: DeclaredOutput) throws(FileError) {
    let (names, others) = try Files.namesAndOthers(in: "\(root)/\(path)")
    if others > 0 { notes.append("\(others) name(s) in the output folder `\(path)` are not UTF-8 and were left out") }
    for name in names {
      let child = "\(path)/\(name)"
      let status = try Files.status("\(root)/\(child)")
      if status.kind == .directory { try takeFolder(child, of: output) } else { try take(child, status, of: output) }
    }
  }

  private mutating func take(_ path: String, _ status: FileStatus, of output: DeclaredOutput) throws(FileError) {
    let file = "\(root)/\(path)"
    let name = output.kind == .contents ? String(path.dropFirst(output.path.utf8.count + 1)) : path
    switch status.kind {
    case .regular:
      let fingerprint = try store.putBlob(file: file).fingerprint
      files.append(ProducedFile(output: output.name, path: name, isExecutable: status.isExecutable, fingerprint: fingerprint))
    case .symbolicLink:
      let fingerprint = store.putBlob(Array(try Files.readLink(file).utf8))
      files.append(ProducedFile(output: output.name, path: name, isExecutable: false, fingerprint: fingerprint, isLink: true))
    case .directory, .other: notes.append("the output `\(path)` is neither a file nor a link and was left out")
    }
  }
}
