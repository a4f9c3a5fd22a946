// The plugins of the checkout: their size, and that what the documentation shows of them is so.

import Diagnostics
import Foundation
import Options
import Starlark
import StarlarkSyntax
import Targets
import TestSupport
import Testing

@testable import Plugins

@Suite struct ShippedPluginsTests {
  /// Lines without blank ones, comments and the docstring of a file.
  private func size(_ path: String) throws -> Int {
    let text = try String(contentsOf: checkout.appending(path: "plugins/\(path)"), encoding: .utf8)
    return text.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }.count { line in
      !line.isEmpty && !line.hasPrefix("#") && !(line.hasPrefix("\"\"\"") && line.hasSuffix("\"\"\"") && line.count > 5)
    }
  }

  /// A linter is at most 15 lines, a language with lint, test and package at most 300.
  @Test func arePromisedToBeShort() throws {
    #expect(try size("shell/shfmt.star") <= 15)
    #expect(try size("shell/shellcheck.star") <= 15)
    let shell = try ["plugin.star", "commands.star", "shfmt.star", "shellcheck.star"].map { try size("shell/\($0)") }.reduce(0, +)
    #expect(shell <= 300, "\(shell)")
    #expect(try size("core/plugin.star") <= 120)
  }

  @Test func loadWithoutAnError() throws {
    let catalog = PluginCatalog(try shippedFiles())
    #expect(catalog.broken.map(told) == [])
    let names = catalog.backends.map(\.name)
    for name in ["baji.core", "baji.shell", "baji.shell.shellcheck", "baji.shell.shfmt"] { #expect(names.contains(name)) }
    #expect(Set(names).count == names.count)
  }

  /// Everything in it evaluates; every target type, and every field of every type, occurs.
  @Test func theExampleShowsEveryTypeAndField() throws {
    let text = try String(contentsOf: checkout.appending(path: "BUILD.example"), encoding: .utf8)
    var files = [
      "example/BUILD": text, "lib/BUILD": "shell_sources()\n__dependents_rules__(('*', '*'))", "lib/color.sh": ". lib/tint.sh\n",
    ]
    for name in [
      "LICENCE.txt", "table.csv", "keep.sh", "report.sh", "generated.sh", "manual.sh", "serve.sh", "keep_test.sh", "slow_test.sh",
      "docs/draft.txt", "docs/old.txt", "docs/older.txt", "samples/one.log", "samples/two.log", "samples/large.log", "samples/one.txt",
    ] { files["example/\(name)"] = "" }
    files["lib/tint.sh"] = ""
    let world = try world(files, backends: ["baji.shell", "baji.shell.shellcheck", "baji.shell.shfmt"])
    let (loaded, plugins) = try world.load()
    let graph = loaded.graph
    #expect(graph.warnings.map(told) == [])
    #expect(told { graph.findings(of: graph.ids).map(told).joined(separator: "\n") } == "")
    for type in plugins.registry.types.values.sorted(by: { $0.name < $1.name }) {
      let calls = calls(of: type.name, in: text)
      #expect(!calls.isEmpty, "BUILD.example has no `\(type.name)`")
      let missing = type.fields.map(\.name).filter { name in !calls.contains { $0.contains("    \(name) = ") } }
      #expect(missing == [], "BUILD.example's `\(type.name)` lacks fields")
    }
  }

  /// The texts of the calls of `name`, each from its line to the line with its closing bracket.
  private func calls(of name: String, in text: String) -> [String] {
    var found: [String] = []
    var current: (indentation: Substring, text: String)?
    for line in text.split(separator: "\n") {
      let indentation = line.prefix { $0 == " " }
      if line.dropFirst(indentation.count) == "\(name)(" { current = (indentation, "") }
      current?.text += line + "\n"
      if let call = current, line.hasPrefix("\(call.indentation))") {
        found.append(call.text)
        current = nil
      }
    }
    return found
  }

  /// Every fenced example of the documentation is in its language.
  @Test func theExamplesInTheDocumentationParse() throws {
    var count = 0
    for path in try documents() {
      let text = try String(contentsOf: checkout.appending(path: path), encoding: .utf8)
      for (line, language, example) in fenced(text) where language == "python" || language == "starlark" {
        count += 1
        let answer = told {
          _ = try Program.compile(
            source: Array(example.utf8), file: "\(path):\(line)", dialect: .buildFile, unresolved: .predeclare { _, _, _ in Value.none })
          return ""
        }
        #expect(answer == "")
      }
    }
    #expect(count >= 5)
  }

  private func documents() throws -> [String] {
    let plugins = try FileManager.default.contentsOfDirectory(atPath: checkout.appending(path: "plugins").path)
    let docs = try FileManager.default.subpathsOfDirectory(atPath: checkout.appending(path: "docs").path).filter { $0.hasSuffix(".md") }
    return ["README.md"] + plugins.map { "plugins/\($0)/README.md" } + docs.map { "docs/\($0)" }
  }

  /// The code between ``` fences: the line it begins on, its language, its text.
  private func fenced(_ text: String) -> [(Int, String, String)] {
    var found: [(Int, String, String)] = []
    var current: (line: Int, language: String, text: String)?
    for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
      if line.hasPrefix("```") {
        if let ended = current {
          found.append((ended.line, ended.language, ended.text))
          current = nil
        } else {
          current = (index + 2, String(line.dropFirst(3)), "")
        }
      } else {
        current?.text += line + "\n"
      }
    }
    return found
  }
}
