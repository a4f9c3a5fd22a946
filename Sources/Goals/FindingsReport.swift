// What linters and checkers found, for machines: JSON, SARIF 2.1.0, and annotations as GitHub reads them.

internal import Events
internal import Formats
internal import Options
internal import Scheduling

/// `--output-format` of `lint` and `check`.
enum FindingsFormat: String {
  case text, json, sarif, github
}

/// The findings of a goal, by tool.
struct FindingsReport {
  private var tools: [(name: String, findings: [Finding])] = []

  /// A tool that found nothing is named too: it did look.
  mutating func add(tool: String, _ findings: [Finding]) {
    if let index = tools.firstIndex(where: { $0.name == tool }) {
      tools[index].findings += findings
    } else {
      tools.append((tool, findings))
    }
  }

  /// What goes to standard output instead of, or (for GitHub) before, the lines for people.
  func text(as format: FindingsFormat) -> String {
    switch format {
    case .text: ""
    case .json: String(decoding: JSONWriter.indented(json), as: UTF8.self)
    case .sarif: String(decoding: JSONWriter.indented(sarif), as: UTF8.self)
    case .github: tools.flatMap { tool in tool.findings.map { FindingsReport.annotation($0, tool.name) } }.joined(separator: "\n")
    }
  }

  // MARK: - JSON

  private var json: JSON {
    .array(
      tools.flatMap { tool in
        tool.findings.map { finding in
          .object([
            JSON.Member("tool", .string(tool.name)), JSON.Member("path", .string(finding.path)),
            JSON.Member("line", finding.line > 0 ? .int(Int(finding.line)) : .null),
            JSON.Member("column", finding.column > 0 ? .int(Int(finding.column)) : .null),
            JSON.Member("severity", .string(finding.severity)),
            JSON.Member("code", finding.code.isEmpty ? .null : .string(finding.code)), JSON.Member("message", .string(finding.message)),
          ])
        }
      })
  }

  // MARK: - SARIF

  /// Static Analysis Results Interchange Format 2.1.0 (OASIS): one run a tool, one rule a code.
  private var sarif: JSON {
    .object([
      JSON.Member("$schema", .string("https://json.schemastore.org/sarif-2.1.0.json")), JSON.Member("version", .string("2.1.0")),
      JSON.Member("runs", .array(tools.map { FindingsReport.run($0.name, $0.findings) })),
    ])
  }

  private static func run(_ tool: String, _ findings: [Finding]) -> JSON {
    let codes = Set(findings.map { $0.code.isEmpty ? tool : $0.code }).sorted()
    let places = Dictionary(codes.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
    let rules = codes.map { JSON.object([JSON.Member("id", .string($0))]) }
    return .object([
      JSON.Member(
        "tool", .object([JSON.Member("driver", .object([JSON.Member("name", .string(tool)), JSON.Member("rules", .array(rules))]))])),
      JSON.Member("results", .array(findings.map { result($0, $0.code.isEmpty ? tool : $0.code, places) })),
    ])
  }

  private static func result(_ finding: Finding, _ rule: String, _ places: [String: Int]) -> JSON {
    var location = [
      JSON.Member(
        "artifactLocation",
        .object([JSON.Member("uri", .string(uri(finding.path))), JSON.Member("uriBaseId", .string("%SRCROOT%"))]))
    ]
    if finding.line > 0 {
      var region = [JSON.Member("startLine", .int(Int(finding.line)))]
      if finding.column > 0 { region.append(JSON.Member("startColumn", .int(Int(finding.column)))) }
      location.append(JSON.Member("region", .object(region)))
    }
    return .object([
      JSON.Member("ruleId", .string(rule)), JSON.Member("ruleIndex", .int(places[rule] ?? 0)),
      JSON.Member("level", .string(level(finding.severity).sarif)),
      JSON.Member("message", .object([JSON.Member("text", .string(finding.message))])),
      JSON.Member("locations", .array([.object([JSON.Member("physicalLocation", .object(location))])])),
    ])
  }

  /// A relative reference: what is not unreserved in RFC 3986 is escaped, `/` apart.
  private static func uri(_ path: String) -> String {
    var text = ""
    for byte in path.utf8 {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
        UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"), UInt8(ascii: "/"):
        text.unicodeScalars.append(Unicode.Scalar(byte))
      default:
        let digits = String(byte, radix: 16, uppercase: true)
        text += "%" + (digits.utf8.count < 2 ? "0" : "") + digits
      }
    }
    return text
  }

  // MARK: - GitHub

  /// A workflow command: `::error file=a.x,line=1,col=2,title=tool code::message`.
  private static func annotation(_ finding: Finding, _ tool: String) -> String {
    var properties = ["file=\(property(finding.path))"]
    if finding.line > 0 { properties.append("line=\(finding.line)") }
    if finding.column > 0 { properties.append("col=\(finding.column)") }
    properties.append("title=\(property(finding.code.isEmpty ? tool : "\(tool) \(finding.code)"))")
    return "::\(level(finding.severity).github) \(properties.joined(separator: ","))::\(escaped(finding.message))"
  }

  private static func escaped(_ text: String) -> String {
    text.unicodeScalars.reduce(into: "") { result, scalar in
      switch scalar {
      case "%": result += "%25"
      case "\r": result += "%0D"
      case "\n": result += "%0A"
      default: result.unicodeScalars.append(scalar)
      }
    }
  }

  private static func property(_ text: String) -> String {
    escaped(text).unicodeScalars.reduce(into: "") { result, scalar in
      switch scalar {
      case ":": result += "%3A"
      case ",": result += "%2C"
      default: result.unicodeScalars.append(scalar)
      }
    }
  }

  /// From a tool's own word.
  private static func level(_ severity: String) -> (sarif: String, github: String) {
    let word = severity.lowercased()
    if word.hasPrefix("warn") || word == "w" || word == "refactor" || word == "convention" { return ("warning", "warning") }
    if ["note", "info", "information", "hint", "style", "help", "low", "n", "i", "r", "c"].contains(word) { return ("note", "notice") }
    return ("error", "error")
  }
}

extension Session {
  /// `[lint] output_format` and its like.
  func outputFormat(_ goal: String) -> FindingsFormat { options.string(goal, "output_format").flatMap(FindingsFormat.init) ?? .text }

  /// Shows a goal's results: lines for people, or a document that stands alone on standard output.
  func show(_ lines: [ResultLine], _ findings: FindingsReport, as format: FindingsFormat) {
    switch format {
    case .text: report(.results(lines))
    case .github:
      let annotations = findings.text(as: .github)
      if !annotations.isEmpty { report(.answer(annotations)) }
      report(.results(lines))
    case .json, .sarif:
      report(.answer(findings.text(as: format)))
      report(.aside(.results(lines)))
    }
  }

  /// A goal's last line: beside the answer where that is for machines.
  func show(_ summary: GoalSummary, as format: FindingsFormat) {
    switch format {
    case .text, .github: report(.summary(summary))
    case .json, .sarif: report(.aside(.summary(summary)))
    }
  }
}
