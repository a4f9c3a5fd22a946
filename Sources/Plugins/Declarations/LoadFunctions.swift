// Functions of plugins that are asked while the graph is made: what they are given, and what becomes of their answers.

internal import Diagnostics
internal import ImportScanners
package import Options
package import Snapshots
internal import Starlark
package import Targets

/// A target as functions see it that are asked before there is a graph.
private final class LoadedTargetObject: HostValue {
  private let target: LoadedTarget

  init(_ target: LoadedTarget) { self.target = target }

  var typeName: String { "target" }
  var repr: String { "<target \(target.address)>" }
  var attributeNames: [String] {
    ["address", "name", "directory", "type", "path", "paths", "tags", "description", "field", "source_root"]
  }

  func attribute(named name: String) throws -> Value? {
    switch name {
    case "address": return Value(target.address.description)
    case "name": return Value(target.address.name)
    case "directory": return Value(target.address.directory)
    case "type": return Value(target.type.name)
    case "path": return target.paths.count == 1 ? target.paths.first.map { Value($0) } : Value.none
    case "paths": return Value(tuple: target.paths.map { Value($0) })
    case "tags": return Value(tuple: (target.field("tags") ?? .none).strings.map { Value($0) })
    case "description": return try starlarkValue(target.field("description") ?? .none)
    case "source_root": return target.sourceRoot.map { Value($0) } ?? Value.none
    case "field":
      return .builtin("target.field") { [target] call in
        let name = try call.bind(Signature("name")).string("name")
        guard let value = target.field(name) else {
          throw EvaluationError(
            "`\(target.type.name)` has no field `\(name)`", hint: didYouMean(name, among: target.type.fields.map(\.name)))
        }
        return try starlarkValue(value)
      }
    default: return nil
    }
  }
}

/// The values of a scope's options, as `ctx.options(…)` gives them.
private func optionValues(_ handle: SubsystemHandle, _ options: Options) -> Value {
  Value(struct: handle.scope.options.map { ($0.name, starlarkValue(options.value(handle.scope.name, $0.name))) })
}

/// `ctx` of a function that is asked while the graph is made.
/// - Parameters:
///   - questions: nil for a function that may ask for options only.
///   - noteOptions: is told of each scope whose options are read.
func loadContext(_ options: Options, _ questions: LoadQuestions?, noteOptions: @escaping (String) -> Void = { _ in }) -> Value {
  var members: [(String, Value)] = [
    (
      "options",
      .builtin("ctx.options") { call in
        let bound = try call.bind(Signature("subsystem"))
        guard let handle = try bound.value("subsystem").asHost as? SubsystemHandle else {
          throw bound.wrongType("subsystem", wanted: "a subsystem")
        }
        questions?.noteOptions(of: handle.scope.name)
        noteOptions(handle.scope.name)
        return optionValues(handle, options)
      }
    )
  ]
  if let questions {
    members += [
      (
        "read",
        .builtin("ctx.read") { call in
          let path = try call.bind(Signature("path")).string("path")
          let bytes: [UInt8]?
          do { bytes = try questions.read(path) } catch { throw EvaluationError("ctx.read: \(error)") }
          guard let bytes else { throw EvaluationError("ctx.read: the workspace has no file `\(path)`") }
          return Value(String(decoding: bytes, as: UTF8.self))
        }
      ),
      (
        "exists",
        .builtin("ctx.exists") { call in .bool(questions.exists(try call.bind(Signature("path")).string("path"))) }
      ),
    ]
  }
  return Value(NamespaceObject("ctx", members))
}

/// The text that stands for all values of a scope's options.
func scopeText(_ scope: String, _ scopes: [OptionScope], _ options: Options) -> String? {
  scopes.first { $0.name == scope }.map { scope in
    scope.options.map { "\($0.name)=\(options.canonicalText(scope.name, $0.name))" }.joined(separator: "\n")
  }
}

extension PluginFunction {
  /// Asks the function of `module.listed`.
  func listedModules(_ target: LoadedTarget, _ questions: LoadQuestions, _ options: Options) throws -> ListedModules {
    let answer = try EvaluationThread().call(value(), [loadContext(options, questions), Value(LoadedTargetObject(target))], named: [])
    let entries = try Answer(answer, "module.listed", location).dictionary(["modules", "stubs"])
    return ListedModules(
      modules: try entries["modules"]?.strings() ?? [], stubs: try entries["stubs"]?.strings() ?? [])
  }

  /// Asks the function of `resolve.fields`.
  func references(_ target: LoadedTarget, _ questions: LoadQuestions, _ options: Options) throws -> [FieldReference] {
    let answer = try EvaluationThread().call(value(), [loadContext(options, questions), Value(LoadedTargetObject(target))], named: [])
    return try Answer(answer, "resolve.fields", location).list().map { item in
      var entries = try item.dictionary(["module", "file", "address", "group", "member_of"])
      let group = try entries.removeValue(forKey: "member_of")?.string()
      guard entries.count == 1, let (kind, value) = entries.first, group == nil || kind != "group" else {
        throw item.wrong("a dict with one of \"module\", \"file\", \"address\", \"group\"")
      }
      let text = try value.string()
      let reference: FieldReference
      switch kind {
      case "module": reference = .module(text)
      case "file": reference = .file(text)
      case "group": reference = .group(text)
      default: reference = .address(text)
      }
      return group.map { .member(of: $0, reference) } ?? reference
    }
  }

  /// Asks the function of `tailor(accept = …)`.
  func accepts(_ path: String, _ questions: LoadQuestions, _ options: Options) throws -> Bool {
    let answer = try EvaluationThread().call(value(), [loadContext(options, questions), Value(path)], named: [])
    return try Answer(answer, "tailor", location).bool()
  }

  /// Asks the function of `target_generator(generate = …)`.
  func generated(_ target: LoadedTarget, _ questions: LoadQuestions, _ options: Options) throws -> [GeneratedTarget] {
    let answer = try EvaluationThread().call(value(), [loadContext(options, questions), Value(LoadedTargetObject(target))], named: [])
    return try Answer(answer, "target_generator", location).list().map { item in
      let entries = try item.dictionary(["name", "fields", "other_names"])
      guard let name = try entries["name"]?.string(), !name.isEmpty else { throw item.wrong("a dict with a \"name\"") }
      if let bad = name.first(where: { "#:@=,".contains($0) }) {
        throw EvaluationError("target_generator: the generated name `\(name)` holds `\(bad)`, which addresses cannot")
      }
      var fields: [FieldValue.Entry] = []
      if let given = entries["fields"] {
        guard let pairs = given.value.asDictEntries else { throw given.wrong("a dict of fields") }
        fields = try pairs.map { FieldValue.Entry(try fieldValue($0), try fieldValue($1)) }
      }
      return GeneratedTarget(name: name, otherNames: try entries["other_names"]?.strings() ?? [], fields: fields)
    }
  }

  /// Asks the function `files` of `reads_files`: workspace paths.
  package func filesRead(by target: LoadedTarget, _ snapshot: Snapshot, _ options: Options) throws -> [String] {
    let ctx = loadContext(options, LoadQuestions(snapshot))
    let answer = try EvaluationThread().call(value(), [ctx, Value(LoadedTargetObject(target))], named: [])
    return try Answer(answer, "reads_files", location).strings().map(pathFromRoot)
  }

  /// Asks the function `parts` of `reads_files`: what of a file's text concerns each of some targets.
  package func parts(of text: String, _ path: String, concerning targets: [LoadedTarget], _ options: Options) throws -> [String] {
    let list = Value(tuple: targets.map { Value(LoadedTargetObject($0)) })
    let answer = try EvaluationThread().call(value(), [loadContext(options, nil), Value(path), Value(text), list], named: [])
    let parts = Answer(answer, "reads_files", location)
    let texts = try parts.strings()
    guard texts.count == targets.count else { throw parts.wrong("a list of \(targets.count) strings, one for each target,") }
    return texts
  }

  /// Asks the function of `configured_by`.
  package func configurationFiles(_ snapshot: Snapshot, _ options: Options) throws -> [String] {
    let answer = try EvaluationThread().call(value(), [loadContext(options, LoadQuestions(snapshot))], named: [])
    return try Answer(answer, "configured_by", location).strings()
  }

  /// Asks the function of `resolve.modules`.
  /// - Parameter noteOptions: is told of each scope whose options are read.
  func moduleSettings(_ options: Options, noteOptions: (String) -> Void) throws -> ModuleSettings {
    var read: [String] = []
    let answer = try EvaluationThread().call(value(), [loadContext(options, nil) { read.append($0) }], named: [])
    read.forEach(noteOptions)
    let entries = try Answer(answer, "resolve.modules", location).dictionary([
      "imports", "strings", "assets", "partition", "ambiguity", "unowned", "unowned_hint", "known", "ignored", "ancestors",
      "companions",
    ])
    var settings = ModuleSettings()
    if let imports = entries["imports"] { settings.imports = try imports.bool() }
    if let strings = try entries["strings"]?.dictionary(["min_dots", "ignored"]) {
      settings.minimumDots = try strings["min_dots"]?.int()
      settings.ignoredTexts = try strings["ignored"]?.strings() ?? []
    }
    if let assets = try entries["assets"]?.dictionary(["min_slashes", "beside", "from_root"]) {
      settings.assets = ModuleSettings.Assets(
        minimumSlashes: try assets["min_slashes"]?.int() ?? 1, besideTypes: try assets["beside"]?.strings() ?? ["resource"],
        rootTypes: try assets["from_root"]?.strings() ?? ["file"])
    }
    if let partition = entries["partition"] {
      let parts = try partition.dictionary(["field", "default"])
      guard let field = try parts["field"]?.string() else { throw partition.wrong("a dict with \"field\" and \"default\"") }
      settings.partition = ModuleSettings.Partition(field: field, defaultValue: try parts["default"]?.string() ?? "")
    }
    if let ambiguity = entries["ambiguity"] {
      settings.ambiguity = try ambiguity.choice(ModuleSettings.Ambiguity.allCases)
    }
    if let unowned = entries["unowned"] { settings.unowned = try unowned.choice(ModuleSettings.Unowned.allCases) }
    settings.unownedHint = try entries["unowned_hint"]?.string()
    settings.known = Set(try entries["known"]?.strings() ?? [])
    settings.ignored = try entries["ignored"]?.strings() ?? []
    settings.ancestors =
      try entries["ancestors"]?.list().map { item in
        let parts = try item.dictionary(["names", "only_with_content", "types"])
        return ModuleSettings.Ancestors(
          names: try parts["names"]?.strings() ?? [], onlyWithContent: try parts["only_with_content"]?.bool() ?? false,
          importers: try parts["types"]?.list().map { try $0.typeName() } ?? [])
      } ?? []
    settings.companions =
      try entries["companions"]?.list().map { item in
        let parts = try item.dictionary(["names", "types"])
        return ModuleSettings.Companions(
          names: try parts["names"]?.strings() ?? [], types: try parts["types"]?.list().map { try $0.typeName() } ?? [])
      } ?? []
    return settings
  }
}

/// A value that a function of a plugin answered, with the way that leads to it, for messages.
private struct Answer {
  let value: Value
  /// `resolve.modules: "partition"`.
  let path: String
  let location: SourceLocation?

  init(_ value: Value, _ function: String, _ location: SourceLocation?) {
    self.value = value
    path = "\(function): the function's answer"
    self.location = location
  }

  private init(_ value: Value, path: String, _ location: SourceLocation?) {
    self.value = value
    self.path = path
    self.location = location
  }

  func wrong(_ wanted: String) -> Diagnostic { Diagnostic(.error, "\(path) must be \(wanted), not \(value.typeName)", at: location) }

  /// The entries that are not `None`.
  func dictionary(_ keys: [String]) throws -> [String: Answer] {
    guard let entries = value.asDictEntries else { throw wrong("a dict") }
    var result: [String: Answer] = [:]
    for (key, value) in entries {
      guard let name = key.asString, keys.contains(name) else {
        throw Diagnostic(
          .error, "\(path) has no `\(key.asString ?? key.typeName)`", at: location,
          hint: didYouMean(key.asString ?? "", amongFew: keys))
      }
      if case .none = value { continue }
      result[name] = Answer(value, path: "\(path), `\(name)`,", location)
    }
    return result
  }

  func list() throws -> [Answer] {
    guard let elements = value.asList else { throw wrong("a list") }
    return elements.enumerated().map { Answer($0.element, path: "\(path), element \($0.offset),", location) }
  }

  func strings() throws -> [String] {
    guard let strings = value.asStrings else { throw wrong("a list of strings") }
    return strings
  }

  func string() throws -> String {
    guard let text = value.asString else { throw wrong("a string") }
    return text
  }

  func int() throws -> Int {
    guard let number = value.asInt else { throw wrong("an int") }
    return number
  }

  func bool() throws -> Bool {
    guard case .bool(let truth) = value else { throw wrong("True or False") }
    return truth
  }

  /// A target type, or its name.
  func typeName() throws -> String {
    if let handle = value.asHost as? TargetTypeHandle { return handle.type.name }
    return try string()
  }

  func choice<Choice: RawRepresentable>(_ choices: [Choice]) throws -> Choice where Choice.RawValue == String {
    guard let text = value.asString, let choice = choices.first(where: { $0.rawValue == text }) else {
      throw wrong("one of " + choices.map { "\"\($0.rawValue)\"" }.joined(separator: ", "))
    }
    return choice
  }
}
