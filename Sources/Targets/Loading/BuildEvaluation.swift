// One folder's BUILD files being run: what they call is written down here.

internal import Diagnostics
internal import Fingerprints
internal import Snapshots
internal import Starlark

/// The state of one folder's evaluation: found by builtins through the thread. Used by one thread.
final class BuildEvaluation {
  let snapshot: Snapshot
  let options: LoadOptions
  let directory: String
  /// Runs what `load` names, or nil where nothing can be loaded.
  private let modules: (_ path: String, BuildEvaluation) throws -> FrozenModule?
  /// The BUILD file being run, for the places of calls.
  var file = ""
  /// The modules being loaded, outermost first, to find circles.
  var loading: [String] = []
  private(set) var questions: Set<Question> = []
  private(set) var defaults: [DefaultsCall] = []
  private var visibility: [VisibilityCall] = []
  private(set) var notes: [Diagnostic] = []
  /// What is wrong with targets that were called for, where that stops nothing else.
  private(set) var refusals: [Diagnostic] = []
  private var calls: [Recorded] = []
  private var parametrizeCount = 0

  private struct Recorded {
    let call: TargetCall
    var isValue = false
  }

  init(
    snapshot: Snapshot, options: LoadOptions, directory: String = "",
    modules: @escaping (_ path: String, BuildEvaluation) throws -> FrozenModule?
  ) {
    self.snapshot = snapshot
    self.options = options
    self.directory = directory
    self.modules = modules
  }

  /// What was called, once all files have run.
  var result: DirectoryCalls {
    var result = DirectoryCalls(directory: directory)
    var known: Set<String> = []
    for recorded in calls where !recorded.call.isOpaque {
      if let name = recorded.call.name ?? Address.defaultName(in: directory) { known.insert(name) }
    }
    for recorded in calls where !recorded.isValue {
      let call = recorded.call
      if call.isOpaque, call.name == nil {
        // An unknown function with no name may be no target at all: it is taken for the folder's own only if nothing else is.
        guard let name = Address.defaultName(in: directory), known.insert(name).inserted else { continue }
      }
      result.targets.append(call)
    }
    result.defaults = defaults
    result.visibility = visibility
    result.notes = notes
    return result
  }

  /// `//dir/file`, `//dir:file`, `:file` and `file`, the latter two beside the file that loads.
  func load(_ name: String) throws -> FrozenModule {
    let isAbsolute = name.hasPrefix("//")
    var rest = isAbsolute ? String(name.dropFirst(2)) : name
    if let colon = rest.firstIndex(of: ":") { rest = joined(String(rest[..<colon]), String(rest[rest.index(after: colon)...])) }
    guard let path = normalized(isAbsolute ? rest : joined(parentDirectory(file), rest)), !path.isEmpty else {
      throw EvaluationError("`\(name)` leaves the workspace")
    }
    guard let module = try modules(path, self) else { throw EvaluationError("a prelude cannot load another file") }
    return module
  }

  func ask(_ question: Question) { questions.insert(question) }

  // MARK: Targets

  func declare(_ type: String, _ call: borrowing Call) throws -> Value {
    do {
      guard call.positionalCount == 0 else {
        throw EvaluationError("`\(type)` takes named fields only, as in `\(type)(name = …)`")
      }
      calls.append(Recorded(call: try targetCall(type, call, isOpaque: false)))
    } catch let error as EvaluationError {
      // Straight from the BUILD file, the call is its own place, and the next call can be looked at all the same. From a macro, who
      // called whom is to be told.
      guard !error.isRefusal, let place = call.location, place.file == file, call.thread.outermostLocation(in: file) == place else {
        throw error
      }
      refusals.append(Diagnostic(.error, error.message, at: place, hint: error.hint))
    }
    return .none
  }

  func callUnknown(_ name: String, _ call: borrowing Call) throws -> Value {
    let recorded = try targetCall(name, call, isOpaque: true)
    var entries = call.positional.enumerated().map { FieldValue.Entry(.string(String($0)), (try? FieldValue($1)) ?? .none) }
    entries += recorded.fields.map { FieldValue.Entry(.string($0.name), $0.value) }
    calls.append(Recorded(call: recorded))
    return Value(UnknownCall(name, entries, index: calls.count - 1, evaluation: self))
  }

  func useAsValue(_ index: Int) { calls[index].isValue = true }

  private func targetCall(_ type: String, _ call: borrowing Call, isOpaque: Bool) throws -> TargetCall {
    var name: String?
    var fields: [NamedValue] = []
    for (key, value) in call.named {
      if key == "name" {
        if value.isNone { continue }
        guard let text = value.asString else {
          if isOpaque { continue }
          throw EvaluationError("`name` takes a string, not \(value.typeName)")
        }
        name = text
        continue
      }
      let converted = try fieldValue(value, isOpaque: isOpaque)
      fields.append(NamedValue(name: key.hasPrefix(parametrizeKeyPrefix) ? parametrizeKeyPrefix : key, value: converted))
    }
    if let name, !isOpaque, let reason = wrongName(name) { throw EvaluationError(reason) }
    let place = call.thread.outermostLocation(in: file) ?? call.location ?? SourceLocation(file: file, position: .init(line: 1, column: 1))
    return TargetCall(type: type, name: name, fields: fields, place: place, isOpaque: isOpaque)
  }

  /// An opaque target's fields are not understood, so what cannot be kept of them is left out.
  private func fieldValue(_ value: Value, isOpaque: Bool) throws -> FieldValue {
    do {
      return try FieldValue(value)
    } catch {
      if isOpaque { return .none }
      throw error
    }
  }

  private func wrongName(_ name: String) -> String? {
    if name.isEmpty { return "a target's name cannot be empty" }
    guard let bad = name.first(where: { "/:#@!?=*\\".contains($0) || $0.isNewline || $0.isWhitespace }) else { return nil }
    return "a target's name cannot hold `\(bad)`: \"\(name)\""
  }

  // MARK: Functions

  func setDefaults(_ call: borrowing Call) throws -> Value {
    var byType: [(types: [String], fields: [NamedValue])] = []
    for argument in call.positional {
      guard let entries = try FieldValue(argument).entries else {
        throw EvaluationError("`__defaults__` takes dicts of fields by target type, not \(argument.typeName)")
      }
      for entry in entries {
        let types = entry.key.strings
        guard !types.isEmpty else {
          throw EvaluationError("a key of `__defaults__` is a target type or a tuple of them, not \(entry.key.kindName)")
        }
        byType.append((types, try fields(entry.value)))
      }
    }
    var all: [NamedValue] = []
    var extends = false
    var ignoresFields = false
    var ignoresTargets = false
    for (name, value) in call.named {
      switch name {
      case "all": all = try fields(FieldValue(value))
      case "extend": extends = value.isTrue
      case "ignore_unknown_fields": ignoresFields = value.isTrue
      case "ignore_unknown_targets": ignoresTargets = value.isTrue
      default:
        throw EvaluationError(
          "`__defaults__` has no parameter `\(name)`",
          hint: didYouMean(name, among: ["all", "extend", "ignore_unknown_fields", "ignore_unknown_targets"]))
      }
    }
    let place = call.thread.outermostLocation(in: file) ?? call.location ?? SourceLocation(file: file, position: .init(line: 1, column: 1))
    defaults.append(
      DefaultsCall(
        byType: byType, all: all, extends: extends, ignoresUnknownFields: ignoresFields, ignoresUnknownTargets: ignoresTargets, place: place
      ))
    return .none
  }

  private func fields(_ value: FieldValue) throws -> [NamedValue] {
    // A dict of a group alone is that group.
    if case .structure("parametrize", _) = value { return [NamedValue(name: parametrizeKeyPrefix, value: value)] }
    guard let entries = value.entries else {
      throw EvaluationError("the defaults of a target type are a dict of fields, not \(value.kindName)")
    }
    return try entries.map { entry in
      guard let name = entry.key.string else { throw EvaluationError("a field's name is a string, not \(entry.key.kindName)") }
      return NamedValue(name: name.hasPrefix(parametrizeKeyPrefix) ? parametrizeKeyPrefix : name, value: entry.value)
    }
  }

  /// `__dependencies_rules__` and `__dependents_rules__`: not even read where nobody checks them.
  func setVisibility(_ direction: VisibilityCall.Direction, _ call: borrowing Call) throws -> Value {
    guard options.checksVisibility else { return .none }
    let place = call.thread.outermostLocation(in: file) ?? call.location ?? SourceLocation(file: file, position: .init(line: 1, column: 1))
    visibility.append(try VisibilityCall(direction, call, at: place))
    return .none
  }

  func environment(_ call: borrowing Call) throws -> Value {
    let arguments = try call.bind(Signature("name", "default?"))
    let name = try arguments.string("name")
    if options.secretEnvironment.contains(name) {
      throw EvaluationError(
        "`env(\"\(name)\")` is refused: the variable is a secret", hint: "BUILD files cannot read what `secret_env` names")
    }
    ask(.environment(name))
    if let value = options.environment(name) { return Value(value) }
    return arguments["default"] ?? .none
  }

  func readFile(_ call: borrowing Call) throws -> Value {
    let written = try call.bind(Signature("path")).string("path")
    let path = written.hasPrefix("//") ? normalized(String(written.dropFirst(2))) : normalized(joined(directory, written))
    guard let path, !written.hasPrefix("/") || written.hasPrefix("//") else {
      throw EvaluationError("`\(written)` leaves the workspace")
    }
    ask(.content(path))
    guard let id = snapshot.id(ofPath: path), let file = snapshot.regularFile(id) else {
      throw EvaluationError("there is no file `\(path)`")
    }
    do throws(SnapshotError) { return Value(String(decoding: try snapshot.read(file).bytes, as: UTF8.self)) } catch {
      throw EvaluationError(error.description)
    }
  }

  /// `parametrize("a", "b", c = value)`: a value per name; a string stands for itself.
  /// As `**parametrize("name", field = value, …)` the first argument names a group of fields.
  func parametrize(_ call: borrowing Call) throws -> Value {
    var entries: [FieldValue.Entry] = []
    for value in call.positional {
      let converted = try FieldValue(value)
      guard let text = converted.string else {
        throw EvaluationError("`parametrize` takes strings, and other values by name, as in `parametrize(small = [1])`")
      }
      entries.append(.init(.string(text), converted))
    }
    let positional = entries.count
    for (name, value) in call.named { entries.append(.init(.string(name), try FieldValue(value))) }
    guard !entries.isEmpty else { throw EvaluationError("`parametrize` needs at least one value") }
    parametrizeCount += 1
    let structure = StructureObject("parametrize", [.init(.string(""), .int(positional))] + entries)
    return Value(dict: [("\(parametrizeKeyPrefix)\(parametrizeCount)", Value(structure))])
  }

  func structure(_ function: BuildFunction, _ call: borrowing Call) throws -> Value {
    guard call.positionalCount <= function.parameters.count else {
      let limit = function.parameters.count
      throw EvaluationError("`\(function.name)` takes \(limit == 0 ? "named arguments only" : "at most \(limit) unnamed arguments")")
    }
    var entries = try zip(function.parameters, call.positional).map { FieldValue.Entry(.string($0), try FieldValue($1)) }
    for (name, value) in call.named {
      if entries.contains(where: { $0.key == .string(name) }) { throw EvaluationError("`\(function.name)`: `\(name)` was given twice") }
      entries.append(.init(.string(name), try FieldValue(value)))
    }
    return Value(StructureObject(function.name, entries))
  }

  func note(_ text: String, at place: SourceLocation?) { notes.append(Diagnostic(.note, text, at: place)) }
}
