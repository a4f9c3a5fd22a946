// What a plugin offers, as plain values: target types, tools for goals, options, inference.

package import Options
package import Targets

/// One enabled (or known) backend: an entry file of a plugin and everything it registered.
package struct Backend: Sendable {
  package let name: String
  /// Other names `backend_packages` may use for it: those of Pants.
  package let aliases: [String]
  /// The entry file, `shell/plugin.star`.
  package let file: String
  /// What it loads, in order, and last the entry file; each with what it registered itself.
  package let parts: [Part]

  package struct Part: Sendable {
    package let file: String
    package let declarations: Declarations
  }

  /// The entry file and all it loads, for keys and conformance.
  package var files: [String] { parts.map(\.file) }
}

/// What one plugin file registered, or several, in order.
package struct Declarations: Sendable {
  package var types: [TargetType] = []
  /// Fields for types that other files may register.
  package var extraFields: [ExtraFields] = []
  package var functions: [BuildFunction] = []
  package var scopes: [OptionScope] = []
  package var inference: [InferenceDeclaration] = []
  package var modules: [ModuleDeclaration] = []
  /// More of `[source] root_patterns` by default.
  package var rootPatterns: [String] = []
  /// More source roots where targets are implicit.
  package var implicitRoots: [ImplicitSourceRoots] = []
  /// Which targets would be written for files, in the order of registration.
  package var tailors: [TailorDeclaration] = []
  package var implicitData: [ImplicitDataRule] = []
  package var foreignFolders = ForeignFolders()
  package var detections: [DetectionDeclaration] = []
  /// By the name of a generator's type: the function that generates.
  package var generation: [String: PluginFunction] = [:]
  /// Linters and formatters, in the order of registration.
  package var fileTools: [FileToolDeclaration] = []
  package var checkers: [CheckerDeclaration] = []
  package var testers: [TargetToolDeclaration] = []
  package var packagers: [TargetToolDeclaration] = []
  package var repls: [TargetToolDeclaration] = []
  package var exporters: [NamedToolDeclaration] = []
  package var lockfileGenerators: [NamedToolDeclaration] = []
  package var readings: [ReadingDeclaration] = []
  package var configurations: [ConfigurationDeclaration] = []
  package var runners: [TargetToolDeclaration] = []
  package var generators: [TargetToolDeclaration] = []
  package var publishers: [PublisherDeclaration] = []

  mutating func append(_ other: Declarations) {
    types += other.types
    extraFields += other.extraFields
    functions += other.functions
    scopes += other.scopes
    inference += other.inference
    modules += other.modules
    rootPatterns += other.rootPatterns
    implicitRoots += other.implicitRoots
    tailors += other.tailors
    implicitData += other.implicitData
    foreignFolders.add(other.foreignFolders)
    detections += other.detections
    generation.merge(other.generation) { $1 }
    fileTools += other.fileTools
    checkers += other.checkers
    testers += other.testers
    packagers += other.packagers
    repls += other.repls
    exporters += other.exporters
    lockfileGenerators += other.lockfileGenerators
    readings += other.readings
    configurations += other.configurations
    runners += other.runners
    generators += other.generators
    publishers += other.publishers
  }
}

/// `extra_fields(…)`: what a backend adds to target types, whoever registers them.
package struct ExtraFields: Sendable {
  package let types: [String]
  package let fields: [Field]
}

/// `infer_dependencies(…)`.
package struct InferenceDeclaration: Sendable {
  package enum Resolver: Sendable {
    case ownersOfFiles
    case function(PluginFunction)
    /// The function gives the settings.
    case modules(PluginFunction)
    case fields(PluginFunction)
  }

  package let types: [String]
  /// A scanner's name in `ImportScanners`; nil where only fields are looked at.
  package let scanner: String?
  package let resolver: Resolver
  /// The plugin's folder.
  package let space: String
}

/// `provides_modules(…)`.
package struct ModuleDeclaration: Sendable {
  package enum Names: Sendable {
    case fromPath(PathNames)
    case listed(PluginFunction)
  }

  package let types: [String]
  package let names: Names
  /// The plugin's folder.
  package let space: String
}

/// `linter(…)`, `formatter(…)` or `fixer(…)`: a tool that works on files.
package struct FileToolDeclaration: Sendable {
  package enum Kind: Sendable {
    case linter, formatter, fixer

    /// Whether it rewrites files.
    package var rewrites: Bool { self != .linter }
  }
  /// What a verdict depends on beside the file.
  package enum Scope: String, Sendable, CaseIterable { case file, closure }

  package let kind: Kind
  package let name: String
  package let targetTypes: [String]
  /// The option scope whose `skip` turns it off; nil for none.
  package let optionScope: String?
  package let scope: Scope
  package let cleanStatuses: [Int32]
  package let findingStatuses: [Int32]
  package let diagnostics: DiagnosticsParser
  /// Which targets' files may share a run: those of one key; nil for all.
  package let partition: PluginFunction?
  /// Whether it works on BUILD files instead of targets' files.
  package let takesBuildFiles: Bool
  /// The fields by which a target leaves itself out.
  package let skipFields: [String]
  package let run: PluginFunction
}

/// `checker(…)`: a tool that judges many targets at once.
package struct CheckerDeclaration: Sendable {
  package let name: String
  package let targetTypes: [String]
  /// The option scope whose `skip` turns it off; nil for none.
  package let optionScope: String?
  package let cleanStatuses: [Int32]
  package let findingStatuses: [Int32]
  package let diagnostics: DiagnosticsParser
  /// Which targets are looked at together: those of one key; nil for all.
  package let partition: PluginFunction?
  package let run: PluginFunction
}

/// `exporter(…)` or `lockfile_generator(…)`: what is done for names instead of targets.
package struct NamedToolDeclaration: Sendable {
  package let name: String
  /// The names there are.
  package let names: PluginFunction
  /// Of a generator: where its result lies.
  package let path: PluginFunction?
  /// Of a generator: what its result holds, for telling what changed; nil for not telling.
  package let entries: PluginFunction?
  package let run: PluginFunction
}

/// `tester(…)`, `packager(…)`, `runner(…)`, `codegen(…)`: what is done with one target.
package struct TargetToolDeclaration: Sendable {
  package let name: String
  package let targetTypes: [String]
  package let run: PluginFunction
  /// Of a tester.
  package var testing = Testing()

  package struct Testing: Sendable {
    /// The option scope whose `skip` turns it off; nil for none.
    package var optionScope: String?
    /// Which tests may share a run: those of one key that is not `None`; nil for no two.
    package var batchKey: PluginFunction?
    package var report: PluginFunction?
    package var passedStatuses: [Int32] = [0]
    /// Statuses that say that there were no tests.
    package var noneStatuses: [Int32] = []
    /// The option of `optionScope` that says whether a run without tests is well; nil where it always is.
    package var allowsNone: String?
  }
}

/// `publisher(…)`: where what `package` builds of targets goes, and how.
package struct PublisherDeclaration: Sendable {
  package let name: String
  package let targetTypes: [String]
  /// Patterns of the names of those files that are published.
  package let files: [String]
  /// The places of a target, or why it has none.
  package let places: PluginFunction
  /// What a place already has of a target's files; nil where nobody can tell.
  package let look: PluginFunction?
  /// Uploads one file.
  package let run: PluginFunction
  /// The targets whose packages come first, beside those that the target depends on.
  package let needs: PluginFunction?
}
