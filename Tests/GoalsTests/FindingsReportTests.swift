// Findings for machines: every format, with what is hard to write in it.

import Formats
import Scheduling
import Testing

@testable import Goals

@Suite struct FindingsReportTests {
  private var report: FindingsReport {
    var report = FindingsReport()
    report.add(
      tool: "linty", [Finding(path: "d/a b.x", line: 3, column: 7, severity: "warning", code: "W1", message: "50% of \"it\"\nis off")])
    report.add(tool: "quiet", [])
    report.add(tool: "linty", [Finding(path: "c.x", message: "no place")])
    return report
  }

  @Test func json() throws {
    guard case .array(let entries) = try JSON.parse(report.text(as: .json)) else {
      Issue.record("no array")
      return
    }
    #expect(entries.count == 2)
    #expect(entries[0]["tool"] == .string("linty"))
    #expect(entries[0]["line"] == .int(3))
    #expect(entries[0]["message"] == .string("50% of \"it\"\nis off"))
    #expect(entries[1]["line"] == .null)
    #expect(entries[1]["code"] == .null)
    #expect(FindingsReport().text(as: .json) == "[]")
  }

  @Test func sarif() throws {
    let document = try JSON.parse(report.text(as: .sarif))
    #expect(document["version"] == .string("2.1.0"))
    guard case .array(let runs)? = document["runs"], runs.count == 2, case .array(let results)? = runs[0]["results"], results.count == 2,
      case .array(let locations)? = results[0]["locations"], let place = locations.first?["physicalLocation"]
    else {
      Issue.record("another shape")
      return
    }
    #expect(runs[0]["tool"]?["driver"]?["name"] == .string("linty"))
    #expect(runs[1]["results"] == .array([]))
    #expect(results[0]["ruleId"] == .string("W1"))
    #expect(results[0]["level"] == .string("warning"))
    #expect(results[1]["level"] == .string("error"))
    #expect(place["artifactLocation"]?["uri"] == .string("d/a%20b.x"))
    #expect(place["region"]?["startLine"] == .int(3))
    #expect(place["region"]?["startColumn"] == .int(7))
  }

  @Test func github() {
    #expect(
      report.text(as: .github) == """
        ::warning file=d/a b.x,line=3,col=7,title=linty W1::50%25 of "it"%0Ais off
        ::error file=c.x,title=linty::no place
        """)
  }
}
