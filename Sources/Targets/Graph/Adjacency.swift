// Lists of ids per id, in two arrays.

/// For each of `count` ids a list of others: all lists one behind the other, and where each begins.
package struct Adjacency: Equatable, Sendable {
  /// One more than there are lists.
  package private(set) var starts: [Int32] = [0]
  package private(set) var items: [Int32] = []

  package init() {}

  package init(_ lists: [[Int32]]) {
    starts.reserveCapacity(lists.count + 1)
    for list in lists { append(list) }
  }

  /// - Returns: nil unless `starts` begins with 0, never falls, and ends with the number of items.
  init?(starts: [Int32], items: [Int32]) {
    guard starts.first == 0, starts.last == Int32(exactly: items.count) else { return nil }
    for index in starts.indices.dropFirst() where starts[index] < starts[index - 1] { return nil }
    self.starts = starts
    self.items = items
  }

  package var count: Int { starts.count - 1 }

  package subscript(id: Int32) -> ArraySlice<Int32> { items[Int(starts[Int(id)])..<Int(starts[Int(id) + 1])] }

  package mutating func append(_ list: some Sequence<Int32>) {
    items.append(contentsOf: list)
    starts.append(Int32(items.count))
  }

  /// For each of `count` ids those whose list holds it, ascending.
  package func reversed(count: Int) -> Adjacency {
    var result = Adjacency()
    result.starts = [Int32](repeating: 0, count: count + 1)
    for item in items { result.starts[Int(item) + 1] += 1 }
    for index in 0..<count { result.starts[index + 1] += result.starts[index] }
    result.items = [Int32](repeating: 0, count: items.count)
    var next = result.starts
    for id in 0..<Int32(self.count) {
      for item in self[id] {
        result.items[Int(next[Int(item)])] = id
        next[Int(item)] += 1
      }
    }
    return result
  }
}
