// What processes wrote, as people are shown it: of a long text the beginning and the end, and where the rest is.

internal import Execution
internal import Store

extension Session {
  /// Bytes that are shown of the beginning, and of the end, of one stream.
  private static let shownBytes = 256 << 10

  /// What a process wrote, for people. Memory is taken for what is shown only.
  func shownText(of output: CapturedOutput) -> String {
    guard case .blob(let fingerprint, let size, let omitted) = output, size > 2 * Session.shownBytes else { return text(of: output) }
    guard let kept = store.ends(of: fingerprint, limit: Session.shownBytes) else { return "(the output is no longer in the store)\n" }
    // Whole lines, where they are of a usual length.
    let beginning = kept.beginning.lastIndex(of: newline).map { $0 + 1 } ?? kept.beginning.count
    let end = kept.end.firstIndex(of: newline).map { $0 + 1 } ?? 0
    let isLineEnd = beginning > kept.beginning.count / 2
    let isLineStart = end < kept.end.count / 2
    let head = kept.beginning.prefix(isLineEnd ? beginning : kept.beginning.count)
    let tail = kept.end.dropFirst(isLineStart ? end : 0)
    let left = Int64(kept.size) + Int64(omitted) - Int64(head.count) - Int64(tail.count)
    let place =
      store.path(of: fingerprint).map {
        "; \(omitted > 0 ? "the first and the last of it, \(sizeText(Int64(kept.size))) in all," : "all of it") in \($0)"
      } ?? ""
    return String(decoding: head, as: UTF8.self) + (isLineEnd ? "" : "\n") + "[… \(sizeText(left)) left out here\(place) …]\n"
      + String(decoding: tail, as: UTF8.self)
  }
}

private let newline = UInt8(ascii: "\n")
