// Laying inputs into a sandbox's tree, and telling which of them are not what the key says.

internal import Fingerprints
internal import Host
internal import Store

/// Fills one tree. A file of the workspace may change while it is copied, or have changed since its fingerprint was taken.
struct SandboxFiller: ~Copyable {
  private let store: Store
  private let workspace: String
  private let tree: String
  private let times: InputTimes
  private let copier = FileCopier()
  /// Folders made so far; and the last one, as neighbours share it.
  private var folders: Set<String> = []
  private var lastFolder = ""
  /// What each workspace file was when it was copied.
  private var originals: [String: FileStatus] = [:]

  /// What is wrong with the inputs.
  struct Deviations {
    /// Sandbox path → the fingerprint of what is now there.
    var actual: [String: Fingerprint] = [:]
    /// Changed while they were copied, or gone: what is in the sandbox, if anything, is of no use.
    var unstable: Set<String> = []
    /// Blobs that are not in the store.
    var missing: [String] = []
  }

  init(store: Store, workspace: String, tree: String, times: InputTimes = .fixed) {
    self.store = store
    self.workspace = workspace
    self.tree = tree
    self.times = times
  }

  /// The modification time that a file with this content gets, in seconds since the epoch: one that an archive can express, and in the past.
  static func modified(_ content: Fingerprint, _ times: InputTimes) -> Int64 {
    switch times {
    case .fixed: Environment.epoch
    case .content: Environment.epoch + Int64(content.low % UInt64(40 * 365 * 86_400))
    }
  }

  /// - Parameter again: the files were laid before; what is there is replaced.
  mutating func lay(_ files: [InputFile], again: Bool = false) throws(FileError) -> Deviations {
    var deviations = Deviations()
    for file in files {
      guard SandboxFiller.isInside(file.path) else { throw FileError("lay into the sandbox", file.path, code: invalidArgument) }
      let target = "\(tree)/\(file.path)"
      if again { try Files.removeTree(target) } else if let folder = Files.parent(of: file.path) { try makeFolder(folder) }
      switch file.source {
      case .workspace(let path): try layCopy(of: path, file, at: target, &deviations)
      case .blob:
        guard try store.materialize(file.fingerprint, to: target, executable: file.isExecutable) else {
          deviations.missing.append(file.path)
          continue
        }
        try Files.setMode(target, file.isExecutable ? 0o755 : 0o644)
        try Files.setModified(target, SandboxFiller.modified(file.fingerprint, times))
      case .bytes(let bytes):
        try Files.write(bytes, to: target)
        try Files.setMode(target, file.isExecutable ? 0o755 : 0o644)
        try Files.setModified(target, SandboxFiller.modified(file.fingerprint, times))
      case .link(let text): try layLink(text, at: target)
      case .blobLink:
        guard let text = store.blob(file.fingerprint) else {
          deviations.missing.append(file.path)
          continue
        }
        try layLink(String(decoding: text, as: UTF8.self), at: target)
      }
    }
    return deviations
  }

  /// Those of `files` whose originals are no longer what was copied.
  func changedSince(_ files: [InputFile]) -> [InputFile] {
    files.filter { file in
      guard case .workspace(let path) = file.source else { return false }
      return (try? Files.status("\(workspace)/\(path)")) != originals[file.path]
    }
  }

  /// Makes a folder of the tree, and those above it.
  mutating func makeFolder(_ path: String) throws(FileError) {
    if path == lastFolder || path.isEmpty { return }
    if !folders.contains(path) {
      if let parent = Files.parent(of: path) { try makeFolder(parent) }
      let folder = "\(tree)/\(path)"
      try Files.createDirectory(folder)
      try Files.setMode(folder, 0o755)
      folders.insert(path)
    }
    lastFolder = path
  }

  /// Whether a path stays below the tree by its text: relative, and never `..`.
  static func isInside(_ path: String) -> Bool {
    !path.isEmpty && !path.hasPrefix("/") && !path.utf8.contains(0)
      && path.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).allSatisfy {
        !$0.isEmpty && !$0.elementsEqual(".".utf8) && !$0.elementsEqual("..".utf8)
      }
  }

  private mutating func layCopy(
    of path: String, _ file: InputFile, at target: String, _ deviations: inout Deviations
  ) throws(FileError) {
    let original = "\(workspace)/\(path)"
    var fingerprinter = StreamingFingerprinter(store.secret)
    let copied: FileCopier.Copied
    do throws(FileError) {
      copied = try copier.copy(
        original, to: target, mode: file.isExecutable ? 0o755 : 0o644, modified: SandboxFiller.modified(file.fingerprint, times),
        bytes: { fingerprinter.update($0) })
    } catch {
      _ = fingerprinter.finish()
      // What is wrong with the copy is the machine's; what is wrong with the original (gone, a folder now) is a change.
      if error.path == target { throw error }
      deviations.unstable.insert(file.path)
      originals[file.path] = nil
      return
    }
    let actual = fingerprinter.finish()
    originals[file.path] = copied.original
    if copied.wasTouched || copied.original.isExecutable != file.isExecutable { deviations.unstable.insert(file.path) }
    if actual != file.fingerprint {
      deviations.actual[file.path] = actual
      if times == .content { try Files.setModified(target, SandboxFiller.modified(actual, times)) }
    }
  }

  private func layLink(_ text: String, at target: String) throws(FileError) {
    try Files.createSymbolicLink(target, to: text)
    try Files.setModified(target, Environment.epoch)
  }
}

/// EINVAL
private let invalidArgument: Int32 = 22
