// Linters, formatters and fixers: one tool over many files, a verdict each.

internal import Diagnostics
internal import Execution
internal import Fingerprints
internal import Options
package import Scheduling
package import Snapshots
internal import Starlark
internal import Store
package import Targets

extension Planner {
  /// The tool over these targets' files: one for each key of its `partition`.
  /// - Parameter buildFiles: what a tool for BUILD files works on.
  /// - Returns: none where no target has a type the tool takes, or all leave it out by `skip_…`.
  package func fileTools(
    _ declaration: FileToolDeclaration, goal: String, targets: [TargetID], buildFiles: [PathID] = [], batchSize: Int
  ) throws -> [FileTool] {
    if declaration.takesBuildFiles {
      guard !buildFiles.isEmpty else { return [] }
      let group = TargetGroup(key: "None", targets: [])
      return [try fileTool(declaration, goal: goal, group, buildFiles.map { ($0, nil) }, batchSize: batchSize)]
    }
    let graph = world.graph
    let suited = graph.filter(targets, ofTypes: declaration.targetTypes)
    try checkSources(of: suited)
    let wanted = graph.filter(suited, withoutTrue: declaration.skipFields)
    var isSeen = [Bool](repeating: false, count: graph.snapshot.count)
    return try groups(of: wanted, by: declaration.partition, declaration.name).compactMap { group in
      var owners: [(file: PathID, target: TargetID?)] = []
      for id in group.targets {
        for file in graph.sources(of: id) where !isSeen[Int(file)] {
          isSeen[Int(file)] = true
          owners.append((file, id))
        }
      }
      return owners.isEmpty ? nil : try fileTool(declaration, goal: goal, group, owners, batchSize: batchSize)
    }
  }

  /// The field by which a target leaves a tool out.
  func skipField(_ tool: String) -> String { "skip_\(tool.map { $0 == "-" ? "_" : $0 }.map(String.init).joined())" }

  private func fileTool(
    _ declaration: FileToolDeclaration, goal: String, _ group: TargetGroup, _ owners: [(file: PathID, target: TargetID?)], batchSize: Int
  ) throws -> FileTool {
    let graph = world.graph
    let owners = zip(owners, owners.dropFirst()).allSatisfy { $0.file <= $1.file } ? owners : owners.sorted { $0.file < $1.file }
    // The files are not in the name: what the function asks of their targets is in its trace.
    let name = name(of: [], by: declaration.run, declaration.name) { $0.write(group.key) }
    let planned = try remembered(name, group.targets, role: .files, by: declaration.run, declaration.name, declaration.name) { call in
      [Value(BatchFilesObject(call, key: try key(of: group, by: declaration.partition)))]
    }
    guard let item = planned.actions.last, item.argv.contains(.paths) else {
      throw UserError([
        Diagnostic(.error, "the plugin's `\(declaration.name)` does not put `files.paths` into `argv`", at: declaration.run.location)
      ])
    }
    let wantsClosure = item.inputs.contains(.batchClosure)
    if wantsClosure != (declaration.scope == .closure) {
      throw UserError([
        Diagnostic(
          .error, "the plugin's `\(declaration.name)` has the scope \"\(declaration.scope.rawValue)\"", at: declaration.run.location,
          hint: wantsClosure ? "its inputs hold `ctx.closure(files)`: the scope is \"closure\"" : "its inputs lack `ctx.closure(files)`")
      ])
    }
    var shared = item
    shared.inputs = item.inputs.filter {
      if case .configuration = $0 { return false }
      return $0 != .batch && $0 != .batchClosure
    }
    var template = try realise(shared, planned, index: planned.actions.count - 1, ids: [:], goal: goal, targets: [])
    template.subject = "\(goal) \(declaration.name)"
    template.label = declaration.name
    template.resultStatuses = declaration.cleanStatuses + declaration.findingStatuses
    template.successStatuses = declaration.cleanStatuses
    let configurations = item.inputs.compactMap { input -> [String]? in
      if case .configuration(let names, _) = input { names } else { nil }
    }.flatMap { $0 }

    _ = graph.snapshot.fingerprints(of: owners.map(\.file))  // in bulk, before they are asked one by one
    let configured = try self.configured(configurations, for: owners)
    // What is made from other actions' outputs is not compared.
    let mayStand = !(wantsClosure && hasGenerators) && !template.inputs.contains { if case .output = $0 { true } else { false } }
    let place = standing?.begin(
      "\(goal) \(declaration.name) \(group.key)", base: base(of: template, wantsClosure), configuration: configured.fingerprint,
      needsClosures: wantsClosure)
    var standingCount = 0
    var files: [FileTool.File] = []
    var writer = ByteWriter(reserving: 64)
    for (file, target) in owners {
      if let place, let standing, let target, mayStand, standing.stands(file, of: target, under: place) {
        standingCount += 1
        continue
      }
      let main: InputFile
      var linked: ArraySlice<InputFile> = []
      if let regular = try regular(file) {
        main = regular
      } else {
        let own = try inputFiles(file)
        guard let first = own.first else { continue }
        main = first
        linked = own.dropFirst()
      }
      if let place {
        standing?.plan(file, of: mayStand && linked.isEmpty ? target : nil, content: main.fingerprint, under: place)
      }
      let configuration = configured.folders[graph.snapshot.directory(of: file)] ?? (.absent, [])
      var extra = configuration.inputs
      if !linked.isEmpty { extra += linked.map { Input.file($0) } }
      var scope = configuration.fingerprint
      var set: TargetID?
      writer.removeAll()
      writer.write(configuration.fingerprint)
      if wantsClosure {
        let outputs = try commandOutputs(in: target.map { [$0] } ?? [])
        if let target, outputs.isEmpty {
          set = target
          writer.write(world.fingerprint(ofClosure: target))
        } else {
          let closure = closureSet(target.map { [$0] } ?? [])
          extra.append(.set(closure))
          extra += outputs
          writer.write(closure.fingerprint)
          // Their outputs are not known yet; what they are made from stands for them.
          for case .output(let id, _, _) in outputs { writer.write(recipe(of: id)) }
        }
        scope = world.store.secret.fingerprint(of: writer.bytes)
      } else if !linked.isEmpty {
        for file in linked { writer.write(file.fingerprint) }
        scope = world.store.secret.fingerprint(of: writer.bytes)
      }
      files.append(FileTool.File(main, scope: scope, extraInputs: extra, set: set))
    }
    var tool = FileTool(
      subject: template.subject, template: template, mode: declaration.kind.rewrites ? .format : .lint, files: files,
      attribute: { [parser = declaration.diagnostics] in parser.attribute($0) })
    tool.cleanStatuses = declaration.cleanStatuses
    tool.findingStatuses = declaration.findingStatuses
    tool.batchSize = batchSize
    tool.makeSet = makeClosureSet
    tool.standing = place.map { StandingFiles(count: standingCount, place: $0) }
    return tool
  }

  /// Stands for everything of a tool's action but its files.
  private func base(of template: Action, _ wantsClosure: Bool) -> Fingerprint {
    let context = KeyContext(secret: world.store.secret, engine: "base", platform: world.platform)
    let key = template.firstLevelKey(context) { _ in [] }.key
    return world.store.secret.fingerprint { writer in
      writer.write(key)
      writer.write(wantsClosure)
    }
  }

  /// The configuration files that the files of each folder find, and one fingerprint of them all.
  private func configured(
    _ names: [String], for owners: [(file: PathID, target: TargetID?)]
  ) throws -> (folders: [DirectoryID: (fingerprint: Fingerprint, inputs: [Input])], fingerprint: Fingerprint) {
    guard !names.isEmpty else { return ([:], .absent) }
    let snapshot = world.graph.snapshot
    var folders: [DirectoryID: (fingerprint: Fingerprint, inputs: [Input])] = [:]
    // A folder without such a file of its own finds what the one above it finds.
    func found(in directory: DirectoryID) throws -> (fingerprint: Fingerprint, inputs: [Input]) {
      if let known = folders[directory] { return known }
      let parent = snapshot.parent(ofDirectory: directory)
      let made =
        if let parent, !names.contains(where: { snapshot.id(ofName: $0, in: directory) != nil }) {
          try found(in: parent)
        } else {
          try configuration(names, in: directory)
        }
      folders[directory] = made
      return made
    }
    var writer = ByteWriter()
    var last: DirectoryID?
    for (file, _) in owners {
      let directory = snapshot.directory(of: file)
      guard directory != last else { continue }
      last = directory
      writer.write(directory)
      writer.write(try found(in: directory).fingerprint)
    }
    return (folders, world.store.secret.fingerprint(of: writer.bytes))
  }

  func configuration(_ names: [String], in directory: DirectoryID) throws -> (fingerprint: Fingerprint, inputs: [Input]) {
    guard !names.isEmpty else { return (.absent, []) }
    let files = try world.configurationFiles(names, in: directory).flatMap(inputFiles)
    let fingerprint = world.store.secret.fingerprint { writer in
      for file in files {
        writer.write(file.path)
        writer.write(file.fingerprint)
      }
    }
    return (fingerprint, files.map { .file($0) })
  }

  private func regular(_ id: PathID) throws -> InputFile? {
    do { return try regularFile(id) } catch { throw UserError(error) }
  }

  private func inputFiles(_ id: PathID) throws -> [InputFile] {
    do { return try world.inputFiles(id) } catch { throw UserError(error) }
  }
}
