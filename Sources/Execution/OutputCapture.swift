// One stream of a process: kept whole up to a limit, in memory while it is short, with its middle left out beyond.

internal import Host
internal import Store

/// How much of a stream is kept, in bytes.
package struct CaptureLimits: Sendable {
  /// Up to here it stands in the result itself.
  package var inline = 16 << 10
  /// Up to here in memory while the process runs; then in a file.
  package var memory = 1 << 20
  /// Beyond this the middle is left out: half of it is kept of the beginning, half of the end.
  package var total = 64 << 20

  package init() {}
}

struct OutputCapture: ~Copyable {
  private let limits: CaptureLimits
  private let folder: String
  private var stream: RedactedStream
  private var beginning: [UInt8] = []
  private var spill: SpillFile?
  /// Bytes of the beginning, in memory or in the file.
  private var headCount = 0
  /// Bytes that came after the beginning; the last `tailLimit` of them lie, as in a ring, behind the head in the file.
  private var tailCount = 0
  /// Bytes for which there was no room on the disk.
  private var lost = 0

  private var headLimit: Int { limits.total / 2 }
  private var tailLimit: Int { limits.total - limits.total / 2 }

  /// - Parameter folder: where a long output is spilled.
  init(limits: CaptureLimits, folder: String, redaction: Redaction) {
    self.limits = limits
    self.folder = folder
    stream = RedactedStream(redaction)
  }

  mutating func take(_ bytes: UnsafeRawBufferPointer) {
    var stream = stream  // the closure changes the rest of self
    self.stream = RedactedStream.idle
    stream.take(bytes) { append($0) }
    self.stream = stream
  }

  /// What is kept, as part of a result; long ones go into the store. Take nothing after it.
  mutating func finish(store: Store) -> CapturedOutput {
    var stream = stream
    self.stream = RedactedStream.idle
    stream.finish { append($0) }

    let omitted = max(0, tailCount - tailLimit) + lost
    let whole = whole(omitted: omitted)
    if omitted == 0, whole.count <= limits.inline { return .inline(whole) }
    return .blob(store.putBlob(whole), size: whole.count, omitted: omitted)
  }

  private borrowing func whole(omitted: Int) -> [UInt8] {
    switch spill {
    case nil:
      return omitted == 0 ? beginning : beginning + notice(omitted)
    case .some(let file):
      let kept = min(tailCount, tailLimit)
      let start = tailCount > tailLimit ? tailCount % tailLimit : 0  // where the ring's oldest byte lies
      var whole = file.read(headCount, at: 0)
      whole.reserveCapacity(headCount + kept + 64)
      if omitted > 0 { whole.append(contentsOf: notice(omitted)) }
      whole.append(contentsOf: file.read(kept - start, at: headLimit + start))
      whole.append(contentsOf: file.read(start, at: headLimit))
      return whole
    }
  }

  private func notice(_ omitted: Int) -> [UInt8] { Array("\n[… \(omitted) bytes left out here …]\n".utf8) }

  private mutating func append(_ bytes: UnsafeRawBufferPointer) {
    let room = headLimit - headCount
    if room > 0 { appendToHead(UnsafeRawBufferPointer(rebasing: bytes[..<min(room, bytes.count)])) }
    if bytes.count > max(0, room) { appendToTail(UnsafeRawBufferPointer(rebasing: bytes[max(0, room)...])) }
  }

  private mutating func appendToHead(_ bytes: UnsafeRawBufferPointer) {
    if spill == nil, headCount + bytes.count <= limits.memory {
      beginning.append(contentsOf: bytes)
      headCount += bytes.count
      return
    }
    guard openSpill(), lost == 0, write(bytes, at: headCount) else {
      lost += bytes.count
      return
    }
    headCount += bytes.count
  }

  private mutating func appendToTail(_ bytes: UnsafeRawBufferPointer) {
    guard lost == 0, openSpill() else {
      lost += bytes.count
      return
    }
    var rest = bytes
    while !rest.isEmpty {
      let offset = tailCount % tailLimit
      let piece = min(rest.count, tailLimit - offset)
      guard write(UnsafeRawBufferPointer(rebasing: rest[..<piece]), at: headLimit + offset) else {
        lost += rest.count
        return
      }
      tailCount += piece
      rest = UnsafeRawBufferPointer(rebasing: rest[piece...])
    }
  }

  private mutating func openSpill() -> Bool {
    if spill != nil { return true }
    guard let file = try? SpillFile(in: folder) else { return false }
    let isWritten = beginning.withUnsafeBytes { file.write($0, at: 0) }
    guard isWritten else { return false }
    spill = consume file
    beginning = []
    return true
  }

  private borrowing func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) -> Bool {
    switch spill {
    case .some(let file): file.write(bytes, at: offset)
    case nil: false
    }
  }
}

extension RedactedStream {
  /// Stands in while the real one works.
  fileprivate static let idle = RedactedStream(Redaction(paths: [:], secrets: [String]()))
}
