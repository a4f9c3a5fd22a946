// What functions of plugins generate, remembered by what they were told and what they asked.

internal import Fingerprints
internal import Snapshots
internal import Store

/// Asks generators' functions, each only when something it looked at has changed.
struct Generation: Sendable {
  let snapshot: Snapshot
  let store: Store
  let rules: LoadRules
  /// By folder, the nearest source root; -1 for none.
  let sourceRoots: [DirectoryID]
  /// What a question is answered now.
  let answer: @Sendable (Question) -> Fingerprint?
  var earlier: EarlierContents?

  /// - Parameters:
  ///   - given: the generator's fields with those that belong to what it generates.
  ///   - asked: grows by what the function asked.
  func targets(_ generator: LoadedTarget, _ given: [String: FieldValue], _ asked: inout Set<Question>) throws -> [GeneratedTarget] {
    guard let function = rules.generation[generator.type.name] else { return [] }
    let seen = LoadedTarget(
      address: generator.address, type: generator.type, given: given, paths: generator.paths, sourceRoot: generator.sourceRoot)
    let memo = Memo("generated", in: store) { writer in
      writer.write(function.identity)
      seen.write(to: &writer)
      writer.write(seen.type)
    }
    if let bytes = memo.find(answer), let kept = try? Kept(decoding: bytes) {
      asked.formUnion(kept.questions)
      return kept.targets
    }
    let questions = LoadQuestions(snapshot, earlier: earlier)
    let targets: [GeneratedTarget]
    do {
      targets = try function.generate(seen, questions)
      asked.formUnion(questions.asked)
    } catch {
      asked.formUnion(questions.asked)
      throw error
    }
    let sorted = Question.sorted(questions.asked)
    store.put(batch: memo.entries(recording: Kept(targets: targets, questions: sorted).encoded(), questions: sorted, answer))
    return targets
  }

  private struct Kept {
    let targets: [GeneratedTarget]
    let questions: [Question]

    init(targets: [GeneratedTarget], questions: [Question]) {
      self.targets = targets
      self.questions = questions
    }

    func encoded() -> [UInt8] {
      var writer = ByteWriter()
      writer.write(questions) { $0.write($1) }
      writer.write(targets) { writer, target in
        writer.write(target.name)
        writer.write(target.otherNames)
        writer.write(FieldValue.dict(target.fields))
      }
      return writer.bytes
    }

    init(decoding bytes: [UInt8]) throws(MalformedBytes) {
      var reader = ByteReader(bytes)
      questions = try reader.readArray { (reader: inout ByteReader) throws(MalformedBytes) in try reader.readQuestion() }
      targets = try reader.readArray { (reader: inout ByteReader) throws(MalformedBytes) in
        let name = try reader.readString()
        let otherNames = try reader.readStrings()
        return GeneratedTarget(name: name, otherNames: otherNames, fields: try reader.readFieldValue().entries ?? [])
      }
    }
  }
}
