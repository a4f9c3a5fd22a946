// Runs a plugin's `*_test.star` files, then the checks that every plugin gets unasked.

internal import Diagnostics
internal import Scheduling
internal import Store
internal import Execution
internal import Formats
internal import Host
internal import Options
internal import Starlark

/// The tests of one plugin folder.
package struct PluginTestSuite {
  package struct Result: Sendable {
    package let name: String
    /// Nil for a test that passed.
    package let failure: String?
  }

  let folder: String
  let name: String
  let catalog: PluginCatalog
  let environment: [String: String]
  private let tests: [PluginFiles.File]

  /// - Parameter folder: a plugin's folder on disk; its files take the place of shipped ones.
  package init(folder: String, catalog: PluginCatalog, environment: [String: String]) throws {
    let trimmed = folder.hasSuffix("/") ? String(folder.dropLast()) : folder
    guard Files.isDirectory(trimmed), let real = try? Files.realPath(trimmed), let parent = Files.parent(of: real) else {
      throw UserError("`\(folder)` is no folder", hint: "name a plugin's folder, for example `plugins/shell`")
    }
    let name = String(real.dropFirst(parent.utf8.count + 1))
    let shown = trimmed.contains("/") ? String(trimmed[..<(trimmed.lastIndex(of: "/") ?? trimmed.startIndex)]) : "."
    let own = try PluginFiles.read(folder: parent, shown: shown).filter { $0.path.hasPrefix("\(name)/") }
    guard !own.isEmpty else { throw UserError("`\(folder)` holds no plugin: no `*.star` file lies in it") }
    let files = PluginFiles(catalog.files.files.filter { !$0.path.hasPrefix("\(name)/") } + own)
    self.folder = real
    self.name = name
    self.environment = environment
    self.catalog = PluginCatalog(files)
    tests = own.filter { $0.path.hasSuffix("_test.star") }
  }

  package func run() throws -> [Result] {
    var results: [Result] = []
    for diagnostic in catalog.broken where diagnostic.location.map({ $0.file.contains("\(name)/") }) ?? true {
      results.append(Result(name: "loads", failure: diagnostic.rendered()))
    }
    for file in tests { results += run(file) }
    results += conformance()
    return results
  }

  private func run(_ file: PluginFiles.File) -> [Result] {
    let module: FrozenModule
    do throws(Diagnostic) {
      module = try PluginLoader(catalog.files).load(file.path).module
    } catch {
      return [Result(name: file.path, failure: error.rendered())]
    }
    let names = module.names.filter { $0.hasPrefix("test_") }
    if names.isEmpty { return [Result(name: file.path, failure: "no function in it begins with `test_`")] }
    return names.map { name in
      guard let function = module.global(named: name) else { return Result(name: name, failure: "is gone") }
      do throws(Diagnostic) {
        _ = try EvaluationThread().call(function, [Value(TestObject(catalog))])
        return Result(name: name, failure: nil)
      } catch {
        return Result(name: name, failure: error.rendered())
      }
    }
  }
}

/// `t`: what a test function is given.
private final class TestObject: HostValue {
  private let catalog: PluginCatalog

  init(_ catalog: PluginCatalog) { self.catalog = catalog }

  var typeName: String { "test" }
  var attributeNames: [String] { ["contains", "equal", "fails", "not_contains", "true", "workspace"] }

  func attribute(named name: String) -> Value? {
    switch name {
    case "equal":
      return .builtin("t.equal") { call in
        let bound = try call.bind(Signature("actual", "expected"))
        let actual = try bound.value("actual")
        let expected = try bound.value("expected")
        if try !valuesAreEqual(actual, expected) {
          throw EvaluationError("t.equal: \(Starlark.repr(actual)) is not \(Starlark.repr(expected))")
        }
        return .none
      }
    case "true":
      return .builtin("t.true") { call in
        let bound = try call.bind(Signature("condition", "message?"))
        if try !bound.value("condition").isTrue {
          throw EvaluationError("t.true: \(try bound.optionalString("message") ?? "the condition does not hold")")
        }
        return .none
      }
    case "contains", "not_contains":
      return .builtin("t.\(name)") { call in
        let bound = try call.bind(Signature("container", "element"))
        let container = try bound.value("container")
        let element = try bound.value("element")
        let holds: Bool
        if let text = container.asString, let part = element.asString {
          holds = part.isEmpty || text.contains(part)
        } else {
          holds = try (container.asSequence ?? []).contains { try valuesAreEqual($0, element) }
        }
        if holds != (name == "contains") {
          throw EvaluationError("t.\(name): \(Starlark.repr(container)) \(holds ? "holds" : "lacks") \(Starlark.repr(element))")
        }
        return .none
      }
    case "fails":
      return .builtin("t.fails") { call in
        let bound = try call.bind(Signature("function", "message?"))
        let wanted = try bound.optionalString("message") ?? ""
        let function = try bound.value("function")
        do throws(Diagnostic) {
          _ = try call.thread.call(function, [])
        } catch {
          let text = error.rendered()
          if !wanted.isEmpty, !text.contains(wanted) { throw EvaluationError("t.fails: the error does not say `\(wanted)`, but:\n\(text)") }
          return .none
        }
        throw EvaluationError("t.fails: nothing failed")
      }
    case "workspace":
      return .builtin("t.workspace") { [catalog] call in
        let bound = try call.bind(Signature("files", "*", "backends?", "options?", "programs?"))
        let files = try bound.dict("files").map { key, value -> (String, String) in
          guard let path = key.asString, let text = value.asString else {
            throw EvaluationError("t.workspace: `files` is a dict from paths to texts")
          }
          return (path, text)
        }
        let options = try (bound.present("options")?.asDictEntries ?? []).map { key, value -> (String, [(String, OptionValue)]) in
          guard let scope = key.asString, let entries = value.asDictEntries else {
            throw EvaluationError("t.workspace: `options` is a dict from scopes to dicts")
          }
          return (scope, try entries.map { ($0.asString ?? "", try optionValue($1)) })
        }
        let programs = try (bound.present("programs")?.asDictEntries ?? []).map { key, value -> (String, String) in
          guard let path = key.asString, path.hasPrefix("/"), let info = JSON(value) else {
            throw EvaluationError("t.workspace: `programs` is a dict from absolute paths to what each says, as JSON has it")
          }
          return (path, String(decoding: JSONWriter.compact(info), as: UTF8.self))
        }
        let backends = try bound.optionalStrings("backends") ?? []
        return Value(
          WorkspaceObject(try TestWorld(files: files, backends: backends, options: options, programs: programs, catalog: catalog)))
      }
    default: return nil
    }
  }
}

/// What `t.workspace(…)` returns.
private final class WorkspaceObject: HostValue {
  private let world: TestWorld

  init(_ world: TestWorld) { self.world = world }

  var typeName: String { "workspace" }
  var attributeNames: [String] { ["dependencies", "plan", "targets"] }

  func attribute(named name: String) -> Value? {
    switch name {
    case "dependencies":
      .builtin("workspace.dependencies") { [world] call in
        try WorkspaceObject.addresses(call) { try world.addresses($0, dependencies: true) }
      }
    case "targets":
      .builtin("workspace.targets") { [world] call in try WorkspaceObject.addresses(call) { try world.addresses($0, dependencies: false) } }
    case "plan": plan
    default: nil
    }
  }

  private static func addresses(_ call: borrowing Call, _ answer: (String) throws -> [String]) throws -> Value {
    let spec = try call.bind(Signature("spec")).string("spec")
    do {
      return Value(try answer(spec).map { Value($0) })
    } catch let error as UserError {
      throw error.diagnostics.first ?? Diagnostic(.error, "the workspace cannot be loaded")
    }
  }

  private var plan: Value {
    .builtin("workspace.plan") { [world] call in
      let bound = try call.bind(Signature("goal", "spec"))
      let plan: TestPlan
      do {
        plan = try world.plan(bound.string("goal"), [bound.string("spec")])
      } catch let error as UserError {
        throw error.diagnostics.first ?? Diagnostic(.error, "planning failed")
      }
      let labels = plan.plan.actions.map(\.action.label)
      let actions = try plan.actions.map { action, inputs in
        Value(struct: [
          ("label", Value(action.label)),
          ("argv", Value(action.argv.map { shown($0, action.tools) })),
          ("inputs", Value(inputs.map(\.path))),
          (
            "written",
            Value(
              dict: inputs.compactMap { input in
                if case .bytes(let bytes) = input.source { (input.path, Value(String(decoding: bytes, as: UTF8.self))) } else { nil }
              })
          ),
          ("outputs", Value(action.outputs.map { "\($0.path)\($0.kind.ending)" })),
          ("env", Value(dict: action.environment.sorted { $0.key < $1.key }.map { ($0.key, Value(shown($0.value, action.tools))) })),
          ("cwd", Value(action.workingDirectory)),
          ("timeout", action.timeout.map { Value($0) } ?? Value.none),
          (
            "depends_on",
            Value(action.inputs.compactMap { if case .output(let id, _, _) = $0 { labels[Int(id)] } else { nil } })
          ),
        ])
      }
      return Value(struct: [("actions", Value(actions))])
    }
  }
}

/// An argument as a test sees it: a program is `<name>`.
private func shown(_ argument: Argument, _ tools: [Tool]) -> String {
  switch argument {
  case .text(let text): text
  case .tool(let index): "<\(tools.indices.contains(index) ? tools[index].name : "?")>"
  case .cpus: "{cpus}"
  case .slot: "{slot}"
  case .sandboxRoot: "{chroot}"
  case .paths: "{paths}"
  case .joined(let pieces): pieces.map { shown($0, tools) }.joined()
  }
}
