// Captured text: replaced across any cut, bounded, and read back from the store.

import Fingerprints
import Host
import Store
import TestSupport
import Testing

@testable import Execution

extension ActionResult {
  fileprivate var encoded: [UInt8] {
    var writer = ByteWriter()
    write(to: &writer)
    return writer.bytes
  }

  /// nil unless the bytes are exactly one result.
  fileprivate init?(encoded bytes: [UInt8]) {
    var reader = ByteReader(bytes)
    guard let result = try? ActionResult(from: &reader), reader.isAtEnd else { return nil }
    self = result
  }
}

@Suite struct CaptureTests {
  let folder: TemporaryDirectory
  let store = Store.disabled()

  init() throws { folder = try TemporaryDirectory() }

  @Test(arguments: 1...12)
  func replacesAcrossEveryCut(size: Int) {
    let redaction = Redaction(
      paths: ["/shm/ab/tree": "{sandbox}", "/shm/ab": "{sandbox}/.."], secrets: ["tok", "token", "", "first line\nsecond line!\n}"])
    let text = "x/shm/ab/tree/f token tok to /shm/abc toke\nsecond line!\n} tokentok /shm/a"
    let expected = "x{sandbox}/f *** *** to {sandbox}/..c ***e\n***\n} ****** /shm/a"
    var stream = RedactedStream(redaction)
    var result: [UInt8] = []
    let bytes = Array(text.utf8)
    for start in stride(from: 0, to: bytes.count, by: size) {
      Array(bytes[start..<min(bytes.count, start + size)]).withUnsafeBytes { stream.take($0) { result.append(contentsOf: $0) } }
    }
    stream.finish { result.append(contentsOf: $0) }
    #expect(String(decoding: result, as: UTF8.self) == expected)
    #expect(redaction.applied(to: bytes) == result)
  }

  @Test(arguments: [
    (0, 0), (10, 0), (16, 0), (17, 0), (40, 0), (64, 0), (65, 1), (96, 32), (100, 36), (1000, 936),
  ])
  func keepsBeginningAndEnd(count: Int, omitted: Int) throws {
    var limits = CaptureLimits()
    limits.inline = 10
    limits.memory = 16
    limits.total = 64
    for piece in [1, 7, 1000] {
      var capture = OutputCapture(limits: limits, folder: folder.path, redaction: Redaction(paths: [:], secrets: [String]()))
      let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 / 4) }
      for start in stride(from: 0, to: count, by: piece) {
        Array(bytes[start..<min(count, start + piece)]).withUnsafeBytes { capture.take($0) }
      }
      switch capture.finish(store: store) {
      case .inline(let kept): #expect(kept == bytes && count <= 10)
      case .blob(let fingerprint, let size, let left):
        let kept = try #require(store.blob(fingerprint))
        #expect(kept.count == size && left == omitted)
        if omitted == 0 {
          #expect(kept == bytes)
        } else {
          #expect(kept.starts(with: bytes[..<32]))
          #expect(kept.suffix(32) == bytes.suffix(32))
          #expect(String(decoding: kept, as: UTF8.self).contains("\(omitted) bytes left out here"))
        }
      }
    }
    #expect(try Files.names(in: folder.path).isEmpty)
  }

  @Test func withoutRoomForASpillTheBeginningIsKept() throws {
    var limits = CaptureLimits()
    limits.memory = 16
    var capture = OutputCapture(limits: limits, folder: "\(folder.path)/gone", redaction: Redaction(paths: [:], secrets: [String]()))
    Array("0123456789".utf8).withUnsafeBytes { capture.take($0) }
    [UInt8](repeating: 65, count: 100).withUnsafeBytes { capture.take($0) }
    guard case .blob(let fingerprint, _, let omitted) = capture.finish(store: store) else {
      Issue.record("expected a blob")
      return
    }
    #expect(omitted == 100)
    #expect(try #require(store.blob(fingerprint)).starts(with: "0123456789".utf8))
  }

  @Test func resultsAreReadBack() {
    let endings: [ActionResult.Ending] = [
      .exited(3), .signalled(11), .timedOut(seconds: 1.5), .cancelled, .inputsChanged(["a", "b"]), .missingOutputs(["o"]),
      .notStarted("why"), .missingInputs(["x"]),
    ]
    for ending in endings {
      var result = ActionResult(
        ending: ending, standardOutput: .inline([1, 2, 255]), standardError: .blob(Fingerprint(high: 1, low: 2), size: 3, omitted: 4),
        outputs: [
          ProducedFile(output: "o", path: "p/q", isExecutable: true, fingerprint: Fingerprint(high: 3, low: 4)),
          ProducedFile(output: "o", path: "l", isExecutable: false, fingerprint: Fingerprint(high: 5, low: 6), isLink: true),
        ], usage: ResourceUsage(wall: 1, user: 2, system: 3, peakMemory: 4 << 30))
      result.keptSandbox = "/x"
      #expect(ActionResult(encoded: result.encoded) == result)
      #expect(result.blobs == [3, 5, 1].map { Fingerprint(high: $0, low: $0 + 1) })
      for count in 0..<result.encoded.count { #expect(ActionResult(encoded: Array(result.encoded[..<count])) == nil) }
      #expect(ActionResult(encoded: result.encoded + [0]) == nil)
    }
  }

  @Test(arguments: [
    ("plain/a-b.c", "plain/a-b.c"), ("", "''"), ("a b", "'a b'"), ("it's", "'it'\\''s'"), ("a\nb", "'a\nb'"), ("$x", "'$x'"),
  ])
  func wordsAreQuoted(word: String, expected: String) { #expect(RunScript.quoted(word) == expected) }
}
