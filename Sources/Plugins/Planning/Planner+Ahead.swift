// Planning on all cores: what is remembered and stands alone is made ready by other threads before it is asked for.

internal import Execution
internal import Fingerprints
internal import Host
internal import Scheduling
internal import Targets

/// A planner that works ahead has met something that is not its own to find out.
struct NotAhead: Error {}

/// The action of a test, made ahead of being asked for.
struct TestAhead: Sendable {
  let targets: [TargetID]
  let settings: TestSettings
  let action: Action
  /// Files that its plan has read; nil where its key is made of more than these and its targets' closures.
  let reads: [String: Fingerprint]?
}

extension Planner {
  /// Fewer tests than this are not worth another thread.
  private static let fewest = 256

  /// Makes ready, on all cores, what `test(_:timeout:wantsCoverage:adjust:)` will be asked for.
  ///
  /// Only where the plan is remembered, is one action, and wants no other action's outputs: everything else, errors included, is left to the
  /// asking itself, so that it makes no difference but of time.
  package func prepare(_ tests: [(batch: TestBatch, timeout: Double?)], wantsCoverage: Bool) {
    guard tests.count >= Planner.fewest, Workers.processorCount > 1 else { return }
    // Programs are found here, by the first test of each tester: those who work ahead look for none.
    var testers: Set<String> = []
    for (batch, timeout) in tests where testers.insert(batch.declaration.name).inserted {
      let settings = TestSettings(timeout: timeout, wantsCoverage: wantsCoverage)
      let described = try? describe(batch.targets, by: batch.declaration, as: .test(settings))
      for action in described?.actions ?? [] { try? findTools(of: action) }
    }
    memo.load(for: tests.lazy.map(\.batch.targets))
    prepareToBeRead()

    var made = [TestAhead?](repeating: nil, count: tests.count)
    made.withUnsafeMutableBufferPointer { buffer in
      nonisolated(unsafe) let slots = buffer  // each index is written by the one thread that has its chunk, and read after all have ended
      nonisolated(unsafe) let planner = self  // waits here until all have ended; the others only read what is there
      Workers.forEachChunk(of: tests.count, chunk: max(64, tests.count / (4 * Workers.processorCount)), minimum: Planner.fewest) { range in
        let ahead = Planner(aheadOf: planner)
        for index in range {
          let (batch, timeout) = tests[index]
          slots[index] = ahead.testAhead(batch, TestSettings(timeout: timeout, wantsCoverage: wantsCoverage))
        }
      }
    }
    for case let test? in made { if let first = test.targets.first { testsAhead[first] = test } }
  }

  private func findTools(of action: ActionDescription) throws {
    for request in action.tools { _ = try resolve(request) }
    for case .toolLink(let request, _) in action.inputs { _ = try resolve(request) }
  }

  /// - Returns: nil where it takes more than is remembered.
  private func testAhead(_ batch: TestBatch, _ settings: TestSettings) -> TestAhead? {
    guard let description = try? describe(batch.targets, by: batch.declaration, as: .test(settings)), description.actions.count == 1,
      let action = try? loose(description, goal: "test", targets: batch.targets)
    else {
      startAnew()
      return nil
    }
    guard plan.count == 0 else {
      startAnew()
      return nil
    }
    // What was remembered has a whole trace: what is not in the plan's name it has asked, and what it asked is known.
    let rests = description.actions[0].restsOnly(on: batch.targets.map { world.graph.address(of: $0) })
    return TestAhead(targets: batch.targets, settings: settings, action: action, reads: rests ? description.files : nil)
  }
}
