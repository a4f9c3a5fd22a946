// The texts of plugins: from the release's own section, from a checkout, and from folders of the workspace.

package import Diagnostics
package import Fingerprints
internal import Host

/// Plugin files by path, `shell/plugin.star`, and the data files beside them. Shipped ones first; a workspace's own may add to them and not
/// replace them.
package struct PluginFiles: Sendable {
  package struct File: Sendable {
    /// `shell/plugin.star`: the plugin's folder, and the file's path in it.
    package let path: String
    /// Where people find it: `plugins/shell/plugin.star`.
    package let shownPath: String
    private let content: Content

    private enum Content {
      case read([UInt8])
      /// A part of the executable, and the digest that its release was given.
      case shipped(StaticBytes, Range<Int>, digest: String)
    }

    package init(path: String, shownPath: String, bytes: [UInt8]) {
      self.path = path
      self.shownPath = shownPath
      content = .read(bytes)
    }

    init(path: String, shownPath: String, _ section: StaticBytes, _ range: Range<Int>, digest: String) {
      self.path = path
      self.shownPath = shownPath
      content = .shipped(section, range, digest: digest)
    }

    package var bytes: [UInt8] {
      switch content {
      case .read(let bytes): bytes
      case .shipped(let section, let range, _): Array(section[range])
      }
    }

    /// Stands for the bytes in keys. Of a shipped file no byte is looked at.
    package func fingerprint(_ secret: Secret) -> Fingerprint {
      switch content {
      case .read(let bytes): secret.fingerprint(of: bytes)
      case .shipped(_, _, let digest): secret.fingerprint(of: digest)
      }
    }
  }

  /// Sorted by path.
  package private(set) var files: [File]
  private var index: [String: Int]

  package init(_ files: [File]) {
    self.files = files.sorted { $0.path < $1.path }
    index = Dictionary(self.files.enumerated().map { ($1.path, $0) }, uniquingKeysWith: { first, _ in first })
  }

  package func file(_ path: String) -> File? { index[path].map { files[$0] } }

  /// The file that messages name so.
  package func file(shownAs path: String) -> File? { files.first { $0.shownPath == path } }

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
    if folders.isEmpty { return self }
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

  /// Reads what `scripts/release` packs: the line `baji-plugins 2`; for each file the line `path length digest`; an empty line; then their bytes,
  /// one file after the other.
  static func unpack(_ section: StaticBytes) -> [File]? {
    var position = 0
    func line() -> Substring? {
      let rest = section[position..<section.count]
      guard let end = rest.firstIndex(of: UInt8(ascii: "\n")) else { return nil }
      defer { position += end + 1 }
      return Substring(decoding: rest[..<end], as: UTF8.self)
    }
    guard line() == "baji-plugins 2" else { return nil }
    var entries: [(path: String, count: Int, digest: String)] = []
    while true {
      guard let entry = line() else { return nil }
      if entry.isEmpty { break }
      let parts = entry.split(separator: " ")
      guard parts.count == 3, let count = Int(parts[1]), count >= 0, count <= section.count else { return nil }
      entries.append((String(parts[0]), count, String(parts[2])))
    }
    var files: [File] = []
    for entry in entries {
      guard entry.count <= section.count - position else { return nil }
      files.append(File(path: entry.path, shownPath: entry.path, section, position..<position + entry.count, digest: entry.digest))
      position += entry.count
    }
    return position == section.count ? files : nil
  }
}
