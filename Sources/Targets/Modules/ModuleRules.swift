// Which names targets provide to importers, and how imports of such names are matched: what plugins say, as plain values.

package import Fingerprints
internal import Host

/// `provides_modules(…)`: the importable names of targets of some types.
package struct ModuleProvision: Sendable {
  package enum Names: Sendable {
    /// Told by a file's path below its source root.
    case fromPath(PathNames)
    /// Told by a function of the plugin, asked once a target.
    /// - identity: changes with the function's behaviour.
    case listed(identity: String, @Sendable (LoadedTarget, LoadQuestions) throws -> ListedModules)
  }

  /// Importers and providers of one space see one another: the plugin's folder.
  package let space: String
  package let types: [String]
  package let names: Names

  package init(space: String, types: [String], names: Names) {
    self.space = space
    self.types = types
    self.names = names
  }
}

/// `module.from_path(…)`: a path without its extension, `/` as `.`; the package file of a folder is the folder.
package struct PathNames: Hashable, Sendable {
  package let extensions: [String]
  /// Without extension: `a/<packageFile>.x` is `a`. Empty for none.
  package let packageFile: String
  /// Those of `extensions` whose files are stubs: they stand beside the module of that name.
  package let stubExtensions: [String]

  package init(extensions: [String], packageFile: String = "", stubExtensions: [String] = []) {
    self.extensions = extensions
    self.packageFile = packageFile
    self.stubExtensions = stubExtensions
  }

  /// The module at a path below its source root; nil where the path is none.
  package func module(at path: String) -> (name: String, isStub: Bool)? {
    guard let suffix = extensions.first(where: { path.hasSuffix($0) }) else { return nil }
    var stem = path.utf8.dropLast(suffix.utf8.count)
    if !packageFile.isEmpty {
      let last = stem.lastIndex(of: UInt8(ascii: "/")).map { stem[stem.index(after: $0)...] } ?? stem
      if last.elementsEqual(packageFile.utf8) { stem = stem.dropLast(last.count + (last.count < stem.count ? 1 : 0)) }
    }
    guard !stem.isEmpty else { return nil }
    let name = String(decoding: stem.map { $0 == UInt8(ascii: "/") ? UInt8(ascii: ".") : $0 }, as: UTF8.self)
    return (name, stubExtensions.contains(suffix))
  }
}

/// What a target from elsewhere provides.
package struct ListedModules: Hashable, Sendable {
  package let modules: [String]
  package let stubs: [String]

  package init(modules: [String], stubs: [String] = []) {
    self.modules = modules
    self.stubs = stubs
  }
}

/// What `resolve.modules(settings)` was answered: how imports are matched with what targets provide.
package struct ModuleSettings: Hashable, Sendable {
  package enum Ambiguity: String, Sendable, CaseIterable {
    case none
    /// Of several providers those whose BUILD file lies nearest to the importer's source root.
    case bySourceRoot = "by_source_root"
  }

  package enum Unowned: String, Sendable, CaseIterable { case ignore, warning, error }

  package struct Partition: Hashable, Sendable {
    /// A field of importers and providers: those with the same value see one another.
    package let field: String
    /// Its value where a target gives none.
    package let defaultValue: String

    package init(field: String, defaultValue: String) {
      self.field = field
      self.defaultValue = defaultValue
    }
  }

  /// Texts that may be paths of files.
  package struct Assets: Hashable, Sendable {
    package let minimumSlashes: Int
    /// Types whose files are meant from the importing file's folder.
    package let besideTypes: [String]
    /// Types whose files are meant from the workspace's root.
    package let rootTypes: [String]

    package init(minimumSlashes: Int, besideTypes: [String] = ["resource"], rootTypes: [String] = ["file"]) {
      self.minimumSlashes = minimumSlashes
      self.besideTypes = besideTypes
      self.rootTypes = rootTypes
    }
  }

  /// Files of these names in a source's folder, and in all above it, are dependencies of the source.
  package struct Ancestors: Hashable, Sendable {
    package let names: [String]
    /// Files with nothing but blanks do not count.
    package let onlyWithContent: Bool
    /// Types of the importers; empty for all of the rule's.
    package let importers: [String]

    package init(names: [String], onlyWithContent: Bool = false, importers: [String] = []) {
      self.names = names
      self.onlyWithContent = onlyWithContent
      self.importers = importers
    }
  }

  /// Files of these names in a source's folder, and in all above it, are laid out wherever the source is, whoever owns them. They are no
  /// dependencies.
  package struct Companions: Hashable, Sendable {
    package let names: [String]
    /// Types of the sources' targets.
    package let types: [String]

    package init(names: [String], types: [String]) {
      self.names = names
      self.types = types
    }
  }

  package var imports = true
  /// Dots that a text must hold to be taken for a module; nil where texts are none.
  package var minimumDots: Int?
  /// Patterns of texts that are no modules, whatever they look like.
  package var ignoredTexts: [String] = [] { didSet { ignoredTextPatterns = ignoredTexts.map { NamePattern($0) } } }
  private(set) var ignoredTextPatterns: [NamePattern] = []
  package var assets: Assets?
  package var partition: Partition?
  package var ambiguity = Ambiguity.none
  package var unowned = Unowned.ignore
  /// What to do about an import that nobody provides, for its message.
  package var unownedHint: String?
  /// First parts of names that nobody needs to provide.
  package var known: Set<String> = []
  /// Names that may be without a provider, and all below them.
  package var ignored: [String] = []
  package var ancestors: [Ancestors] = []
  package var companions: [Companions] = []

  package init() {}

  /// For later runs.
  package var encoded: [UInt8] {
    var writer = ByteWriter()
    writer.write(self)
    return writer.bytes
  }

  package init(decoding bytes: [UInt8]) throws(MalformedBytes) {
    var reader = ByteReader(bytes)
    self = try reader.readModuleSettings()
    guard reader.isAtEnd else { throw MalformedBytes() }
  }

  /// The partition of a target with these fields.
  func partition(of draft: Draft) -> String {
    guard let partition else { return "" }
    return draft.value(partition.field).string ?? partition.defaultValue
  }
}

/// What a function of `resolve.fields` names.
package enum FieldReference: Hashable, Sendable {
  case module(String)
  /// A workspace path.
  case file(String)
  /// As in `dependencies`.
  case address(String)
  /// What the references of other targets name as members of this group.
  case group(String)
  /// Of a target that names it, and of whoever asks for the group.
  indirect case member(of: String, FieldReference)
}

extension ByteWriter {
  mutating func write(_ provision: ModuleProvision) {
    write(provision.space)
    write(provision.types)
    switch provision.names {
    case .fromPath(let names):
      write(UInt8(0))
      write(names.extensions)
      write(names.packageFile)
      write(names.stubExtensions)
    case .listed(let identity, _):
      write(UInt8(1))
      write(identity)
    }
  }

  mutating func write(_ settings: ModuleSettings) {
    write(settings.imports)
    write(settings.minimumDots) { $0.write($1) }
    write(settings.ignoredTexts)
    write(settings.assets) { writer, assets in
      writer.write(assets.minimumSlashes)
      writer.write(assets.besideTypes)
      writer.write(assets.rootTypes)
    }
    write(settings.partition) { writer, partition in
      writer.write(partition.field)
      writer.write(partition.defaultValue)
    }
    write(settings.ambiguity.rawValue)
    write(settings.unowned.rawValue)
    write(settings.unownedHint) { $0.write($1) }
    write(settings.known.sorted(by: precedes))
    write(settings.ignored)
    write(settings.ancestors) { writer, ancestors in
      writer.write(ancestors.names)
      writer.write(ancestors.onlyWithContent)
      writer.write(ancestors.importers)
    }
    write(settings.companions) { writer, companions in
      writer.write(companions.names)
      writer.write(companions.types)
    }
  }
}

extension ByteReader {
  fileprivate mutating func readModuleSettings() throws(MalformedBytes) -> ModuleSettings {
    var settings = ModuleSettings()
    settings.imports = try readBool()
    settings.minimumDots = try readOptional { (reader: inout ByteReader) throws(MalformedBytes) in try reader.readInt() }
    settings.ignoredTexts = try readStrings()
    settings.assets = try readOptional { (reader: inout ByteReader) throws(MalformedBytes) in
      ModuleSettings.Assets(
        minimumSlashes: try reader.readInt(), besideTypes: try reader.readStrings(), rootTypes: try reader.readStrings())
    }
    settings.partition = try readOptional { (reader: inout ByteReader) throws(MalformedBytes) in
      ModuleSettings.Partition(field: try reader.readString(), defaultValue: try reader.readString())
    }
    guard let ambiguity = ModuleSettings.Ambiguity(rawValue: try readString()),
      let unowned = ModuleSettings.Unowned(rawValue: try readString())
    else { throw MalformedBytes() }
    settings.ambiguity = ambiguity
    settings.unowned = unowned
    settings.unownedHint = try readOptional { (reader: inout ByteReader) throws(MalformedBytes) in try reader.readString() }
    settings.known = Set(try readStrings())
    settings.ignored = try readStrings()
    settings.ancestors = try readArray { (reader: inout ByteReader) throws(MalformedBytes) in
      ModuleSettings.Ancestors(
        names: try reader.readStrings(), onlyWithContent: try reader.readBool(), importers: try reader.readStrings())
    }
    settings.companions = try readArray { (reader: inout ByteReader) throws(MalformedBytes) in
      ModuleSettings.Companions(names: try reader.readStrings(), types: try reader.readStrings())
    }
    return settings
  }
}
