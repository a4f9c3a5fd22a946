// A set of targets as bits: what queries compute with.

/// Some of a graph's targets. All operands of an operation belong to one graph.
package struct TargetSet: Equatable, Sendable {
  private var words: [UInt64]
  /// How many targets the graph has.
  package let universe: Int

  package init(of universe: Int) {
    self.universe = universe
    words = [UInt64](repeating: 0, count: (universe + 63) / 64)
  }

  package init(_ ids: some Sequence<TargetID>, of universe: Int) {
    self.init(of: universe)
    for id in ids { insert(id) }
  }

  package static func all(of universe: Int) -> TargetSet { TargetSet(0..<TargetID(universe), of: universe) }

  package func contains(_ id: TargetID) -> Bool { words[Int(id) >> 6] & (1 << UInt64(id & 63)) != 0 }

  /// - Returns: whether it was not there.
  @discardableResult
  package mutating func insert(_ id: TargetID) -> Bool {
    let bit: UInt64 = 1 << UInt64(id & 63)
    if words[Int(id) >> 6] & bit != 0 { return false }
    words[Int(id) >> 6] |= bit
    return true
  }

  package mutating func formUnion(_ other: TargetSet) { for index in words.indices { words[index] |= other.words[index] } }
  package mutating func formIntersection(_ other: TargetSet) { for index in words.indices { words[index] &= other.words[index] } }
  package mutating func subtract(_ other: TargetSet) { for index in words.indices { words[index] &= ~other.words[index] } }

  package func filter(_ holds: (TargetID) throws -> Bool) rethrows -> TargetSet {
    var result = TargetSet(of: universe)
    for id in ids where try holds(id) { result.insert(id) }
    return result
  }

  package var count: Int { words.reduce(0) { $0 + $1.nonzeroBitCount } }
  package var isEmpty: Bool { words.allSatisfy { $0 == 0 } }

  /// Ascending: in the order of the addresses.
  package var ids: [TargetID] {
    var result: [TargetID] = []
    result.reserveCapacity(count)
    for (index, word) in words.enumerated() {
      var rest = word
      while rest != 0 {
        result.append(TargetID(index << 6 + rest.trailingZeroBitCount))
        rest &= rest - 1
      }
    }
    return result
  }
}

extension Adjacency {
  /// The ids and all that edges lead to from them, in at most `depth` steps.
  /// - Parameter bounds: what may be stepped on; nil for everything.
  func closure(of start: TargetSet, depth: Int = .max, within bounds: TargetSet? = nil) -> TargetSet {
    var reached = start
    if let bounds { reached.formIntersection(bounds) }
    var frontier = reached.ids
    var steps = 0
    while !frontier.isEmpty, steps < depth {
      var next: [TargetID] = []
      for id in frontier {
        for other in self[id] where bounds?.contains(other) ?? true { if reached.insert(other) { next.append(other) } }
      }
      frontier = next
      steps += 1
    }
    return reached
  }

  /// A shortest way from one of the ids to one of the others; empty where there is none.
  func shortestWay(from start: TargetSet, to end: TargetSet) -> [TargetID] {
    var before = [TargetID](repeating: -2, count: count)
    var queue = start.ids
    for id in queue { before[Int(id)] = -1 }
    var next = 0
    while next < queue.count {
      let id = queue[next]
      next += 1
      if end.contains(id) {
        var way = [id]
        while let last = way.last, before[Int(last)] >= 0 { way.append(before[Int(last)]) }
        return way.reversed()
      }
      for other in self[id] where before[Int(other)] == -2 {
        before[Int(other)] = id
        queue.append(other)
      }
    }
    return []
  }
}
