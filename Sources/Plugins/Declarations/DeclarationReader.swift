// Bytes → what plugins declared in an earlier run.

internal import Diagnostics
internal import Fingerprints
internal import Options
internal import Targets

/// Reads what `DeclarationWriter` wrote. Functions come back as places, which `loader` finds when they are called.
struct DeclarationReader {
  private let loader: PluginLoader
  private let texts: [String]
  private var fields: [Field] = []
  private var body: ByteReader

  static func read(
    _ bytes: [UInt8], loader: PluginLoader
  ) throws(MalformedBytes) -> (backends: [Backend], names: [String]) {
    var reader = try DeclarationReader(bytes, loader)
    let parts = try reader.list { (reader: inout DeclarationReader) throws(MalformedBytes) in
      Backend.Part(file: try reader.text(), declarations: try reader.declarations())
    }
    let backends = try reader.list { (reader: inout DeclarationReader) throws(MalformedBytes) in
      Backend(
        name: try reader.text(), aliases: try reader.words(), file: try reader.text(),
        parts: try reader.list { (reader: inout DeclarationReader) throws(MalformedBytes) in
          let number = try reader.body.readInt()
          guard parts.indices.contains(number) else { throw MalformedBytes() }
          return parts[number]
        })
    }
    let names = try reader.words()
    guard reader.body.isAtEnd else { throw MalformedBytes() }
    return (backends, names)
  }

  private init(_ bytes: [UInt8], _ loader: PluginLoader) throws(MalformedBytes) {
    self.loader = loader
    var reader = ByteReader(bytes)
    texts = try reader.readStrings()
    guard let count = Int(exactly: try reader.readUInt64()), count <= reader.remaining else { throw MalformedBytes() }
    body = reader
    fields.reserveCapacity(count)
    for _ in 0..<count { fields.append(try wholeField()) }
  }

  // MARK: - Plain values

  private mutating func list<T>(
    _ element: (inout DeclarationReader) throws(MalformedBytes) -> T
  ) throws(MalformedBytes) -> [T] {
    guard let count = Int(exactly: try body.readUInt64()), count <= body.remaining else { throw MalformedBytes() }
    var values: [T] = []
    values.reserveCapacity(count)
    for _ in 0..<count { values.append(try element(&self)) }
    return values
  }

  private mutating func text() throws(MalformedBytes) -> String {
    guard let number = Int(exactly: try body.readUInt64()), number < texts.count else { throw MalformedBytes() }
    return texts[number]
  }

  private mutating func optionalText() throws(MalformedBytes) -> String? { try body.readBool() ? try text() : nil }

  private mutating func words() throws(MalformedBytes) -> [String] {
    try list { (reader: inout DeclarationReader) throws(MalformedBytes) in try reader.text() }
  }

  private mutating func statuses() throws(MalformedBytes) -> [Int32] {
    try list { (reader: inout DeclarationReader) throws(MalformedBytes) in try reader.body.readInt32() }
  }

  private mutating func function() throws(MalformedBytes) -> PluginFunction {
    let place = PluginFunction.Place(file: try text(), number: try body.readInt())
    var location: SourceLocation?
    if try body.readBool() {
      let file = try text()
      let position = SourcePosition(line: try body.readInt32(), column: try body.readInt32())
      location = SourceLocation(file: file, position: position, length: try body.readInt32())
    }
    return PluginFunction(rememberedAt: place, location: location, loader: loader)
  }

  private mutating func optionalFunction() throws(MalformedBytes) -> PluginFunction? { try body.readBool() ? try function() : nil }

  // MARK: - Declarations

  /// What is said about plain repositories.
  private mutating func readPlain(into found: inout Declarations) throws(MalformedBytes) {
    found.tailors = try list { (reader: inout DeclarationReader) throws(MalformedBytes) in
      TailorDeclaration(
        type: try reader.text(), files: try reader.words(), name: try reader.optionalText(), accepts: try reader.optionalFunction())
    }
    found.implicitData = try list { (reader: inout DeclarationReader) throws(MalformedBytes) in
      ImplicitDataRule(type: try reader.text(), name: try reader.text(), users: try reader.words(), ignored: try reader.words())
    }
    found.implicitRoots = try list { (reader: inout DeclarationReader) throws(MalformedBytes) in
      ImplicitSourceRoots(patterns: try reader.words(), markers: try reader.words(), packageFiles: try reader.words())
    }
    found.foreignFolders = ForeignFolders(names: try words(), marks: try words())
    found.detections = try list { (reader: inout DeclarationReader) throws(MalformedBytes) in
      DetectionDeclaration(
        signs: try reader.list { (reader: inout DeclarationReader) throws(MalformedBytes) in
          DetectionDeclaration.Sign(file: try reader.text(), marks: try reader.words())
        }, options: try reader.optionalFunction())
    }
  }

  private mutating func declarations() throws(MalformedBytes) -> Declarations {
    var found = Declarations()
    found.types = try list { (reader: inout DeclarationReader) throws(MalformedBytes) in try reader.type() }
    found.extraFields = try list { (reader: inout DeclarationReader) throws(MalformedBytes) in
      ExtraFields(
        types: try reader.words(),
        fields: try reader.list { (reader: inout DeclarationReader) throws(MalformedBytes) in try reader.field() })
    }
    found.functions = try list { (reader: inout DeclarationReader) throws(MalformedBytes) in
      BuildFunction(try reader.text(), parameters: try reader.words())
    }
    found.scopes = try list { (reader: inout DeclarationReader) throws(MalformedBytes) in
      OptionScope(
        try reader.text(), doc: try reader.text(),
        options: try reader.list { (reader: inout DeclarationReader) throws(MalformedBytes) in try reader.option() })
    }
    found.inference = try list { (reader: inout DeclarationReader) throws(MalformedBytes) in try reader.inference() }
    found.modules = try list { (reader: inout DeclarationReader) throws(MalformedBytes) in try reader.modules() }
    found.rootPatterns = try words()
    try readPlain(into: &found)
    let generation = try list { (reader: inout DeclarationReader) throws(MalformedBytes) in
      (key: try reader.text(), value: try reader.function())
    }
    for entry in generation { found.generation[entry.key] = entry.value }
    found.fileTools = try list { (reader: inout DeclarationReader) throws(MalformedBytes) in try reader.fileTool() }
    found.checkers = try list { (reader: inout DeclarationReader) throws(MalformedBytes) in try reader.checker() }
    found.testers = try targetTools()
    found.packagers = try targetTools()
    found.repls = try targetTools()
    found.runners = try targetTools()
    found.generators = try targetTools()
    found.exporters = try namedTools()
    found.lockfileGenerators = try namedTools()
    found.publishers = try list { (reader: inout DeclarationReader) throws(MalformedBytes) in
      PublisherDeclaration(
        name: try reader.text(), targetTypes: try reader.words(), files: try reader.words(), places: try reader.function(),
        look: try reader.optionalFunction(), run: try reader.function(), needs: try reader.optionalFunction())
    }
    found.readings = try list { (reader: inout DeclarationReader) throws(MalformedBytes) in
      ReadingDeclaration(types: try reader.words(), files: try reader.function(), parts: try reader.optionalFunction())
    }
    found.configurations = try list { (reader: inout DeclarationReader) throws(MalformedBytes) in
      ConfigurationDeclaration(tools: try reader.words(), names: try reader.words(), function: try reader.optionalFunction())
    }
    return found
  }

  private mutating func type() throws(MalformedBytes) -> TargetType {
    TargetType(
      remembered: try text(), doc: try text(),
      allFields: try list { (reader: inout DeclarationReader) throws(MalformedBytes) in try reader.field() },
      generates: try optionalText(), generatesByFile: try body.readBool())
  }

  private mutating func field() throws(MalformedBytes) -> Field {
    guard let code = Int(exactly: try body.readUInt64()), code >> 2 < fields.count else { throw MalformedBytes() }
    let own = fields[code >> 2]
    switch code & 3 {
    case 0: return own
    case 1: return own.moved
    case 2: return own.copied
    default: throw MalformedBytes()
    }
  }

  private mutating func wholeField() throws(MalformedBytes) -> Field {
    let name = try text()
    let aliases = try words()
    let kind = try fieldKind()
    let isRequired = try body.readBool()
    let defaultValue = try body.readFieldValue()
    let doc = try text()
    let extensions = try words()
    var expectedCount: ClosedRange<Int>?
    if try body.readBool() {
      let (least, most) = (try body.readInt(), try body.readInt())
      guard least <= most else { throw MalformedBytes() }
      expectedCount = least...most
    }
    return Field(
      name, kind, isRequired: isRequired, defaultValue: defaultValue, doc: doc, aliases: aliases, expectedExtensions: extensions,
      expectedCount: expectedCount, deprecation: try optionalText(), parts: try words(), isQuiet: try body.readBool(),
      ownsFile: try body.readBool())
  }

  private mutating func fieldKind() throws(MalformedBytes) -> FieldKind {
    switch try body.readByte() {
    case 0: return .bool
    case 1: return .int(minimum: try body.readBool() ? try body.readInt() : nil)
    case 2: return .float
    case 3: return .string(choices: try words())
    case 4: return .stringList
    case 5: return .stringOrStringList
    case 6: return .stringMap
    case 7: return .dict
    case 8: return .any
    case 9: return .dependencies
    case 10: return .addresses
    case 11: return .source
    case 12: return .sources
    case 13: return .overrides
    case 14: return .tags
    default: throw MalformedBytes()
    }
  }

  // MARK: - Options

  private mutating func option() throws(MalformedBytes) -> OptionDefinition {
    let name = try text()
    let type = try optionType()
    let defaultValue = try optionValue()
    let defaultWithPants = try body.readBool() ? try optionValue() : nil
    let doc = try text()
    return OptionDefinition(
      name, type, default: defaultValue, defaultWithPants: defaultWithPants, doc: doc, shortFlag: try optionalText()?.first,
      aliases: try words(), isAdvanced: try body.readBool())
  }

  private mutating func optionType() throws(MalformedBytes) -> OptionType {
    switch try body.readByte() {
    case 0: return .bool
    case 1: return .int
    case 2: return .float
    case 3: return .string
    case 4: return .enumeration(try words())
    case 5: return .memorySize
    case 6: return .stringList
    case 7: return .enumerationList(try words())
    case 8: return .arguments
    case 9: return .dictionary
    default: throw MalformedBytes()
    }
  }

  private mutating func optionValue(depth: Int = 0) throws(MalformedBytes) -> OptionValue {
    guard depth <= FieldValue.depthLimit else { throw MalformedBytes() }
    switch try body.readByte() {
    case 0: return .unset
    case 1: return .bool(false)
    case 2: return .bool(true)
    case 3: return .int(try body.readInt())
    case 4: return .float(try body.readDouble())
    case 5: return .string(try text())
    case 6:
      return .list(
        try list { (reader: inout DeclarationReader) throws(MalformedBytes) in try reader.optionValue(depth: depth + 1) })
    case 7:
      return .dictionary(
        try list { (reader: inout DeclarationReader) throws(MalformedBytes) in
          OptionValue.Entry(try reader.text(), try reader.optionValue(depth: depth + 1))
        })
    default: throw MalformedBytes()
    }
  }

  // MARK: - The graph

  private mutating func inference() throws(MalformedBytes) -> InferenceDeclaration {
    let types = try words()
    let scanner = try optionalText()
    let resolver: InferenceDeclaration.Resolver
    switch try body.readByte() {
    case 0: resolver = .ownersOfFiles
    case 1: resolver = .function(try function())
    case 2: resolver = .modules(try function())
    case 3: resolver = .fields(try function())
    default: throw MalformedBytes()
    }
    return InferenceDeclaration(types: types, scanner: scanner, resolver: resolver, space: try text())
  }

  private mutating func modules() throws(MalformedBytes) -> ModuleDeclaration {
    let types = try words()
    let names: ModuleDeclaration.Names
    switch try body.readByte() {
    case 0: names = .fromPath(PathNames(extensions: try words(), packageFile: try text(), stubExtensions: try words()))
    case 1: names = .listed(try function())
    default: throw MalformedBytes()
    }
    return ModuleDeclaration(types: types, names: names, space: try text())
  }

  // MARK: - Tools

  private mutating func fileTool() throws(MalformedBytes) -> FileToolDeclaration {
    let kind: FileToolDeclaration.Kind
    switch try body.readByte() {
    case 0: kind = .linter
    case 1: kind = .formatter
    case 2: kind = .fixer
    default: throw MalformedBytes()
    }
    let name = try text()
    let types = try words()
    let optionScope = try optionalText()
    guard let scope = FileToolDeclaration.Scope(rawValue: try text()) else { throw MalformedBytes() }
    return FileToolDeclaration(
      kind: kind, name: name, targetTypes: types, optionScope: optionScope, scope: scope, cleanStatuses: try statuses(),
      findingStatuses: try statuses(), diagnostics: try parser(), partition: try optionalFunction(), takesBuildFiles: try body.readBool(),
      skipFields: try words(), run: try function())
  }

  private mutating func parser() throws(MalformedBytes) -> DiagnosticsParser {
    switch try body.readByte() {
    case 0: return .gcc
    case 1: return .none
    case 2:
      let pattern = Pattern(known: try text())
      let ignored = try optionalText().map { Pattern(known: $0) }
      guard let stream = DiagnosticsParser.Stream(rawValue: try text()) else { throw MalformedBytes() }
      return .regex(pattern, ignoring: ignored, stream: stream)
    default: throw MalformedBytes()
    }
  }

  private mutating func checker() throws(MalformedBytes) -> CheckerDeclaration {
    CheckerDeclaration(
      name: try text(), targetTypes: try words(), optionScope: try optionalText(), cleanStatuses: try statuses(),
      findingStatuses: try statuses(), diagnostics: try parser(), partition: try optionalFunction(), run: try function())
  }

  private mutating func targetTools() throws(MalformedBytes) -> [TargetToolDeclaration] {
    try list { (reader: inout DeclarationReader) throws(MalformedBytes) in
      var tool = TargetToolDeclaration(name: try reader.text(), targetTypes: try reader.words(), run: try reader.function())
      tool.testing.optionScope = try reader.optionalText()
      tool.testing.batchKey = try reader.optionalFunction()
      tool.testing.report = try reader.optionalFunction()
      tool.testing.passedStatuses = try reader.statuses()
      tool.testing.noneStatuses = try reader.statuses()
      tool.testing.allowsNone = try reader.optionalText()
      return tool
    }
  }

  private mutating func namedTools() throws(MalformedBytes) -> [NamedToolDeclaration] {
    try list { (reader: inout DeclarationReader) throws(MalformedBytes) in
      NamedToolDeclaration(
        name: try reader.text(), names: try reader.function(), path: try reader.optionalFunction(),
        entries: try reader.optionalFunction(), run: try reader.function())
    }
  }
}
