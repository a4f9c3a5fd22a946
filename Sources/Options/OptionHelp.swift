// `help SCOPE`: each option with its flag, variable, type, default, value, and where that came from.

extension Options {
  /// The lines of a scope's help; nil for an unknown scope.
  package func help(scope name: String, advanced: Bool = false) -> [String]? {
    guard let scope = scopes.first(where: { $0.name == name }) else { return nil }
    var lines = ["[\(scope.name)]: \(scope.doc)"]
    let listed = scope.options.filter { advanced || !$0.isAdvanced }
    for definition in listed {
      let flag = scope.flag(definition.name)
      let spelled = definition.type == .bool ? "--[no-]\(flag.dropFirst(2))" : "\(flag)=\(definition.type.placeholder)"
      let short = definition.shortFlag.map { "-\($0), " } ?? ""
      lines += ["", "  \(short)\(spelled)", "  BAJI_\(scope.environmentName(definition.name))", "  \(definition.name)"]
      if !definition.aliases.isEmpty { lines.append("      also: \(definition.aliases.joined(separator: ", "))") }
      let shown = { (value: OptionValue) in self.secrets.shown(value, of: definition.name) }
      let other = definition.defaultWithPants.map { "; where `pants_version` is set: \($0.shown)" } ?? ""
      lines.append("      takes \(definition.type.phrase); default: \(definition.defaultValue.shown)\(other)")
      let history = provenance(name, definition.name)
      if history.count > 1 || history.first?.value != definition.defaultValue, let last = history.last {
        lines.append("      now: \(shown(last.value)) (from \(last.source))")
        if history.count > 2 {
          lines += history.dropFirst().dropLast().reversed().map { "        over: \(shown($0.value)) (from \($0.source))" }
        }
      }
      lines += wrapped(definition.doc, width: 92).map { "      \($0)" }
    }
    let hidden = scope.options.count - listed.count
    if hidden > 0 {
      lines += [
        "", "  \(hidden) advanced option\(hidden == 1 ? "" : "s"): `baji help-advanced \(name == OptionScope.global ? "global" : name)`",
      ]
    }
    return lines
  }

  /// The one line that tells of ignored settings in a run; nil where there are none.
  package var ignoredSummary: String? {
    guard !ignored.isEmpty else { return nil }
    return
      "\(ignored.count) setting\(ignored.count == 1 ? "" : "s") for Pants mean\(ignored.count == 1 ? "s" : "") nothing here: `baji help options --ignored`"
  }

  /// Where an option's value came from, as text: `pants.toml:12`, `--level`, `default`.
  package func source(_ scope: String, _ name: String) -> String { provenance(scope, name).last?.source ?? "default" }
}

extension OptionType {
  fileprivate var placeholder: String {
    switch self {
    case .bool: "BOOL"
    case .int, .float: "N"
    case .string: "TEXT"
    case .enumeration(let words): words.joined(separator: "|")
    case .memorySize: "SIZE"
    case .stringList, .enumerationList: "ITEM"
    case .arguments: "ARGUMENTS"
    case .dictionary: "{…}"
    }
  }
}

private func wrapped(_ text: String, width: Int) -> [String] {
  var lines: [String] = []
  var line = ""
  for word in text.split(whereSeparator: \.isWhitespace) {
    if !line.isEmpty, line.count + 1 + word.count > width {
      lines.append(line)
      line = ""
    }
    line += line.isEmpty ? String(word) : " \(word)"
  }
  return line.isEmpty ? lines : lines + [line]
}
