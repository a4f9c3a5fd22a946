// The texts of plugins: from the release's own section, from a checkout, and from folders of the workspace.

package import Diagnostics
internal import Host

/// Plugin files by path, `shell/plugin.star`, and the data files beside them. Shipped ones first; a workspace's own may add to them and not
/// replace them.
package struct PluginFiles: Sendable {
  package struct File: Sendable {
    /// `shell/plugin.star`: the plugin's folder, and the file's path in it.
    package let path: String
    /// Where people find it: `plugins/shell/plugin.star`.
    package let shownPath: String
    package let bytes: [UInt8]

    package init(path: String, shownPath: String, bytes: [UInt8]) {
      self.path = path
      self.shownPath = shownPath
      self.bytes = bytes
    }
  }

  /// Sorted by path.
  package private(set) var files: [File]
  private var index: [String: Int]
  private var shownIndex: [String: Int]

  package init(_ files: [File]) {
    self.files = files.sorted { $0.path < $1.path }
    index = Dictionary(self.files.enumerated().map { ($1.path, $0) }, uniquingKeysWith: { first, _ in first })
    shownIndex = Dictionary(self.files.enumerated().map { ($1.shownPath, $0) }, uniquingKeysWith: { first, _ in first })
  }

  package func file(_ path: String) -> File? { index[path].map { files[$0] } }

  /// The file that messages name so.
  package func file(shownAs path: String) -> File? { shownIndex[path].map { files[$0] } }

  /// The plugins that come with Baji: `BAJI_PLUGINS` if it is set, else the executable's section, else the checkout's folder `plugins`.
  package static func shipped(environment: [String: String]) throws(UserError) -> PluginFiles {
    if let folder = environment["BAJI_PLUGINS"], !folder.isEmpty {
      return PluginFiles(try read(folder: folder, shown: folder))
    }
    if let section = executableSection(named: ".baji.plugins") {
      guard let files = unpack(section) else {
        throw UserError("the plugins inside this executable are damaged", hint: "install Baji again")
      }
      return PluginFiles(files)
    }
    // A build that was not released lies in its checkout: <checkout>/.build…/…/baji.
    var folder = executablePath().flatMap(Files.parent(of:))
    while let candidate = folder, candidate != "/" {
      if Files.exists("\(candidate)/plugins/core/plugin.star") {
        return PluginFiles(try read(folder: "\(candidate)/plugins", shown: "plugins"))
      }
      folder = Files.parent(of: candidate)
    }
    throw UserError("this build of Baji has no plugins in it", hint: "set BAJI_PLUGINS to the folder `plugins` of its checkout")
  }

  /// These and the plugins under `folders` of the workspace (`[GLOBAL] plugin_paths`).
  package func adding(folders: [String], root: String) throws(UserError) -> PluginFiles {
    var all = files
    for folder in folders {
      let absolute = folder.hasPrefix("/") ? folder : "\(root)/\(folder)"
      guard Files.isDirectory(absolute) else {
        throw UserError("`[GLOBAL] plugin_paths` names `\(folder)`, which is no folder")
      }
      for file in try PluginFiles.read(folder: absolute, shown: folder) {
        if let known = self.file(file.path) {
          throw UserError(
            "the plugin file `\(file.shownPath)` has the name of a shipped one, `\(known.shownPath)`", hint: "rename its folder")
        }
        all.append(file)
      }
    }
    return PluginFiles(all)
  }

  /// Every file one or more folders below `folder`, but fixtures and READMEs: code, and data for `ctx.plugin_file`.
  static func read(folder: String, shown: String) throws(UserError) -> [File] {
    var found: [File] = []
    func walk(_ relative: String, depth: Int) throws {
      guard depth < 8 else { return }
      let absolute = relative.isEmpty ? folder : "\(folder)/\(relative)"
      for name in try Files.names(in: absolute) {
        let path = relative.isEmpty ? name : "\(relative)/\(name)"
        let kind = try Files.targetStatus("\(folder)/\(path)").kind
        if kind == .directory, name != "fixtures", !name.hasPrefix(".") {
          try walk(path, depth: depth + 1)
        } else if kind == .regular, !relative.isEmpty, !name.hasPrefix("."), name != "README.md" {
          found.append(File(path: path, shownPath: "\(shown)/\(path)", bytes: try Files.read("\(folder)/\(path)")))
        }
      }
    }
    do {
      try walk("", depth: 0)
    } catch let error as FileError {
      throw UserError("\(error)")
    } catch {
      throw UserError("cannot read the plugins in `\(folder)`: \(error)")
    }
    return found
  }

  /// Reads what `scripts/release` packs: the line `baji-plugins 1`, then for each file the line `path length` and its bytes.
  static func unpack(_ section: [UInt8]) -> [File]? {
    var rest = section[...]
    func line() -> String? {
      guard let end = rest.firstIndex(of: UInt8(ascii: "\n")) else { return nil }
      defer { rest = rest[(end + 1)...] }
      return String(decoding: rest[..<end], as: UTF8.self)
    }
    guard line() == "baji-plugins 1" else { return nil }
    var files: [File] = []
    while !rest.isEmpty {
      guard let header = line(), let space = header.lastIndex(of: " "), let count = Int(header[header.index(after: space)...]),
        count >= 0, count <= rest.count
      else { return nil }
      var path = String(header[..<space])
      let shown = path
      if path.hasPrefix("plugins/") { path = String(path.dropFirst("plugins/".count)) }
      files.append(File(path: path, shownPath: shown, bytes: Array(rest.prefix(count))))
      rest = rest.dropFirst(count)
    }
    return files
  }
}
