// What a publishing run has done so far, in a file that outlives it: `publish --resume` goes on from there.

internal import Diagnostics
internal import Formats
internal import Glibc
internal import Host
internal import Plugins
internal import Snapshots

/// The uploads of one run. Written before the first, at each beginning and at each end; gone when all went well.
struct PublishJournal {
  enum State: String { case waiting, begun, published }

  struct Entry {
    let place: String
    let target: String
    let name: String
    let sha256: String
    var state: State
  }

  private let path: String
  private(set) var entries: [Entry]
  /// Seconds since 1970.
  let begun: Int

  private static let version = 1

  /// - Parameter root: the workspace's.
  static func path(in root: String) throws(FileError) -> String { "\(try WorkspaceFolder.prepare(in: root))/publish.json" }

  /// A journal of a run that begins now.
  init(at path: String, _ entries: [Entry]) {
    self.path = path
    self.entries = entries
    begun = time(nil)
  }

  /// What an earlier run has left; nil for nothing.
  /// - Throws: where there is something that is no journal.
  init?(leftAt path: String) throws {
    guard Files.exists(path) else { return nil }
    self.path = path
    let bytes: [UInt8]
    do { bytes = try Files.read(path) } catch { throw MachineError("\(error)") }
    guard let json = try? JSON.parse(bytes), json["version"] == .int(PublishJournal.version), case .int(let begun)? = json["begun"],
      case .array(let uploads)? = json["uploads"]
    else {
      throw UserError("`\(path)` is not the journal of a publishing run", hint: "remove it: the places are asked anyway what they have")
    }
    self.begun = begun
    entries = uploads.compactMap { upload in
      guard case .string(let place)? = upload["place"], case .string(let target)? = upload["target"],
        case .string(let name)? = upload["name"],
        case .string(let sha256)? = upload["sha256"], case .string(let word)? = upload["state"], let state = State(rawValue: word)
      else { return nil }
      return Entry(place: place, target: target, name: name, sha256: sha256, state: state)
    }
  }

  /// The entry of a file at a place.
  func entry(of upload: Upload) -> Entry? { entries.first { $0.name == upload.file.name && $0.place == upload.place.shown } }

  var publishedCount: Int { entries.count { $0.state == .published } }

  /// Changes the state of one upload, on disk too.
  mutating func set(_ index: Int, _ state: State) throws {
    guard entries.indices.contains(index) else { return }
    entries[index].state = state
    try write()
  }

  /// Whether nothing is left to do of what stands behind the first `count`.
  func isFinished(but count: Int) -> Bool { entries.dropFirst(count).allSatisfy { $0.state == .published } }

  func write() throws {
    let uploads = entries.map { entry in
      JSON.object([
        .init("place", .string(entry.place)), .init("target", .string(entry.target)), .init("name", .string(entry.name)),
        .init("sha256", .string(entry.sha256)), .init("state", .string(entry.state.rawValue)),
      ])
    }
    let json = JSON.object([.init("version", .int(PublishJournal.version)), .init("begun", .int(begun)), .init("uploads", .array(uploads))])
    do throws(FileError) {
      try Files.writeAtomically(JSONWriter.indented(json) + [UInt8(ascii: "\n")], to: path)
    } catch {
      throw MachineError("\(error)", hint: "`publish` writes down what it uploads, so that an interrupted run can be resumed")
    }
  }

  func remove() { try? Files.remove(path) }
}
