// An action's ingredients: with symbolic sets by their deep fingerprint (first level), or with every file (second level).

package import Fingerprints

/// What the keys of one run have in common.
package struct KeyContext: Sendable {
  package let secret: Secret
  /// Baji's version and the sandbox's rules.
  package let engine: String
  /// `linux-x86_64`
  package let platform: String

  package init(secret: Secret, engine: String, platform: String) {
    self.secret = secret
    self.engine = engine
    self.platform = platform
  }
}

/// Two inputs want one place in the sandbox with different contents.
package struct ConflictingInputs: Error, Equatable, CustomStringConvertible {
  package let path: String

  package init(path: String) { self.path = path }

  package var description: String { "two inputs with different contents want to be `\(path)` in the sandbox" }
}

extension Action {
  /// The key under which the look-up begins: no set is expanded.
  /// - Parameter produced: the outputs of an action that has ended.
  package func firstLevelKey(_ context: KeyContext, produced: (ActionID) -> [ProducedFile]) -> SealedKey {
    var builder = KeyBuilder(context.secret)
    builder.add(settings(context))
    builder.add(command(context))
    addInputs(to: &builder, produced: produced)
    return builder.seal()
  }

  fileprivate func addInputs(to builder: inout KeyBuilder, produced: (ActionID) -> [ProducedFile]) {
    for input in inputs {
      switch input {
      case .file(let file): builder.add(file.ingredient)
      case .set(let set): builder.add(.inputSet(name: set.name, set.fingerprint))
      case .output(let id, let name, let under):
        for file in produced(id) where name == nil || name == file.output {
          builder.add(InputFile(file, under: under).ingredient)
        }
      }
    }
  }

  /// The key over every file: what a result is kept under.
  package func secondLevelKey(_ context: KeyContext, files: [InputFile]) -> SealedKey {
    var builder = KeyBuilder(context.secret)
    builder.add(settings(context))
    builder.add(command(context))
    builder.add(files.lazy.map(\.ingredient))
    return builder.seal()
  }

  /// Every file of the sandbox once, sorted by path.
  /// - Throws: what expanding a set throws; `ConflictingInputs`.
  package func expandedInputs(produced: (ActionID) -> [ProducedFile]) throws -> [InputFile] {
    var files: [InputFile] = []
    for input in inputs {
      switch input {
      case .file(let file): files.append(file)
      case .set(let set): files.append(contentsOf: try set.files())
      case .output(let id, let name, let under):
        files.append(contentsOf: produced(id).lazy.filter { name == nil || name == $0.output }.map { InputFile($0, under: under) })
      }
    }
    files.sort { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
    var unique: [InputFile] = []
    unique.reserveCapacity(files.count)
    for file in files {
      if let last = unique.last, last.path.utf8.elementsEqual(file.path.utf8) {
        guard last.ingredient == file.ingredient else { throw ConflictingInputs(path: file.path) }
      } else {
        unique.append(file)
      }
    }
    return unique
  }

  /// Everything but the inputs. Paths of tools, numbers of processors, credentials and the sandbox's place are never among them.
  package func ownIngredients(_ context: KeyContext) -> [Ingredient] { settings(context) + command(context) }

  /// What many actions have in common, in canonical order: a change here must be a change of `SharedSettings` too.
  fileprivate func settings(_ context: KeyContext) -> [Ingredient] {
    func byName<Value>(_ values: [String: Value]) -> [(key: String, value: Value)] {
      values.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
    }
    var ingredients: [Ingredient] = [.engine(context.engine), .platform(context.platform)]
    ingredients += byName(plugins).map { .plugin(name: $0.key, $0.value) }
    for tool in tools {
      switch tool.kind {
      case .program, .tree: ingredients.append(.tool(name: tool.name, tool.identity, version: tool.version))
      case .cache, .treeRoot: break
      }
    }
    ingredients += byName(options).map { .option(name: $0.key, value: $0.value) }
    ingredients += byName(Environment.constants.merging(environment.mapValues(keyText)) { $1 }).map {
      .environment(name: $0.key, value: $0.value)
    }
    ingredients += [.sandbox(level: level.rawValue, network: network), .resultStatuses(resultStatuses)]
    if inputTimes != .fixed { ingredients.append(.inputTimes(inputTimes.rawValue)) }
    return ingredients
  }

  fileprivate func command(_ context: KeyContext) -> [Ingredient] {
    var ingredients: [Ingredient] = []
    ingredients.reserveCapacity(argv.count + outputs.count + 3)
    for (index, argument) in argv.enumerated() { ingredients.append(.argument(index: index, value: keyText(of: argument))) }
    for output in outputs {
      ingredients.append(.output(name: output.name, path: output.path, kind: output.kind.rawValue, isOptional: output.isOptional))
    }
    if let standardInput { ingredients.append(.standardInput(context.secret.fingerprint(of: standardInput))) }
    ingredients.append(.workingDirectory(workingDirectory))
    if runNumber != 0 { ingredients.append(.runNumber(runNumber)) }
    return ingredients
  }

  /// An argument as the key holds it. Placeholders begin with NUL, which no argument can contain.
  func keyText(of argument: Argument) -> String {
    switch argument {
    case .text(let text): return text
    case .cpus: return "\0{cpus}"
    case .slot: return "\0{slot}"
    case .sandboxRoot: return "\0\(SandboxDirectory.placeholder)"
    case .paths: return "\0{paths}"
    case .joined(let pieces): return pieces.map(keyText).joined()
    case .tool(let index):
      guard tools.indices.contains(index) else { return "\0{no tool \(index)}" }
      let tool = tools[index]
      switch tool.kind {
      case .cache: return "\0{cache \(tool.name)}"
      case .treeRoot: return "\0{tree}"
      case .program, .tree:
        let isUnique = tools.count(where: { $0.name == tool.name && $0.identity != tool.identity }) == 0
        return isUnique ? "\0{tool \(tool.name)}" : "\0{tool \(tool.name) \(tool.identity)}"
      }
    }
  }
}

/// Makes first-level keys one after another. What an action has in common with the one before it is neither written nor hashed again.
package struct FirstLevelKeys {
  private let context: KeyContext
  private var last: (settings: SharedSettings, section: Fingerprint)?

  package init(_ context: KeyContext) { self.context = context }

  /// The key that `firstLevelKey` seals.
  package mutating func key(of action: Action, produced: (ActionID) -> [ProducedFile]) -> Fingerprint {
    let settings = SharedSettings(of: action)
    let section: Fingerprint
    if let last, last.settings == settings {
      section = last.section
    } else {
      section = KeyBuilder.section(of: action.settings(context), context.secret)
      last = (settings, section)
    }
    var builder = KeyBuilder(context.secret, settings: section)
    builder.add(action.command(context))
    action.addInputs(to: &builder, produced: produced)
    return builder.key()
  }
}

/// All that `Action.settings` is made of, beside what a run's keys have in common.
private struct SharedSettings: Equatable {
  let plugins: [String: Fingerprint]
  let tools: [Tool]
  let options: [String: String]
  let environment: [String: Argument]
  let level: SandboxLevel
  let network: Bool
  let inputTimes: InputTimes
  let resultStatuses: [Int32]

  init(of action: Action) {
    plugins = action.plugins
    tools = action.tools
    options = action.options
    environment = action.environment
    level = action.level
    network = action.network
    inputTimes = action.inputTimes
    resultStatuses = action.resultStatuses
  }
}

extension InputFile {
  /// What another action produced, by its blob.
  package init(_ file: ProducedFile, under: String) {
    let path = under.isEmpty ? file.path : "\(under)/\(file.path)"
    let source: Source = file.isLink ? .blobLink : .blob
    self.init(path: path, isExecutable: file.isExecutable, fingerprint: file.fingerprint, source: source)
  }

  package var ingredient: Ingredient {
    switch source {
    case .link, .blobLink: .inputLink(path: path, fingerprint)
    case .workspace, .blob, .bytes: .input(path: path, isExecutable: isExecutable, fingerprint)
    }
  }
}
