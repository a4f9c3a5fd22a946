// `package`: artifacts into the dist folder, at their paths as Pants lays them out.

internal import Diagnostics
internal import Events
internal import Execution
internal import Fingerprints
internal import Host
internal import Options
internal import Plugins
internal import Scheduling
internal import Store
internal import Targets

/// The packages of a run.
struct PackageGoal: BuildPart {
  var chains: [FileToolChain] = []
  private let session: Session
  private let targets: [TargetID]
  private var actions: [(name: String, action: ActionID, description: Action)] = []
  private let wantsChecksums: Bool
  private let wantsProvenance: Bool

  init(_ session: Session) throws {
    self.session = session
    targets = try session.selectedForBuilding()
    wantsChecksums = session.options.bool("package", "checksums")
    wantsProvenance = session.options.bool("package", "provenance")
  }

  mutating func plan(with planner: Planner) throws {
    var errors = PlanErrors()
    for id in targets
    where planner.offers(planner.world.plugins.packagers, id) && planner.world.graph.field("skip_package", of: id).bool != true {
      do {
        let action = try planner.package(id)
        actions.append((planner.world.graph.address(of: id).description, action, planner.plan[action].action))
      } catch let error as UserError {
        errors.add(error, wanter: "`\(planner.world.graph.address(of: id))`")
      }
    }
    // Two packages that want one path would overwrite each other.
    var owners: [String: String] = [:]
    if wantsChecksums { owners[checksumsFile] = "--package-checksums" }
    for (name, _, action) in actions {
      for output in action.outputs where output.kind != .contents {
        if let other = owners.updateValue(name, forKey: output.path) {
          errors.add(
            Diagnostic(.error, "`\(other)` and `\(name)` both want to be `dist/\(output.path)`", hint: "give one another `output_path`"))
        }
      }
    }
    try errors.check()
  }

  /// The same about files that got their names when they were made.
  private func checkNames(_ outcomes: [Outcome]) throws {
    var errors = PlanErrors()
    var owners: [String: String] = wantsChecksums ? [checksumsFile: "--package-checksums"] : [:]
    for (name, action, _) in actions {
      for path in Set((outcomes[Int(action)].result?.outputs ?? []).map(\.path)).sorted() {
        guard let other = owners.updateValue(name, forKey: path) else { continue }
        errors.add(
          Diagnostic(
            .error, "`\(other)` and `\(name)` both made `\(path)`, and nothing was put into `dist/`", hint: "give one another `output_path`"
          ))
      }
    }
    try errors.check()
  }

  mutating func finish(_ outcomes: [Outcome]) throws -> Int32 {
    guard !actions.isEmpty else { return session.reportNothing("package", of: "packages") }
    try checkNames(outcomes)
    var lines: [ResultLine] = []
    var own: [Outcome] = []
    let dist = session.distFolder
    var provenance = ProvenanceWriter(session)
    var digests: [PackageDigest] = []
    func report(_ stage: Stage?) throws {
      for (name, id, action) in actions {
        let outcome = outcomes[Int(id)]
        own.append(outcome)
        var line = session.line(name, outcome, showsOutput: !outcome.isSuccess)
        if outcome.isSuccess, let result = outcome.result, let stage {
          try session.clear(action, for: result.outputs, in: dist)
          for file in result.outputs { try session.lay(file, into: dist, stage) }
          var paths = Set(result.outputs.map(\.path))
          if wantsChecksums || wantsProvenance {
            let built = try result.outputs.map { PackageDigest(path: $0.path, sha256: try provenance.digest(of: $0)) }
            digests += built
            if wantsProvenance, let anchor = action.outputs.first(where: { $0.kind != .contents })?.path ?? built.min()?.path {
              let path = "\(anchor).provenance.json"
              let statement = try provenance.statement(about: built, from: name, by: action) { outcomes[Int($0)].result?.outputs ?? [] }
              try session.write(statement, to: "\(dist)/\(path)", stage)
              paths.insert(path)
            }
          }
          line.remark = "→ " + shown(paths, of: action)
        }
        lines.append(line)
      }
      if wantsChecksums, let stage {
        try session.write(Array(PackageDigest.lines(digests).utf8), to: "\(dist)/\(checksumsFile)", stage)
        lines.append(ResultLine(.good, checksumsFile, .none(""), remark: "→ \(session.shownDistFolder)/\(checksumsFile)"))
      }
    }
    if actions.contains(where: { outcomes[Int($0.action)].isSuccess }) { try session.withWriteLock(report) } else { try report(nil) }
    lines += session.failedNeeds(of: actions.map(\.action), outcomes)
    session.report(.results(lines))
    let built = own.count(where: \.isSuccess)
    session.report(
      .summary(
        GoalSummary(
          goal: "package",
          counts: [.init(built, "built"), .init(own.count - built, "failed")], isGood: built == own.count,
          ran: own.ranCount, cached: own.cachedCount, reasons: RunReason.reasons(of: own), seconds: session.elapsed)))
    return own.exitCode
  }

  /// Paths for people: of a folder that an action leaves the folder alone.
  private func shown(_ paths: Set<String>, of action: Action) -> String {
    let folders = action.outputs.filter { $0.kind == .directory }.map { $0.path + "/" }
    let shortened = Set(paths.map { path in folders.first { path.hasPrefix($0) } ?? path })
    return shortened.sorted().map { "\(session.shownDistFolder)/\($0)" }.joined(separator: ", ")
  }
}

/// Under the dist folder: what sha256sum checks.
private let checksumsFile = "SHA256SUMS"

extension Session {
  /// `[GLOBAL] pants_distdir`, absolute.
  var distFolder: String { absolute(shownDistFolder) }

  var shownDistFolder: String {
    guard let given = options.string("GLOBAL", "pants_distdir"), !given.isEmpty else { return "dist" }
    return given.hasPrefix("\(root)/") ? String(given.dropFirst(root.utf8.count + 1)) : given
  }

  /// Puts one produced file into the dist folder; what is there and the same stays as it is.
  func lay(_ file: ProducedFile, into folder: String, _ stage: Stage) throws {
    let path = "\(folder)/\(file.path)"
    try writingDist {
      if let parent = Files.parent(of: path) { try Files.createDirectories(parent) }
      if isLaid(file, at: path) { return }
      if Files.isDirectory(path) { try Files.removeTree(path) }
      faultPoint("dist.before-write")
      try stage.replace(path) { aside in
        if file.isLink {
          guard let text = store.blob(file.fingerprint) else { throw lost(file.path) }
          try Files.createSymbolicLink(aside, to: String(decoding: text, as: UTF8.self))
        } else {
          guard try store.materialize(file.fingerprint, to: aside, executable: file.isExecutable) else { throw lost(file.path) }
        }
        faultPoint("dist.before-rename")
      }
      faultPoint("dist.after-rename")
    }
  }

  /// Makes room for an action's outputs: takes away what an earlier build left in a folder that is one artifact, and files in the place of folders.
  func clear(_ action: Action, for files: [ProducedFile], in folder: String) throws {
    let kept = Set(files.map { "\(folder)/\($0.path)" })
    func clear(_ place: String) throws {
      for name in try Files.names(in: place) {
        let path = "\(place)/\(name)"
        if try Files.status(path).kind == .directory {
          try clear(path)
          if try Files.names(in: path).isEmpty { try Files.removeDirectory(path) }
        } else if !kept.contains(path) {
          try Files.remove(path)
        }
      }
    }
    try writingDist {
      for output in action.outputs where output.kind == .directory {
        let place = "\(folder)/\(output.path)"
        guard let status = try? Files.status(place) else { continue }
        if status.kind == .directory { try clear(place) } else { try Files.remove(place) }
      }
    }
  }

  /// Writes a file of Baji's own into the dist folder; what is there and the same stays as it is.
  func write(_ bytes: [UInt8], to path: String, _ stage: Stage) throws {
    try writingDist {
      if let present = try? Files.read(path), present == bytes { return }
      if let parent = Files.parent(of: path) { try Files.createDirectories(parent) }
      try stage.replace(path) { aside in
        try Files.write(bytes, to: aside)
        try Files.setMode(aside, 0o644)
      }
    }
  }

  /// Says whose folder it is that cannot be written.
  private func writingDist(_ body: () throws -> Void) throws {
    do {
      try body()
    } catch let error as FileError {
      throw MachineError("\(error)", hint: error.isReadOnly ? "`package` writes into `\(shownDistFolder)`" : nil)
    }
  }

  private func isLaid(_ file: ProducedFile, at path: String) -> Bool {
    guard let status = try? Files.status(path) else { return false }
    if file.isLink {
      guard status.kind == .symbolicLink, let text = try? Files.readLink(path) else { return false }
      return store.secret.fingerprint(of: Array(text.utf8)) == file.fingerprint
    }
    guard status.kind == .regular, status.isExecutable == file.isExecutable, let bytes = try? Files.read(path) else { return false }
    return store.secret.fingerprint(of: bytes) == file.fingerprint
  }

  func lost(_ path: String) -> MachineError {
    MachineError("the content of `\(path)` is no longer in the store", hint: "run the same command again: it will be built anew")
  }
}
