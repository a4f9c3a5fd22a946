// From specs to targets: what a command is about, once the graph is known.

package import Diagnostics
internal import Snapshots

extension Graph {
  /// The targets that specs select, sorted. An exclusion wins, wherever it stands. Of a name that selects nothing all are reported together.
  ///
  /// - `dir:name` is that very target, a generator included; a name that a known target does not have, in a folder that holds opaque targets,
  ///   selects those.
  /// - `dir` is what lives in the folder but generators; `dir:` and `dir::` are what lives in it, or in it and below, generators included.
  /// - `file` and globs are the files' owners.
  ///
  /// - Parameters:
  ///   - secondaryOwners: whether `file` and globs are also the targets that name a file in a field made for that, a program's entry
  ///     point say.
  ///   - tolerate: asked of each path that selects nothing; true where that is no error.
  package func select(
    _ specs: Specs, secondaryOwners: Bool = false, tolerate: (SpecError) -> Bool = { _ in false }
  ) throws(UserError) -> [TargetID] {
    var errors: [SpecError] = []
    var isSelected = [Bool](repeating: false, count: count)
    var isLeft = isSelected
    var residences: [String: [TargetID]]?
    func targetsByResidence() -> [String: [TargetID]] {
      if let residences { return residences }
      let made = Dictionary(grouping: ids) { address(of: $0).residence }
      residences = made
      return made
    }
    for (isExclusion, list) in [(false, specs.includes), (true, specs.excludes)] {
      for (text, spec) in list {
        do throws(SpecError) {
          let found = try resolve(spec, text: text, secondaryOwners, residences: targetsByResidence)
          for id in found { if isExclusion { isLeft[Int(id)] = true } else { isSelected[Int(id)] = true } }
        } catch {
          if !(error.isUnmatched && tolerate(error)) { errors.append(error) }
        }
      }
    }
    if !errors.isEmpty { throw SpecErrors(errors: errors).userError }
    return ids.filter { isSelected[Int($0)] && !isLeft[Int($0)] }
  }

  private func resolve(
    _ spec: Spec, text: String, _ withSecondaryOwners: Bool, residences: () -> [String: [TargetID]]
  ) throws(SpecError) -> [TargetID] {
    func secondary(_ files: [PathID]) -> [TargetID] { withSecondaryOwners ? files.flatMap { secondaryOwners[$0] ?? [] } : [] }
    switch spec {
    case .address(let input): return try resolve(input, text: text)
    case .path(let path):
      if snapshot.directoryID(ofPath: path) != nil {
        return (residences()[path] ?? []).filter { !isGenerator($0) }
      }
      guard let file = snapshot.id(ofPath: path) else { throw .noSuchFile(path, didYouMean: nearestPath(to: path)) }
      let found = ownersOrOpaque(of: path, file) + secondary([file])
      if found.isEmpty { throw .unowned(file: path) }
      return found
    case .directory(let path):
      guard snapshot.directoryID(ofPath: path) != nil else { throw .noSuchDirectory(path, didYouMean: nearestPath(to: path)) }
      guard let found = residences()[path] else { throw .noTargets(inDirectory: path) }
      return found
    case .subtree(let path):
      guard snapshot.directoryID(ofPath: path) != nil else { throw .noSuchDirectory(path, didYouMean: nearestPath(to: path)) }
      if path.isEmpty { return Array(ids) }
      let prefix = path + "/"
      return residences().filter { $0.key == path || $0.key.hasPrefix(prefix) }.flatMap(\.value)
    case .glob(let pattern):
      let globs: GlobSet
      do throws(GlobError) { globs = try GlobSet([pattern]) } catch { throw .badGlob(pattern, reason: error.description) }
      let files = snapshot.match(globs, in: 0).files
      if files.isEmpty { throw .nothingMatches(glob: pattern) }
      return files.flatMap { Array(owners(of: $0)) } + secondary(files)
    }
  }

  func resolve(_ input: AddressInput, text: String) throws(SpecError) -> [TargetID] {
    let isFile = snapshot.directoryID(ofPath: input.path) == nil && snapshot.id(ofPath: input.path) != nil
    guard isFile || snapshot.directoryID(ofPath: input.path) != nil else {
      throw .noSuchDirectory(input.path, didYouMean: nearestPath(to: input.path))
    }
    guard let address = input.address(isFile: isFile) else {
      throw .noSuchTarget(text, inDirectory: input.path, didYouMean: nil, known: namesOfTargets(in: input.path))
    }
    if let id = id(of: address) { return [id] }
    if isFile, input.target == nil, let file = snapshot.id(ofPath: input.path) {
      let found = ownersOrOpaque(of: input.path, file)
      if !found.isEmpty { return found }
    }
    let variants = variants(of: address)
    if !variants.isEmpty { return variants }
    let opaque = opaqueTargets(in: address.directory)
    if !opaque.isEmpty { return opaque }
    let known = namesOfTargets(in: address.directory)
    let name = nearestName(to: address.name, among: known)
    throw .noSuchTarget(text, inDirectory: address.directory, didYouMean: name.map { "\(address.directory):\($0)" }, known: known)
  }

  /// The targets that own a file; where none does, the opaque ones of the nearest folder, upwards, that holds some.
  package func ownersOrOpaque(of path: String, _ file: Int32) -> [TargetID] {
    let known = owners(of: file)
    if !known.isEmpty { return Array(known) }
    var folder = path
    while !folder.isEmpty {
      folder = parentDirectory(folder)
      let found = opaqueTargets(in: folder)
      if !found.isEmpty { return found }
    }
    return []
  }

  /// Parametrized targets that `address` names without, or with some of, their parameters.
  func variants(of address: Address) -> [TargetID] {
    let wanted = Set(address.parameters)
    var file: Address.Generated?
    if case .file = address.generated { file = address.generated }
    // They stand together, behind where this one would stand without a parameter.
    let first = Address(directory: address.directory, name: address.name, generated: file)
    var found: [TargetID] = []
    for id in firstID(where: { self.address(of: $0) >= first })..<ids.upperBound {
      let other = self.address(of: id)
      guard other.directory == first.directory, other.name == first.name, other.file == first.file else { break }
      if other.generated == address.generated, !other.parameters.isEmpty, wanted.isSubset(of: other.parameters) { found.append(id) }
    }
    return found
  }

  package func opaqueTargets(in directory: String) -> [TargetID] { targets(declaredIn: directory).filter { isOpaque($0) } }

  /// The targets that BUILD files of a folder made: they stand together.
  private func targets(declaredIn folder: String) -> Range<TargetID> {
    let first = firstID { !pathPrecedes(directory(of: $0), folder) }
    return first..<firstID { pathPrecedes(folder, directory(of: $0)) }
  }

  /// The first id for which something holds that then holds for all behind it; the number of targets where it holds for none.
  private func firstID(where holds: (TargetID) -> Bool) -> TargetID {
    var (low, high) = (ids.lowerBound, ids.upperBound)
    while low < high {
      let middle = low + (high - low) / 2
      if holds(middle) { high = middle } else { low = middle + 1 }
    }
    return low
  }

  private func namesOfTargets(in directory: String) -> [String] {
    var names: [String] = []
    for id in targets(declaredIn: directory) where generator(of: id) == nil {
      names.append(tables.strings[Int(tables.names[Int(id)])])
    }
    return names
  }

  /// The listed path nearest to one that is not there: the first part that is wrong is mended.
  private func nearestPath(to path: String) -> String? {
    var directory: DirectoryID = 0
    var walked: [String] = []
    let parts = path.split(separator: "/").map(String.init)
    for (index, part) in parts.enumerated() {
      let children = snapshot.children(ofDirectory: directory)
      if let child = children.first(where: { snapshot.name(ofDirectory: $0) == part }) {
        directory = child
        walked.append(part)
        continue
      }
      var names = children.map { snapshot.name(ofDirectory: $0) }
      if index == parts.count - 1 { names += snapshot.files(in: directory).map { snapshot.name(of: $0) } }
      guard let near = nearestName(to: part, among: names) else { return nil }
      return (walked + [near]).joined(separator: "/")
    }
    return nil
  }

  // MARK: Filters

  /// The targets that carry what `--tag` asks: each argument is a comma-separated list of which one must be there; a leading `-` on the
  /// argument turns it round.
  package func filter(_ ids: [TargetID], tags arguments: [String]) -> [TargetID] {
    filter(ids, arguments) { id, tag in tags(of: id).contains(tag) }
  }

  /// As `filter(_:tags:)`, by the name of the type.
  package func filter(_ ids: [TargetID], types arguments: [String]) -> [TargetID] {
    filter(ids, arguments) { id, name in typeName(of: id) == name }
  }

  /// As `filter(_:tags:)`, by the printed address; `matches` searches a pattern in a text.
  package func filter(_ ids: [TargetID], addresses arguments: [String], matches: (_ pattern: String, _ text: String) -> Bool) -> [TargetID]
  {
    var last: (id: TargetID, text: String)?
    return filter(ids, arguments) { id, pattern in
      // Printed once for all patterns.
      let text = last.flatMap { $0.id == id ? $0.text : nil } ?? address(of: id).description
      last = (id, text)
      return matches(pattern, text)
    }
  }

  /// As `filter(_:tags:)`, where `matches` searches a pattern in each tag.
  package func filter(_ ids: [TargetID], tags arguments: [String], matches: (_ pattern: String, _ tag: String) -> Bool) -> [TargetID] {
    filter(ids, arguments) { id, pattern in tags(of: id).contains { matches(pattern, $0) } }
  }

  private func filter(_ ids: [TargetID], _ arguments: [String], _ holds: (TargetID, String) -> Bool) -> [TargetID] {
    let parsed = arguments.map { argument in
      let isExclusion = argument.hasPrefix("-")
      let body = argument.hasPrefix("-") || argument.hasPrefix("+") ? argument.dropFirst() : argument[...]
      return (isExclusion, body.split(separator: ",").map(String.init))
    }
    if parsed.isEmpty { return ids }
    return ids.filter { id in
      parsed.allSatisfy { isExclusion, values in values.contains { holds(id, $0) } != isExclusion }
    }
  }
}
