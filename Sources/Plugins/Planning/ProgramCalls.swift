// `ctx.search_programs` and `ctx.find_program`: programs of the machine by patterns, with what each said of itself.

internal import Formats
internal import Starlark

extension PlanCall {
  /// Asks, and makes the plan depend on the answer.
  func programs(_ search: ProgramSearch) -> [FoundProgram] {
    guard let searcher = world.programs else { return [] }
    trace.searches[search] = searcher.fingerprint(of: search)
    return searcher.programs(search)
  }
}

/// `ctx.search_programs(names, folders, probe)`: a list of structs.
func searchPrograms(_ plan: PlanCall, _ call: borrowing Call) throws -> Value {
  let bound = try call.bind(Signature("names", "folders?", "probe?"))
  return Value(try found(plan, bound).map { try candidate($0, path: Value($0.path)) })
}

/// `ctx.find_program(names, folders, probe, select, args)`: one struct, or `None` where `select` wants none.
func findProgram(_ plan: PlanCall, _ call: borrowing Call) throws -> Value {
  let bound = try call.bind(Signature("names", "folders?", "probe?", "select?", "args?"))
  let programs = try found(plan, bound)
  var index = programs.isEmpty ? nil : 0
  if let select = bound.present("select") {
    let candidates = try programs.map { try candidate($0, path: Value($0.path)) }
    let answer = try call.thread.call(select, [Value(candidates)] + (bound.present("args")?.asList ?? []))
    index = answer.asInt
    guard answer.isNone || index.map(programs.indices.contains) == true else {
      throw EvaluationError("ctx.find_program: `select` answers the index of a candidate or None, not \(Starlark.repr(answer))")
    }
  }
  guard let index else { return Value.none }
  return try candidate(programs[index], path: Value(ArgumentObject(tool: .found(programs[index]))), text: programs[index].path)
}

private func found(_ plan: PlanCall, _ bound: BoundArguments) throws -> [FoundProgram] {
  let names = try bound.strings("names")
  guard names.allSatisfy({ !$0.isEmpty && !$0.contains("/") && !$0.utf8.contains(0) }) else {
    throw EvaluationError("\(bound.functionName): `names` are patterns of file names, without `/`")
  }
  let folders = try bound.optionalStrings("folders") ?? ["<PATH>"]
  guard folders.allSatisfy({ !$0.utf8.contains(0) }) else { throw EvaluationError("\(bound.functionName): a folder holds a NUL byte") }
  return plan.programs(ProgramSearch(names: names, folders: folders, probe: try bound.optionalStrings("probe") ?? []))
}

private func candidate(_ program: FoundProgram, path: Value, text: String? = nil) throws -> Value {
  let info = program.info.isEmpty ? Value.none : try JSON.parse(program.info).starlarkValue
  let fields = [("path", path), ("info", info), ("tool", Value(ToolHandle(.found(program))))]
  return Value(struct: fields + (text.map { [("text", Value($0))] } ?? []))
}

extension JSON {
  /// As `json.decode` gives it.
  var starlarkValue: Value {
    switch self {
    case .null: .none
    case .bool(let truth): .bool(truth)
    case .int(let number): .int(number)
    case .double(let number): .float(number)
    case .string(let text): Value(text)
    case .array(let items): Value(items.map(\.starlarkValue))
    case .object(let members): Value(dict: members.map { ($0.name, $0.value.starlarkValue) })
    }
  }

  /// - Returns: nil for what JSON cannot say.
  init?(_ value: Value) {
    switch value {
    case .none: self = .null
    case .bool(let truth): self = .bool(truth)
    case .int(let number): self = .int(number)
    case .float(let number): self = .double(number)
    case .string(let object): self = .string(object.text)
    default:
      if let elements = value.asList {
        let items = elements.compactMap { JSON($0) }
        guard items.count == elements.count else { return nil }
        self = .array(items)
      } else if let entries = value.asDictEntries {
        let members = entries.compactMap { key, value in key.asString.flatMap { name in JSON(value).map { Member(name, $0) } } }
        guard members.count == entries.count else { return nil }
        self = .object(members)
      } else {
        return nil
      }
    }
  }
}
