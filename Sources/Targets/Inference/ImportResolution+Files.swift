// From imports that are paths, or that a plugin's function reads, to the targets that own the files.

internal import Diagnostics
internal import ImportScanners
internal import Snapshots

extension ImportResolution {
  mutating func resolveFiles(_ importer: Importer, _ rule: InferenceRule, into edges: inout Set<TargetID>) {
    guard let table = tables[rule.scanner?.name ?? ""] else { return }
    for file in importer.draft.sources {
      let imports = table.imports(of: file)
      if imports.isEmpty { continue }
      let path = ground.snapshot.path(of: file)
      for found in imports.compactMap({ $0.scanned(table.names) }) {
        switch rule.resolving {
        case .ownersOfFiles:
          guard found.kind == .path else { continue }
          for candidate in InferenceRule.candidates(for: found, in: path) {
            guard let target = ground.snapshot.id(ofPath: candidate) else { continue }
            if let owner = owner(of: target, candidate, rule, found, path, importer) { edges.insert(owner) }
            break
          }
        case .custom(_, let resolve):
          do {
            for resolution in try resolve(found, context(path, importer)) {
              switch resolution {
              case .target(let address): if let id = ground.index.id(of: address) { edges.insert(id) }
              case .ownersOfFile(let candidate):
                guard let target = ground.snapshot.id(ofPath: candidate) else { continue }
                if let owner = owner(of: target, candidate, rule, found, path, importer) { edges.insert(owner) }
              }
            }
          } catch let error as Diagnostic {
            if !errors.contains(error) { errors.append(error) }
          } catch {
            errors.append(Diagnostic(.error, "\(error)"))
          }
        case .modules, .fields: break
        }
      }
    }
  }

  private func context(_ path: String, _ importer: Importer) -> ResolutionContext {
    let ground = ground
    return ResolutionContext(
      file: path, importer: importer.draft.address,
      owners: { path in (ground.snapshot.id(ofPath: path).map { ground.index.owners(of: $0) } ?? []).map { ground.index[$0].address } },
      exists: { ground.snapshot.id(ofPath: $0) != nil })
  }

  /// The one target that an imported file stands for: of several owners those of the rule's types count, then those not ignored.
  private mutating func owner(
    of file: PathID, _ path: String, _ rule: InferenceRule, _ found: ScannedImport, _ importingFile: String, _ importer: Importer
  ) -> TargetID? {
    var owners = Array(ground.index.owners(of: file))
    if owners.count > 1 {
      let own = owners.filter { rule.types.contains(ground.index[$0].typeName) }
      if !own.isEmpty { owners = own }
    }
    if owners.count > 1 { owners = owners.filter { !importer.written.ignored.contains($0) } }
    if owners.count > 1 {
      let same = owners.filter { Set(ground.index[$0].address.parameters) == Set(importer.draft.address.parameters) }
      if same.count == 1 { owners = same }
    }
    if owners.count > 1 {
      warnings.append(
        Diagnostic(
          .warning, "`\(path)` has several owners, so that the import gives no dependency",
          at: SourceLocation(file: importingFile, position: SourcePosition(line: found.line, column: 1)),
          hint: "name one in `dependencies`, or leave out the others with `!`",
          notes: ["its owners are " + owners.map { "`\(ground.index.printed($0))`" }.joined(separator: ", ")]))
      return nil
    }
    return owners.first
  }
}
