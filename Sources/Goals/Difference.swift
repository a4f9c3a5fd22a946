// A unified diff of two texts, for what a formatter would change.

/// The lines `--- a/path`, `+++ b/path` and the hunks with three lines around each change; empty for equal texts.
///
/// The edit script is Myers' (E. W. Myers, "An O(ND) Difference Algorithm and Its Variations", 1986), greedy, over lines. Beyond
/// `limit` edits the whole middle is shown as replaced: a diff that long helps nobody.
func unifiedDifference(of old: [UInt8], _ new: [UInt8], path: String, limit: Int = 2000) -> String {
  if old == new { return "" }
  let a = lines(of: old)
  let b = lines(of: new)
  var text = "--- a/\(path)\n+++ b/\(path)\n"
  let script = edits(a, b, limit: limit)
  let context = 3
  var index = 0
  while index < script.count {
    guard script[index].kind != .same else {
      index += 1
      continue
    }
    var start = index
    while start > 0, index - start < context, script[start - 1].kind == .same { start -= 1 }
    var end = index
    var quiet = 0
    while end < script.count, quiet <= 2 * context {
      quiet = script[end].kind == .same ? quiet + 1 : 0
      end += 1
    }
    if quiet > context { end -= quiet - context }
    let hunk = script[start..<end]
    let oldCount = hunk.count { $0.kind != .added }
    let newCount = hunk.count { $0.kind != .removed }
    let oldStart = oldCount == 0 ? hunk[start].old : hunk[start].old + 1
    let newStart = newCount == 0 ? hunk[start].new : hunk[start].new + 1
    text += "@@ -\(range(oldStart, oldCount)) +\(range(newStart, newCount)) @@\n"
    for edit in hunk {
      let line = edit.kind == .added ? b[edit.new] : a[edit.old]
      text += edit.kind == .same ? " " : edit.kind == .added ? "+" : "-"
      text += String(decoding: line, as: UTF8.self)
      if line.last != UInt8(ascii: "\n") { text += "\n\\ No newline at end of file\n" }
    }
    index = end
  }
  return text
}

private struct Edit {
  enum Kind { case same, removed, added }
  let kind: Kind
  /// Lines of the old and the new text before this one.
  let old: Int
  let new: Int
}

private func range(_ start: Int, _ count: Int) -> String { count == 1 ? "\(start)" : "\(start),\(count)" }

private func lines(of bytes: [UInt8]) -> [ArraySlice<UInt8>] {
  var lines: [ArraySlice<UInt8>] = []
  var start = 0
  for index in bytes.indices where bytes[index] == UInt8(ascii: "\n") {
    lines.append(bytes[start...index])
    start = index + 1
  }
  if start < bytes.count { lines.append(bytes[start...]) }
  return lines
}

private func edits(_ a: [ArraySlice<UInt8>], _ b: [ArraySlice<UInt8>], limit: Int) -> [Edit] {
  var prefix = 0
  while prefix < a.count, prefix < b.count, a[prefix] == b[prefix] { prefix += 1 }
  var suffix = 0
  while suffix < a.count - prefix, suffix < b.count - prefix, a[a.count - 1 - suffix] == b[b.count - 1 - suffix] { suffix += 1 }
  var script = (0..<prefix).map { Edit(kind: .same, old: $0, new: $0) }
  script += middle(a, b, prefix..<(a.count - suffix), prefix..<(b.count - suffix), limit: limit)
  for offset in 0..<suffix { script.append(Edit(kind: .same, old: a.count - suffix + offset, new: b.count - suffix + offset)) }
  return script
}

private func middle(
  _ a: [ArraySlice<UInt8>], _ b: [ArraySlice<UInt8>], _ old: Range<Int>, _ new: Range<Int>, limit: Int
) -> [Edit] {
  let (n, m) = (old.count, new.count)
  let bound = min(n + m, limit)
  var furthest = [Int](repeating: 0, count: 2 * bound + 3)
  let zero = bound + 1
  var history: [[Int]] = []
  for distance in 0...bound {
    history.append(furthest)
    for diagonal in stride(from: -distance, through: distance, by: 2) {
      let down = diagonal == -distance || diagonal != distance && furthest[zero + diagonal - 1] < furthest[zero + diagonal + 1]
      var x = down ? furthest[zero + diagonal + 1] : furthest[zero + diagonal - 1] + 1
      while x < n, x - diagonal < m, x - diagonal >= 0, a[old.lowerBound + x] == b[new.lowerBound + x - diagonal] { x += 1 }
      furthest[zero + diagonal] = x
      if x >= n, x - diagonal >= m { return backtrack(history, distance, zero, n, m, old.lowerBound, new.lowerBound) }
    }
  }
  return old.map { Edit(kind: .removed, old: $0, new: new.lowerBound) } + new.map { Edit(kind: .added, old: old.upperBound, new: $0) }
}

private func backtrack(_ history: [[Int]], _ distance: Int, _ zero: Int, _ n: Int, _ m: Int, _ oldStart: Int, _ newStart: Int) -> [Edit] {
  var script: [Edit] = []
  var (x, y) = (n, m)
  for step in stride(from: distance, through: 0, by: -1) {
    let furthest = history[step]
    let diagonal = x - y
    let down = diagonal == -step || diagonal != step && furthest[zero + diagonal - 1] < furthest[zero + diagonal + 1]
    let before = down ? diagonal + 1 : diagonal - 1
    let fromX = step == 0 ? 0 : furthest[zero + before]
    let fromY = step == 0 ? 0 : fromX - before
    while x > fromX, y > fromY, step == 0 || x > (down ? fromX : fromX + 1) || y > (down ? fromY + 1 : fromY) {
      x -= 1
      y -= 1
      script.append(Edit(kind: .same, old: oldStart + x, new: newStart + y))
    }
    if step == 0 { break }
    if down {
      y -= 1
      script.append(Edit(kind: .added, old: oldStart + x, new: newStart + y))
    } else {
      x -= 1
      script.append(Edit(kind: .removed, old: oldStart + x, new: newStart + y))
    }
  }
  return script.reversed()
}
