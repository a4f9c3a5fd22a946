// Where sandboxes may lie.

internal import Host

/// The folders that may hold sandboxes, best first: in memory, beside the store, wherever the system keeps temporary files.
package struct SandboxPlaces: Sendable {
  /// Bytes left alone on a file system in memory: other programs live there too.
  static let reserve: Int64 = 512 << 20

  private struct Place {
    let path: String
    let isMemory: Bool
  }

  private let places: [Place]

  /// Makes the folders that are missing, and removes what dead runs left in them.
  /// - Parameters:
  ///   - memory: file systems in memory (`/dev/shm`, `$XDG_RUNTIME_DIR`), whether they exist or not.
  ///   - disk: folders on disk, the store's first.
  ///   - markers: names by which tools recognise a project when they search upwards; `.git` is always one.
  ///   - report: is given a sentence where only a folder with such an ancestor is left.
  package init(memory: [String], disk: [String], markers: [String] = [], report: (String) -> Void = { _ in }) {
    var places: [Place] = []
    var marked: [(place: Place, marker: String)] = []
    for (path, isMemory) in memory.map({ ($0, true) }) + disk.map({ ($0, false) }) {
      // A file system in memory is there or is not: nobody makes `/dev/shm`.
      if isMemory, let parent = Files.parent(of: path), !Files.isDirectory(parent) { continue }
      guard let folder = SandboxPlaces.prepare(path) else { continue }
      let place = Place(path: folder, isMemory: isMemory)
      if let marker = SandboxPlaces.marker(above: folder, markers: [".git"] + markers) {
        marked.append((place, marker))
      } else {
        places.append(place)
      }
    }
    if places.isEmpty, let (place, marker) = marked.first {
      report("sandboxes lie in `\(place.path)`, below `\(marker)`: tools that search upwards may find it")
      places.append(place)
    }
    self.places = places
    for place in places { SandboxDirectory.removeAbandoned(under: place.path) }
  }

  /// The usual places of this machine and user, or `folder` alone where a user named one.
  package static func usual(
    store: String, environment: [String: String], folder: String? = nil, markers: [String] = [], report: (String) -> Void = { _ in }
  ) -> SandboxPlaces {
    let mine = "baji-\(Files.userID)"
    if let folder, !folder.isEmpty { return SandboxPlaces(memory: [], disk: ["\(folder)/\(mine)"], markers: markers, report: report) }
    var memory = ["/dev/shm/\(mine)"]
    if let runtime = environment["XDG_RUNTIME_DIR"], runtime.hasPrefix("/") { memory.append("\(runtime)/baji") }
    let temporary = environment["TMPDIR"].flatMap { $0.hasPrefix("/") ? $0 : nil } ?? "/tmp"
    var disk = ["\(temporary)/\(mine)", "/var/tmp/\(mine)"]
    if !store.isEmpty { disk.insert("\(store)/sandboxes", at: 0) }
    return SandboxPlaces(memory: memory, disk: disk, markers: markers, report: report)
  }

  /// The folders to try, in order, for inputs of so many bytes.
  func candidates(size: Int64) -> [String] {
    places.filter { place in
      guard place.isMemory else { return true }
      guard let volume = try? Volume(at: place.path), volume.allowsExecution else { return false }
      // Twice: what the action writes is seldom more than what it reads.
      return min(volume.free, Machine.availableMemory()) >= 2 * size + SandboxPlaces.reserve
    }.map(\.path)
  }

  /// - Returns: the real path of a folder of ours that can be written and executed in; nil if `path` cannot be that.
  private static func prepare(_ path: String) -> String? {
    guard (try? Files.createDirectories(path, mode: 0o700)) != nil, Files.isPrivateDirectory(path),
      let volume = try? Volume(at: path), volume.allowsExecution, let real = try? Files.realPath(path)
    else { return nil }
    // Mode bits do not say whether the file system is read-only.
    let probe = "\(real)/.\(Files.randomName(16))"
    guard (try? Files.createDirectory(probe, mode: 0o700)) != nil else { return nil }
    try? Files.removeDirectory(probe)
    return real
  }

  private static func marker(above path: String, markers: [String]) -> String? {
    var folder = path
    while true {
      for marker in markers {
        let candidate = folder == "/" ? "/\(marker)" : "\(folder)/\(marker)"
        if Files.exists(candidate) { return candidate }
      }
      guard folder != "/", let parent = Files.parent(of: folder) else { return nil }
      folder = parent
    }
  }
}
