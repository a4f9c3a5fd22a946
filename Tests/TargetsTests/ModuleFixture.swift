// A toy language whose sources import modules, with packages from elsewhere that a list generates.

import Diagnostics
import Fingerprints
@testable import ImportScanners
import Snapshots
import Store
import TestSupport
import Synchronization

@testable import Targets

/// `use a.b` imports, `try a.b` does so weakly, `text a.b` and `file a/b` are string literals.
let toyScanner = ImportScanner(name: "toy", version: 1) { bytes in
  var found: [ScannedImport] = []
  for (index, line) in String(decoding: bytes, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
    let words = line.split(separator: " ").map(String.init)
    guard words.count == 2 else { continue }
    let line = Int32(index + 1)
    switch words[0] {
    case "use": found.append(ScannedImport(name: words[1], line: line, kind: .module))
    case "try": found.append(ScannedImport(name: words[1], line: line, kind: .module, isWeak: true))
    case "text": found.append(ScannedImport(name: words[1], line: line, kind: .string, isWeak: true))
    case "file": found.append(ScannedImport(name: words[1], line: line, kind: .asset, isWeak: true))
    default: break
    }
  }
  return found
}

/// How often each function was asked.
final class CallCounter: Sendable {
  private let counts = Mutex<[String: Int]>([:])
  func count(_ name: String) { counts.withLock { $0[name, default: 0] += 1 } }
  subscript(name: String) -> Int { counts.withLock { $0[name] ?? 0 } }
}

/// A workspace of the toy language.
final class ModuleFixture {
  let folder: TemporaryDirectory
  let store: Store
  var settings = ModuleSettings()
  var options = LoadOptions()
  /// What `ctx.options` of a plugin would answer: every package brings `<prefix><name>`.
  var prefix = ""
  /// How often a function was asked.
  let calls = CallCounter()
  var identity = "1"

  static let unit = TargetType(
    "unit",
    fields: [
      Field("source", .source, isRequired: true), Field("dependencies", .dependencies), Field("world", .string()), Field("skip", .bool),
    ])
  static let package = TargetType(
    "package",
    fields: [Field("modules", .stringList), Field("stubs", .stringList), Field("world", .string()), Field("dependencies", .dependencies)])
  static let data = TargetType("resource", fields: [Field("source", .source, isRequired: true)])
  static let registry = TypeRegistry(types: [
    unit, package, data,
    TargetType("file", fields: [Field("source", .source, isRequired: true)]),
    TargetType("units", generating: unit, sources: ["*.u", "*.ui", "!*_test.u"]),
    TargetType("unit_test", fields: unit.fields.filter { $0.name != "name" }),
    TargetType(
      "packages", generatingByFunction: package, fields: [Field("source", .source, defaultValue: .string("list.txt"))], moved: ["world"]),
    TargetType("program", fields: [Field("entry", .string()), Field("dependencies", .dependencies), Field("world", .string())]),
  ])

  init(_ files: [String: String], isRemembering: Bool = false) throws {
    folder = try TemporaryDirectory(named: "modules")
    try folder.write(Dictionary(uniqueKeysWithValues: files.map { ("ws/\($0)", $1) }))
    store = isRemembering ? Store.openOrDisabled(at: "\(folder.path)/store", report: { _ in }) : Store.disabled()
  }

  func write(_ files: [String: String]) throws {
    try folder.write(Dictionary(uniqueKeysWithValues: files.map { ("ws/\($0)", $1) }))
  }

  func rules() -> LoadRules {
    let (prefix, calls) = (prefix, calls)
    let names = PathNames(extensions: [".u", ".ui"], packageFile: "main", stubExtensions: [".ui"])
    return LoadRules(
      inference: [
        InferenceRule(types: ["unit"], scanner: toyScanner, resolving: .modules(space: "toy", settings)),
        InferenceRule(types: ["unit_test"], scanner: toyScanner, resolving: .modules(space: "toy", settings)),
        InferenceRule(
          types: ["program"], scanner: nil,
          resolving: .fields(identity: identity, space: "toy") { target, _ in
            guard let entry = target.field("entry")?.string else { return [] }
            return [entry.hasSuffix(".u") ? .file("\(target.address.directory)/\(entry)") : .module(entry)]
          }),
      ],
      modules: [
        ModuleProvision(space: "toy", types: ["unit", "unit_test"], names: .fromPath(names)),
        ModuleProvision(
          space: "toy", types: ["package"],
          names: .listed(identity: identity) { target, questions in
            calls.count("listed")
            questions.noteOptions(of: "toy")
            let extra = try questions.read("extra.txt").map { String(decoding: $0, as: UTF8.self).split(separator: "\n").map(String.init) }
            return ListedModules(
              modules: (target.field("modules")?.strings ?? []).map { prefix + $0 } + (extra ?? []),
              stubs: target.field("stubs")?.strings ?? [])
          }),
      ],
      generation: [
        "packages": TargetGeneration(identity: identity) { target, questions in
          calls.count("generated")
          let path = target.paths.first ?? ""
          let text = try questions.read(path).map { String(decoding: $0, as: UTF8.self) } ?? ""
          questions.noteOptions(of: "toy")
          return text.split(separator: "\n").map { line in
            let isSpecial = questions.exists("special")
            return GeneratedTarget(
              name: String(line), otherNames: [line.uppercased()],
              fields: [.init(.string("modules"), .strings([prefix + (isSpecial ? "special_" : "") + String(line)]))])
          }
        }
      ],
      options: { $0 == "toy" ? prefix : nil })
  }

  func load(with other: Store? = nil) throws -> Graph {
    let store = other ?? self.store
    return try Workspace.load(
      snapshot: try Snapshot.take(root: "\(folder.path)/ws", secret: store.secret), store: store, registry: ModuleFixture.registry,
      rules: rules(), options: options)
  }

  /// The dependencies of a target, printed; or what the load says.
  func dependencies(of text: String) -> [String] {
    do {
      let graph = try load()
      return graph.printed(graph.dependencies(of: graph.id(text)))
    } catch let error as UserError {
      return error.diagnostics.map(told)
    } catch {
      return ["\(error)"]
    }
  }

  func findings() throws -> [String] {
    let graph = try load()
    return graph.findings(of: graph.ids).map(told)
  }
}

/// `severity: file:line: message – hint (notes)`.
func told(_ diagnostic: Diagnostic) -> String {
  let place = diagnostic.location.map { "\($0.file):\($0.position.line): " } ?? ""
  let notes = diagnostic.notes.isEmpty ? "" : " (\(diagnostic.notes.joined(separator: "; ")))"
  return "\(diagnostic.severity.rawValue): " + place + diagnostic.message + (diagnostic.hint.map { " – \($0)" } ?? "") + notes
}
