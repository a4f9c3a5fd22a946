// A load that never stops at the first mistake: everything that is wrong in any BUILD file, and what merely looks wrong, together.

package import Diagnostics
internal import Fingerprints
package import Snapshots
package import Store

/// What there is to say about a workspace's BUILD files.
package struct Validation: Sendable {
  /// By their places.
  package let errors: [Diagnostic]
  /// Files and globs that match nothing, and what the configuration wants warnings about.
  package let warnings: [Diagnostic]
  /// Target types that nobody registered, where the configuration allows them.
  package let unknownTypes: [UnknownType]
  package let buildFiles: Int
  /// Those that could be understood.
  package let targets: Int
}

extension Workspace {
  /// As `load`, but goes on behind mistakes: what one file has wrong does not hide what another has.
  ///
  /// What names a target of a folder whose BUILD file cannot be evaluated is not told: nobody knows what is there.
  package static func validate(
    snapshot: Snapshot, store: Store, registry: TypeRegistry, rules: LoadRules = LoadRules(), options: LoadOptions = LoadOptions()
  ) -> Validation {
    let directories: [BuildDirectory]
    let loader: BuildLoader
    do throws(UserError) {
      (loader, directories) = try prepared(snapshot, store, registry, options)
    } catch {
      return Validation(errors: error.diagnostics, warnings: [], unknownTypes: [], buildFiles: 0, targets: 0)
    }
    let (calls, _, evaluationErrors, broken) = loader.survey(directories)
    let sourceRoots = options.sourceRoots.roots(in: snapshot)
    let answer: @Sendable (Question) -> Fingerprint? = { self.answer($0, snapshot, store, options, rules) }
    var assembly = Assembly(
      snapshot: snapshot, registry: registry, options: options,
      generation: Generation(snapshot: snapshot, store: store, rules: rules, sourceRoots: sourceRoots, answer: answer))
    assembly.add(calls)
    assembly.addImplicit(rules, besides: directories)
    var edges = Edges(assembly.drafts, snapshot: snapshot, options: options, rules: rules, broken: broken, unread: assembly.unread)
    var failures: [Diagnostic] = []
    let imports = scan(edges.index, rules, snapshot, store, &failures).tables
    var resolution = ImportResolution(edges.ground(sourceRoots), rules: rules, tables: imports, unread: assembly.unread)
    let tables = edges.tables(&resolution, &assembly)
    // Imports are no part of BUILD files, unless the configuration calls their faults errors; with targets missing, many would be unowned.
    let findings =
      tables.findings.filter { $0.subject != .imports || $0.diagnostic.severity == .error && broken.isEmpty }
      .map(\.diagnostic) + edges.findings.map(\.diagnostic)
    let check = VisibilityCheck(calls)
    let circles = circles(among: tables, edges.drafts)
    return Validation(
      errors: ordered(
        evaluationErrors + assembly.errors + edges.errors + resolution.errors + check.errors + failures + circles
          + findings.filter { $0.severity == .error }),
      warnings: ordered(
        assembly.warnings + (assembly.strangeFieldsWarning.map { [$0] } ?? []) + edges.warnings
          + findings.filter { $0.severity == .warning }),
      unknownTypes: unknownTypes(edges.drafts, registry), buildFiles: directories.reduce(0) { $0 + $1.files.count }, targets: tables.count)
  }

  private static func prepared(
    _ snapshot: Snapshot, _ store: Store, _ registry: TypeRegistry, _ options: LoadOptions
  ) throws(UserError) -> (BuildLoader, [BuildDirectory]) {
    (try BuildLoader(snapshot: snapshot, store: store, registry: registry, options: options), try snapshot.buildDirectories(options))
  }

  private static func ordered(_ diagnostics: [Diagnostic]) -> [Diagnostic] {
    var seen: Set<Diagnostic> = []
    return diagnostics.filter { seen.insert($0).inserted }.sorted(by: isBefore)
  }

  /// Targets that need one another built: through fields that name what is packed, a circle cannot be (dependencies between files may).
  private static func circles(among tables: GraphTables, _ drafts: [Draft]) -> [Diagnostic] {
    if tables.references.items.isEmpty { return [] }
    let (component, count) = condense(tables.references)
    let members = Adjacency(component.map { [$0] }).reversed(count: count)
    return (0..<Int32(count)).compactMap { current in
      let circle = members[current]
      guard circle.count > 1, let first = circle.first else { return nil }
      let names = circle.map { "`\(drafts[Int($0)].address)`" }
      return Diagnostic(
        .error, "these targets pack one another in a circle: \(names.joined(separator: ", "))", at: drafts[Int(first)].place,
        hint: "leave one of them out of another's field")
    }
  }
}
