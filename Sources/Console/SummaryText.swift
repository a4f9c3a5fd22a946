// Results and summaries as lines of text: pure functions.

package import Events

package enum SummaryText {
  /// `0.61s`, `12.3s`, `2m 05s`, `1h 02m`.
  package static func duration(_ seconds: Double) -> String {
    guard seconds.isFinite, seconds > 0 else { return "0.00s" }
    if seconds < 9.995 { return "\(fixed(seconds, digits: 2))s" }
    if seconds < 59.95 { return "\(fixed(seconds, digits: 1))s" }
    let whole = Int(min(seconds, 1e12).rounded())
    if whole < 3600 { return "\(whole / 60)m \(twoDigits(whole % 60))s" }
    return "\(whole / 3600)h \(twoDigits(whole / 60 % 60))m"
  }

  /// One line for each, costs in one column; below it what it has to show.
  package static func lines(_ results: [ResultLine], colors: Bool) -> [String] {
    let widths = results.map { TextWidth.columns(of: TextWidth.visible($0.name)) }
    // A single very long name does not push every cost out of sight.
    let column = min(widths.max() ?? 0, 100)
    var lines: [String] = []
    for result in results {
      let name = TextWidth.pad(TextWidth.visible(result.name), to: column)
      var line = "\(mark(result.mark, colors)) \(name)   \(cost(result.cost, colors))"
      if result.attempts > 1 && result.mark == .good {
        line += Color.yellow.paint("  flaky: passed at attempt \(result.attempts)", if: colors)
      }
      if !result.remark.isEmpty { line += "  \(result.remark)" }
      while line.hasSuffix(" ") { line.removeLast() }
      lines.append(line)
      if !result.detail.isEmpty { lines.append(result.detail) }
    }
    return lines
  }

  /// `test: 2 passed (1 ran: a.py changed; 1 cached) in 0.83s`
  package static func line(_ summary: GoalSummary, colors: Bool) -> String {
    let counts = summary.counts.filter { $0.number > 0 }.map { "\($0.number) \($0.word)" }.joined(separator: ", ")
    var parts: [String] = []
    if summary.ran > 0 {
      let why = reasons(summary.reasons)
      parts.append("\(summary.ran) ran" + (why.isEmpty ? "" : ": \(why)"))
    }
    if summary.cached > 0 { parts.append("\(summary.cached) cached") }
    let color: Color = summary.isGood ? .green : .red
    var line = "\(summary.goal): " + color.paint(counts.isEmpty ? "nothing to do" : counts, if: colors)
    if !parts.isEmpty { line += " (\(parts.joined(separator: "; ")))" }
    return line + " in \(duration(summary.seconds))"
  }

  /// `2 changed: a.py, b.py`, at most three names of a kind.
  static func reasons(_ reasons: [RunReason]) -> String {
    var groups: [(word: String, names: [String])] = []
    func add(_ word: String, _ name: String) {
      if let index = groups.firstIndex(where: { $0.word == word }) {
        groups[index].names.append(name)
      } else {
        groups.append((word, [name]))
      }
    }
    for reason in reasons {
      switch reason {
      case .file(let name): add("", name)
      case .inside(let name): add("what it includes: ", name)
      case .option(let name): add("option ", name)
      case .environment(let name): add("variable ", name)
      case .tool(let name): add("tool ", name)
      case .plugin(let name): add("plugin ", name)
      case .other(let name): add("", name)
      }
    }
    let texts = groups.map { group in
      let shown = group.names.prefix(3).map(TextWidth.visible).joined(separator: ", ")
      let more = group.names.count - 3
      return group.word + shown + (more > 0 ? " and \(more) more" : "")
    }
    return texts.isEmpty ? "" : texts.joined(separator: ", ") + " changed"
  }

  private static func mark(_ mark: ResultLine.Mark, _ colors: Bool) -> String {
    switch mark {
    case .good: Color.green.paint("✓", if: colors)
    case .bad: Color.red.paint("✗", if: colors)
    case .changed: Color.yellow.paint("~", if: colors)
    case .skipped, .cancelled: Color.dim.paint("-", if: colors)
    }
  }

  private static func cost(_ cost: ResultLine.Cost, _ colors: Bool) -> String {
    switch cost {
    case .seconds(let seconds): duration(seconds)
    case .cached: Color.dim.paint("cached", if: colors)
    case .none(let word): Color.dim.paint(word, if: colors)
    }
  }

  private static func fixed(_ value: Double, digits: Int) -> String {
    let scale = digits == 1 ? 10 : 100
    let scaled = Int((value * Double(scale)).rounded())
    let fraction = String(scaled % scale)
    return "\(scaled / scale)." + String(repeating: "0", count: digits - fraction.utf8.count) + fraction
  }

  private static func twoDigits(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
}
