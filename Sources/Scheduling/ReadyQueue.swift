// Which ready action starts next: the longest critical path first.

internal import Execution

/// A binary heap. Ties: the greater hint, then the lower id, so that the order does not depend on who became ready first.
struct ReadyQueue {
  struct Element: Comparable {
    /// Seconds from this action's start to the end of the longest chain that waits for it.
    let criticalPath: Double
    let hint: Int32
    let id: ActionID

    /// Whether `a` goes first.
    static func < (a: Element, b: Element) -> Bool {
      if a.criticalPath != b.criticalPath { return a.criticalPath > b.criticalPath }
      if a.hint != b.hint { return a.hint > b.hint }
      return a.id < b.id
    }
  }

  private var heap: [Element] = []

  var first: Element? { heap.first }

  mutating func push(_ element: Element) {
    heap.append(element)
    var child = heap.count - 1
    while child > 0 {
      let parent = (child - 1) / 2
      guard heap[child] < heap[parent] else { break }
      heap.swapAt(child, parent)
      child = parent
    }
  }

  @discardableResult
  mutating func pop() -> Element? {
    guard let first = heap.first, let last = heap.popLast() else { return nil }
    guard !heap.isEmpty else { return first }
    heap[0] = last
    var parent = 0
    while true {
      var next = parent
      for child in [2 * parent + 1, 2 * parent + 2] where child < heap.count && heap[child] < heap[next] { next = child }
      if next == parent { return first }
      heap.swapAt(parent, next)
      parent = next
    }
  }
}
