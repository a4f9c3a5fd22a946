// `completion bash|zsh|fish`: scripts for shells, and the hidden call with which they ask for candidates.

internal import Diagnostics
internal import Events
internal import Host
internal import Options
internal import Plugins
internal import Targets

func complete(_ session: Session) throws -> Int32 {
  switch session.command.words {
  case ["candidates"]:
    // Whatever is wrong here is none of a shell's business: it is told when the command runs.
    let lines = Candidates(session, for: session.command.passthrough ?? []).lines
    session.answer(lines)
    return 0
  case ["bash"]: session.report(.answer(bashCompletion))
  case ["zsh"]: session.report(.answer(zshCompletion))
  case ["fish"]: session.report(.answer(fishCompletion))
  default:
    throw UserError("`completion` takes one of: bash, zsh, fish", hint: "for example `source <(baji completion bash)` in `~/.bashrc`")
  }
  return 0
}

/// What may stand in place of the last word of a command line. Looks at the graph only for a word with a colon.
struct Candidates {
  /// Each with what it means behind a tab, where there is something to say.
  private(set) var lines: [String] = []
  private let session: Session

  /// - Parameter words: without the program's name; the last is the one to complete, perhaps empty.
  init(_ session: Session, for words: [String]) {
    self.session = session
    let current = words.last ?? ""
    let before = words.dropLast()
    if before.contains("--") { return }
    let goals = before.compactMap(Goal.named)
    if current.hasPrefix("--") {
      addOptions(current, goals)
    } else if let goal = goals.last, goal.takesWords {
      addWords(of: goal, current)
    } else {
      let hasSpecs = before.contains { !$0.hasPrefix("-") && Goal.named($0) == nil }
      if !hasSpecs, !current.contains("/"), !current.contains(":") {
        for goal in Goal.all where goal.name.hasPrefix(current) && !goals.contains(where: { $0.name == goal.name }) {
          add(goal.name, goal.doc)
        }
      }
      if !goals.isEmpty || current.contains("/") || current.contains(":") { addSpecs(current) }
    }
  }

  private mutating func add(_ word: String, _ doc: String = "") {
    // The first sentence; a line and a tab are the protocol's own.
    let end = doc.firstRange(of: ". ")?.lowerBound ?? (doc.hasSuffix(".") ? doc.index(before: doc.endIndex) : doc.endIndex)
    let sentence = doc[..<end]
    let told = String(sentence.map { $0.isNewline || $0 == "\t" ? " " : $0 })
    lines.append(told.isEmpty ? word : "\(word)\t\(told)")
  }

  private mutating func addWords(of goal: Goal, _ current: String) {
    let words: [String]
    switch goal.name {
    case "cache": words = ["stats", "verify", "gc", "clear"]
    case "completion": words = ["bash", "zsh", "fish"]
    case "plugin": words = ["test"]
    case "help":
      words =
        Goal.all.map(\.name) + ["goals", "targets", "options", "backends"] + session.options.scopes.map(\.name)
        + session.plugins.registry.types.keys.sorted()
    case "query": words = QueryFunction.allCases.map { "\($0.rawValue)(" }
    default: words = []
    }
    var seen: Set<String> = []
    for word in words where word.hasPrefix(current) && seen.insert(word).inserted { add(word) }
    if goal.name == "query" || goal.name == "plugin" { addSpecs(current) }
  }

  // MARK: Options

  private mutating func addOptions(_ current: String, _ goals: [Goal]) {
    if let equals = current.firstIndex(of: "=") {
      let flag = String(current[..<equals])
      for value in values(of: flag, goals) where value.hasPrefix(current[current.index(after: equals)...]) { add("\(flag)=\(value)") }
      return
    }
    let wantsNegations = current.hasPrefix("--no-")
    var seen: Set<String> = []
    func offer(_ flag: String, _ definition: OptionDefinition, _ lines: inout [(String, String)]) {
      var written = flag
      if definition.type == .bool { if wantsNegations { written = "--no-\(flag.dropFirst(2))" } } else { written += "=" }
      if written.hasPrefix(current), seen.insert(written).inserted { lines.append((written, definition.doc)) }
    }
    var found: [(String, String)] = []
    for scope in scopes(of: goals) {
      for option in scope.options { offer("--\(scope.flag(option.name).dropFirst(scope.name.utf8.count + 3))", option, &found) }
    }
    // Of other sections first the name, and their options once it is there.
    let start = wantsNegations ? "--no-" : "--"
    for scope in session.options.scopes {
      let prefix = "\(start)\(scope.name)-"
      if scope.isGlobal || current.hasPrefix(prefix) {
        for option in scope.options { offer(scope.flag(option.name), option, &found) }
      } else if current.utf8.count > start.utf8.count, prefix.hasPrefix(current) {
        found.append((prefix, scope.doc))
      }
    }
    if "--help".hasPrefix(current) { found.append(("--help", "Explain the goal")) }
    for (flag, doc) in found { add(flag, doc) }
  }

  private func scopes(of goals: [Goal]) -> [OptionScope] {
    guard let last = goals.last else { return [] }
    return session.options.scopes.filter { $0.name == last.name }
  }

  private func values(of flag: String, _ goals: [Goal]) -> [String] {
    for scope in session.options.scopes {
      let isOwn = scopes(of: goals).contains { $0.name == scope.name }
      for option in scope.options {
        let long = scope.flag(option.name)
        guard long == flag || isOwn && "--\(long.dropFirst(scope.name.utf8.count + 3))" == flag else { continue }
        switch option.type {
        case .enumeration(let words), .enumerationList(let words): return words
        case .bool: return ["true", "false"]
        default:
          if scope.name == "filter", option.name == "target_type" { return session.plugins.registry.types.keys.sorted() }
          return []
        }
      }
    }
    return []
  }

  // MARK: Specs

  private mutating func addSpecs(_ word: String) {
    let sign = word.hasPrefix("-") ? "-" : ""
    let spec = String(word.dropFirst(sign.utf8.count))
    if let colon = spec.lastIndex(of: ":") {
      addTargets(in: String(spec[..<colon]), spec, sign)
    } else {
      addPaths(spec, sign)
    }
  }

  /// Names behind the colon; a folder's own and all below it are among them.
  private mutating func addTargets(in directory: String, _ spec: String, _ sign: String) {
    if spec.hasSuffix("::") { return add(sign + spec) }
    let folder = directory.hasPrefix("//") ? String(directory.dropFirst(2)) : directory
    if "\(directory)::".hasPrefix(spec) { add("\(sign)\(directory)::") }
    guard let graph = try? session.graph() else { return }
    let found = graph.ids.filter { graph.directory(of: $0) == folder && graph.generator(of: $0) == nil }
    for id in found {
      let text = "\(directory):\(graph.address(of: id).name)"
      if text.hasPrefix(spec) { add(sign + text, graph.typeName(of: id)) }
    }
  }

  /// What lies in a folder, hidden things only where a dot asks for them.
  private mutating func addPaths(_ spec: String, _ sign: String) {
    let start = spec.hasPrefix("//") ? "//" : ""
    let path = String(spec.dropFirst(start.utf8.count))
    let slash = path.lastIndex(of: "/")
    let folder = slash.map { String(path[...$0]) } ?? ""
    let name = slash.map { String(path[path.index(after: $0)...]) } ?? path
    if path.hasPrefix("/") || path.split(separator: "/").contains("..") { return }
    let names = (try? Files.names(in: "\(session.root)/\(folder)")) ?? []
    for entry in names.sorted() where entry.hasPrefix(name) && (name.hasPrefix(".") || !entry.hasPrefix(".")) && !entry.contains("\n") {
      let isFolder = Files.isDirectory("\(session.root)/\(folder)\(entry)")
      add("\(sign)\(start)\(folder)\(entry)\(isFolder ? "/" : "")")
      if isFolder, entry == name { for end in [":", "::"] { add("\(sign)\(start)\(folder)\(entry)\(end)") } }
    }
    if path.isEmpty { add("\(sign)\(start)::", "everything") }
  }
}
