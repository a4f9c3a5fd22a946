// What `baji cache` shows and does: counting, checking, clearing.

internal import Fingerprints
internal import Host

/// What lies in a store. All sizes in bytes.
package struct StoreStatistics: Sendable, Equatable {
  package struct Part: Sendable, Equatable {
    package let name: String
    package var entries: Int
    package var bytes: Int64
  }

  package let folder: String
  /// The tables of the database, then `blob files`, `trees` and `caches of tools`.
  package var parts: [Part]
  /// Runs that are going on, this one included.
  package var liveRuns: Int

  package var bytes: Int64 { parts.reduce(0) { $0 + $1.bytes } }
}

/// What a check of everything found. Damaged things were removed: their producers run again.
package struct VerifyReport: Sendable, Equatable {
  package var checkedValues = 0
  package var damagedValues = 0
  package var checkedBlobFiles = 0
  package var damagedBlobFiles = 0
  package var checkedTrees = 0
  package var damagedTrees = 0
  /// The database's own structure is damaged: the next run puts it aside.
  package var isDatabaseDamaged = false

  package var isSound: Bool { damagedValues == 0 && damagedBlobFiles == 0 && damagedTrees == 0 && !isDatabaseDamaged }
}

extension Store {
  package func statistics() -> StoreStatistics {
    var statistics = StoreStatistics(folder: folder, parts: [], liveRuns: 0)
    guard let parts = live else { return statistics }
    _ = parts.environment.read { snapshot in
      for table in Table.allCases {
        let extent = snapshot.extent(table)
        statistics.parts.append(StoreStatistics.Part(name: table.name, entries: extent.entries, bytes: extent.bytes))
      }
      return true
    }
    var files = StoreStatistics.Part(name: "blob files", entries: 0, bytes: 0)
    parts.files.forEach { _, size, _ in
      files.entries += 1
      files.bytes += size
    }
    var trees = StoreStatistics.Part(name: "trees", entries: 0, bytes: 0)
    forEachTree { _, tree, _ in
      trees.entries += 1
      trees.bytes += tree.size
    }
    var caches = StoreStatistics.Part(name: "caches of tools", entries: 0, bytes: 0)
    forEachCache { _, size, _ in
      caches.entries += 1
      caches.bytes += size
    }
    statistics.parts += [files, trees, caches]
    statistics.liveRuns = LiveRun.starts(folder: folder).count
    return statistics
  }

  /// Reads and checks everything. Takes as long as reading the whole store.
  package func verify() -> VerifyReport {
    var report = VerifyReport()
    guard let parts = live else { return report }
    parts.writer.flush()
    var damaged: [Operation] = []
    for table in Table.allCases {
      _ = parts.environment.read { snapshot in
        snapshot.forEach(table) { key, _, _ in
          report.checkedValues += 1
          if snapshot.value(table, key, secret) == nil { damaged.append(.delete(table, key)) }
        }
      }
    }
    report.damagedValues = damaged.count
    report.isDatabaseDamaged = !parts.environment.isWritable
    _ = parts.writer.put(damaged)
    var names: [Fingerprint] = []
    parts.files.forEach { name, _, _ in names.append(name) }
    for name in names {
      report.checkedBlobFiles += 1
      if !parts.files.read(name, { _ in true }) { report.damagedBlobFiles += 1 }
    }
    forEachTree { recipe, tree, _ in
      // Who holds the lock is building it: not to be judged now.
      guard let attempt = try? FileLock.tryAcquire("\(folder)/trees/\(recipe).lock", .exclusive) else { return }
      defer { withExtendedLifetime(attempt) {} }
      report.checkedTrees += 1
      if !tree.isComplete() {
        report.damagedTrees += 1
        try? tree.discard()
      }
    }
    if !report.isSound { _ = parts.writer.put([.put(newGeneration, written: timestamp())]) }
    parts.writer.flush()
    return report
  }

  /// Closes this store and removes all that is kept, event logs and the secret apart.
  /// - Throws: `.locked` where another run has the store open; then nothing was removed.
  package func clear() throws(StoreError) {
    guard isPersistent else { return }
    close()
    let attempt: FileLock?
    do throws(FileError) { attempt = try FileLock.tryAcquire("\(folder)/lmdb.lock", .exclusive, holder: "clearing the store") } catch {
      throw .file(error)
    }
    guard let lock = attempt else { throw .locked(folder) }
    defer { withExtendedLifetime(lock) {} }
    do throws(FileError) {
      for name in ["lmdb", "blobs", "trees", "caches", "index", "tmp", "gone"] { try Files.removeTree("\(folder)/\(name)") }
    } catch {
      throw .file(error)
    }
  }
}
