// Verifying traces: what a computation asked, and what it was told, kept beside what it made of it.

package import Fingerprints
internal import Host
package import Store

/// Something a computation wanted to know. The answer is a fingerprint, `.absent` for what is not there.
package enum Question: Hashable, Sendable {
  /// Every path of the snapshot, its kind and executable bit.
  case listing
  /// A file's content, by workspace path.
  case content(String)
  /// The contents of many files, by the snapshot's ids: meaningful only behind `.listing`, with the same answer.
  case contents([Int32])
  /// What a scanner finds in many files, by the snapshot's ids: as `contents`, but blind to all else that they hold.
  case imports(scanner: String, [Int32])
  case environment(String)
  /// Anything else, by a kind and a name of the asker's own.
  case named(kind: String, String)
}

/// Under a static key up to eight traces, newest first: a hit is one whose questions still get the same answers.
///
/// Values over `inlineLimit` bytes lie under keys of their own, so that checking eight traces does not read eight values.
package struct Memo: Sendable {
  package static let variantLimit = 8
  static let inlineLimit = 2048  // LMDB puts larger values on overflow pages
  /// Part of every key: the size and the modification time of the running executable, so that no build reads what another remembered.
  /// Cheaper than its content, and on the safe side: a copy of the same build remembers anew.
  package static let engineVersion: [Int64] = {
    guard let status = try? Files.targetStatus("/proc/self/exe") else { return [] }
    return [status.size, status.modified]
  }()

  package let key: Fingerprint
  private let store: Store

  /// - Parameters:
  ///   - kind: the computation's name.
  ///   - ingredients: what is known before any question is asked.
  package init(_ kind: String, in store: Store, ingredients: (inout ByteWriter) -> Void) {
    key = Memo.key(kind, in: store, ingredients: ingredients)
    self.store = store
  }

  package init(key: Fingerprint, in store: Store) {
    self.key = key
    self.store = store
  }

  /// - Parameter engine: of the executable that runs; a test's own.
  package static func key(
    _ kind: String, in store: Store, engine: [Int64] = engineVersion, ingredients: (inout ByteWriter) -> Void
  ) -> Fingerprint {
    store.secret.fingerprint { writer in
      writer.write(engine) { $0.write(Int($1)) }
      writer.write(kind)
      ingredients(&writer)
    }
  }

  /// The value of the newest trace whose answers are still the same.
  /// - Parameter answer: nil where a question cannot be answered: the trace is then no hit.
  package func find(_ answer: (Question) -> Fingerprint?) -> [UInt8]? { findTrace(answer)?.value }

  /// As `find(_:)`, with what was asked, and where the value lies if it has a place of its own.
  func findTrace(_ answer: (Question) -> Fingerprint?) -> (questions: [Question], value: [UInt8], place: Fingerprint?)? {
    store.get(.memo, key: key).flatMap { findTrace(in: $0, answer) }
  }

  /// As `find(_:)`, in bytes that were read under `key` before.
  package func find(in bytes: [UInt8], _ answer: (Question) -> Fingerprint?) -> [UInt8]? { findTrace(in: bytes, answer)?.value }

  private func findTrace(
    in bytes: [UInt8], _ answer: (Question) -> Fingerprint?
  ) -> (questions: [Question], value: [UInt8], place: Fingerprint?)? {
    guard let variants = try? Memo.variants(in: bytes) else { return nil }
    // Most often all variants ask the same.
    var asked: (questions: [Question], answers: Fingerprint?)?
    for variant in variants {
      let answers =
        asked.flatMap { $0.questions == variant.questions ? $0.answers : nil } ?? Memo.answers(to: variant.questions, store.secret, answer)
      asked = (variant.questions, answers)
      guard answers == variant.answers else { continue }
      switch variant.value {
      case .inline(let value): return (variant.questions, value, nil)
      case .stored(let key): if let value = store.get(.memo, key: key) { return (variant.questions, value, key) }
      }
    }
    return nil
  }

  /// What must be written to keep a value, in front of the traces that are there already. Nothing where a question has no answer.
  /// - Parameter place: where the value was found, if it was.
  package func entries(
    recording value: [UInt8], at place: Fingerprint? = nil, questions: [Question], over known: [UInt8]? = nil,
    _ answer: (Question) -> Fingerprint?
  ) -> [Store.Entry] {
    guard let answers = Memo.answers(to: questions, store.secret, answer) else { return [] }
    var entries: [Store.Entry] = []
    let kept: Variant.Kept
    if let place {
      kept = .stored(place)
    } else if value.count <= Memo.inlineLimit {
      kept = .inline(value)
    } else {
      // By its bytes alone: several traces may end in the same value.
      let place = store.secret.fingerprint { writer in
        writer.write("memo value")
        writer.append(raw: value)
      }
      if !store.withReader({ $0.contains(.memo, place) }) { entries.append(Store.Entry(.memo, place, value)) }
      kept = .stored(place)
    }
    let newest = Variant(questions: questions, answers: answers, value: kept)
    let older = (known ?? store.get(.memo, key: key)).flatMap { try? Memo.variants(in: $0) } ?? []
    let others = older.filter { $0.questions != questions || $0.answers != answers }
    var writer = ByteWriter()
    writer.write([newest] + others.prefix(Memo.variantLimit - 1)) { $0.write($1) }
    entries.append(Store.Entry(.memo, key, writer.bytes))
    return entries
  }

  fileprivate struct Variant {
    enum Kept {
      case inline([UInt8])
      case stored(Fingerprint)
    }
    let questions: [Question]
    let answers: Fingerprint
    let value: Kept
  }

  private static func variants(in bytes: [UInt8]) throws(MalformedBytes) -> [Variant] {
    var reader = ByteReader(bytes)
    return try reader.readArray { (reader: inout ByteReader) throws(MalformedBytes) in
      let questions = try reader.readArray { (reader: inout ByteReader) throws(MalformedBytes) in try reader.readQuestion() }
      let answers = try reader.readFingerprint()
      let value: Variant.Kept = try reader.readBool() ? .inline(try reader.readBytes()) : .stored(try reader.readFingerprint())
      return Variant(questions: questions, answers: answers, value: value)
    }
  }

  private static func answers(to questions: [Question], _ secret: Secret, _ answer: (Question) -> Fingerprint?) -> Fingerprint? {
    var writer = ByteWriter(reserving: questions.count * 16)
    for question in questions {
      guard let fingerprint = answer(question) else { return nil }
      writer.write(fingerprint)
    }
    return secret.fingerprint(of: writer.bytes)
  }
}

extension ByteWriter {
  package mutating func write(_ question: Question) {
    switch question {
    case .listing: write(UInt8(0))
    case .content(let path):
      write(UInt8(1))
      write(path)
    case .contents(let ids):
      write(UInt8(2))
      write(packed: ids)
    case .imports(let scanner, let ids):
      write(UInt8(5))
      write(scanner)
      write(packed: ids)
    case .environment(let name):
      write(UInt8(3))
      write(name)
    case .named(let kind, let name):
      write(UInt8(4))
      write(kind)
      write(name)
    }
  }

  fileprivate mutating func write(_ variant: Memo.Variant) {
    write(variant.questions) { $0.write($1) }
    write(variant.answers)
    switch variant.value {
    case .inline(let value):
      write(true)
      write(value)
    case .stored(let key):
      write(false)
      write(key)
    }
  }
}

extension ByteReader {
  package mutating func readQuestion() throws(MalformedBytes) -> Question {
    switch try readByte() {
    case 0: return .listing
    case 1: return .content(try readString())
    case 2: return .contents(try readPacked())
    case 5:
      let scanner = try readString()
      return .imports(scanner: scanner, try readPacked())
    case 3: return .environment(try readString())
    case 4:
      let kind = try readString()
      return .named(kind: kind, try readString())
    default: throw MalformedBytes()
    }
  }
}
