// The tables of the store's database, and what is written into them.

package import Fingerprints

extension Store {
  /// One table of the database. The raw value is part of every check, so it never changes its meaning.
  package enum Table: UInt8, CaseIterable, Sendable {
    /// Packed front-end memos.
    case memo = 1
    /// Action key → result.
    case actions = 2
    /// Action key → what it was made of, by name.
    case manifests = 3
    /// Per-file linters' verdicts.
    case verdicts = 4
    /// Durations and outcomes.
    case history = 5
    /// Blobs up to `Store.largestInlineBlob`, by their own fingerprint.
    case blobs = 6
    /// What was used when, one packed value per run that had something to say.
    case uses = 7
    /// The engine's own notes.
    case meta = 8

    /// The name of the table in the database.
    var name: String {
      switch self {
      case .memo: "memo"
      case .actions: "actions"
      case .manifests: "manifests"
      case .verdicts: "verdicts"
      case .history: "history"
      case .blobs: "blobs"
      case .uses: "uses"
      case .meta: "meta"
      }
    }
  }

  /// One value to write.
  package struct Entry: Sendable {
    package let table: Table
    package let key: Fingerprint
    package let bytes: [UInt8]

    package init(_ table: Table, _ key: Fingerprint, _ bytes: [UInt8]) {
      self.table = table
      self.key = key
      self.bytes = bytes
    }
  }
}
