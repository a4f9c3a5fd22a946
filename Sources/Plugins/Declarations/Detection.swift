// Which backends a repository means, and which options: what `detect(…)` of plugins sees in it.

internal import Diagnostics
package import Options
package import Snapshots
internal import Starlark
internal import Targets

/// What a repository shows.
package struct Detection: Sendable {
  package struct Backend: Sendable {
    package let name: String
    /// The file that showed it, or the pattern of names; with what is in it, where its name does not tell.
    package let sign: String
    /// How many files of that pattern there are; nil where one file showed it.
    package let count: Int?
  }

  package struct Setting: Sendable {
    package let scope: String
    package let name: String
    package let value: OptionValue
    package let reason: String
  }

  package fileprivate(set) var backends: [Backend] = []
  package fileprivate(set) var settings: [Setting] = []
  /// The folders with files that showed a backend by their names.
  package fileprivate(set) var sourceFolders: Set<DirectoryID> = []
}

extension PluginCatalog {
  /// Asks every backend whether the files show it. A backend `a.b.c` is meant only where `a.b` is, if that can be seen.
  /// - Throws: what a plugin's function throws.
  package func detect(in snapshot: Snapshot, _ options: Options) throws -> Detection {
    let foreign = backends.flatMap(\.parts).reduce(into: ForeignFolders()) { folders, part in
      folders.add(part.declarations.foreignFolders)
    }
    let isForeign = foreign.directories(in: snapshot)
    func own(_ backend: Backend) -> [DetectionDeclaration] {
      backend.parts.filter { $0.file == backend.file }.flatMap(\.declarations.detections)
    }
    var result = Detection()
    for backend in backends.sorted(by: { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }) {
      let declarations = own(backend)
      guard let sight = try sign(of: declarations, backend.name, in: snapshot, isForeign, &result.sourceFolders) else { continue }
      let parent = backend.name.split(separator: ".").dropLast().joined(separator: ".")
      if backends.contains(where: { $0.name == parent && !own($0).isEmpty }), !result.backends.contains(where: { $0.name == parent }) {
        continue
      }
      result.backends.append(sight)
      for function in declarations.compactMap(\.options) {
        result.settings += try function.detectedSettings(LoadQuestions(snapshot), options)
      }
    }
    return result
  }

  private func sign(
    of declarations: [DetectionDeclaration], _ backend: String, in snapshot: Snapshot, _ isForeign: [Bool],
    _ folders: inout Set<DirectoryID>
  ) throws -> Detection.Backend? {
    for sign in declarations.flatMap(\.signs) {
      if sign.file.contains("*") {
        let files = snapshot.match(try GlobSet(["**/\(sign.file)"]), in: 0).files.filter { !isForeign[Int(snapshot.directory(of: $0))] }
        if files.isEmpty { continue }
        folders.formUnion(files.map { snapshot.directory(of: $0) })
        return Detection.Backend(name: backend, sign: sign.file, count: files.count)
      }
      guard let id = snapshot.id(ofPath: sign.file), let file = snapshot.regularFile(id) else { continue }
      if sign.marks.isEmpty { return Detection.Backend(name: backend, sign: sign.file, count: nil) }
      let text = String(decoding: try snapshot.read(file).bytes, as: UTF8.self)
      let lines = text.split(whereSeparator: \.isNewline).filter { $0.first(where: { $0 != " " && $0 != "\t" }) != "#" }
      if let mark = sign.marks.first(where: { mark in lines.contains { $0.contains(mark) } }) {
        return Detection.Backend(name: backend, sign: "`\(mark)` in \(sign.file)", count: nil)
      }
    }
    return nil
  }
}

extension PluginFunction {
  /// Asks the function of `detect(options = …)`: a list of dicts with `section`, `option`, `value` and `because`.
  fileprivate func detectedSettings(_ questions: LoadQuestions, _ options: Options) throws -> [Detection.Setting] {
    let answer = try EvaluationThread().call(value(), [loadContext(options, questions)], named: [])
    guard let items = answer.asList else { throw wrong("a list") }
    return try items.map { item in
      var texts: [String: String] = [:]
      var set: OptionValue?
      for (key, value) in item.asDictEntries ?? [] {
        if key.asString == "value" { set = try optionValue(value) } else if let key = key.asString { texts[key] = value.asString }
      }
      guard let scope = texts["section"], let name = texts["option"], let because = texts["because"], let set else {
        throw wrong("a list of dicts with \"section\", \"option\", \"value\" and \"because\"")
      }
      return Detection.Setting(scope: scope, name: name, value: set, reason: because)
    }
  }

  private func wrong(_ wanted: String) -> Diagnostic { Diagnostic(.error, "detect: the function's answer must be \(wanted)", at: location) }
}
