// Files that no BUILD file speaks of: the targets that would be written for them, as if they stood in BUILD files.

internal import Diagnostics
internal import Fingerprints
package import Snapshots

/// Which target would be written for files of some kind: one for all of a folder where the type generates by file, else one for each.
package struct ImplicitTargetRule: Sendable {
  /// The target type's name.
  package let type: String
  /// Globs over paths from any folder: `*.x`, `requirements/*.txt`; `!` before one takes away. Empty for those that the type has by default.
  package let files: [String]
  /// What the target is called; nil for its folder's name.
  package let name: String?
  /// Whether a file is of that kind, where its name does not tell. Asked with the file's path.
  package var accepts: (@Sendable (String, LoadQuestions) throws -> Bool)?
  /// Changes with what `accepts` answers.
  package let identity: String

  package init(
    type: String, files: [String] = [], name: String? = nil, identity: String = "",
    accepts: (@Sendable (String, LoadQuestions) throws -> Bool)? = nil
  ) {
    self.type = type
    self.files = files
    self.name = name
    self.identity = identity
    self.accepts = accepts
  }
}

/// Folders that hold what others made: nothing in them, or below, is a source of the workspace.
package struct ForeignFolders: Hashable, Sendable {
  package var names: [String] = []
  /// Files that mark such a folder.
  package var marks: [String] = []

  package init(names: [String] = [], marks: [String] = []) {
    self.names = names
    self.marks = marks
  }

  package mutating func add(_ other: ForeignFolders) {
    names += other.names.filter { !names.contains($0) }
    marks += other.marks.filter { !marks.contains($0) }
  }
}

/// A call that would stand in a BUILD file.
struct ImplicitCall {
  let type: TargetType
  let name: String
  let folder: DirectoryID
  /// The first of its files.
  let first: PathID
  /// The value of the field that holds its files; nil for its default.
  let files: FieldValue?
  let rank: Int
  var dependencies: [String] = []
}

extension Assembly {
  /// Adds the targets for all files that no target owns so far, where the options want it.
  mutating func addImplicit(_ rules: LoadRules, besides directories: [BuildDirectory]) {
    guard options.implicitTargets else { return }
    addImplicit(rules.implicit, data: rules.implicitData, besides: rules.foreignFolders, except: Set(directories.flatMap(\.files)))
  }

  /// Every file belongs to the first rule that wants it.
  private mutating func addImplicit(
    _ rules: [ImplicitTargetRule], data: [ImplicitDataRule], besides foreign: ForeignFolders, except buildFiles: Set<PathID>
  ) {
    var taken: Set<PathID> = buildFiles
    var names: [String: Set<String>] = [:]
    for draft in drafts {
      taken.formUnion(draft.sources)
      if draft.generator == nil { names[draft.address.directory, default: []].insert(draft.address.name) }
    }
    let isForeign = foreign.directories(in: snapshot)
    var written: [ImplicitCall] = []
    for (rank, rule) in rules.enumerated() {
      guard let type = registry.type(named: rule.type), let field = type.sourceField else { continue }
      let usual = field.defaultValue.strings
      let files = matches(rule.files.isEmpty ? usual : rule.files, of: rule)
      var byFolder: [(folder: DirectoryID, files: [PathID], isWhole: Bool)] = []
      for file in files {
        let folder = snapshot.directory(of: file)
        if isForeign[Int(folder)] { continue }
        let isMeant = !taken.contains(file) && accepts(file, rule)
        if byFolder.last?.folder != folder { byFolder.append((folder, [], true)) }
        if isMeant {
          taken.insert(file)
          byFolder[byFolder.count - 1].files.append(file)
        } else {
          byFolder[byFolder.count - 1].isWhole = false
        }
      }
      for (folder, files, isWhole) in byFolder where !files.isEmpty {
        let path = snapshot.path(ofDirectory: folder)
        if type.isGenerator, type.generatesByFile {
          let given = isWhole && rule.files.isEmpty ? nil : FieldValue.strings(files.map { GlobSet.literal(snapshot.name(of: $0)) })
          let name = Assembly.name(rule.name, in: path, others: [type.name], &names[path, default: []])
          written.append(ImplicitCall(type: type, name: name, folder: folder, first: files[0], files: given, rank: rank))
        } else {
          for file in files {
            let name = snapshot.name(of: file)
            let parts = name.split(separator: ".", omittingEmptySubsequences: false)
            let stem = parts.count > 1 ? parts.dropLast().joined(separator: ".") : name
            let given = usual == [name] ? nil : FieldValue.string(name)
            let own = Assembly.name(rule.name, in: path, others: [stem], &names[path, default: []], isOneOfMany: true)
            written.append(ImplicitCall(type: type, name: own, folder: folder, first: file, files: given, rank: rank))
          }
        }
      }
    }
    for rule in data { addData(rule, to: &written, taken, isForeign, &names, rank: rules.count) }
    for call in written { add(call) }
  }

  /// The name of a target that stands in no BUILD file.
  /// - Parameters:
  ///   - others: names it may have where the one it should have is another target's.
  ///   - taken: the names in its folder; grows by it.
  ///   - isOneOfMany: whether each file has a target of its own: the folder's name says nothing then.
  static func name(
    _ wanted: String?, in folder: String, others: [String], _ taken: inout Set<String>, isOneOfMany: Bool = false
  ) -> String {
    let others = others.map { String($0.map { "#:@=,*! ".contains($0) ? "_" : $0 }) }
    let first = wanted ?? (isOneOfMany ? others.first : Address.defaultName(in: folder)) ?? "root"
    var name = ([first] + others).first { !taken.contains($0) }
    var number = 2
    while name == nil {
      if !taken.contains("\(first)_\(number)") { name = "\(first)_\(number)" }
      number += 1
    }
    taken.insert(name ?? first)
    return name ?? first
  }

  /// Adds the targets of a call, as if it stood in its folder's BUILD file.
  private mutating func add(_ call: ImplicitCall) {
    let path = snapshot.path(ofDirectory: call.folder)
    let place = SourceLocation(file: snapshot.path(of: call.first), position: SourcePosition(line: 1, column: 1))
    var fields: [NamedValue] = []
    if let files = call.files, let field = call.type.sourceField { fields.append(NamedValue(name: field.name, value: files)) }
    if !call.dependencies.isEmpty { fields.append(NamedValue(name: "dependencies", value: .strings(call.dependencies))) }
    var calls = DirectoryCalls(directory: path)
    let name = call.name == Address.defaultName(in: path) ? nil : call.name
    calls.targets = [TargetCall(type: call.type.name, name: name, fields: fields, place: place, isOpaque: false)]
    add(implicit: calls, rank: call.rank)
  }

  private mutating func accepts(_ file: PathID, _ rule: ImplicitTargetRule) -> Bool {
    guard let accepts = rule.accepts else { return true }
    let path = snapshot.path(of: file)
    let questions = LoadQuestions(snapshot)
    do {
      let answer = try accepts(path, questions)
      note(asked: questions.asked)
      return answer
    } catch {
      note(asked: questions.asked)
      report(diagnostic(of: error, at: SourceLocation(file: path, position: SourcePosition(line: 1, column: 1))))
      return false
    }
  }

  /// Ascending.
  private mutating func matches(_ patterns: [String], of rule: ImplicitTargetRule) -> [PathID] {
    do throws(GlobError) {
      let everywhere = patterns.map { $0.hasPrefix("!") ? "!**/\($0.dropFirst())" : "**/\($0)" }
      return snapshot.match(try GlobSet(everywhere), in: 0).files
    } catch {
      report(Diagnostic(.error, "the files that `\(rule.type)` is written for: \(error)"))
      return []
    }
  }
}

extension ForeignFolders {
  /// By folder, whether it or one above it holds what others made.
  package func directories(in snapshot: Snapshot) -> [Bool] {
    var result = [Bool](repeating: false, count: snapshot.directoryCount)
    if names.isEmpty, marks.isEmpty { return result }
    // Parents come before their children.
    for id in snapshot.directories(under: 0) {
      let isBelow = snapshot.parent(ofDirectory: id).map { result[Int($0)] || names.contains(snapshot.name(ofDirectory: id)) } ?? false
      result[Int(id)] = isBelow || marks.contains { snapshot.id(ofName: $0, in: id) != nil }
    }
    return result
  }
}

extension ByteWriter {
  mutating func write(_ rule: ImplicitTargetRule) {
    write(rule.type)
    write(rule.files)
    write(rule.name) { $0.write($1) }
    write(rule.accepts != nil)
    write(rule.identity)
  }

  mutating func write(_ rule: ImplicitDataRule) {
    write(rule.type)
    write(rule.name)
    write(rule.users)
    write(rule.ignored)
  }

  mutating func write(_ foreign: ForeignFolders) {
    write(foreign.names)
    write(foreign.marks)
  }
}
