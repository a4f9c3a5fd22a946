// Programs of the machine by patterns of names and folders, each asked once what it is; the whole search is remembered by the stats of what it looked at.

package import Execution
package import Fingerprints
internal import Formats
package import Host
package import Store
internal import Synchronization

/// `ctx.search_programs(…)`.
package struct ProgramSearch: Hashable, Sendable {
  /// Patterns of file names; of two in one folder the earlier pattern's comes first.
  let names: [String]
  /// Folders or globs of folders, in order. `<PATH>` stands for the caller's PATH, a leading `~/` for the caller's home.
  let folders: [String]
  /// Arguments with which a program prints one JSON value; empty where nothing is asked.
  let probe: [String]
}

/// A program that a search found.
package struct FoundProgram: Hashable, Sendable {
  /// Without symbolic links.
  package let path: String
  /// Of its content and of what it said.
  package let identity: Fingerprint
  /// What it printed, as JSON; empty where it was not asked.
  package let info: String

  package var name: String { path.split(separator: "/").last.map(String.init) ?? path }
}

/// Finds programs. Every answer is kept for the run; what programs said, and whole searches, for later runs too.
///
/// A program that is found by several names is one candidate, at its real path. One that fails to answer is none.
package final class ProgramSearcher: Sendable {
  /// What became of asking a program.
  package enum Answer: Sendable {
    case said([UInt8])
    /// It ended otherwise than it should: it will the next time.
    case failed
    /// Nothing is known: it took too long, or the run was interrupted.
    case unknown(String)
  }

  /// Asks a program: runs it with these arguments.
  package typealias Probe = @Sendable (_ program: FoundProgram, _ arguments: [String]) -> Answer

  private enum Source: Sendable {
    case machine(searchPath: [String], home: String, Probe)
    /// For tests of plugins: these and no others.
    case fixed([FoundProgram])
  }

  private let source: Source
  private let store: Store
  private let identities: ProgramIdentities
  private let report: @Sendable (String) -> Void
  private let known = Mutex<[ProgramSearch: (programs: [FoundProgram], fingerprint: Fingerprint)]>([:])

  /// Bytes of an answer, at most.
  private static let longestAnswer = 1 << 20

  /// - Parameter report: is given a sentence about each program that took too long.
  package init(environment: [String: String], store: Store, report: @escaping @Sendable (String) -> Void, probe: @escaping Probe) {
    let searchPath = (environment["PATH"] ?? "").split(separator: ":").map(String.init).filter { $0.hasPrefix("/") }
    source = .machine(searchPath: searchPath, home: environment["HOME"] ?? "", probe)
    self.store = store
    self.report = report
    identities = ProgramIdentities(store)
  }

  /// Knows these alone, by path, with what each would say.
  package init(_ programs: [(path: String, info: String)], store: Store) {
    source = .fixed(
      programs.map { FoundProgram(path: $0.path, identity: store.secret.fingerprint(of: "\($0.path) \($0.info)"), info: $0.info) })
    self.store = store
    report = { _ in }
    identities = ProgramIdentities(store)
  }

  /// The candidates in search order.
  package func programs(_ search: ProgramSearch) -> [FoundProgram] { answer(to: search).programs }

  /// What this run has searched for so far.
  var searches: [ProgramSearch] { known.withLock { Array($0.keys) } }

  /// Stands for the answer in the traces of plans.
  func fingerprint(of search: ProgramSearch) -> Fingerprint { answer(to: search).fingerprint }

  private func answer(to search: ProgramSearch) -> (programs: [FoundProgram], fingerprint: Fingerprint) {
    if let known = known.withLock({ $0[search] }) { return known }
    let found: [FoundProgram]
    switch source {
    case .fixed(let programs):
      let patterns = search.names.map { NamePattern($0) }
      found = programs.filter { program in patterns.contains { $0.matches(program.name) } }
    case .machine(let searchPath, let home, let probe):
      let folders = search.folders.flatMap { folder in
        folder == "<PATH>" ? searchPath : folder.hasPrefix("~/") ? [home + folder.dropFirst()] : [folder]
      }
      found = remembered(search, in: folders, probe)
    }
    let fingerprint = store.secret.fingerprint { writer in
      writer.write(found) { writer, program in
        writer.write(program.path)
        writer.write(program.identity)
      }
    }
    known.withLock { $0[search] = (found, fingerprint) }
    return (found, fingerprint)
  }

  // MARK: - Searching

  /// A place that was looked at: a folder that was listed, or a file whose name matched. Nil stamps stand for what is not there.
  private struct Place {
    let path: String
    let stamp: Fingerprint?
  }

  private struct Pass {
    var places: [Place] = []
    /// False once something was seen that may change without being noticed.
    var isSettled = true
  }

  private func remembered(_ search: ProgramSearch, in folders: [String], _ probe: Probe) -> [FoundProgram] {
    let key = store.secret.fingerprint { writer in
      writer.write("program search 1")
      writer.write(search.names)
      writer.write(folders)
      writer.write(search.probe)
    }
    if let bytes = store.get(.memo, key: key), let found = valid(bytes) { return found }
    var pass = Pass()
    var found: [FoundProgram] = []
    var seen: Set<String> = []
    let patterns = search.names.map { NamePattern($0) }
    for folder in folders.flatMap({ expanded($0, &pass) }) {
      for path in matching(patterns, in: folder, &pass) {
        guard let status = look(at: path, &pass), status.kind == .regular, status.mode & 0o111 != 0,
          let real = try? Files.realPath(path), seen.insert(real).inserted
        else { continue }
        if let program = program(real, search.probe, probe, &pass) { found.append(program) }
      }
    }
    if pass.isSettled { store.put(.memo, key: key, ProgramSearcher.encoded(pass.places, found)) }
    return found
  }

  /// Notes the state of a file or folder, links followed.
  private func look(at path: String, _ pass: inout Pass) -> FileStatus? {
    let status = try? Files.targetStatus(path)
    let stamp = status.map { ProgramIdentities.stamp($0, store.secret) }
    if stamp?.isSettled == false { pass.isSettled = false }
    pass.places.append(Place(path: path, stamp: stamp?.stamp))
    return status
  }

  private func names(in folder: String, _ pass: inout Pass) -> [String] {
    guard look(at: folder, &pass)?.kind == .directory else { return [] }
    return (try? Files.names(in: folder)) ?? []
  }

  /// The folders that a glob stands for, sorted by name.
  private func expanded(_ glob: String, _ pass: inout Pass) -> [String] {
    guard glob.hasPrefix("/") else { return [] }
    var folders = [""]
    for part in glob.split(separator: "/") {
      let name = String(part)
      guard NamePattern.isGlob(name) else {
        folders = folders.map { "\($0)/\(name)" }
        continue
      }
      let pattern = NamePattern(name)
      folders = folders.flatMap { folder in
        names(in: folder.isEmpty ? "/" : folder, &pass)
          .filter { pattern.matches($0) && ($0.hasPrefix(".") == name.hasPrefix(".")) }
          .sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }.map { "\(folder)/\($0)" }
      }
    }
    return folders
  }

  private func matching(_ patterns: [NamePattern], in folder: String, _ pass: inout Pass) -> [String] {
    var ranked: [(rank: Int, name: String)] = []
    for name in names(in: folder, &pass) {
      if let rank = patterns.firstIndex(where: { $0.matches(name) }) { ranked.append((rank, name)) }
    }
    ranked.sort { $0.rank != $1.rank ? $0.rank < $1.rank : $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
    return ranked.map { "\(folder)/\($0.name)" }
  }

  // MARK: - Asking

  private func program(_ path: String, _ arguments: [String], _ probe: Probe, _ pass: inout Pass) -> FoundProgram? {
    guard let content = try? identities.identity(of: path) else {
      pass.isSettled = false
      return nil
    }
    if arguments.isEmpty { return FoundProgram(path: path, identity: content, info: "") }
    let key = store.secret.fingerprint { writer in
      writer.write("program probe 1")
      writer.write(path)
      writer.write(content)
      writer.write(arguments)
    }
    let info: String
    if let bytes = store.get(.memo, key: key), let text = String(validating: bytes, as: UTF8.self) {
      info = text
    } else {
      switch probe(FoundProgram(path: path, identity: content, info: ""), arguments) {
      case .said(let bytes):
        let json = bytes.count <= ProgramSearcher.longestAnswer ? try? JSON.parse(bytes) : nil
        info = json.map { String(decoding: JSONWriter.compact($0), as: UTF8.self) } ?? ""
      case .failed: info = ""
      case .unknown(let why):
        pass.isSettled = false
        report("`\(path)` was left out: \(why)")
        return nil
      }
      store.put(.memo, key: key, Array(info.utf8))
    }
    if info.isEmpty { return nil }
    let identity = store.secret.fingerprint { writer in
      writer.write(content)
      writer.write(info)
    }
    return FoundProgram(path: path, identity: identity, info: info)
  }

  // MARK: - Remembering

  private static func encoded(_ places: [Place], _ found: [FoundProgram]) -> [UInt8] {
    var writer = ByteWriter()
    writer.write(places) { writer, place in
      writer.write(place.path)
      writer.write(place.stamp) { $0.write($1) }
    }
    writer.write(found) { writer, program in
      writer.write(program.path)
      writer.write(program.identity)
      writer.write(program.info)
    }
    return writer.bytes
  }

  /// What was found, if everything that was looked at then is the same now.
  private func valid(_ bytes: [UInt8]) -> [FoundProgram]? {
    var reader = ByteReader(bytes)
    let places = try? reader.readArray { (reader: inout ByteReader) throws(MalformedBytes) in
      Place(
        path: try reader.readString(),
        stamp: try reader.readOptional { (reader: inout ByteReader) throws(MalformedBytes) in try reader.readFingerprint() })
    }
    let found = try? reader.readArray { (reader: inout ByteReader) throws(MalformedBytes) in
      FoundProgram(path: try reader.readString(), identity: try reader.readFingerprint(), info: try reader.readString())
    }
    guard let places, let found, reader.isAtEnd else { return nil }
    let isSame = places.allSatisfy { place in
      (try? Files.targetStatus(place.path)).map { ProgramIdentities.stamp($0, store.secret).stamp } == place.stamp
    }
    return isSame ? found : nil
  }
}

extension ProgramSearcher {
  /// Seconds that a program may take to say what it is.
  private static let patience = 10.0

  /// Runs a program with the constant variables alone, in an empty folder.
  package static func probe(
    _ program: FoundProgram, _ arguments: [String], runner: any ActionRunner, cancellation: Cancellation, store: Store
  ) -> Answer {
    var action = Action(
      subject: "probe \(program.path)", label: "asking \(program.path)", argv: [.tool(0)] + arguments.map { .text($0) })
    action.tools = [Tool(name: program.name, path: program.path, identity: program.identity)]
    action.timeout = patience
    action.cache = .never
    let result = runner.run(PreparedAction(action, id: -1, files: []), cancellation: cancellation, renew: { _ in })
    switch result.ending {
    case .exited(0):
      switch result.standardOutput {
      case .inline(let bytes): return .said(bytes)
      case .blob(let fingerprint, _, _): return .said(store.blob(fingerprint) ?? [])
      }
    case .timedOut: return .unknown("it did not say what it is in \(Int(patience)) seconds")
    case .cancelled: return .unknown("the run was interrupted")
    case .exited, .signalled, .missingOutputs, .missingInputs, .inputsChanged, .notStarted: return .failed
    }
  }
}
