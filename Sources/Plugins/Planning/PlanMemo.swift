// Plans that are kept between runs: what a plan function described, under all that it was told. An unchanged target's plan function is not called.

internal import Fingerprints
internal import Options
internal import Snapshots
internal import Store
internal import Targets

/// The memo of plans. What a plan rests on is either in its name (plugins, platform, names of secrets, the target with all its fields and
/// files' names, the goal's settings) or in its trace, and the trace is asked again before a plan is believed.
///
/// Plans are packed by folders, about a thousand targets a pack. A pack keeps older plans too, so that changing between branches plans
/// nothing anew.
final class PlanMemo {
  private static let packSize = 1024
  /// Plans in one pack, at most: the newest.
  private static let mostPlans = 4 * packSize

  private let world: PlanWorld
  private let plugins: Fingerprint
  private let packCount: UInt64
  private var packs: [UInt64: Pack] = [:]
  private var known = Answers()
  /// Traces that many plans share, and that were asked again: nil for those whose answers differ now.
  private var parts: [Fingerprint: SharedTrace?] = [:]
  /// By the names of a plan's parts.
  private var readings: [[Fingerprint]: PlanReadings] = [:]
  /// The trees that kept plans name.
  let trees: TreeLibrary

  init(_ world: PlanWorld) {
    self.world = world
    trees = TreeLibrary(world.store)
    plugins = world.plugins.identity(world.store.secret)
    var count = 1
    while count * PlanMemo.packSize < world.graph.count { count *= 2 }
    packCount = UInt64(count)
  }

  /// For a planner that works ahead of the one that has `other`.
  init(aheadOf other: PlanMemo) {
    world = other.world
    trees = TreeLibrary(other.world.store)
    plugins = other.plugins
    packCount = other.packCount
    packs = other.packs
  }

  /// Reads the packs of these targets' plans.
  func load(for targets: some Sequence<[TargetID]>) { for ids in targets { load(packNumber(of: ids)) } }

  /// All that a plan function can learn of targets without asking for more.
  /// - Parameter purpose: whose function it is, and what else it is given.
  func name(of ids: [TargetID], purpose: (inout ByteWriter) -> Void) -> Fingerprint {
    world.store.secret.fingerprint { writer in
      purpose(&writer)
      for id in ids { world.graph.writeFacts(of: id, to: &writer) }
    }
  }

  /// The newest kept answer of that name whose trace gets the same answers now.
  /// - Parameter targets: those it was planned for.
  func find<Answer>(
    _ name: Fingerprint, for targets: [TargetID], decode: (inout ByteReader) throws(MalformedBytes) -> Answer
  ) -> (answer: Answer, readings: PlanReadings)? {
    let number = packNumber(of: targets)
    load(number)
    guard let pack = packs[number] else { return nil }
    var next = pack.newest[name]
    while let place = next {
      next = pack.older(than: place)
      let plan = pack.plans[place]
      guard let shared = readings(of: plan.parts, in: pack) else { continue }
      var reader = ByteReader(plan.bytes)
      guard let trace = try? reader.readPlanTrace(), holds(trace, targets) else { continue }
      guard let answer = try? decode(&reader), reader.isAtEnd else { continue }
      return (answer, shared.adding(trace))
    }
    return nil
  }

  func keep(_ name: Fingerprint, for targets: [TargetID], _ trace: PlanTrace, encode: (inout ByteWriter) -> Void) {
    guard trace.isComplete else { return }
    let number = packNumber(of: targets)
    load(number)
    let (own, common) = trace.divided
    var all = trace.parts
    if let common {
      let part = SharedTrace(common, secret: world.store.secret)
      all[part.fingerprint] = part
    }
    var writer = ByteWriter()
    writer.write(own)
    encode(&writer)
    packs[number]?.add(Pack.Plan(name, parts: all.keys.sorted(), bytes: writer.bytes[...]))
    for part in all.values {
      packs[number]?.parts[part.fingerprint] = part.bytes[...]
      parts[part.fingerprint] = part
    }
    packs[number]?.isChanged = true
  }

  /// Writes what is new.
  func save() {
    var entries: [Store.Entry] = []
    for (number, pack) in packs where pack.isChanged {
      entries.append(Store.Entry(.memo, key(of: number), pack.encoded(newest: PlanMemo.mostPlans)))
      packs[number]?.isChanged = false
    }
    entries += trees.newEntries()
    if !entries.isEmpty { world.store.put(batch: entries) }
  }

  // MARK: - Packs

  private func packNumber(of targets: [TargetID]) -> UInt64 {
    guard packCount > 1, let first = targets.first else { return 0 }
    return world.store.secret.fingerprint(of: world.graph.directory(of: first)).low % packCount
  }

  private func key(of number: UInt64) -> Fingerprint {
    Memo.key("plans", in: world.store) { writer in
      writer.write(plugins)
      writer.write(world.platform)
      writer.write(world.secretNames.sorted())
      writer.write(packCount)
      writer.write(number)
    }
  }

  private func load(_ number: UInt64) {
    if packs[number] != nil { return }
    packs[number] = world.store.get(.memo, key: key(of: number)).flatMap { try? Pack(decoding: $0) } ?? Pack()
  }

  // MARK: - Answers

  /// Answers that many traces ask for, each found out once a run.
  private struct Answers {
    var options: [PlanTrace.Setting: String] = [:]
    var pluginFiles: [String: Fingerprint] = [:]
  }

  private func roots(of query: PlanTrace.Query, _ targets: [TargetID]) -> [TargetID]? {
    switch query.roots {
    case .planned: return targets
    case .some(let places):
      let ids = places.compactMap { targets.indices.contains(Int($0)) ? targets[Int($0)] : nil }
      return ids.count == places.count ? ids : nil
    case .listed(let addresses):
      let ids = addresses.compactMap { world.graph.id(of: $0) }
      return ids.count == addresses.count ? ids : nil
    }
  }

  private func pluginFile(_ path: String) -> Fingerprint {
    if let content = known.pluginFiles[path] { return content }
    let content = world.plugins.files.file(path)?.fingerprint(world.store.secret) ?? .absent
    known.pluginFiles[path] = content
    return content
  }

  /// What the shared traces that a plan rests on have read; nil where one of them does not hold any more.
  private func readings(of names: [Fingerprint], in pack: Pack) -> PlanReadings? {
    for name in names {
      if parts[name] == nil {
        let made = pack.parts[name].flatMap { try? SharedTrace(decoding: Array($0), fingerprint: name) }
        parts.updateValue(made.flatMap { holds($0.trace, []) ? $0 : nil }, forKey: name)
      }
      guard (parts[name] ?? nil) != nil else { return nil }
    }
    if let known = readings[names] { return known }
    var made = PlanReadings()
    for name in names { if let part = parts[name] ?? nil { made = made.adding(part.trace) } }
    readings[names] = made
    return made
  }

  /// - Parameter targets: what is planned; none for a shared function's trace.
  private func holds(_ trace: PlanTrace, _ targets: [TargetID]) -> Bool {
    for (setting, text) in trace.options where option(setting) != text { return false }
    for (name, value) in trace.environment where world.environment[name] != value { return false }
    for (path, content) in trace.files {
      guard let id = world.graph.snapshot.id(ofPath: path), (try? world.graph.snapshot.fingerprint(of: id)) == content else { return false }
    }
    for (path, isThere) in trace.presence where (world.graph.snapshot.id(ofPath: path) != nil) != isThere { return false }
    for (path, content) in trace.pluginFiles where pluginFile(path) != content { return false }
    for (reference, answer) in trace.references {
      guard let id = world.graph.id(of: reference.target), world.answer(to: reference, id) == answer else { return false }
    }
    for (query, answer) in trace.queries {
      guard let roots = roots(of: query, targets), world.closureQueries.fingerprint(query.kind, of: roots) == answer else { return false }
    }
    for (search, answer) in trace.searches where world.programs?.fingerprint(of: search) != answer { return false }
    return true
  }

  private func option(_ setting: PlanTrace.Setting) -> String {
    if let text = known.options[setting] { return text }
    let text = world.options.canonicalText(setting.scope, setting.name)
    known.options[setting] = text
    return text
  }
}

extension PlanWorld {
  /// The targets that a field's addresses name, in its order.
  func targets(in field: String, of id: TargetID) -> [TargetID] {
    let addresses = graph.field(field, of: id).strings.filter { !$0.hasPrefix("!") }
    return addresses.isEmpty ? [] : graph.targets(named: addresses, in: id)
  }

  /// Of those targets, with everything that a plan function can learn of them.
  func answer(to reference: PlanTrace.Reference, _ id: TargetID) -> Fingerprint {
    let found = targets(in: reference.field, of: id)
    return store.secret.fingerprint { writer in
      writer.write(UInt64(found.count))
      for target in found { graph.writeFacts(of: target, to: &writer) }
    }
  }
}

/// What plans have read: options and plugins' files enter the keys of their actions.
struct PlanReadings {
  /// `[shfmt].args` → its value as text.
  private(set) var options: [String: String] = [:]
  /// Data files of plugins.
  private(set) var dataFiles: [String: Fingerprint] = [:]
  /// Files of the workspace.
  private(set) var files: [String: Fingerprint] = [:]

  func adding(_ trace: PlanTrace) -> PlanReadings {
    if trace.options.isEmpty, trace.pluginFiles.isEmpty, trace.files.isEmpty { return self }
    var all = self
    for (setting, text) in trace.options { all.options["[\(setting.scope)].\(setting.name)"] = text }
    all.dataFiles.merge(trace.pluginFiles) { first, _ in first }
    all.files.merge(trace.files) { first, _ in first }
    return all
  }
}

/// Plans in the order they were made, newest last, and the traces that many of them share.
private struct Pack {
  /// One plan, decoded when it is wanted.
  struct Plan {
    let name: Fingerprint
    /// Shared traces, by their fingerprints.
    let parts: [Fingerprint]
    let bytes: ArraySlice<UInt8>

    init(_ name: Fingerprint, parts: [Fingerprint], bytes: ArraySlice<UInt8>) {
      self.name = name
      self.parts = parts
      self.bytes = bytes
    }
  }

  private(set) var plans: [Plan] = []
  private(set) var newest: [Fingerprint: Int] = [:]
  /// By plan: the one of the same name before it, or -1.
  private var previous: [Int32] = []
  var parts: [Fingerprint: ArraySlice<UInt8>] = [:]
  var isChanged = false

  init() {}

  mutating func add(_ plan: Plan) {
    previous.append(newest.updateValue(plans.count, forKey: plan.name).map(Int32.init) ?? -1)
    plans.append(plan)
  }

  func older(than place: Int) -> Int? { previous[place] < 0 ? nil : Int(previous[place]) }

  func encoded(newest count: Int) -> [UInt8] {
    var writer = ByteWriter()
    let newest = Array(plans.suffix(count))
    let used = Set(newest.flatMap(\.parts)).sorted()
    writer.write(used) { writer, name in
      writer.write(name)
      writer.write(UInt64(parts[name]?.count ?? 0))
      writer.append(raw: parts[name] ?? [])
    }
    writer.write(newest) { writer, plan in
      writer.write(plan.name)
      writer.write(plan.parts) { $0.write($1) }
      writer.write(UInt64(plan.bytes.count))
      writer.append(raw: plan.bytes)
    }
    return writer.bytes
  }

  init(decoding bytes: [UInt8]) throws(MalformedBytes) {
    var reader = ByteReader(bytes)
    for _ in 0..<(try reader.readCount()) {
      let name = try reader.readFingerprint()
      parts[name] = try reader.readSlice()
    }
    for _ in 0..<(try reader.readCount()) {
      let name = try reader.readFingerprint()
      let parts = try reader.readArray { (reader: inout ByteReader) throws(MalformedBytes) in try reader.readFingerprint() }
      add(Plan(name, parts: parts, bytes: try reader.readSlice()))
    }
    guard reader.isAtEnd else { throw MalformedBytes() }
  }
}
