// Values that plugin code holds while it declares: types, options, tools, scanners, parsers.

internal import Options
internal import Starlark
internal import Targets

/// What `target_type(…)` and `target_generator(…)` return.
final class TargetTypeHandle: HostValue {
  let type: TargetType

  init(_ type: TargetType) { self.type = type }

  var typeName: String { "target_type" }
  func attribute(named name: String) -> Value? { name == "name" ? Value(type.name) : nil }
  var attributeNames: [String] { ["name"] }
  var repr: String { "<target_type \(type.name)>" }
}

/// What `field.string(…)` and its like return: a field that has no name yet.
final class FieldHandle: HostValue {
  let kind: FieldKind
  let isRequired: Bool
  let defaultValue: FieldValue
  let doc: String
  let extensions: [String]
  let aliases: [String]
  let deprecation: String?
  let parts: [String]
  let isQuiet: Bool
  let ownsFile: Bool

  init(
    kind: FieldKind, isRequired: Bool, defaultValue: FieldValue, doc: String, extensions: [String] = [], aliases: [String] = [],
    deprecation: String? = nil, parts: [String] = [], isQuiet: Bool = false, ownsFile: Bool = false
  ) {
    self.aliases = aliases
    self.deprecation = deprecation
    self.parts = parts
    self.isQuiet = isQuiet
    self.ownsFile = ownsFile
    self.kind = kind
    self.isRequired = isRequired
    self.defaultValue = defaultValue
    self.doc = doc
    self.extensions = extensions
  }

  func named(_ name: String) -> Field {
    Field(
      name, kind, isRequired: isRequired, defaultValue: defaultValue, doc: doc, aliases: aliases, expectedExtensions: extensions,
      deprecation: deprecation, parts: parts, isQuiet: isQuiet, ownsFile: ownsFile)
  }

  var typeName: String { "field" }
  var hash: Int? { nil }
}

/// What `option.bool(…)` and its like return: an option that has no name yet.
final class OptionHandle: HostValue {
  let type: OptionType
  let defaultValue: OptionValue
  let defaultWithPants: OptionValue?
  let doc: String
  /// Other names for config files, flags and variables.
  let aliases: [String]
  let isAdvanced: Bool

  init(
    type: OptionType, defaultValue: OptionValue, defaultWithPants: OptionValue?, doc: String, aliases: [String], isAdvanced: Bool
  ) {
    self.type = type
    self.defaultValue = defaultValue
    self.defaultWithPants = defaultWithPants
    self.doc = doc
    self.aliases = aliases
    self.isAdvanced = isAdvanced
  }

  func named(_ name: String) -> OptionDefinition {
    OptionDefinition(
      name, type, default: defaultValue, defaultWithPants: defaultWithPants, doc: doc, aliases: aliases, isAdvanced: isAdvanced)
  }

  var typeName: String { "option" }
  var hash: Int? { nil }
}

/// What `subsystem(…)` returns.
final class SubsystemHandle: HostValue {
  let scope: OptionScope

  init(_ scope: OptionScope) { self.scope = scope }

  var typeName: String { "subsystem" }
  var repr: String { "<subsystem \(scope.name)>" }
}

/// What an action uses from outside the workspace, as a plugin asks for it.
package enum ToolRequest: Hashable, Sendable {
  case system(SystemProgram)
  case found(FoundProgram)
  case tree(TreeDescription)
  /// A folder that outlives runs, by its name.
  case cache(String)
  /// Within a tree's own action: the folder to fill.
  case treeRoot

  package var name: String {
    switch self {
    case .system(let program): program.name
    case .found(let program): program.name
    case .tree(let tree): tree.name
    case .cache(let name): name
    case .treeRoot: "tree"
    }
  }
}

/// A program of the machine by its name: `tool.system(…)`.
package struct SystemProgram: Hashable, Sendable {
  package let name: String
  /// Versions that will do, such as `>=0.8`; empty for any.
  package let version: String
  /// How to get it, for the error when it is missing.
  package let install: String
  /// Folders to look in before `[system-tools] search_path`.
  package let searchPath: [String]

  package init(name: String, version: String, install: String, searchPath: [String]) {
    self.name = name
    self.version = version
    self.install = install
    self.searchPath = searchPath
  }
}

final class ToolHandle: HostValue {
  let request: ToolRequest

  init(_ request: ToolRequest) { self.request = request }

  var typeName: String { "tool" }
  func attribute(named name: String) -> Value? { name == "name" ? Value(request.name) : nil }
  var attributeNames: [String] { ["name"] }
  var repr: String { "<tool \(request.name)>" }
  func isEqual(to other: any HostValue) -> Bool { (other as? ToolHandle)?.request == request }
  var hash: Int? { request.hashValue }
}

/// `scan.shell` and its like: a scanner of the core by name.
final class ScannerHandle: HostValue {
  let name: String
  init(_ name: String) { self.name = name }
  var typeName: String { "scanner" }
}

/// `resolve.owners_of_files`, `resolve.modules(…)`, `resolve.fields(…)`.
final class ResolverHandle: HostValue {
  let resolver: InferenceDeclaration.Resolver
  init(_ resolver: InferenceDeclaration.Resolver) { self.resolver = resolver }
  var typeName: String { "resolver" }
}

/// `module.from_path(…)`, `module.listed(…)`.
final class ModuleNamesHandle: HostValue {
  let names: ModuleDeclaration.Names
  init(_ names: ModuleDeclaration.Names) { self.names = names }
  var typeName: String { "module names" }
}

/// `diagnostics.gcc`, `diagnostics.regex(…)`.
final class ParserHandle: HostValue {
  let parser: DiagnosticsParser
  init(_ parser: DiagnosticsParser) { self.parser = parser }
  var typeName: String { "diagnostics" }
}
