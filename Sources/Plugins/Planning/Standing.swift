// What stands of an earlier run: tests that passed and files that were clean, of which everything is as it was. They are neither planned nor looked up.

package import Fingerprints
package import Scheduling
internal import Snapshots
internal import Targets

/// Compares what an earlier run's answers rest on with what is there now, and takes down what this run finds out for the next.
///
/// A unit stands – a test batch, or a file under a tool – where all that could change its key is the same. What the caller's key stands for is not
/// compared: the listing, the graph, options, plugins, the environment, the machine, the store's generation. The rest is: contents of files, closures
/// by the very fingerprints that enter keys, the tool's own action, its configuration files, and what plans have read.
package final class Standing {
  private let world: PlanWorld
  private let earlier: StandingRecord?
  private var next: StandingRecord
  private var isSameFile: [Bool] = []
  private var isSameTarget: [Bool] = []
  /// By target: the place of the test batch that begins with it, or -1.
  private var testPlaces: [Int32] = []
  /// By place in `earlier.reads`: whether the file holds the same; nil until asked.
  private var holds: [Bool?] = []
  /// By place in `earlier.reads`: its place in `next.reads`, or -1.
  private var nextPlaces: [Int32] = []
  private var readPlaces: [StandingRecord.Reading: Int32] = [:]
  private var tools: [PlannedTool] = []
  /// What stands.
  package private(set) var count = 0
  /// What did not, and could from now on.
  private var newCount = 0

  /// Fewer new answers than this are not worth a new record: looking them up is cheap.
  private static let fewestNew = 256

  private struct PlannedTool {
    let earlier: [TargetID]
    let needsClosures: Bool
    /// Parallel to the tool's files: the file and its target; nil for files that rest on more than is compared.
    var files: [(file: PathID, target: TargetID)?] = []
  }

  /// - Parameter bytes: what an earlier run kept under the same key.
  package init(_ world: PlanWorld, bytes: ArraySlice<UInt8>?) {
    self.world = world
    let graph = world.graph
    let files = graph.snapshot.count
    var reader = ByteReader(bytes ?? [])
    earlier = bytes.flatMap { _ in try? StandingRecord(decoding: &reader, files: files, targets: graph.count) }
    next = StandingRecord(
      contents: graph.snapshot.knownFingerprints(of: Array(0..<PathID(files))).map { $0 ?? .absent },
      closures: graph.ids.map { world.closures.deepFingerprint(of: $0) })
    guard let earlier else { return }
    isSameFile = zip(earlier.contents, next.contents).map { $0 == $1 && $0 != .absent }
    isSameTarget = zip(earlier.closures, next.closures).map { $0 == $1 }
    testPlaces = [Int32](repeating: -1, count: graph.count)
    for (place, test) in earlier.tests.enumerated() { testPlaces[Int(test.targets[0])] = Int32(place) }
    holds = [Bool?](repeating: nil, count: earlier.reads.count)
    nextPlaces = [Int32](repeating: -1, count: earlier.reads.count)
    next.tests.reserveCapacity(earlier.tests.count)
  }

  // MARK: - Tests

  /// Whether the batch passed, and everything is as it was then.
  package func stands(_ batch: TestBatch) -> Bool {
    guard let earlier, let first = batch.targets.first, testPlaces[Int(first)] >= 0 else { return false }
    let test = earlier.tests[Int(testPlaces[Int(first)])]
    guard test.targets == batch.targets, test.targets.allSatisfy({ isSameTarget[Int($0)] }), test.reads.allSatisfy({ isHeld(Int($0)) })
    else { return false }
    let reads = test.reads.map { read -> Int32 in
      if nextPlaces[Int(read)] < 0 { nextPlaces[Int(read)] = place(of: earlier.reads[Int(read)]) }
      return nextPlaces[Int(read)]
    }
    next.tests.append(StandingRecord.Test(targets: test.targets, reads: reads))
    count += 1
    return true
  }

  /// The batch passed: its result was in the store.
  /// - Parameter reads: what its plan has read, all of it.
  package func note(_ batch: TestBatch, reads: [String: Fingerprint]) {
    let snapshot = world.graph.snapshot
    let found = reads.compactMap { path, content in snapshot.id(ofPath: path).map { StandingRecord.Reading(file: $0, content: content) } }
    guard found.count == reads.count else { return }
    next.tests.append(StandingRecord.Test(targets: batch.targets, reads: found.map { place(of: $0) }.sorted()))
    newCount += 1
  }

  private func place(of reading: StandingRecord.Reading) -> Int32 {
    if let known = readPlaces[reading] { return known }
    let place = Int32(next.reads.count)
    next.reads.append(reading)
    readPlaces[reading] = place
    return place
  }

  private func isHeld(_ place: Int) -> Bool {
    if let known = holds[place] { return known }
    guard let earlier else { return false }
    let reading = earlier.reads[place]
    let known = next.contents[Int(reading.file)]
    let isHeld = (known == .absent ? try? world.graph.snapshot.fingerprint(of: reading.file) : known) == reading.content
    holds[place] = isHeld
    return isHeld
  }

  // MARK: - Files under tools

  /// A tool begins to be planned.
  /// - Parameters:
  ///   - name: of the tool, the goal and the partition.
  ///   - base: of all that its verdicts have in common.
  ///   - configuration: of the configuration files of all its files.
  /// - Returns: its place.
  func begin(_ name: String, base: Fingerprint, configuration: Fingerprint, needsClosures: Bool) -> Int {
    let known = earlier?.tools.first { $0.name == name && $0.base == base && $0.configuration == configuration }
    tools.append(PlannedTool(earlier: known?.owners ?? [], needsClosures: needsClosures))
    next.tools.append(
      StandingRecord.Tool(
        name: name, base: base, configuration: configuration, owners: [TargetID](repeating: -1, count: next.contents.count)))
    return tools.count - 1
  }

  /// Whether a file of a target is clean under that tool, as it was.
  func stands(_ file: PathID, of target: TargetID, under place: Int) -> Bool {
    let owners = tools[place].earlier
    guard !owners.isEmpty, owners[Int(file)] == target, isSameFile[Int(file)],
      !tools[place].needsClosures || isSameTarget[Int(target)]
    else { return false }
    next.tools[place].owners[Int(file)] = target
    count += 1
    return true
  }

  /// A file that the tool is to look at, in the order of its files.
  /// - Parameters:
  ///   - target: nil where its verdict rests on more than is compared.
  ///   - content: what the file was planned with.
  func plan(_ file: PathID, of target: TargetID?, content: Fingerprint, under place: Int) {
    tools[place].files.append(target.flatMap { content == next.contents[Int(file)] && content != .absent ? (file, $0) : nil })
  }

  /// What became of the tool's files, in their order.
  package func note(_ results: [FileResult], under place: Int) {
    for (planned, result) in zip(tools[place].files, results) {
      guard let planned, case .verdict(.clean, cached: true) = result.how else { continue }
      next.tools[place].owners[Int(planned.file)] = planned.target
      newCount += 1
    }
  }

  // MARK: - The next record

  /// What a later run is to be given; nil where it is hardly more than what this one was given.
  package var bytesToKeep: [UInt8]? { newCount >= Standing.fewestNew ? next.bytes : nil }
}

extension ActionDescription {
  /// Whether its key is made of its plan, of programs of the machine, and of the closures of these targets: of nothing else that may change while the
  /// plan stays as it is.
  func restsOnly(on targets: [Address]) -> Bool {
    inputs.allSatisfy { input in
      switch input {
      case .sources(let addresses), .closure(let addresses): addresses == targets
      case .written: true
      case .toolLink(let request, _): request.isFixed
      case .batch, .batchClosure, .configuration, .reports, .packages, .output: false
      }
    } && tools.allSatisfy(\.isFixed)
  }
}

extension ToolRequest {
  /// Whether the plan and the machine say all of it.
  fileprivate var isFixed: Bool {
    switch self {
    case .system, .found, .cache, .treeRoot: true
    case .tree(let tree): tree.action.restsOnly(on: [])
    }
  }
}
