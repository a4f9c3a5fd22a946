// Random plans and random edits, against an evaluator that is too simple to be wrong.

import Execution
import Fingerprints
import Scheduling
import Store
import TestSupport
import Testing

/// A DAG as data: node i reads some leaves and some earlier nodes. `cut` nodes give the same bytes whatever they read.
private struct Graph {
  struct Node {
    var leaves: [Int]
    var nodes: [Int]
    var isCut: Bool
    var fails: Bool
  }
  var leaves: [Int]
  var nodes: [Node]

  init(_ random: inout some RandomNumberGenerator) {
    leaves = (0..<6).map { _ in Int.random(in: 0..<3, using: &random) }
    nodes = []
    for index in 0..<Int.random(in: 1...12, using: &random) {
      nodes.append(
        Node(
          leaves: (0..<6).filter { _ in Int.random(in: 0..<4, using: &random) == 0 },
          nodes: (0..<index).filter { _ in Int.random(in: 0..<3, using: &random) == 0 },
          isCut: Int.random(in: 0..<4, using: &random) == 0, fails: Int.random(in: 0..<12, using: &random) == 0))
    }
  }
}

/// Remembers every (node, texts it read) that ever succeeded. No queue, no keys, no threads.
private struct NaiveEvaluator {
  var known: [String: String] = [:]

  mutating func evaluate(_ graph: Graph) -> (ran: Set<Int>, failed: Set<Int>, skipped: Set<Int>) {
    var texts: [Int: String] = [:]
    var (ran, failed, skipped) = (Set<Int>(), Set<Int>(), Set<Int>())
    for (index, node) in graph.nodes.enumerated() {
      if node.nodes.contains(where: { texts[$0] == nil }) {
        skipped.insert(index)
        continue
      }
      let read = node.leaves.map { "\($0)=\(graph.leaves[$0])" } + node.nodes.map { "n\($0)=\(texts[$0] ?? "")" }
      let key = "\(index):" + read.joined(separator: ",")
      if let text = known[key] {
        texts[index] = text
        continue
      }
      ran.insert(index)
      if node.fails {
        failed.insert(index)
      } else {
        texts[index] = node.isCut ? "cut \(index)" : "(\(key))"
        known[key] = texts[index]
      }
    }
    return (ran, failed, skipped)
  }
}

@Suite struct RandomPlanTests {
  @Test(arguments: 0..<8) func agreesWithTheNaiveEvaluator(_ seed: Int) throws {
    var random = Seeded(seed)
    let bench = try Bench()
    var graph = Graph(&random)
    var naive = NaiveEvaluator()
    for _ in 0..<12 {
      let fixed = graph
      let runner = FakeRunner(bench.store) { prepared, store in
        let node = fixed.nodes[Int(prepared.action.label) ?? 0]
        if node.fails { return ActionResult(ending: .exited(1)) }
        return node.isCut
          ? ActionResult(
            ending: .exited(0),
            outputs: [
              ProducedFile(
                output: "out", path: "\(prepared.action.label).out", isExecutable: false,
                fingerprint: store.putBlob(Array("cut \(prepared.action.label)".utf8)))
            ])
          : FakeRunner.concatenate(prepared, store)
      }
      var plan = Plan()
      for (index, node) in graph.nodes.enumerated() {
        let leaves = node.leaves.map { Input.file(bench.file("leaf\($0)", "\(graph.leaves[$0])")) }
        plan.append(bench.action("\(index)", leaves + node.nodes.map { .output(of: ActionID($0), name: nil, under: "") }))
      }
      let outcomes = bench.scheduler(runner).run(plan)
      let expected = naive.evaluate(graph)
      #expect(Set(runner.takeRan().compactMap { Int($0) }) == expected.ran)
      for (index, outcome) in outcomes.enumerated() {
        let isSkipped = if case .skipped = outcome.how { true } else { false }
        #expect(isSkipped == expected.skipped.contains(index))
        #expect(outcome.isSuccess == !(isSkipped || expected.failed.contains(index)))
      }
      let leaf = Int.random(in: 0..<6, using: &random)
      graph.leaves[leaf] = Int.random(in: 0..<3, using: &random)
    }
  }
}
