// Keeping the store within its bound: what was used longest ago goes first, and nothing that a live run may rely on.

internal import Fingerprints
internal import Glibc
internal import Host

/// What a collection did.
package struct CollectReport: Sendable, Equatable {
  /// Bytes, before and after.
  package var sizeBefore: Int64 = 0
  package var sizeAfter: Int64 = 0
  package var removedEntries = 0
  package var removedBlobFiles = 0
  package var removedTrees = 0
  package var removedCaches = 0
  /// Another process was collecting: nothing was done.
  package var wasBusy = false
}

extension Store {
  /// Number in `meta`: bytes of blob files, trees and caches, kept up by every run, set right by each collection.
  var fileBytesKey: Fingerprint { secret.fingerprint(of: "bytes of files") }

  /// Removes what was used longest ago until at most nine tenths of `maxSize` bytes are left; nothing where it is not over `maxSize`.
  /// What was used or written since the oldest live run began stays, this run's start included.
  package func collect(maxSize: Int64) -> CollectReport {
    guard let parts = live else { return CollectReport() }
    parts.writer.flush()
    return collect(parts, maxSize: maxSize)
  }

  /// Cheap: the pages of each table, and the number kept for the files.
  func estimatedSize(_ parts: Parts) -> Int64 {
    parts.environment.read { snapshot -> Int64? in
      let bytes = snapshot.value(.meta, fileBytesKey, secret)?.bytes
      let files = bytes.map { $0.count == 8 ? $0.loadUnaligned(as: Int64.self) : 0 } ?? 0
      return Table.allCases.reduce(files) { $0 &+ snapshot.extent($1).bytes }  // damaged numbers must not end the run
    } ?? 0
  }

  private struct Candidate {
    enum Kind { case entry(Table), blobFile, tree, cache(String) }
    let kind: Kind
    let key: Fingerprint
    let size: Int64
    /// Seconds since the epoch.
    let lastUse: Int64
  }

  func collect(_ parts: Parts, maxSize: Int64) -> CollectReport {
    var report = CollectReport()
    let attempt: FileLock?
    do throws(FileError) { attempt = try FileLock.tryAcquire("\(folder)/gc.lock", .exclusive, holder: "collecting garbage") } catch {
      return report
    }
    guard let lock = attempt else {
      report.wasBusy = true
      return report
    }
    defer { withExtendedLifetime(lock) {} }
    let bound = LiveRun.starts(folder: folder).min() ?? Int64.max
    removeLeftovers(bound: bound)

    let (uses, useRecords) = recordedUses(parts)
    var candidates: [Candidate] = []
    var size: Int64 = 0
    for table in Table.allCases where table != .meta && table != .uses {
      _ = parts.environment.read { snapshot in
        let extent = snapshot.extent(table)
        size += extent.bytes
        // What a page costs beyond the payload is shared out among the entries.
        let overhead = Int64(40)
        return snapshot.forEach(table) { key, bytes, written in
          let recorded = uses[UseLog.Use(table: table.rawValue, key: key)] ?? 0
          let cost = bytes > 2000 ? (Int64(bytes) + 28 + 4095) / 4096 * 4096 + overhead : Int64(bytes) + overhead
          candidates.append(Candidate(kind: .entry(table), key: key, size: cost, lastUse: max(Int64(written), Int64(recorded))))
        }
      }
    }
    var fileBytes: Int64 = 0
    parts.files.forEach { key, bytes, lastUse in
      candidates.append(Candidate(kind: .blobFile, key: key, size: bytes, lastUse: lastUse))
      fileBytes += bytes
    }
    forEachTree { key, tree, lastUse in
      let bytes = tree.size
      candidates.append(Candidate(kind: .tree, key: key, size: bytes, lastUse: lastUse))
      fileBytes += bytes
    }
    forEachCache { path, bytes, lastUse in
      candidates.append(Candidate(kind: .cache(path), key: .absent, size: bytes, lastUse: lastUse))
      fileBytes += bytes
    }
    size += fileBytes
    report.sizeBefore = size

    if size > maxSize {
      candidates.sort { ($0.lastUse, $0.key) < ($1.lastUse, $1.key) }
      // Before anything goes: who is killed in the middle of it leaves nothing that is believed to be whole.
      _ = parts.writer.put([.put(newGeneration, written: timestamp())])
      parts.writer.flush()
      var doomed: [Operation] = []
      var isGone: Set<UseLog.Use> = []
      for candidate in candidates {
        if size <= maxSize / 10 * 9 || candidate.lastUse >= bound { break }
        switch candidate.kind {
        case .entry(let table):
          doomed.append(.delete(table, candidate.key))
          isGone.insert(UseLog.Use(table: table.rawValue, key: candidate.key))
          report.removedEntries += 1
        case .blobFile:
          removeAside(parts.files.path(candidate.key))
          fileBytes -= candidate.size
          report.removedBlobFiles += 1
        case .tree:
          guard removeTree(candidate.key) else { continue }
          fileBytes -= candidate.size
          report.removedTrees += 1
        case .cache(let path):
          removeAside(path)
          fileBytes -= candidate.size
          report.removedCaches += 1
        }
        size -= candidate.size
      }
      doomed += consolidated(uses.filter { !isGone.contains($0.key) }, replacing: useRecords)
      for start in stride(from: 0, to: doomed.count, by: 4096) {
        _ = parts.writer.put(Array(doomed[start..<min(doomed.count, start + 4096)]))
      }
    }
    // The true number replaces the estimate, which drifts when a run is killed.
    let number = Entry(.meta, fileBytesKey, withUnsafeBytes(of: fileBytes) { Array($0) })
    _ = parts.writer.put([.put(number, written: 0)])
    parts.writer.flush()
    report.sizeAfter = size
    return report
  }

  private func recordedUses(_ parts: Parts) -> (uses: [UseLog.Use: UInt32], records: [Fingerprint]) {
    var uses: [UseLog.Use: UInt32] = [:]
    var records: [Fingerprint] = []
    _ = parts.environment.read { snapshot in
      snapshot.forEach(.uses) { key, _, written in
        records.append(key)
        guard let (bytes, _) = snapshot.value(.uses, key, secret) else { return }
        UseLog.forEach(in: bytes) { uses[$0] = max(uses[$0] ?? 0, written) }
      }
    }
    return (uses, records)
  }

  /// One record a day instead of one a run, without what is gone.
  private func consolidated(_ uses: [UseLog.Use: UInt32], replacing records: [Fingerprint]) -> [Operation] {
    var days: [UInt32: [UseLog.Use]] = [:]
    var latest: [UInt32: UInt32] = [:]
    for (use, written) in uses {
      let day = written / UInt32(UseLog.renewal)
      days[day, default: []].append(use)
      latest[day] = max(latest[day] ?? 0, written)
    }
    return records.map { .delete(.uses, $0) }
      + days.map { day, uses in
        let entry = Entry(.uses, secret.fingerprint(of: "day \(day)"), UseLog.packed(uses.sorted()))
        return .put(entry, written: latest[day] ?? 0)
      }
  }

  /// Renames a file or folder aside, then deletes it.
  private func removeAside(_ path: String) {
    let aside = "\(folder)/gone/\(Files.randomName(16))"
    guard (try? Files.createDirectory("\(folder)/gone", mode: 0o700)) != nil else { return }
    faultPoint("store.gc.before-rename")
    guard (try? Files.rename(path, aside)) != nil else { return }
    faultPoint("store.gc.after-rename")
    try? Files.removeTree(aside)
    faultPoint("store.gc.after-delete")
  }

  private func removeTree(_ recipe: Fingerprint) -> Bool {
    guard let attempt = try? FileLock.tryAcquire("\(folder)/trees/\(recipe).lock", .exclusive) else { return false }
    defer { withExtendedLifetime(attempt) {} }
    return (try? TreeFolder(store: folder, recipe: recipe, secret).discard()) != nil
  }

  func forEachTree(_ body: (Fingerprint, TreeFolder, _ lastUse: Int64) -> Void) {
    for name in (try? Files.names(in: "\(folder)/trees")) ?? [] {
      guard let recipe = Fingerprint(name) else { continue }
      let tree = TreeFolder(store: folder, recipe: recipe, secret)
      // Without a record it is half-built: by somebody now, or by one who is dead.
      let lastUse = (try? Files.status(tree.recordPath)) ?? (try? Files.status(tree.path))
      body(recipe, tree, (lastUse?.modified ?? 0) / 1_000_000_000)
    }
  }

  /// What dead processes left: temporary files from before every live run, and whatever was put aside.
  private func removeLeftovers(bound: Int64) {
    for name in (try? Files.names(in: "\(folder)/gone")) ?? [] { try? Files.removeTree("\(folder)/gone/\(name)") }
    let limit = min(bound, now() - 3600)
    for name in (try? Files.names(in: "\(folder)/tmp")) ?? [] {
      let path = "\(folder)/tmp/\(name)"
      if let status = try? Files.status(path), status.modified / 1_000_000_000 < limit { try? Files.removeTree(path) }
    }
  }
}
