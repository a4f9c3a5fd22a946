// Did-you-mean: the known name nearest to a wrong one.

/// The name among `candidates` nearest to `name`, or nil where none is near enough to be a likely typing error.
///
/// Distance is Damerau-Levenshtein (optimal string alignment) over bytes; near enough is at most a third of the longer name, at least 1.
/// Ties go to the first in the candidates' order.
package func nearestName(to name: String, among candidates: some Sequence<String>) -> String? {
  let wanted = Array(name.utf8)
  var best: (name: String, distance: Int)?
  for candidate in candidates where candidate != name {
    let bytes = Array(candidate.utf8)
    let limit = max(1, max(wanted.count, bytes.count) / 3)
    guard abs(bytes.count - wanted.count) <= limit else { continue }
    let distance = editDistance(wanted, bytes)
    if distance <= limit, distance < best?.distance ?? Int.max { best = (candidate, distance) }
  }
  return best?.name
}

/// The hint of an error about a name that there is not: the nearest that there is.
package func didYouMean(_ name: String, among candidates: some Sequence<String>) -> String? {
  nearestName(to: name, among: candidates).map { "did you mean `\($0)`?" }
}

/// The same; where none is near, all that there are.
/// - Parameter none: the hint where there are none at all.
package func didYouMean(_ name: String, amongFew known: [String], none: String? = nil) -> String? {
  didYouMean(name, among: known) ?? (known.isEmpty ? none : "there are: \(known.joined(separator: ", "))")
}

private func editDistance(_ a: [UInt8], _ b: [UInt8]) -> Int {
  if a.isEmpty || b.isEmpty { return max(a.count, b.count) }
  var beforeLast = [Int](repeating: 0, count: b.count + 1)
  var last = Array(0...b.count)
  for i in 1...a.count {
    var row = [Int](repeating: 0, count: b.count + 1)
    row[0] = i
    for j in 1...b.count {
      let substitution = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)
      row[j] = min(substitution, last[j] + 1, row[j - 1] + 1)
      if i > 1, j > 1, a[i - 1] == b[j - 2], a[i - 2] == b[j - 1] { row[j] = min(row[j], beforeLast[j - 2] + 1) }
    }
    beforeLast = last
    last = row
  }
  return last[b.count]
}
