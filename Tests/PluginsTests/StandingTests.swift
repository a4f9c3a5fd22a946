// What is kept of answers that may stand, and which plans' answers may.

import Execution
import Fingerprints
import Targets
import Testing

@testable import Plugins

@Suite struct StandingTests {
  private static let record = {
    var record = StandingRecord(
      contents: [Fingerprint(high: 1, low: 2), .absent, Fingerprint(high: 3, low: 4)],
      closures: [Fingerprint(high: 5, low: 6), Fingerprint(high: 7, low: 8)])
    record.reads = [.init(file: 2, content: Fingerprint(high: 9, low: 10)), .init(file: 0, content: .absent)]
    record.tests = [.init(targets: [0], reads: []), .init(targets: [1, 0], reads: [1, 0])]
    record.tools = [
      .init(name: "lint x", base: Fingerprint(high: 11, low: 12), configuration: Fingerprint(high: 13, low: 14), owners: [-1, 0, 1]),
      .init(name: "", base: .absent, configuration: .absent, owners: [-1, -1, -1]),
    ]
    return record
  }()

  @Test func aRecordIsReadBack() throws {
    let bytes = Self.record.bytes
    var reader = ByteReader(bytes)
    #expect(try StandingRecord(decoding: &reader, files: 3, targets: 2) == Self.record)
    for (files, targets) in [(2, 2), (4, 2), (3, 1), (3, 3)] {
      var reader = ByteReader(bytes)
      #expect(throws: MalformedBytes.self) { _ = try StandingRecord(decoding: &reader, files: files, targets: targets) }
    }
    for count in bytes.indices {
      var reader = ByteReader(Array(bytes.prefix(count)))
      #expect(throws: MalformedBytes.self) { _ = try StandingRecord(decoding: &reader, files: 3, targets: 2) }
    }
  }

  @Test func placesThatAreNotThereAreNoRecord() {
    var others: [StandingRecord] = []
    for test in [
      StandingRecord.Test(targets: [], reads: []), .init(targets: [2], reads: []), .init(targets: [-1], reads: []),
      .init(targets: [0], reads: [2]),
      .init(targets: [0], reads: [-1]),
    ] {
      var other = Self.record
      other.tests.append(test)
      others.append(other)
    }
    for file: Int32 in [-1, 3] {
      var other = Self.record
      other.reads[0] = .init(file: file, content: .absent)
      others.append(other)
    }
    var other = Self.record
    other.tools[0].owners.removeLast()
    others.append(other)
    for other in others {
      var reader = ByteReader(other.bytes)
      #expect(throws: MalformedBytes.self) { _ = try StandingRecord(decoding: &reader, files: 3, targets: 2) }
    }
  }

  private static let own = [Address(directory: "d", name: "own")]
  private static let other = [Address(directory: "d", name: "other")]
  private static let program = ToolRequest.system(SystemProgram(name: "sh", version: "", install: "", searchPath: []))

  private static func tree(_ inputs: [SymbolicInput]) -> ToolRequest {
    var action = ActionDescription()
    action.inputs = inputs
    let secret = Secret([UInt8](repeating: 7, count: Secret.size))!
    return .tree(TreeDescription(name: "tree", action: action, hints: [], secret: secret))
  }

  /// Who adds a kind of input decides here whether its answers may stand.
  @Test(arguments: [
    (SymbolicInput.sources(own), true), (.closure(own), true), (.sources(other), false), (.closure(other), false),
    (.closure(own + other), false),
    (.written(path: "w", text: "t", isExecutable: false), true), (.toolLink(program, path: "l"), true),
    (.toolLink(tree([]), path: "l"), true), (.toolLink(tree([.sources(own)]), path: "l"), false),
    (.configuration(["c"], targets: own), false), (.packages(own), false), (.output(0, name: nil), false), (.reports, false),
    (.batch, false),
    (.batchClosure, false),
  ])
  func whatAnActionRestsOn(input: SymbolicInput, mayStand: Bool) {
    var action = ActionDescription()
    action.inputs = [.closure(Self.own), input]
    action.tools = [Self.program]
    #expect(action.restsOnly(on: Self.own) == mayStand)
    // The same within a tree that it uses, which knows no targets.
    var user = ActionDescription()
    user.tools = [Self.tree([.written(path: "w", text: "t", isExecutable: true), input])]
    let isOwn = if case .sources(Self.own) = input { true } else if case .closure(Self.own) = input { true } else { false }
    #expect(user.restsOnly(on: Self.own) == (mayStand && !isOwn))
  }
}
