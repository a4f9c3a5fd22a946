// `publish`: packages are built, looked for at the places they go to, signed, and uploaded one by one; nothing of it is ever cached.

internal import Diagnostics
internal import Events
internal import Execution
internal import Fingerprints
internal import Formats
internal import Glibc
internal import Host
internal import Options
internal import Plugins
internal import Scheduling
internal import Snapshots
internal import Store
internal import Targets

/// All that can be known before the first upload is known then: what does not build, a key that is not there, a place that has other files
/// of the same names, or does not answer, stop the run while nothing has happened.
func publishPackages(_ session: Session) throws -> Int32 {
  var run = Publishing(session)
  let signer = try Signer(session)
  guard try run.build() else { return run.exitCode }
  let folder: String
  do throws(FileError) { folder = try WorkspaceFolder.prepare(in: session.root) } catch {
    throw MachineError("\(error)", hint: "`publish` writes down what it uploads")
  }
  return try FileLock.holding(
    "\(folder)/publish.lock", holder: "baji publish",
    waiting: { [report = session.report] holder in report(.note("waiting for \(holder ?? "another run"), which is publishing")) }
  ) {
    do {
      try run.look()
      try run.compareWithJournal()
      if run.isStopped || run.isDry { return try run.finish() }
      try run.sign(with: signer)
      try run.upload()
    } catch {
      // What has happened is told whatever comes between.
      _ = try? run.finish()
      throw error
    }
    return try run.finish()
  }
}

/// One run's packages and what became of them so far.
private struct Publishing {
  private let session: Session
  private let timeout: Double?
  let isDry: Bool
  private var uploads: [Upload] = []
  private var leftOut: [LeftOut] = []
  /// By target: those whose packages come first.
  private var needs: [TargetID: Set<TargetID>] = [:]
  private var journal: PublishJournal?
  private var failedPackages = 0
  private var packagingCode: Int32 = 0
  /// How many of `uploads` were told of while they went.
  private var told: Set<Int> = []

  init(_ session: Session) {
    self.session = session
    isDry = session.options.bool("publish", "dry_run")
    let seconds = session.options.int("publish", "timeout") ?? 0
    timeout = seconds > 0 ? Double(seconds) : nil
  }

  var exitCode: Int32 { uploads.map(\.exitCode).max().map { max($0, packagingCode) } ?? packagingCode }

  /// Whether something is known that forbids the first upload.
  var isStopped: Bool { exitCode != 0 || session.scheduler.cancellation.isCancelled }

  // MARK: - Packages

  /// Builds what is to be published and lays it into the dist folder.
  /// - Returns: whether there is anything to publish; else all is told.
  mutating func build() throws -> Bool {
    let planner = try session.planner()
    var errors = PlanErrors()
    var wanted: [(id: TargetID, publisher: PublisherDeclaration, offer: PublishOffer, action: ActionID)] = []
    for id in try session.selectedForBuilding() where planner.offers(planner.world.plugins.packagers, id) {
      let address = planner.world.graph.address(of: id).description
      do {
        for (publisher, offer) in try planner.publishers(of: id) {
          if let reason = offer.skipped {
            leftOut.append(LeftOut(name: offer.name, address: address, publisher: publisher.name, reason: reason))
          } else {
            wanted.append((id, publisher, offer, try planner.package(id)))
            needs[id, default: []].formUnion(try planner.needs(of: publisher, id))
          }
        }
      } catch let error as UserError {
        errors.add(error, wanter: "`\(address)`")
      }
    }
    try errors.check()
    guard !wanted.isEmpty || !leftOut.isEmpty else {
      _ = session.reportNothing("publish", of: "packages")
      try writeReport()
      return false
    }
    let outcomes = session.scheduler.run(planner.plan)
    planner.keepPlans()
    let ids = wanted.map(\.id)
    if let bad = wanted.first(where: { !outcomes[Int($0.action)].isSuccess }) {
      try tellFailure(wanted.map { ($0.id, $0.action) }, outcomes, planner, first: bad.id)
      return false
    }
    try session.withWriteLock { stage in
      for item in wanted {
        for file in outcomes[Int(item.action)].result?.outputs ?? [] { try session.lay(file, into: session.distFolder, stage) }
      }
    }
    let graph = planner.world.graph
    let order = inOrderOfNeed(ids) { id in graph.closure(of: [id]) + (needs[id] ?? []) }
    for id in order {
      needs[id, default: []].formUnion(graph.closure(of: [id]))
      for item in wanted where item.id == id {
        try add(item.publisher, item.offer, id, graph.address(of: id).description, outcomes[Int(item.action)].result?.outputs ?? [])
      }
    }
    return true
  }

  private mutating func add(
    _ publisher: PublisherDeclaration, _ offer: PublishOffer, _ id: TargetID, _ address: String, _ outputs: [ProducedFile]
  ) throws {
    let patterns = publisher.files.map { NamePattern($0) }
    var files: [(PublishedFile, ProducedFile)] = []
    for output in outputs.sorted(by: { $0.path < $1.path }) where !output.isLink {
      let name = output.path.split(separator: "/").last.map(String.init) ?? output.path
      guard patterns.contains(where: { $0.matches(name) }) else { continue }
      guard let bytes = session.store.blob(output.fingerprint) else {
        throw MachineError("the content of `\(output.path)` is no longer in the store", hint: "run the same command again")
      }
      files.append((PublishedFile(path: output.path, sha256: SHA256.hex(of: bytes), size: bytes.count), output))
    }
    guard !files.isEmpty else {
      throw UserError(
        "`\(address)`: `package` builds nothing that `\(publisher.name)` publishes (\(publisher.files.joined(separator: ", ")))")
    }
    for text in offer.places {
      let place = Place(text)
      for (file, content) in files {
        if let other = uploads.first(where: { $0.place == place && $0.file.name == file.name }) {
          if other.target == id { continue }
          throw UserError(
            "`\(other.address)` and `\(address)` both want to publish `\(file.name)` to \(place.shown)",
            hint: "give one another name or version")
        }
        uploads.append(Upload(target: id, address: address, publisher: publisher, place: place, file: file, content: content))
      }
    }
  }

  /// Tells of packages that were not built: then nothing is published at all.
  private mutating func tellFailure(
    _ actions: [(id: TargetID, action: ActionID)], _ outcomes: [Outcome], _ planner: Planner, first: TargetID
  ) throws {
    let graph = planner.world.graph
    var lines: [ResultLine] = []
    for (id, action) in actions {
      let outcome = outcomes[Int(action)]
      let address = graph.address(of: id).description
      if outcome.isSuccess {
        lines.append(
          ResultLine(.skipped, address, .none("built"), remark: "not published, as `\(graph.address(of: first))` was not built"))
      } else {
        lines.append(session.line(address, outcome, showsOutput: true))
      }
    }
    lines += session.failedNeeds(of: actions.map(\.action), outcomes)
    session.report(.results(lines))
    failedPackages = actions.count { !outcomes[Int($0.action)].isSuccess }
    packagingCode = actions.map { outcomes[Int($0.action)] }.exitCode
    tellSummary()
    try writeReport()
  }

  // MARK: - What is there

  /// Asks every place what it has of the files.
  mutating func look() throws {
    try look(at: uploads.indices.filter { uploads[$0].state == .waiting }) { upload, failure in
      switch failure {
      case .refused(let detail): upload.become(.refused, "nobody could look at what is there", detail: detail)
      case .misconfigured(let detail):
        upload.become(.refused, detail: detail)
        upload.isMisconfigured = true
      case .unreachable(let remark, let detail): upload.become(.failed, remark, detail: detail)
      }
    }
  }

  private enum LookFailure {
    case refused(String)
    case misconfigured(String)
    case unreachable(String, String)
  }

  private mutating func look(at indices: [Int], failing fail: (inout Upload, LookFailure) -> Void) throws {
    let planner = try session.planner()
    var groups: [(indices: [Int], action: Action)] = []
    for index in indices {
      let upload = uploads[index]
      if let last = groups.indices.last, let first = groups[last].indices.first, uploads[first].target == upload.target,
        uploads[first].place == upload.place, uploads[first].publisher.name == upload.publisher.name
      {
        groups[last].indices.append(index)
      } else if upload.publisher.look != nil {
        groups.append(([index], Action(subject: "", label: "", argv: [])))
      }
    }
    for number in groups.indices {
      guard let first = groups[number].indices.first else { continue }
      let members = groups[number].indices.map { uploads[$0] }
      guard
        let action = try planner.look(uploads[first].publisher, uploads[first].target, place: members[0].place.shown, members.map(\.file))
      else { continue }
      groups[number].action = completed(action, members, label: "look at \(members[0].place.shown)")
    }
    var plan = planner.plan
    let ids = groups.map { plan.append($0.action) }
    let outcomes = session.scheduler.run(plan)
    for (group, id) in zip(groups, ids) {
      let outcome = outcomes[Int(id)]
      if session.scheduler.cancellation.isCancelled { continue }
      let isFirst = group.indices.first
      let answers = outcome.isSuccess ? outcome.result.flatMap { try? JSON.parse(session.text(of: $0.standardOutput)) } : nil
      for index in group.indices {
        if let (state, note) = state(of: uploads[index].file.name, in: answers) {
          switch state {
          case "same": uploads[index].become(.present)
          case "different": uploads[index].become(.conflict, Publishing.conflictText(uploads[index], note))
          default: break
          }
        } else if let failure = lookFailure(outcome, uploads[index], showsOutput: index == isFirst) {
          fail(&uploads[index], failure)
        }
      }
    }
  }

  private static func conflictText(_ upload: Upload, _ note: String) -> String {
    "there is another file of this name (\(note.isEmpty ? "" : "\(note); ")this one is sha256 \(upload.file.sha256.prefix(12))…): what is published is never replaced, give it a new version"
  }

  /// `{"files": {NAME: {"state": …, "note": …}}}`
  private func state(of name: String, in answers: JSON?) -> (String, String)? {
    let answer = answers?["files"]?[name]
    guard case .string(let state)? = answer?["state"] else { return nil }
    if case .string(let note)? = answer?["note"] { return (state, note) }
    return (state, "")
  }

  private func lookFailure(_ outcome: Outcome, _ upload: Upload, showsOutput: Bool) -> LookFailure? {
    let detail = showsOutput ? said(by: outcome) : ""
    switch outcome.result?.ending {
    case .exited(0): return .refused("`\(upload.publisher.name)` did not say what \(upload.place.shown) has")
    case .exited(2): return .misconfigured(detail)
    case .exited(3): return .unreachable("\(upload.place.shown) did not answer", detail)
    case .exited: return .refused(detail)
    case .timedOut: return .unreachable(lateText(upload), detail)
    case let ending?: return .unreachable(ending.remark, detail)
    case nil: return .unreachable("something it needs failed", detail)
    }
  }

  private func lateText(_ upload: Upload) -> String {
    "\(upload.place.shown) did not answer within \(Int(timeout ?? 0))s (`[publish] timeout`)"
  }

  /// An action with the files, the time limit, and what only its process may know.
  private func completed(_ action: Action, _ members: [Upload], label: String) -> Action {
    var action = action
    for upload in members {
      for file in [upload.content] + (upload.file.signature == nil ? [] : [upload.signature].compactMap { $0 }) {
        action.inputs.append(
          .file(InputFile(path: file.path, isExecutable: file.isExecutable, fingerprint: file.fingerprint, source: .blob)))
      }
      if upload.place.text != upload.place.shown { action.credentials[upload.place.shown] = upload.place.text }
    }
    action.timeout = timeout
    action.label = label
    action.passthrough["BAJI_WORKSPACE"] = session.root
    return action
  }

  private func said(by outcome: Outcome) -> String {
    outcome.result.map { [session.shownText(of: $0.standardOutput), session.shownText(of: $0.standardError)].joinedLines } ?? ""
  }

  // MARK: - The journal

  mutating func compareWithJournal() throws {
    let resumes = session.options.bool("publish", "resume")
    let path: String
    do throws(FileError) { path = try PublishJournal.path(in: session.root) } catch { throw MachineError("\(error)") }
    let left = try PublishJournal(leftAt: path)
    // Of the interrupted run, what this one is not about.
    var others: [PublishJournal.Entry] = []
    if let left, resumes {
      for index in uploads.indices {
        guard let entry = left.entry(of: uploads[index]), entry.state != .waiting else { continue }
        let isSame = entry.sha256 == uploads[index].file.sha256
        switch (entry.state, uploads[index].state, isSame) {
        case (_, .present, true): uploads[index].become(.earlier, "by the run that was interrupted")
        case (.published, .waiting, true):
          uploads[index].become(.earlier, "by the run that was interrupted; the place does not show it yet")
        case (.published, .waiting, false), (.begun, .waiting, false):
          uploads[index].become(
            .conflict,
            "the interrupted run \(entry.state == .published ? "published" : "was uploading") another content (sha256 \(entry.sha256.prefix(12))…, now \(uploads[index].file.sha256.prefix(12))…): restore what it was built from, give it a new version, or publish without `--publish-resume`"
          )
        default: break
        }
      }
      let known = Set(uploads.map { "\($0.place.shown) \($0.file.name)" })
      others = left.entries.filter { !known.contains("\($0.place) \($0.name)") && $0.state != .published }
      if !others.isEmpty {
        let names = others.prefix(3).map { "\($0.name) to \($0.place)" }.joined(separator: ", ")
        session.report(
          .note(
            "the interrupted run was to publish what is not selected now: \(names)\(others.count > 3 ? " and \(others.count - 3) more" : "")"
          ))
      }
    } else if let left, !isDry {
      session.report(
        .note(
          "an earlier run published \(left.publishedCount) of \(left.entries.count) and did not finish: `--publish-resume` goes on with it; this run begins anew"
        ))
    } else if resumes {
      session.report(.note("no earlier run is unfinished: there is nothing to resume"))
    }
    guard !isDry, !isStopped, !uploads.isEmpty else { return }
    journal = PublishJournal(
      at: path,
      uploads.map { upload in
        PublishJournal.Entry(
          place: upload.place.shown, target: upload.address, name: upload.file.name, sha256: upload.file.sha256,
          state: upload.isThere ? .published : .waiting)
      } + others)
  }

  // MARK: - Signatures

  mutating func sign(with signer: Signer?) throws {
    guard let signer else { return }
    var made: [String: ProducedFile] = [:]
    let sends = signer.kind == .gpg && session.options.bool("publish", "upload_signatures")
    for index in uploads.indices where uploads[index].state == .waiting {
      let upload = uploads[index]
      if made[upload.file.path] == nil {
        switch signer.sign(upload.file, upload.content) {
        case .signed(let signature): made[upload.file.path] = signature
        case .failed(let remark, let detail):
          uploads[index].become(.refused, remark, detail: detail)
          return
        case .interrupted: return
        }
      }
      guard let signature = made[upload.file.path] else { continue }
      uploads[index].signature = signature
      let file = upload.file
      uploads[index].file = PublishedFile(
        path: file.path, sha256: file.sha256, size: file.size, signature: sends ? signature.path : nil)
    }
    try session.withWriteLock { stage in
      for signature in made.values.sorted(by: { $0.path < $1.path }) { try session.lay(signature, into: session.distFolder, stage) }
    }
  }

  // MARK: - Uploads

  mutating func upload() throws {
    guard !isStopped, uploads.contains(where: { $0.state == .waiting }) else { return }
    try journal?.write()
    let planner = try session.planner()
    var silent: Set<Place> = []
    for index in uploads.indices where uploads[index].state == .waiting {
      let upload = uploads[index]
      if session.scheduler.cancellation.isCancelled { break }
      if silent.contains(upload.place) {
        uploads[index].become(.held, "\(upload.place.shown) did not answer before")
        continue
      }
      if let need = uploads.first(where: {
        $0.target != upload.target && $0.place == upload.place && !$0.isThere && needs[upload.target]?.contains($0.target) == true
      }) {
        uploads[index].become(.held, "it needs `\(need.address)`, which was not published")
        continue
      }
      try journal?.set(index, .begun)
      faultPoint("publish.begun")
      let outcome = try run(planner, upload)
      uploads[index].seconds = outcome.seconds
      try judge(outcome, index)
      if [.failed, .unknown].contains(uploads[index].state) { silent.insert(upload.place) }
      if uploads[index].isThere {
        faultPoint("publish.uploaded")
        try journal?.set(index, .published)
      }
      tell(index)
    }
  }

  private func run(_ planner: Planner, _ upload: Upload) throws -> Outcome {
    let action = try planner.upload(upload.publisher, upload.target, place: upload.place.shown, upload.file)
    var plan = planner.plan
    let id = plan.append(completed(action, [upload], label: "publish \(upload.file.name) to \(upload.place.shown)"))
    return session.scheduler.run(plan)[Int(id)]
  }

  private mutating func judge(_ outcome: Outcome, _ index: Int) throws {
    let upload = uploads[index]
    let output = said(by: outcome)
    if case .exited(let status)? = outcome.result?.ending { uploads[index].status = status }
    if outcome.isSuccess {
      let shows = session.options.string("publish", "noninteractive_process_output") == "all"
      return uploads[index].become(.published, detail: shows ? output : "")
    }
    if session.scheduler.cancellation.isCancelled || outcome.how == .cancelled {
      return uploads[index].become(.unknown, "interrupted: `--publish-resume` finds out and goes on")
    }
    let remark: String
    var isBroken = true
    switch outcome.result?.ending {
    case .exited(3)?: remark = "\(upload.place.shown) did not answer, or broke off"
    case .exited(let status)?:
      (remark, isBroken) = ("", false)
      uploads[index].isMisconfigured = status == 2
    case .timedOut?: remark = lateText(upload)
    case let ending?: remark = ending.remark
    case nil: remark = "something it needs failed"
    }
    // Whatever the uploader believes: what the place has now is what counts.
    uploads[index].become(isBroken ? .unknown : .refused, remark, detail: output)
    guard upload.publisher.look != nil else { return }
    var wasSeen = true
    try look(at: [index]) { _, _ in wasSeen = false }
    switch uploads[index].state {
    case .present:
      uploads[index].become(.published, "though the upload ended otherwise: \(remark.isEmpty ? "see below" : remark)", detail: output)
    case .unknown where wasSeen && !session.scheduler.cancellation.isCancelled: uploads[index].become(.failed, remark, detail: output)
    case .unknown: uploads[index].become(.unknown, "\(remark); whether it has arrived is not known", detail: output)
    default: uploads[index].detail = output
    }
  }

  // MARK: - Telling

  private mutating func tell(_ index: Int) {
    told.insert(index)
    session.report(.results([uploads[index].line]))
  }

  /// Tells what became of all, and keeps the journal where something is left to do.
  mutating func finish() throws -> Int32 {
    if !isDry {
      let reason = session.scheduler.cancellation.isCancelled ? "interrupted" : "nothing was uploaded: see the others"
      for index in uploads.indices where uploads[index].state == .waiting { uploads[index].become(.held, reason) }
    }
    let rest = uploads.indices.filter { !told.contains($0) }.map { uploads[$0].line }
    if !rest.isEmpty || !leftOut.isEmpty { session.report(.results(leftOut.map(\.line) + rest)) }
    tellSummary()
    try writeReport()
    if let journal, uploads.allSatisfy(\.isThere), journal.isFinished(but: uploads.count) { journal.remove() }
    return exitCode
  }

  private func tellSummary() {
    func count(_ states: Upload.State...) -> Int { uploads.count { states.contains($0.state) } }
    session.report(
      .summary(
        GoalSummary(
          goal: "publish",
          counts: [
            .init(count(.published), "published"), .init(count(.earlier), "published earlier"), .init(count(.present), "already there"),
            .init(count(.waiting), "would be published"), .init(leftOut.count, "skipped"), .init(count(.conflict), "in conflict"),
            .init(count(.refused, .failed), "failed"), .init(count(.unknown), "unknown"), .init(count(.held), "not published"),
            .init(failedPackages, "not built"),
          ], isGood: exitCode == 0 && !session.scheduler.cancellation.isCancelled, ran: 0, cached: 0, seconds: session.elapsed)))
  }

  private func writeReport() throws {
    guard let file = session.options.string("publish", "output"), !file.isEmpty else { return }
    try PublishReport.write(PublishReport.json(uploads, leftOut), to: session.absolute(file))
  }
}
