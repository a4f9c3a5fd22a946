// Lists from elsewhere that cannot be read, and fields that mean nothing: who needs what they would say is stopped, and nobody else.

internal import Diagnostics
internal import Snapshots

/// What a plugin's function refused to make targets of.
struct UnreadList: Sendable {
  let generator: Address
  /// What would have been generated, with the fields that are known.
  let product: Draft
  let mistakes: [Diagnostic]
}

/// Each mistake of what a function threw. A message whose lines all begin with `path:line: ` or `path:line:column: ` is as many mistakes, at those places.
/// - Parameters:
///   - place: of the call in the BUILD file.
///   - isListed: whether each line is a mistake, with a place or without.
///   - text: of a file of the workspace.
func mistakes(
  of error: any Error, of target: Address, at place: SourceLocation, isListed: Bool = false, text: (String) -> [UInt8]
) -> [Diagnostic] {
  guard let told = error as? Diagnostic else { return [diagnostic(of: error, at: place)] }
  let lines = told.message.split(separator: "\n").map(String.init)
  let placed = lines.compactMap { PlacedMessage($0) }
  if placed.count == lines.count {
    let note = "read for `\(target)`, which stands at \(place.file):\(place.position.line)"
    return placed.map { found in
      Diagnostic(
        .error, found.message, at: SourceLocation(file: found.path, position: found.position),
        sourceLine: sourceLine(Int(found.position.line), of: text(found.path)), hint: told.hint, notes: [note])
    }
  }
  guard isListed else { return [diagnostic(of: error, at: place)] }
  return lines.map { Diagnostic(.error, $0, at: place, hint: told.hint) }
}

extension Assembly {
  /// The same mistake where the first text that it quotes stands, from its call on.
  mutating func atItsText(_ mistake: Diagnostic) -> Diagnostic {
    var mistake = mistake
    guard mistake.sourceLine == nil, let place = mistake.location else { return mistake }
    let lines = text(place.file).split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    let pieces = mistake.message.split(separator: "`", maxSplits: 2, omittingEmptySubsequences: false)
    let quoted: [UInt8] = pieces.count > 2 ? Array(pieces[1].utf8) : []
    for number in Int(place.position.line)...max(Int(place.position.line), lines.count) where number <= lines.count && !quoted.isEmpty {
      let line = lines[number - 1]
      guard let found = line.firstRange(of: quoted) else { continue }
      let column = Int32(found.lowerBound - line.startIndex) + 1
      mistake.location = SourceLocation(
        file: place.file, position: SourcePosition(line: Int32(number), column: column), length: Int32(quoted.count))
      break
    }
    mistake.sourceLine = mistake.location.flatMap { sourceLine(Int($0.position.line), of: text($0.file)) }
    return mistake
  }
}
