// How a snapshot comes to be: taken from scratch with what the index knows, or renewed after the run itself wrote files.

package import Fingerprints
internal import Host
internal import Synchronization

extension Snapshot {
  /// Walks the workspace.
  /// - Parameters:
  ///   - root: its absolute path.
  ///   - indexFile: where the last run left what it knew; nil to know nothing and keep nothing.
  ///   - report: told once of each thing that was skipped.
  /// - Throws: `.rootUnreadable`.
  package static func take(
    root: String, options: SnapshotOptions = SnapshotOptions(), secret: Secret, indexFile: String? = nil,
    report: @Sendable (SnapshotWarning) -> Void = { _ in }
  ) throws(SnapshotError) -> Snapshot {
    try take(root: root, options: options, secret: secret, indexFile: indexFile, known: nil, report: report)
  }

  private static func take(
    root: String, options: SnapshotOptions, secret: Secret, indexFile: String?, known: KnownFiles?,
    report: @Sendable (SnapshotWarning) -> Void
  ) throws(SnapshotError) -> Snapshot {
    let directory: OpenDirectory
    do throws(FileError) { directory = try OpenDirectory(root) } catch { throw .rootUnreadable(error) }
    let passTime = PassTime.now(in: root)
    let (prefix, scope) = options.useGitignore ? IgnoreFiles.around(root) : ([], nil)
    let overrides = IgnoreScope.reading(Array(options.ignorePatterns.joined(separator: "\n").utf8), base: 0, parent: nil)
    let findings = Walk.run(root: directory, prefix: prefix, scope: scope, overrides: overrides, options: options)
    if let failure = findings.unreadable.first(where: { $0.path.isEmpty }) {
      throw .rootUnreadable(FileError("list", root, code: failure.code))
    }
    for folder in findings.unreadable.sorted(by: { $0.path.lexicographicallyPrecedes($1.path) }) {
      let path = displayed(folder.path)
      report(.unreadableDirectory(path: path, FileError("list", path, code: folder.code)))
    }
    let skipped = findings.skippedNames.sorted { $0.lexicographicallyPrecedes($1) }.map(displayed)
    if !skipped.isEmpty { report(.skippedNames(count: skipped.count, first: Array(skipped.prefix(3)))) }

    let listing = Listing(findings).followingLinks(root: root, directory)
    let known = known ?? indexFile.flatMap { IndexFile.read($0, root: root, secret: secret) }
    let carried = known?.carriedOver(to: listing, passTime: passTime) ?? CarriedFingerprints(count: listing.fileCount)
    return Snapshot(
      root: root, directory: directory, listing: listing, skippedNames: skipped, secret: secret, options: options, indexFile: indexFile,
      passTime: passTime,
      contents: Contents(fingerprints: carried.fingerprints, outdated: carried.outdated, isIndexStale: !carried.isUnchanged))
  }

  /// The snapshot after files were written by the run itself (formatters): only `paths` are looked at again if all of them
  /// are listed and still of their kind, and no link leads to a folder; else the workspace is walked anew. Fingerprints of all other files
  /// are kept.
  package func renewed(
    changing paths: [String], report: @Sendable (SnapshotWarning) -> Void = { _ in }
  ) throws(SnapshotError) -> Snapshot {
    let passTime = PassTime.now(in: root)
    var listing = self.listing
    var (fingerprints, renewed) = contents.withLock { ($0.fingerprints, $0.renewed) }
    for (id, status) in renewed { listing.statuses[Int(id)] = status }
    for path in paths {
      guard listing.linkedFolders.isEmpty, let id = id(ofPath: path), listing.fileName(id) != Self.gitignore[...],
        let status = currentStatus(id),
        status.isSymbolicLink == listing.statuses[Int(id)].isSymbolicLink
      else {
        let known = KnownFiles(listing: listing, fingerprints: fingerprints)
        return try Self.take(root: root, options: options, secret: secret, indexFile: indexFile, known: known, report: report)
      }
      if status != listing.statuses[Int(id)] || status.isRacy(at: passTime) { fingerprints[Int(id)] = .absent }
      listing.statuses[Int(id)] = status
    }
    let directory: OpenDirectory
    do throws(FileError) { directory = try OpenDirectory(root) } catch { throw .rootUnreadable(error) }
    return Snapshot(
      root: root, directory: directory, listing: listing, skippedNames: skippedNames, secret: secret, options: options,
      indexFile: indexFile,
      passTime: passTime, contents: Contents(fingerprints: fingerprints, isIndexStale: true))
  }

  private static let gitignore = Array(".gitignore".utf8)

  private func currentStatus(_ id: PathID) -> EntryStatus? {
    var status = FileStatus(kind: .other, mode: 0, size: 0, modified: 0, changed: 0, inode: 0, device: 0)
    let failure = listing.filePath(id).withUnsafeBytes { FilesAt.status(directory.descriptor, cString($0), &status) }
    return failure == 0 ? EntryStatus(status) : nil
  }

  /// Writes what this run knows for the next one, if the next one would otherwise read files again. To be called once, after the output.
  /// - Throws: `.indexNotWritten`.
  package func saveIndex() throws(SnapshotError) {
    guard let indexFile else { return }
    let (isStale, fingerprints, renewed) = contents.withLock { ($0.isIndexStale, $0.fingerprints, $0.renewed) }
    guard isStale else { return }
    var statuses = listing.statuses
    for (id, status) in renewed { statuses[Int(id)] = status }
    var kept = fingerprints
    // A racy status vouches for nothing: without its fingerprint the file is read again.
    for index in kept.indices where statuses[index].isRacy(at: passTime) { kept[index] = .absent }
    let bytes = IndexFile.encode(listing, statuses, kept, root: root, secret: secret)
    // One name for all who write it, so that killed runs leave no more than one; what two writers at once might mix, the checksum refuses.
    let temporary = "\(indexFile).new"
    do throws(FileError) {
      faultPoint("index.before-write")
      try Files.write(bytes, to: temporary, mode: 0o600)
      faultPoint("index.before-rename")
      try Files.rename(temporary, indexFile)
      faultPoint("index.after-rename")
    } catch {
      throw .indexNotWritten(error)
    }
    contents.withLock { $0.isIndexStale = false }
  }
}

/// A path for people: control characters and what is not UTF-8 as `\xNN`.
func displayed(_ path: [UInt8]) -> String {
  if let text = String(validating: path, as: UTF8.self), path.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) { return text }
  let digits = Array("0123456789abcdef".utf8)
  var shown: [UInt8] = []
  for byte in path {
    if (0x20..<0x7F).contains(byte) {
      shown.append(byte)
    } else {
      shown += [UInt8(ascii: "\\"), UInt8(ascii: "x"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
    }
  }
  return String(decoding: shown, as: UTF8.self)
}
