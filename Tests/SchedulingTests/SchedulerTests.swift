// What runs, what does not, and what is kept.

import Execution
import Fingerprints
import Foundation
import Host
import Scheduling
import Store
import Synchronization
import TestSupport
import Testing

@Suite struct SchedulerTests {
  @Test func aSecondRunStartsNothing() throws {
    let bench = try Bench()
    let runner = FakeRunner(bench.store)
    var plan = Plan()
    let a = plan.append(bench.action("a", [.file(bench.file("a.txt", "1"))]))
    plan.append(bench.action("b", [.output(of: a, name: nil, under: "")]))
    let first = bench.scheduler(runner).run(plan)
    #expect(first.map(\.how) == [.ran, .ran])
    #expect(first.allSatisfy { $0.isFirstRun && $0.isSuccess })
    #expect(runner.takeRan() == ["a", "b"])
    let second = bench.scheduler(runner).run(plan)
    #expect(second.map(\.how) == [.hit, .hit])
    #expect(second.map(\.seconds) == [0.5, 0.5])
    #expect(runner.takeRan() == [])
  }

  @Test func whatChangedIsNamed() throws {
    let bench = try Bench()
    let runner = FakeRunner(bench.store)
    for (text, names) in [("1", []), ("2", ["a.txt"])] {
      var plan = Plan()
      plan.append(bench.action("a", [.file(bench.file("a.txt", text))]))
      let outcome = bench.scheduler(runner).run(plan)[0]
      #expect(outcome.changes.map(\.name) == names)
    }
  }

  @Test func equalBytesCutDependentsOff() throws {
    let bench = try Bench()
    let runner = FakeRunner(bench.store) { prepared, store in
      let blob = store.putBlob(Array("same".utf8))
      return ActionResult(
        ending: .exited(0),
        outputs: prepared.action.outputs.map { ProducedFile(output: $0.name, path: $0.path, isExecutable: false, fingerprint: blob) })
    }
    for (text, expected) in [("1", ["a", "b"]), ("2", ["a"])] {
      var plan = Plan()
      let a = plan.append(bench.action("a", [.file(bench.file("a.txt", text))]))
      plan.append(bench.action("b", [.output(of: a, name: nil, under: "")]))
      bench.scheduler(runner).run(plan)
      #expect(runner.takeRan() == expected)
    }
  }

  @Test func setsAreListedOnlyWhenTheirFingerprintIsUnknown() throws {
    let bench = try Bench()
    let runner = FakeRunner(bench.store)
    let listed = Mutex(0)
    func run(deep: String) -> Outcome {
      let file = bench.file("x", "content")
      let set = InputSet(name: "closure", fingerprint: bench.store.secret.fingerprint(of: deep)) {
        listed.withLock { $0 += 1 }
        return [file]
      }
      var plan = Plan()
      plan.append(bench.action("a", [.set(set)]))
      return bench.scheduler(runner).run(plan)[0]
    }
    #expect(run(deep: "one").how == .ran)
    let afterFirst = listed.withLock { $0 }
    #expect(run(deep: "one").how == .hit)
    #expect(listed.withLock { $0 } == afterFirst)
    // Another deep fingerprint of the same files: listed once, found by the exact key, and known from then on.
    #expect(run(deep: "two").how == .hit)
    #expect(listed.withLock { $0 } == afterFirst + 1)
    #expect(run(deep: "two").how == .hit)
    #expect(listed.withLock { $0 } == afterFirst + 1)
  }

  @Test(arguments: [
    (ActionResult.Ending.exited(0), true), (.exited(1), true), (.exited(2), false), (.signalled(9), false),
    (.timedOut(seconds: 1), false), (.cancelled, false), (.inputsChanged(["a"]), false), (.missingOutputs(["out"]), false),
    (.missingInputs(["a"]), false), (.notStarted("no"), false),
  ])
  func onlyResultsAreKept(_ ending: ActionResult.Ending, _ isKept: Bool) throws {
    let bench = try Bench()
    let runner = FakeRunner(bench.store, FakeRunner.ending(ending))
    var action = bench.action("a")
    action.resultStatuses = [0, 1]
    var plan = Plan()
    plan.append(action)
    bench.scheduler(runner).run(plan)
    let again = bench.scheduler(runner).run(plan)
    #expect((again[0].how == .hit) == isKept)
    #expect(runner.takeRan().count == (isKept ? 1 : 2))
  }

  @Test(arguments: [
    (CachePolicy.results, CachePolicy.results, true), (.writeOnly, .results, true), (.results, .writeOnly, false),
    (.run, .results, false), (.never, .results, false), (.results, .never, false),
  ])
  func policiesReadAndWrite(_ first: CachePolicy, _ second: CachePolicy, _ isHit: Bool) throws {
    let bench = try Bench()
    let runner = FakeRunner(bench.store)
    var outcome: Outcome?
    for policy in [first, second] {
      var action = bench.action("a")
      action.cache = policy
      var plan = Plan()
      plan.append(action)
      outcome = bench.scheduler(runner).run(plan)[0]
    }
    #expect((outcome?.how == .hit) == isHit)
  }

  @Test func failedTestsAreNotKeptUnlessAskedFor() throws {
    for keeps in [false, true] {
      let bench = try Bench()
      let runner = FakeRunner(bench.store, FakeRunner.ending(.exited(1)))
      var action = bench.action("a")
      action.resultStatuses = [0, 1]
      action.keepsFailures = keeps
      var plan = Plan()
      plan.append(action)
      bench.scheduler(runner).run(plan)
      let again = bench.scheduler(runner).run(plan)[0]
      #expect((again.how == .hit) == keeps)
      #expect(!again.isSuccess)
    }
  }

  @Test func aPassAfterAFailureIsKeptAsFlaky() throws {
    let bench = try Bench()
    let runs = Mutex(0)
    let runner = FakeRunner(bench.store) { _, _ in
      let run = runs.withLock { runs in
        runs += 1
        return runs
      }
      return ActionResult(ending: .exited(run < 3 ? 1 : 0))
    }
    var plan = Plan()
    plan.append(PlannedAction(bench.action("a"), attempts: 3))
    for how in [Outcome.How.ran, .hit] {
      let outcome = bench.scheduler(runner).run(plan)[0]
      #expect(outcome.how == how)
      #expect(outcome.isFlaky)
      #expect(outcome.attempts == 3)
    }
  }

  @Test func theSameKeyRunsOnce() throws {
    let bench = try Bench()
    let runner = FakeRunner(bench.store)
    var plan = Plan()
    for _ in 0..<3 {
      var action = bench.action("a")
      action.cache = .run
      plan.append(action)
    }
    let outcomes = bench.scheduler(runner).run(plan)
    #expect(outcomes.map(\.how) == [.ran, .deduplicated(of: 0), .deduplicated(of: 0)])
    #expect(outcomes.allSatisfy { $0.isSuccess })
    #expect(runner.takeRan() == ["a"])
  }

  @Test func dependentsOfAFailureAreSkipped() throws {
    let bench = try Bench()
    let runner = FakeRunner(bench.store, FakeRunner.ending(.exited(1)))
    var plan = Plan()
    let a = plan.append(bench.action("a"))
    let b = plan.append(bench.action("b", [.output(of: a, name: nil, under: "")]))
    plan.append(bench.action("c", [.output(of: b, name: nil, under: "")]))
    #expect(bench.scheduler(runner).run(plan).map(\.how) == [.ran, .skipped(because: a), .skipped(because: a)])
  }

  @Test func lostBytesAreMadeAgain() throws {
    let bench = try Bench()
    let loses = Mutex(true)
    let runner = FakeRunner(bench.store) { [folder = bench.folder.path] prepared, store in
      if prepared.action.label == "b" {
        let isFirst = loses.withLock { loses in
          defer { loses = false }
          return loses
        }
        if isFirst {  // somebody empties the store's folder of large blobs while the run goes on
          let blobs = FileManager.default.enumerator(atPath: "\(folder)/store/blobs")?.compactMap { $0 as? String } ?? []
          for name in blobs where name.utf8.count > 30 { try? FileManager.default.removeItem(atPath: "\(folder)/store/blobs/\(name)") }
          return ActionResult(ending: .missingInputs(["a.out"]))
        }
        return ActionResult(ending: .exited(0))
      }
      let blob = store.putBlob([UInt8](repeating: 1, count: 2 * Store.largestInlineBlob))
      return ActionResult(
        ending: .exited(0), outputs: [ProducedFile(output: "out", path: "a.out", isExecutable: false, fingerprint: blob)])
    }
    var plan = Plan()
    let a = plan.append(bench.action("a"))
    plan.append(bench.action("b", [.output(of: a, name: nil, under: "")]))
    var announced: [ActionID] = []
    let outcomes = bench.scheduler(runner).run(plan) { id, _, _ in announced.append(id) }
    #expect(outcomes.map(\.how) == [.ran, .ran])
    #expect(outcomes.allSatisfy { $0.isSuccess })
    #expect(runner.takeRan() == ["a", "b", "a", "b"])
    #expect(announced == [0, 1])
  }

  @Test func bytesThatNobodyHereMadeAreAFailure() throws {
    let bench = try Bench()
    let runner = FakeRunner(bench.store, FakeRunner.ending(.missingInputs(["a"])))
    var plan = Plan()
    plan.append(bench.action("a"))
    let outcome = bench.scheduler(runner).run(plan)[0]
    #expect(!outcome.isSuccess)
    #expect(outcome.result?.ending == .missingInputs(["a"]))
  }

  @Test func finishedActionsMayBringMore() throws {
    let bench = try Bench()
    let runner = FakeRunner(bench.store)
    var plan = Plan()
    plan.append(bench.action("0"))
    let outcomes = bench.scheduler(runner).run(plan) { id, outcome, plan in
      #expect(outcome.isSuccess)
      if id < 5 { plan.append(bench.action("\(id + 1)", [.output(of: id, name: nil, under: "")])) }
    }
    #expect(outcomes.count == 6)
    #expect(runner.takeRan() == ["0", "1", "2", "3", "4", "5"])
  }

  @Test func unknownDurationsAndLongPathsGoFirst() throws {
    let bench = try Bench()
    let seconds = ["short": 1.0, "long": 9.0, "head": 1.0, "tail": 5.0]
    let runner = FakeRunner(bench.store) { prepared, store in
      var result = FakeRunner.concatenate(prepared, store)
      result.usage.wall = seconds[prepared.action.label] ?? 0
      return result
    }
    func plan(_ names: [String]) -> Plan {
      var plan = Plan()
      for name in names {
        var action = bench.action(name)
        action.cache = .writeOnly
        plan.append(action)
      }
      var tail = bench.action("tail", [.output(of: 0, name: nil, under: "")])
      tail.cache = .writeOnly
      plan.append(tail)
      return plan
    }
    bench.scheduler(runner, cpus: 1).run(plan(["head", "short", "long"]))
    _ = runner.takeRan()
    bench.scheduler(runner, cpus: 1).run(plan(["head", "short", "long", "new"]))
    #expect(runner.takeRan() == ["new", "long", "head", "tail", "short"])
  }

  @Test func aGreedyActionRunsAlone() throws {
    let bench = try Bench()
    let running = Mutex((now: 0, most: 0))
    let runner = FakeRunner(bench.store) { prepared, _ in
      running.withLock {
        $0.now += prepared.cpus
        $0.most = max($0.most, $0.now)
      }
      defer { running.withLock { $0.now -= prepared.cpus } }
      return ActionResult(ending: .exited(0))
    }
    var plan = Plan()
    for index in 0..<20 {
      var action = bench.action("\(index)")
      action.cpus = index % 3 == 0 ? 64 : 1
      plan.append(action)
    }
    #expect(bench.scheduler(runner, cpus: 3).run(plan).allSatisfy { $0.isSuccess })
    #expect(running.withLock { $0.most } <= 3)
  }

  @Test func cancellingStopsWhatHasNotStarted() throws {
    let bench = try Bench()
    let cancellation = Cancellation()
    let runner = FakeRunner(bench.store) { prepared, _ in
      cancellation.cancel()
      return ActionResult(ending: .cancelled)
    }
    var plan = Plan()
    for index in 0..<10 { plan.append(bench.action("\(index)")) }
    let outcomes = bench.scheduler(runner, cpus: 1, cancellation: cancellation).run(plan)
    #expect(outcomes.count == 10)
    #expect(outcomes.allSatisfy { $0.how == .cancelled })
    #expect(runner.takeRan().count == 1)
  }

  @Test func anActionThatNamesALaterOneIsRefused() throws {
    let bench = try Bench()
    var plan = Plan()
    plan.append(bench.action("a", [.output(of: 5, name: nil, under: "")]))
    let outcome = bench.scheduler(FakeRunner(bench.store)).run(plan)[0]
    guard case .notStarted? = outcome.result?.ending else {
      Issue.record("\(outcome)")
      return
    }
  }
}
