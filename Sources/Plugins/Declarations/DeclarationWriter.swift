// What plugins declared → bytes, for later runs.

internal import Diagnostics
internal import Fingerprints
internal import Options
internal import Targets

/// Writes declarations. Texts and fields stand once each, however often they are used. `DeclarationReader` reads the same in the same order.
struct DeclarationWriter {
  private var texts: [String] = []
  private var textNumbers: [String: Int] = [:]
  private var fields = ByteWriter()
  private var fieldNumbers: [Field: Int] = [:]
  private var body = ByteWriter()

  /// - Parameter names: of all backends, those that are not enabled too.
  static func bytes(of backends: [Backend], names: [String]) -> [UInt8] {
    var writer = DeclarationWriter()
    // Backends share the files that several of them load.
    var parts: [Backend.Part] = []
    var numbers: [String: Int] = [:]
    for part in backends.flatMap(\.parts) where numbers[part.file] == nil {
      numbers[part.file] = parts.count
      parts.append(part)
    }
    writer.write(parts) { writer, part in
      writer.write(part.file)
      writer.write(part.declarations)
    }
    writer.write(backends) { writer, backend in
      writer.write(backend.name)
      writer.write(backend.aliases)
      writer.write(backend.file)
      writer.write(backend.parts) { writer, part in writer.body.write(numbers[part.file] ?? 0) }
    }
    writer.write(names)
    var result = ByteWriter(reserving: 64 << 10)
    result.write(writer.texts)
    result.write(UInt64(writer.fieldNumbers.count))
    result.append(raw: writer.fields.bytes)
    result.append(raw: writer.body.bytes)
    return result.bytes
  }

  // MARK: - Plain values

  private mutating func write<T>(_ values: [T], _ element: (inout DeclarationWriter, T) -> Void) {
    body.write(UInt64(values.count))
    for value in values { element(&self, value) }
  }

  private mutating func write(_ text: String) {
    let number = textNumbers[text] ?? texts.count
    if number == texts.count {
      textNumbers[text] = number
      texts.append(text)
    }
    body.write(UInt64(number))
  }

  private mutating func write(_ text: String?) {
    body.write(text != nil)
    if let text { write(text) }
  }

  private mutating func write(_ texts: [String]) { write(texts) { $0.write($1) } }

  private mutating func write(_ statuses: [Int32]) { write(statuses) { $0.body.write($1) } }

  private mutating func write(_ function: PluginFunction) {
    write(function.place.file)
    body.write(function.place.number)
    body.write(function.location != nil)
    if let location = function.location {
      write(location.file)
      body.write(location.position.line)
      body.write(location.position.column)
      body.write(location.length)
    }
  }

  private mutating func write(_ function: PluginFunction?) {
    body.write(function != nil)
    if let function { write(function) }
  }

  // MARK: - Declarations

  private mutating func write(_ declarations: Declarations) {
    write(declarations.types) { $0.write($1) }
    write(declarations.extraFields) { writer, extra in
      writer.write(extra.types)
      writer.write(extra.fields) { $0.write($1) }
    }
    write(declarations.functions) { writer, function in
      writer.write(function.name)
      writer.write(function.parameters)
    }
    write(declarations.scopes) { writer, scope in
      writer.write(scope.name)
      writer.write(scope.doc)
      writer.write(scope.options) { $0.write($1) }
    }
    write(declarations.inference) { $0.write($1) }
    write(declarations.modules) { $0.write($1) }
    write(declarations.rootPatterns)
    writePlain(declarations)
    write(declarations.generation.sorted { $0.key < $1.key }) { writer, entry in
      writer.write(entry.key)
      writer.write(entry.value)
    }
    write(declarations.fileTools) { $0.write($1) }
    write(declarations.checkers) { $0.write($1) }
    for tools in [
      declarations.testers, declarations.packagers, declarations.repls, declarations.runners, declarations.generators,
    ] { write(tools) { $0.write($1) } }
    for tools in [declarations.exporters, declarations.lockfileGenerators] { write(tools) { $0.write($1) } }
    write(declarations.publishers) { writer, publisher in
      writer.write(publisher.name)
      writer.write(publisher.targetTypes)
      writer.write(publisher.files)
      writer.write(publisher.places)
      writer.write(publisher.look)
      writer.write(publisher.run)
      writer.write(publisher.needs)
    }
    write(declarations.readings) { writer, reading in
      writer.write(reading.types)
      writer.write(reading.files)
      writer.write(reading.parts)
    }
    write(declarations.configurations) { writer, configuration in
      writer.write(configuration.tools)
      writer.write(configuration.names)
      writer.write(configuration.function)
    }
  }

  /// What is said about plain repositories.
  private mutating func writePlain(_ declarations: Declarations) {
    write(declarations.tailors) { writer, tailor in
      writer.write(tailor.type)
      writer.write(tailor.files)
      writer.write(tailor.name)
      writer.write(tailor.accepts)
    }
    write(declarations.implicitData) { writer, data in
      writer.write(data.type)
      writer.write(data.name)
      writer.write(data.users)
      writer.write(data.ignored)
    }
    write(declarations.implicitRoots) { writer, roots in
      writer.write(roots.patterns)
      writer.write(roots.markers)
      writer.write(roots.packageFiles)
    }
    write(declarations.foreignFolders.names)
    write(declarations.foreignFolders.marks)
    write(declarations.detections) { writer, detection in
      writer.write(detection.signs) { writer, sign in
        writer.write(sign.file)
        writer.write(sign.marks)
      }
      writer.write(detection.options)
    }
  }

  private mutating func write(_ type: TargetType) {
    write(type.name)
    write(type.doc)
    write(type.fields) { $0.write($1) }
    write(type.generates)
    body.write(type.generatesByFile)
  }

  /// The number of the field as the generated type has it, and what a generator makes of it.
  private mutating func write(_ field: Field) {
    let own = field.own
    let number = fieldNumbers[own] ?? fieldNumbers.count
    if number == fieldNumbers.count {
      fieldNumbers[own] = number
      swap(&body, &fields)
      writeWhole(own)
      swap(&body, &fields)
    }
    body.write(UInt64(number << 2 | (field.isMoved ? 1 : 0) | (field.isCopied ? 2 : 0)))
  }

  private mutating func writeWhole(_ field: Field) {
    write(field.name)
    write(field.aliases)
    write(field.kind)
    body.write(field.isRequired)
    body.write(field.defaultValue)
    write(field.doc)
    write(field.expectedExtensions)
    body.write(field.expectedCount) { writer, range in
      writer.write(range.lowerBound)
      writer.write(range.upperBound)
    }
    write(field.deprecation)
    write(field.parts)
    body.write(field.isQuiet)
    body.write(field.ownsFile)
  }

  private mutating func write(_ kind: FieldKind) {
    let tag: UInt8
    switch kind {
    case .bool: tag = 0
    case .int: tag = 1
    case .float: tag = 2
    case .string: tag = 3
    case .stringList: tag = 4
    case .stringOrStringList: tag = 5
    case .stringMap: tag = 6
    case .dict: tag = 7
    case .any: tag = 8
    case .dependencies: tag = 9
    case .addresses: tag = 10
    case .source: tag = 11
    case .sources: tag = 12
    case .overrides: tag = 13
    case .tags: tag = 14
    }
    body.write(tag)
    if case .int(let minimum) = kind { body.write(minimum) { $0.write($1) } }
    if case .string(let choices) = kind { write(choices) }
  }

  // MARK: - Options

  private mutating func write(_ option: OptionDefinition) {
    write(option.name)
    write(option.type)
    write(option.defaultValue)
    body.write(option.defaultWithPants != nil)
    if let value = option.defaultWithPants { write(value) }
    write(option.doc)
    write(option.shortFlag.map(String.init))
    write(option.aliases)
    body.write(option.isAdvanced)
  }

  private mutating func write(_ type: OptionType) {
    let tag: UInt8
    switch type {
    case .bool: tag = 0
    case .int: tag = 1
    case .float: tag = 2
    case .string: tag = 3
    case .enumeration: tag = 4
    case .memorySize: tag = 5
    case .stringList: tag = 6
    case .enumerationList: tag = 7
    case .arguments: tag = 8
    case .dictionary: tag = 9
    }
    body.write(tag)
    switch type {
    case .enumeration(let words), .enumerationList(let words): write(words)
    default: break
    }
  }

  private mutating func write(_ value: OptionValue) {
    switch value {
    case .unset: body.write(UInt8(0))
    case .bool(let truth): body.write(UInt8(truth ? 2 : 1))
    case .int(let number):
      body.write(UInt8(3))
      body.write(number)
    case .float(let number):
      body.write(UInt8(4))
      body.write(number)
    case .string(let text):
      body.write(UInt8(5))
      write(text)
    case .list(let values):
      body.write(UInt8(6))
      write(values) { $0.write($1) }
    case .dictionary(let entries):
      body.write(UInt8(7))
      write(entries) { writer, entry in
        writer.write(entry.name)
        writer.write(entry.value)
      }
    }
  }

  // MARK: - The graph

  private mutating func write(_ inference: InferenceDeclaration) {
    write(inference.types)
    write(inference.scanner)
    switch inference.resolver {
    case .ownersOfFiles: body.write(UInt8(0))
    case .function(let function):
      body.write(UInt8(1))
      write(function)
    case .modules(let function):
      body.write(UInt8(2))
      write(function)
    case .fields(let function):
      body.write(UInt8(3))
      write(function)
    }
    write(inference.space)
  }

  private mutating func write(_ modules: ModuleDeclaration) {
    write(modules.types)
    switch modules.names {
    case .fromPath(let names):
      body.write(UInt8(0))
      write(names.extensions)
      write(names.packageFile)
      write(names.stubExtensions)
    case .listed(let function):
      body.write(UInt8(1))
      write(function)
    }
    write(modules.space)
  }

  // MARK: - Tools

  private mutating func write(_ tool: FileToolDeclaration) {
    body.write(UInt8(tool.kind == .linter ? 0 : tool.kind == .formatter ? 1 : 2))
    write(tool.name)
    write(tool.targetTypes)
    write(tool.optionScope)
    write(tool.scope.rawValue)
    write(tool.cleanStatuses)
    write(tool.findingStatuses)
    write(tool.diagnostics)
    write(tool.partition)
    body.write(tool.takesBuildFiles)
    write(tool.skipFields)
    write(tool.run)
  }

  private mutating func write(_ parser: DiagnosticsParser) {
    switch parser {
    case .gcc: body.write(UInt8(0))
    case .none: body.write(UInt8(1))
    case .regex(let pattern, let ignored, let stream):
      body.write(UInt8(2))
      write(pattern.text)
      write(ignored?.text)
      write(stream.rawValue)
    }
  }

  private mutating func write(_ checker: CheckerDeclaration) {
    write(checker.name)
    write(checker.targetTypes)
    write(checker.optionScope)
    write(checker.cleanStatuses)
    write(checker.findingStatuses)
    write(checker.diagnostics)
    write(checker.partition)
    write(checker.run)
  }

  private mutating func write(_ tool: TargetToolDeclaration) {
    write(tool.name)
    write(tool.targetTypes)
    write(tool.run)
    write(tool.testing.optionScope)
    write(tool.testing.batchKey)
    write(tool.testing.report)
    write(tool.testing.passedStatuses)
    write(tool.testing.noneStatuses)
    write(tool.testing.allowsNone)
  }

  private mutating func write(_ tool: NamedToolDeclaration) {
    write(tool.name)
    write(tool.names)
    write(tool.path)
    write(tool.entries)
    write(tool.run)
  }
}
