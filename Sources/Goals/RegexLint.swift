// What `[regex-lint] config` wants of files: patterns of contents for patterns of paths. Seen as one more linter, over files that no target owns too.

internal import Diagnostics
internal import Events
internal import Fingerprints
internal import Options
internal import Plugins
internal import Scheduling
internal import Snapshots
internal import Store
internal import Targets

struct RegexLint {
  static let name = "regex-lint"
  private static let scopes = [name, "sourcefile-validation"]

  fileprivate struct Rule {
    let pattern: Pattern
    let isInverted: Bool
  }

  /// What one file lacks, or holds and must not.
  fileprivate struct Mistake {
    let name: String
    /// Of the text that must not be there; 0 for what lacks.
    let line: Int32

    var message: String { line > 0 ? "holds what `\(name)` forbids" : "holds nothing that `\(name)` wants" }
  }

  private let results: [FileResult]
  private let showsFindings: Bool

  /// nil where the configuration asks for nothing, or leaves it out.
  /// - Throws: what is wrong with the configuration, all of it.
  init?(_ session: Session) throws {
    let only = session.options.strings("lint", "only")
    guard only.isEmpty || only.contains(RegexLint.name),
      let scope = RegexLint.scopes.first(where: { !session.options.dictionary($0, "config").isEmpty }),
      !session.options.bool(scope, "skip")
    else { return nil }
    let entries = session.options.dictionary(scope, "config")
    var problems: [String] = []
    let paths = RegexLint.rules(entries, "path_patterns", &problems)
    let contents = RegexLint.rules(entries, "content_patterns", &problems)
    var required: [(path: Rule, contents: [String])] = []
    if case .dictionary(let wanted)? = entries.first(where: { $0.name == "required_matches" })?.value {
      for entry in wanted {
        guard case .list(let items) = entry.value else {
          problems.append("`required_matches` gives `\(entry.name)` no list of names")
          continue
        }
        let names = items.compactMap { if case .string(let name) = $0 { name } else { nil } }
        for name in names where contents[name] == nil {
          problems.append("`required_matches` names the content pattern `\(name)`, which there is not")
        }
        if let rule = paths[entry.name] {
          required.append((rule, names))
        } else {
          problems.append("`required_matches` names the path pattern `\(entry.name)`, which there is not")
        }
      }
    } else {
      problems.append("it lacks `required_matches`: {path pattern: [content pattern, …]}")
    }
    if !problems.isEmpty { throw UserError(problems.map { Diagnostic(.error, "`[\(scope)] config`: \($0)") }) }

    let graph = try session.graph()
    var files: [(id: PathID, path: String, wanted: [String])] = []
    for id in try session.selectedFiles(in: graph) where graph.snapshot.kind(of: id) == .regular {
      let path = graph.snapshot.path(of: id)
      let wanted = Set(required.filter { $0.path.holds(in: path) }.flatMap(\.contents)).sorted()
      if !wanted.isEmpty { files.append((id, path, wanted)) }
    }
    let level = session.options.string(scope, "detail_level") ?? "nonmatching"
    showsFindings = ["nonmatching", "all", "names"].contains(level)
    let configuration = session.options.value(scope, "config").canonicalText
    let fingerprints = graph.snapshot.fingerprints(of: files.map(\.id))
    let keys = zip(files, fingerprints).map { file, fingerprint in
      Memo.key("regex-lint", in: session.store) { writer in
        writer.write(configuration)
        writer.write(file.wanted)
        writer.write((try? fingerprint.get()) ?? .absent)
      }
    }
    let known = session.store.get(.memo, keys: keys)
    var kept: [Store.Entry] = []
    var results: [FileResult] = []
    for (index, file) in files.enumerated() {
      var mistakes = known[index].flatMap { RegexLint.decoded($0) }
      if mistakes == nil {
        let text = String(decoding: try graph.snapshot.read(file.id).bytes, as: UTF8.self)
        mistakes = file.wanted.compactMap { name in contents[name]?.mistake(name, in: text) }
        kept.append(Store.Entry(.memo, keys[index], RegexLint.encoded(mistakes ?? [])))
      }
      let found = mistakes ?? []
      let findings = found.map { Finding(path: file.path, line: $0.line, severity: "error", code: $0.name, message: $0.message) }
      let lines = found.map { "\(file.path):\($0.line > 0 ? "\($0.line):" : "") \($0.message)" }
      let text = level == "names" ? file.path : lines.joined(separator: "\n")
      results.append(
        FileResult(
          path: file.path,
          how: .verdict(found.isEmpty ? .clean : .findings(FileFindings(path: file.path, text: text, findings: findings)), cached: true)
        ))
    }
    if !kept.isEmpty { session.store.put(batch: kept) }
    self.results = results
  }

  var verdicts: [FileResult] { results }

  var findings: [Finding] { results.flatMap { $0.findings(of: RegexLint.name) } }

  var line: ResultLine {
    let bad = results.compactMap { result -> String? in
      if case .verdict(.findings(let found), _) = result.how { found.text } else { nil }
    }
    return ResultLine(
      bad.isEmpty ? .good : .bad, "\(RegexLint.name): \(results.count) file\(results.count == 1 ? "" : "s")",
      .cached, remark: bad.isEmpty ? "" : "\(bad.count) with findings",
      detail: showsFindings ? bad.joined(separator: "\n") : "")
  }

  /// `[{"name": …, "pattern": …, "inverted": …}, …]`.
  private static func rules(_ entries: [OptionValue.Entry], _ list: String, _ problems: inout [String]) -> [String: Rule] {
    guard case .list(let items)? = entries.first(where: { $0.name == list })?.value else {
      problems.append("it lacks `\(list)`: a list of {\"name\": …, \"pattern\": …}")
      return [:]
    }
    var rules: [String: Rule] = [:]
    for item in items {
      guard case .dictionary(let fields) = item, case .string(let name)? = fields.first(where: { $0.name == "name" })?.value,
        case .string(let text)? = fields.first(where: { $0.name == "pattern" })?.value
      else {
        problems.append("an item of `\(list)` is no {\"name\": …, \"pattern\": …}: \(item.shown)")
        continue
      }
      for field in fields where !["name", "pattern", "inverted", "content_encoding"].contains(field.name) {
        problems.append("`\(name)` of `\(list)` has `\(field.name)`, which means nothing")
      }
      do throws(Pattern.Failure) {
        rules[name] = Rule(
          pattern: try Pattern(text), isInverted: fields.contains { $0.name == "inverted" && $0.value == .bool(true) })
      } catch {
        problems.append("`\(name)` of `\(list)` is no pattern: \(error.message)")
      }
    }
    return rules
  }

  private static func encoded(_ mistakes: [Mistake]) -> [UInt8] {
    var writer = ByteWriter()
    writer.write(mistakes) { writer, mistake in
      writer.write(mistake.name)
      writer.write(mistake.line)
    }
    return writer.bytes
  }

  private static func decoded(_ bytes: [UInt8]) -> [Mistake]? {
    var reader = ByteReader(bytes)
    return try? reader.readArray { (reader: inout ByteReader) throws(MalformedBytes) in
      Mistake(name: try reader.readString(), line: try reader.readInt32())
    }
  }
}

extension RegexLint.Rule {
  fileprivate func holds(in text: String) -> Bool { (pattern.firstMatch(in: text) != nil) != isInverted }

  fileprivate func mistake(_ name: String, in text: String) -> RegexLint.Mistake? {
    let match = pattern.firstMatch(in: text)
    guard isInverted else { return match == nil ? RegexLint.Mistake(name: name, line: 0) : nil }
    return match.map { found in
      RegexLint.Mistake(name: name, line: 1 + Int32(clamping: text.utf8.prefix(found.range.lowerBound).count { $0 == UInt8(ascii: "\n") }))
    }
  }
}
