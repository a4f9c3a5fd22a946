// Plans that are kept between runs: what a plan function described, under all that it was told. An unchanged target's plan function is not called.

internal import Fingerprints
internal import Options
internal import Snapshots
internal import Store
internal import Targets

/// What a plan function asked of the world beyond its own target, with the answers it was given.
struct PlanTrace {
  struct Setting: Hashable {
    let scope: String
    let name: String
  }

  /// The targets that the addresses in a field named.
  struct Reference: Hashable {
    let target: Address
    let field: String
  }

  /// Options by their text for keys.
  var options: [Setting: String] = [:]
  /// Variables of the environment; nil for one that is not set.
  var environment: [String: String?] = [:]
  /// Files of the workspace by content.
  var files: [String: Fingerprint] = [:]
  var references: [Reference: Fingerprint] = [:]
  /// False once something was asked that is not recorded: the plan is then made anew each time.
  var isComplete = true
}

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

  init(_ world: PlanWorld) {
    self.world = world
    plugins = world.plugins.identity(world.store.secret)
    var count = 1
    while count * PlanMemo.packSize < world.graph.count { count *= 2 }
    packCount = UInt64(count)
  }

  /// All that a plan function can learn of a target without asking for more.
  /// - Parameter purpose: whose function it is, and what else it is given.
  func name(of id: TargetID, purpose: (inout ByteWriter) -> Void) -> Fingerprint {
    world.store.secret.fingerprint { writer in
      purpose(&writer)
      world.graph.writeFacts(of: id, to: &writer)
    }
  }

  /// The kept plan of that name whose trace gets the same answers now.
  func find(_ name: Fingerprint, for id: TargetID) -> (actions: [ActionDescription], trace: PlanTrace)? {
    let number = packNumber(of: id)
    load(number)
    guard let places = packs[number]?.places[name], let pack = packs[number] else { return nil }
    for place in places.reversed() {
      guard let (actions, trace) = try? pack.plans[place].decoded(), holds(trace) else { continue }
      return (actions, trace)
    }
    return nil
  }

  func keep(_ name: Fingerprint, for id: TargetID, _ actions: [ActionDescription], _ trace: PlanTrace) {
    guard trace.isComplete else { return }
    let number = packNumber(of: id)
    load(number)
    packs[number]?.add(Pack.Plan(name, actions, trace))
    packs[number]?.isChanged = true
  }

  /// Writes what is new.
  func save() {
    var entries: [Store.Entry] = []
    for (number, pack) in packs where pack.isChanged {
      entries.append(Store.Entry(.memo, key(of: number), pack.encoded(newest: PlanMemo.mostPlans)))
      packs[number]?.isChanged = false
    }
    if !entries.isEmpty { world.store.put(batch: entries) }
  }

  // MARK: - Packs

  private func packNumber(of id: TargetID) -> UInt64 {
    packCount == 1 ? 0 : world.store.secret.fingerprint(of: world.graph.directory(of: id)).low % packCount
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
  }

  private func holds(_ trace: PlanTrace) -> Bool {
    for (setting, text) in trace.options where option(setting) != text { return false }
    for (name, value) in trace.environment where world.environment[name] != value { return false }
    for (path, content) in trace.files {
      guard let id = world.graph.snapshot.id(ofPath: path), (try? world.graph.snapshot.fingerprint(of: id)) == content else { return false }
    }
    for (reference, answer) in trace.references {
      guard let id = world.graph.id(of: reference.target), world.answer(to: reference, id) == answer else { return false }
    }
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

/// Plans in the order they were made, newest last.
private struct Pack {
  /// One plan, decoded when it is wanted.
  struct Plan {
    let name: Fingerprint
    let bytes: ArraySlice<UInt8>

    init(_ name: Fingerprint, bytes: ArraySlice<UInt8>) {
      self.name = name
      self.bytes = bytes
    }

    init(_ name: Fingerprint, _ actions: [ActionDescription], _ trace: PlanTrace) {
      self.name = name
      var writer = ByteWriter()
      writer.write(trace.options.sorted { ($0.key.scope, $0.key.name) < ($1.key.scope, $1.key.name) }) { writer, option in
        writer.write(option.key.scope)
        writer.write(option.key.name)
        writer.write(option.value)
      }
      writer.write(trace.environment.sorted { $0.key < $1.key }) { writer, variable in
        writer.write(variable.key)
        writer.write(variable.value) { $0.write($1) }
      }
      writer.write(trace.files.sorted { $0.key < $1.key }) { writer, file in
        writer.write(file.key)
        writer.write(file.value)
      }
      let references = trace.references.map { ($0.key.target, $0.key.field, $0.value) }
      writer.write(references.sorted { ($0.0, $0.1) < ($1.0, $1.1) }) { writer, reference in
        writer.write(reference.0)
        writer.write(reference.1)
        writer.write(reference.2)
      }
      writer.write(actions) { $0.write($1) }
      bytes = writer.bytes[...]
    }

    func decoded() throws(MalformedBytes) -> (actions: [ActionDescription], trace: PlanTrace) {
      var reader = ByteReader(bytes)
      var trace = PlanTrace()
      for _ in 0..<(try reader.readCount()) {
        let setting = PlanTrace.Setting(scope: try reader.readString(), name: try reader.readString())
        trace.options[setting] = try reader.readString()
      }
      for _ in 0..<(try reader.readCount()) {
        let name = try reader.readString()
        let value = try reader.readOptional { (reader: inout ByteReader) throws(MalformedBytes) in try reader.readString() }
        trace.environment.updateValue(value, forKey: name)
      }
      for _ in 0..<(try reader.readCount()) {
        let path = try reader.readString()
        trace.files[path] = try reader.readFingerprint()
      }
      for _ in 0..<(try reader.readCount()) {
        let reference = PlanTrace.Reference(target: try reader.readAddress(), field: try reader.readString())
        trace.references[reference] = try reader.readFingerprint()
      }
      let actions = try reader.readArray { (reader: inout ByteReader) throws(MalformedBytes) in try reader.readActionDescription() }
      guard reader.isAtEnd, !actions.isEmpty else { throw MalformedBytes() }
      return (actions, trace)
    }
  }

  private(set) var plans: [Plan] = []
  private(set) var places: [Fingerprint: [Int]] = [:]
  var isChanged = false

  init() {}

  mutating func add(_ plan: Plan) {
    places[plan.name, default: []].append(plans.count)
    plans.append(plan)
  }

  func encoded(newest count: Int) -> [UInt8] {
    var writer = ByteWriter()
    writer.write(Array(plans.suffix(count))) { writer, plan in
      writer.write(plan.name)
      writer.write(UInt64(plan.bytes.count))
      writer.append(raw: plan.bytes)
    }
    return writer.bytes
  }

  init(decoding bytes: [UInt8]) throws(MalformedBytes) {
    var reader = ByteReader(bytes)
    for _ in 0..<(try reader.readCount()) {
      let name = try reader.readFingerprint()
      add(Plan(name, bytes: try reader.readSlice()))
    }
    guard reader.isAtEnd else { throw MalformedBytes() }
  }
}

extension ByteReader {
  /// A number of things of at least a byte each.
  fileprivate mutating func readCount() throws(MalformedBytes) -> Int {
    guard let count = Int(exactly: try readUInt64()), count <= remaining else { throw MalformedBytes() }
    return count
  }
}
