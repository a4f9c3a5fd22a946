// Plugins from texts, catalogues of them, and workspaces they are planned on.

import Diagnostics
import Foundation
import Options

@testable import Plugins

/// The folder that holds `Package.swift`.
let checkout = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

/// Plugin files by path (`x/plugin.star`), shown as they would be in a checkout.
func pluginFiles(_ texts: [String: String]) -> PluginFiles {
  PluginFiles(texts.map { PluginFiles.File(path: $0.key, shownPath: "plugins/\($0.key)", bytes: Array($0.value.utf8)) })
}

/// The shipped plugins, as the checkout has them, with more beside them.
func shippedFiles(and texts: [String: String] = [:]) throws -> PluginFiles {
  PluginFiles(try PluginFiles.read(folder: checkout.appending(path: "plugins").path, shown: "plugins") + pluginFiles(texts).files)
}

/// `file:line:column: message – hint`.
func told(_ diagnostic: Diagnostic) -> String {
  let place = diagnostic.location.map { "\($0.file):\($0.position.line):\($0.position.column): " } ?? ""
  return place + diagnostic.message + (diagnostic.hint.map { " – \($0)" } ?? "")
}

/// What `body` throws for the user, one line each; what it returns otherwise.
func told(_ body: () throws -> String) -> String {
  do {
    return try body()
  } catch let error as UserError {
    return error.diagnostics.map(told).joined(separator: "\n")
  } catch let error as Diagnostic {
    return told(error)
  } catch {
    return "\(error)"
  }
}

/// A workspace of the shell plugin and more plugins.
func world(
  _ files: [String: String], plugins: [String: String] = [:], backends: [String] = ["baji.shell"],
  options: [(String, [(String, OptionValue)])] = []
) throws -> TestWorld {
  try TestWorld(
    files: files.map { ($0.key, $0.value) }, backends: backends, options: options, catalog: PluginCatalog(shippedFiles(and: plugins)))
}
