// One tool over its files: verdicts that are kept, batches of the rest, and whose the findings of a batch are.

internal import Execution
internal import Fingerprints
internal import Host
internal import Store

struct FileToolRun: Sendable {
  private let tool: FileTool
  private var found: [FileResult?]
  private var reasons: [VerdictChange?]
  private var verdictKeys: [Fingerprint] = []
  private var packs: VerdictPacks?
  /// By file: whether its verdict is in the store.
  private var isKept: [Bool]
  private var base: SealedKey?
  /// Indices of the files of each batch under way.
  private var batches: [ActionID: [Int]] = [:]

  /// Whether the tool has come to a verdict at all, and how many files it failed on alone.
  private var hasWorked = false
  private var aloneFailures = 0

  /// A tool that fails on so many files and works on none is itself what is wrong: its batches are no longer divided.
  private static let patience = 8
  /// Bytes of paths in one command line: a quarter of what Linux allows by default (`ARG_MAX`, 2 MiB), the environment needs room too.
  private static let argumentBytes = 512 << 10
  /// A batch of fewer files than this is not worth a process of its own.
  private static let smallestBatch = 8

  init(_ tool: FileTool) {
    self.tool = tool
    found = [FileResult?](repeating: nil, count: tool.files.count)
    reasons = [VerdictChange?](repeating: nil, count: tool.files.count)
    isKept = [Bool](repeating: false, count: tool.files.count)
  }

  var isDone: Bool { batches.isEmpty }

  /// In the order of the tool's files.
  var results: [FileResult] {
    zip(tool.files, found).map { file, result in result ?? FileResult(path: file.path, how: .cancelled) }
  }

  mutating func start(in plan: inout Plan, _ scheduler: Scheduler) {
    guard !tool.files.isEmpty else { return }
    let base = tool.template.firstLevelKey(scheduler.context) { _ in [] }
    self.base = base
    verdictKeys = FileToolRun.keys(of: tool.files, base: base, scheduler.context.secret)
    if tool.template.cache == .results { readVerdicts(base, scheduler) }
    let stale = found.indices.filter { found[$0] == nil }
    guard !stale.isEmpty else { return }
    for batch in split(stale, slots: scheduler.slots.cpus) { append(batch, to: &plan) }
  }

  mutating func finished(_ id: ActionID, _ outcome: Outcome, in plan: inout Plan, _ scheduler: Scheduler) -> Bool {
    guard let batch = batches.removeValue(forKey: id) else { return false }
    guard let result = outcome.result, outcome.how != .cancelled else {
      let how: FileResult.How = if case .skipped(let root) = outcome.how { .skipped(because: root) } else { .cancelled }
      for index in batch { settle(index, how) }
      return true
    }
    findReasons(for: batch.filter { reasons[$0] == nil }, scheduler)
    guard case .exited(let status) = result.ending, tool.cleanStatuses.contains(status) || tool.findingStatuses.contains(status) else {
      // One file that a tool chokes on (it cannot be parsed, it crashes the tool) does not take its whole batch along.
      if batch.count > 1, result.ending.mayBeOneFilesFault, hasWorked || aloneFailures < FileToolRun.patience {
        append(Array(batch[..<(batch.count / 2)]), to: &plan)
        append(Array(batch[(batch.count / 2)...]), to: &plan)
        return true
      }
      aloneFailures += 1
      for index in batch { settle(index, .toolError(result)) }
      return true
    }
    hasWorked = true
    guard tool.findingStatuses.contains(status), !tool.cleanStatuses.contains(status) else {
      judge(batch, [:], result, outcome, scheduler)
      return true
    }
    let seen = FileTool.Batch(
      status: status, standardOutput: bytes(of: result.standardOutput, scheduler.store),
      standardError: bytes(of: result.standardError, scheduler.store), paths: batch.map { tool.files[$0].path })
    if let findings = attributed(seen) {
      judge(batch, findings, result, outcome, scheduler)
    } else if let only = batch.first, batch.count == 1 {
      let path = tool.files[only].path
      judge(batch, [path: FileFindings(path: path, text: seen.text)], result, outcome, scheduler)
    } else {
      append(Array(batch[..<(batch.count / 2)]), to: &plan)
      append(Array(batch[(batch.count / 2)...]), to: &plan)
    }
    return true
  }

  // MARK: What is kept

  private static func keys(of files: [FileTool.File], base: SealedKey, _ secret: Secret) -> [Fingerprint] {
    var keys = [Fingerprint](repeating: .absent, count: files.count)
    keys.withUnsafeMutableBufferPointer { buffer in
      nonisolated(unsafe) let slots = buffer  // each index is written by the one thread that has its chunk, and read after all have ended
      Workers.forEachChunk(of: files.count) { range in
        var extended = ExtendedKeys(secret, base: base)
        for index in range {
          let file = files[index]
          let scope = file.scope == .absent ? nil : Ingredient.inputSet(name: "scope", file.scope)
          slots[index] = extended.key(file.input.ingredient, scope)
        }
      }
    }
    return keys
  }

  private mutating func readVerdicts(_ base: SealedKey, _ scheduler: Scheduler) {
    let store = scheduler.store
    packs = VerdictPacks(of: tool.files, subject: tool.subject, base: base.key, store)
    var verdicts = packs?.read(verdictKeys, store) ?? [Verdict?](repeating: nil, count: verdictKeys.count)
    let unknown = verdicts.indices.filter { verdicts[$0] == nil }
    for (index, verdict) in zip(unknown, store.get(.verdicts, keys: unknown.map { verdictKeys[$0] }) { Verdict($0) }) {
      guard let verdict else { continue }
      verdicts[index] = verdict
      packs?.noteChange(of: index)
    }
    let blobs = verdicts.compactMap { if case .formatted(let blob, _)? = $0 { blob } else { nil } }
    let gone = Set(store.missingBlobs(among: blobs))
    for (index, verdict) in verdicts.enumerated() {
      guard let verdict else { continue }
      if case .formatted(let blob, _) = verdict, gone.contains(blob) { continue }
      found[index] = FileResult(path: tool.files[index].path, how: .verdict(verdict, cached: true))
      isKept[index] = true
    }
  }

  /// Writes what the packs do not hold yet. Called once, when all is done.
  mutating func keepPacks(_ scheduler: Scheduler) {
    let (found, isKept) = (found, isKept)
    let entries = packs?.newEntries(verdictKeys) { index in
      guard isKept[index], case .verdict(let verdict, _)? = found[index]?.how else { return nil }
      return verdict
    }
    if let entries, !entries.isEmpty { scheduler.store.put(batch: entries) }
  }

  /// Compares with what the last verdict of each file was made of. Only once a batch has ended: nothing waits for it, and what a scope holds may
  /// be long.
  private mutating func findReasons(for stale: [Int], _ scheduler: Scheduler) {
    guard let base, !stale.isEmpty else { return }
    let store = scheduler.store
    let asked = stale.map { VerdictHistory.key(tool.subject, tool.files[$0].path, scheduler.context.secret) }
    var toolChanges: [Fingerprint: [Change]] = [:]
    for (index, bytes) in zip(stale, store.get(.history, keys: asked)) {
      guard let last = bytes.flatMap({ VerdictHistory($0) }) else {
        reasons[index] = .firstRun
        continue
      }
      let file = tool.files[index]
      if last.base != base.key {
        if toolChanges[last.base] == nil {
          let before = Manifest(root: last.base) { store.get(.manifests, key: $0) }
          toolChanges[last.base] = before.map { base.manifest.difference(from: $0) } ?? []
        }
        reasons[index] = .tool(toolChanges[last.base] ?? [])
      } else if last.content != file.input.fingerprint || last.isExecutable != file.input.isExecutable {
        reasons[index] = .content
      } else if last.scope != file.scope {
        let before = Manifest(root: last.scopeManifest) { store.get(.manifests, key: $0) }
        let now = scopeManifest(of: file, scheduler.context.secret)
        reasons[index] = .scope(now.flatMap { now in before.map { now.manifest.difference(from: $0) } } ?? [])
      } else {
        reasons[index] = .notKept
      }
    }
  }

  /// The files that a file's scope stands for, as a manifest to compare with later; nil for none, or where they cannot be listed.
  private func scopeManifest(of file: FileTool.File, _ secret: Secret) -> SealedKey? {
    let extraInputs = tool.extraInputs(of: file)
    guard !extraInputs.isEmpty else { return nil }
    var builder = KeyBuilder(secret)
    for input in extraInputs {
      switch input {
      case .file(let extra): if extra.path != file.path { builder.add(extra.ingredient) }
      case .set(let set):
        guard let files = try? set.files() else { return nil }
        for extra in files where extra.path != file.path { builder.add(extra.ingredient) }
      case .output: break
      }
    }
    return builder.seal()
  }

  // MARK: Batches

  /// Even shares in the files' order: enough to keep every slot busy, none larger than the tool or the system allows.
  private func split(_ stale: [Int], slots: Int) -> [[Int]] {
    let limit = max(1, tool.batchSize)
    let forSize = (stale.count + limit - 1) / limit
    let forSlots = min(slots, (stale.count + FileToolRun.smallestBatch - 1) / FileToolRun.smallestBatch)
    let count = max(1, forSize, forSlots)
    var batches: [[Int]] = []
    for part in 0..<count {
      var batch: [Int] = []
      var bytes = 0
      for index in stale[(stale.count * part / count)..<(stale.count * (part + 1) / count)] {
        let size = tool.files[index].path.utf8.count + 9  // its NUL and its pointer
        if !batch.isEmpty && bytes + size > FileToolRun.argumentBytes {
          batches.append(batch)
          batch = []
          bytes = 0
        }
        batch.append(index)
        bytes += size
      }
      if !batch.isEmpty { batches.append(batch) }
    }
    return batches
  }

  private mutating func append(_ batch: [Int], to plan: inout Plan) {
    let files = batch.map { tool.files[$0] }
    var action = tool.template
    action.subject = ""  // batches have no history: the next one will be another
    action.label += files.count == 1 ? " \(files[0].path)" : " (\(files.count) files)"
    action.argv = action.argv.flatMap { argument -> [Argument] in
      guard argument == .paths else { return [argument] }
      // A name that looks like an option is no option.
      return files.map { .text($0.path.utf8.first == UInt8(ascii: "-") ? "./\($0.path)" : $0.path) }
    }
    action.inputs += files.map { .file($0.input) }
    for file in files { action.inputs += tool.extraInputs(of: file) }
    if tool.mode == .format { action.outputs += files.map { DeclaredOutput(name: $0.path, path: $0.path) } }
    action.resultStatuses = tool.cleanStatuses + tool.findingStatuses
    action.successStatuses = action.resultStatuses
    action.cache = .never  // what is kept are the verdicts
    batches[plan.append(action)] = batch
  }

  // MARK: Judging

  /// - Returns: the findings by path; nil where they are not understood or not all of this batch.
  private func attributed(_ batch: FileTool.Batch) -> [String: FileFindings]? {
    switch tool.attribute(batch) {
    case .clean: return [:]
    case .unattributable: return nil
    case .findings(let list):
      let members = Set(batch.paths)
      var findings: [String: FileFindings] = [:]
      for entry in list {
        guard members.contains(entry.path), findings.updateValue(entry, forKey: entry.path) == nil else { return nil }
      }
      return findings
    }
  }

  private mutating func judge(
    _ batch: [Int], _ findings: [String: FileFindings], _ result: ActionResult, _ outcome: Outcome, _ scheduler: Scheduler
  ) {
    let produced = Dictionary(result.outputs.map { ($0.path, $0.fingerprint) }, uniquingKeysWith: { first, _ in first })
    for index in batch {
      let file = tool.files[index]
      let verdict: Verdict
      if let said = findings[file.path] {
        verdict = .findings(said)
      } else if tool.mode == .format {
        guard let content = produced[file.path] else {
          settle(index, .toolError(result))
          continue
        }
        verdict = content == file.input.fingerprint ? .clean : .formatted(content, isExecutable: file.input.isExecutable)
      } else {
        verdict = .clean
      }
      settle(index, .verdict(verdict, cached: false))
    }
    // A verdict on bytes that changed under way belongs to no content that anybody planned with.
    let isKept = tool.template.cache == .results || tool.template.cache == .writeOnly
    if isKept && outcome.renewed.isEmpty && !scheduler.cancellation.isCancelled { keep(batch, scheduler) }
  }

  private mutating func keep(_ batch: [Int], _ scheduler: Scheduler) {
    guard let base else { return }
    var entries: [Store.Entry] = []
    scheduler.store.withReader { reader in
      for (fingerprint, bytes) in base.manifest.records where !reader.contains(.manifests, fingerprint) {
        entries.append(Store.Entry(.manifests, fingerprint, bytes))
      }
      if batch.contains(where: { reader.contains(.verdicts, verdictKeys[$0]) }) { entries.append(scheduler.store.newGeneration) }
    }
    for index in batch {
      guard case .verdict(let verdict, _)? = found[index]?.how else { continue }
      let file = tool.files[index]
      let scope = scopeManifest(of: file, scheduler.context.secret)
      for (fingerprint, bytes) in scope?.manifest.records ?? [:] { entries.append(Store.Entry(.manifests, fingerprint, bytes)) }
      entries.append(Store.Entry(.verdicts, verdictKeys[index], verdict.bytes))
      isKept[index] = true
      packs?.noteChange(of: index)
      let history = VerdictHistory.key(tool.subject, file.path, scheduler.context.secret)
      entries.append(Store.Entry(.history, history, VerdictHistory(of: file, base: base.key, scopeManifest: scope?.key ?? .absent).bytes))
    }
    if tool.template.cache == .writeOnly {
      entries += [VerdictPacks.forced(tool.subject, scheduler.store), scheduler.store.newGeneration]
    }
    scheduler.store.put(batch: entries)
  }

  private mutating func settle(_ index: Int, _ how: FileResult.How) {
    found[index] = FileResult(path: tool.files[index].path, how: how, reason: reasons[index])
  }

  private func bytes(of output: CapturedOutput, _ store: Store) -> [UInt8] {
    switch output {
    case .inline(let bytes): bytes
    case .blob(let fingerprint, _, _): store.blob(fingerprint) ?? []
    }
  }
}

extension FileTool.Batch {
  /// Both streams, for people: without a newline at the end.
  var text: String {
    var text = String(decoding: standardOutput, as: UTF8.self)
    if !text.isEmpty && !text.hasSuffix("\n") && !standardError.isEmpty { text += "\n" }
    text += String(decoding: standardError, as: UTF8.self)
    while text.hasSuffix("\n") { text.removeLast() }
    return text
  }
}

extension ActionResult.Ending {
  /// Whether fewer files might have ended otherwise.
  fileprivate var mayBeOneFilesFault: Bool {
    switch self {
    case .exited, .signalled: true
    default: false
    }
  }
}
