// What plugins ask of tools: patterns, records of their output, where programs lie and which version they are.

import Diagnostics
import Execution
import Fingerprints
import Foundation
import Scheduling
import Store
import TestSupport
import Testing

@testable import Plugins

@Suite struct PatternTests {
  @Test(arguments: [
    ("a+", "baaac", ["aaa"]), ("(?<x>b)|c", "abc", ["b", "c"]), ("", "ab", ["", "", ""]), ("^$", "", [""]), ("é", "café", ["é"]),
    (#"\d+"#, "a1b22", ["1", "22"]), ("z", "abc", []), ("(?i)A", "aA", ["a", "A"]),
  ])
  func finds(pattern: String, text: String, expected: [String]) throws {
    #expect(try Pattern(pattern).matches(in: text).compactMap { $0.groups[0] } == expected)
  }

  @Test(arguments: [("(", "at byte 1 "), ("[a", "at byte 2 "), ("(?<1a>x)", "at byte "), ("a{2,1}", "at byte "), ("\\", "at byte 1 ")])
  func aBadPatternSaysWhere(pattern: String, expected: String) {
    do throws(Pattern.Failure) {
      _ = try Pattern(pattern)
      Issue.record("`\(pattern)` was accepted")
    } catch {
      #expect(error.message.contains(expected), "\(error.message)")
    }
  }

  @Test func groupsByNameAndThoseThatTookNoPart() throws {
    let match = try #require(try Pattern("(?<a>x)|(?<b>y)").firstMatch(in: "y"))
    #expect(match["a"] == nil)
    #expect(match["b"] == "y")
    #expect(match["c"] == nil)
    #expect(match.range == 0..<1)
  }

  /// Without a bound the first would try 2⁴⁰ ways.
  @Test(arguments: ["(a+)+$", "(a|aa)+$", "(.*a){20}$"])
  func aCatastrophicPatternEnds(pattern: String) throws {
    #expect(try Pattern(pattern).firstMatch(in: String(repeating: "a", count: 40) + "b") == nil)
  }
}

@Suite struct DiagnosticsParserTests {
  @Test(arguments: [
    ("a.sh:1:2: warning: odd [SC2086]", "a.sh|1|2|warning|SC2086|odd"), ("./d/a.sh:10:20: error: x", "d/a.sh|10|20|error||x"),
    ("a b:3.sh:1:2: note: x: y", "a b:3.sh|1|2|note||x: y"), ("a:1:2:3.sh:4:5: error: x", "a:1:2:3.sh|4|5|error||x"),
    ("a.sh:1:2: fatal error: x []", "a.sh|1|2|fatal error||x"), ("a.sh:1: warning: no column", "-"), (":1:2: error: no path", "-"),
    ("In a.sh line 3:", "-"), ("", "-"), ("a.sh:99999999999999999999:1: error: x", "-"), ("a.sh:1:2: 34: x", "-"),
    ("a.sh:1:2: error: [SC1]", "a.sh|1|2|error|SC1|"), ("ä.sh:1:2: error: ö", "ä.sh|1|2|error||ö"),
  ])
  func gcc(line: String, expected: String) { #expect(printed(DiagnosticsParser.gcc.record(of: line)) == expected) }

  @Test(arguments: [
    ("a.x:3 E501 too long", "a.x|3|0|error|E501|too long"), ("./b.x:4 W1 x", "b.x|4|0|error|W1|x"), ("nothing", "-"),
    ("a.x:99999999999 E5 far", "a.x|0|0|error|E5|far"),
  ])
  func regex(line: String, expected: String) throws {
    let parser = DiagnosticsParser.regex(try Pattern("^(?<path>[^:]+):(?<line>\\d+) (?<code>\\w+) (?<message>.*)$"))
    #expect(printed(parser.record(of: line)) == expected)
  }

  /// A finding is a file's only if the whole output was understood and speaks of the batch's files alone.
  @Test(arguments: [
    ("a.sh:1:1: error: x\n", "", ["a.sh", "b.sh"], "a.sh"),
    ("b.sh:1:1: error: x\n\na.sh:1:1: error: x\n", "", ["a.sh", "b.sh"], "a.sh b.sh"),
    ("a.sh:1:1: error: x\nc.sh:1:1: error: x\n", "", ["a.sh", "b.sh"], "?"), ("a.sh:1:1: error: x\nand more\n", "", ["a.sh", "b.sh"], "?"),
    ("a.sh:1:1: error: x\n", "trouble", ["a.sh", "b.sh"], "?"), ("", "", ["a.sh", "b.sh"], "?"),
    ("free text", "trouble", ["a.sh"], "a.sh"), ("", "", ["a.sh"], "a.sh"),
  ])
  func attributes(output: String, errors: String, paths: [String], expected: String) {
    let batch = FileTool.Batch(status: 1, standardOutput: Array(output.utf8), standardError: Array(errors.utf8), paths: paths)
    let answer =
      switch DiagnosticsParser.gcc.attribute(batch) {
      case .findings(let files): files.map(\.path).joined(separator: " ")
      case .unattributable: "?"
      case .clean: "clean"
      }
    #expect(answer == expected)
  }

  @Test func theBatchOfAToolThatNamesNoFilesIsSplit() {
    let batch = FileTool.Batch(status: 1, standardOutput: Array("a.sh:1:1: error: x".utf8), standardError: [], paths: ["a.sh", "b.sh"])
    #expect(DiagnosticsParser.none.attribute(batch) == .unattributable)
  }

  private func printed(_ finding: Finding?) -> String {
    finding.map { "\($0.path)|\($0.line)|\($0.column)|\($0.severity)|\($0.code)|\($0.message)" } ?? "-"
  }
}

@Suite struct VersionTests {
  @Test(arguments: [
    (">=0.8", "0.9.0", true), (">=0.8", "0.8", true), (">=0.8", "0.7.9", false), (">=0.8", "0.10", true), ("<2", "1.99.9", true),
    ("<2", "2.0", false), ("==1.2", "1.2.0", true), ("==1.2", "1.2.1", false), ("!=1.2", "1.2.1", true), (">1, <=3", "3.0.0", true),
    (">1, <=3", "3.0.1", false), (">1,<3", "1.0", false),
  ])
  func admits(constraint: String, version: String, expected: Bool) throws {
    #expect(try #require(VersionConstraint(constraint)).admits(version) == expected)
  }

  @Test(arguments: ["1.2", ">=", ">=x", "~=1", ">=1,2", ">=99999999999999999999"])
  func isNoConstraint(text: String) { #expect(VersionConstraint(text) == nil) }

  @Test(
    arguments: [
      ("ShellCheck - shell script analysis tool\nversion: 0.9.0\nlicense: GPL", "0.9.0"), ("v3.8.0\n", "3.8.0"), ("no digits", nil),
      ("version 7", nil), ("tar (GNU tar) 1.34.", "1.34"), ("", nil), ("1...2", "1.2"),
    ] as [(String, String?)])
  func isReadFromOutput(output: String, expected: String?) { #expect(ToolResolver.version(in: output) == expected) }

  @Test(
    arguments: [
      ("#!/bin/sh\n", "/bin/sh"), ("#! /usr/bin/env bash\n", "/usr/bin/env"), ("#!/bin/sh", "/bin/sh"), ("\u{7F}ELF", nil), ("", nil),
      ("#!\n", nil),
    ] as [(String, String?)])
  func interpreters(text: String, expected: String?) { #expect(ProgramIdentities.interpreter(of: Array(text.utf8)) == expected) }
}

@Suite struct ToolResolverTests {
  private let folder: TemporaryDirectory
  private let store: Store

  init() throws {
    folder = try TemporaryDirectory(named: "tools")
    store = Store.openOrDisabled(at: "\(folder.path)/store", report: { _ in })
    try folder.write(["one/keep": "x", "two/keep": "x"])
  }

  private func request(_ name: String, _ version: String = "", search: [String] = []) -> SystemProgram {
    SystemProgram(name: name, version: version, install: "apt-get install \(name)", searchPath: search)
  }

  private func resolver(_ version: String? = nil) -> ToolResolver {
    ToolResolver(searchPath: ["\(folder.path)/one", "relative", "\(folder.path)/two"], store: store) { _, _ in version }
  }

  @Test func theFirstExecutableOnThePathWins() throws {
    try folder.write(["one/tool": "not executable", "two/tool": "#!/bin/sh\n", "own/tool": "#!/bin/sh\n"])
    #expect(try resolver().resolve(request("tool")).path == "\(folder.path)/two/tool")
    #expect(try resolver().resolve(request("tool", search: ["\(folder.path)/own"])).path == "\(folder.path)/own/tool")
  }

  @Test func itsContentIsItsIdentityWhereverItLies() throws {
    try folder.write(["one/a": "#!/bin/sh\necho 1\n", "two/a": "#!/bin/sh\necho 1\n", "one/b": "#!/bin/sh\necho 2\n"])
    let first = try resolver().resolve(request("a")).identity
    try FileManager.default.removeItem(atPath: "\(folder.path)/one/a")
    #expect(try resolver().resolve(request("a")).identity == first)
    #expect(try resolver().resolve(request("b")).identity != first)
    try folder.write(["two/a": "#!/bin/sh\necho 3\n"])
    #expect(try resolver().resolve(request("a")).identity != first)
  }

  @Test func aScriptChangesWithItsInterpreter() throws {
    try folder.write(["one/shell": "#!/bin/sh\nexec sh \"$@\"\n", "one/script": "#!\(folder.path)/one/shell\necho\n"])
    let before = try resolver().resolve(request("script")).identity
    #expect(try resolver().resolve(request("script")).identity == before)
    try folder.write(["one/shell": "#!/bin/sh\nexec bash \"$@\"\n"])
    #expect(try resolver().resolve(request("script")).identity != before)
  }

  @Test func whatIsMissingSaysWhereItWasLookedFor() {
    do throws(Diagnostic) {
      _ = try resolver().resolve(request("nothing"))
      Issue.record("was found")
    } catch {
      #expect(told(error) == "`nothing` is not installed – install it: apt-get install nothing")
      #expect(error.notes == ["looked in \(folder.path)/one, \(folder.path)/two (`[system-tools] search_path`)"])
    }
  }

  @Test(
    arguments: [
      (">=1.5", "version 1.6.2", "tool 1.6.2"),
      (">=1.5", "1.4", "`DIR/one/tool` is version 1.4; >=1.5 is needed – install it: apt-get install tool"),
      (">=1.5", nil, "`DIR/one/tool --version` did not print a version; >=1.5 is needed – install it: apt-get install tool"),
      ("1.5", "1.6", "the plugin asks for `tool` 1.5, which is no version constraint"), ("", nil, "tool "),
    ] as [(String, String?, String)])
  func versions(constraint: String, version: String?, expected: String) throws {
    try folder.write(["one/tool": "#!/bin/sh\n"])
    let answer = told {
      let tool = try resolver(version).resolve(request("tool", constraint))
      return "\(tool.name) \(tool.version)"
    }
    #expect(answer == expected.replacing("DIR", with: folder.path))
  }

  /// Later runs remember the version of a content.
  @Test func aVersionIsAskedForOnce() throws {
    try folder.write(["one/tool": "#!/bin/sh\n"])
    #expect(try resolver("2.0").resolve(request("tool", ">=1")).version == "2.0")
    #expect(try resolver(nil).resolve(request("tool", ">=1")).version == "2.0")
    try folder.write(["one/tool": "#!/bin/sh\n# upgraded\n"])
    #expect(try resolver("3.0").resolve(request("tool", ">=1")).version == "3.0")
  }
}
