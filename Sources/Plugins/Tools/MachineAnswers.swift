// What a run asked of the machine and was told: programs by name, searches for programs.

package import Fingerprints
internal import Diagnostics
internal import Execution

/// Questions about the machine with their answers. Asking them again, and being told the same, is as good as the planning that first asked them.
package struct MachineAnswers: Equatable, Sendable {
  /// `.absent` for a program that is not there, or not as it is wanted.
  private(set) var programs: [SystemProgram: Fingerprint] = [:]
  private(set) var searches: [ProgramSearch: Fingerprint] = [:]

  /// All that these were asked in this run. Both answer the same all through a run.
  package init(_ resolver: ToolResolver, _ searcher: ProgramSearcher, _ secret: Secret) {
    for request in resolver.requests { programs[request] = MachineAnswers.answer(to: request, resolver, secret) }
    for search in searcher.searches { searches[search] = searcher.fingerprint(of: search) }
  }

  /// Whether the machine still says the same.
  package func hold(_ resolver: ToolResolver, _ searcher: ProgramSearcher, _ secret: Secret) -> Bool {
    programs.allSatisfy { MachineAnswers.answer(to: $0.key, resolver, secret) == $0.value }
      && searches.allSatisfy { searcher.fingerprint(of: $0.key) == $0.value }
  }

  private static func answer(to request: SystemProgram, _ resolver: ToolResolver, _ secret: Secret) -> Fingerprint {
    guard let tool = try? resolver.resolve(request) else { return .absent }
    return secret.fingerprint { writer in
      writer.write(tool.name)
      writer.write(tool.path)
      writer.write(tool.identity)
      writer.write(tool.version)
    }
  }
}

// MARK: - Coding

extension MachineAnswers {
  package func write(to writer: inout ByteWriter) {
    writer.write(Array(programs)) { writer, program in
      writer.write(program.key.name)
      writer.write(program.key.version)
      writer.write(program.key.install)
      writer.write(program.key.searchPath)
      writer.write(program.value)
    }
    writer.write(Array(searches)) { writer, search in
      writer.write(search.key.names)
      writer.write(search.key.folders)
      writer.write(search.key.probe)
      writer.write(search.value)
    }
  }

  package init(decoding reader: inout ByteReader) throws(MalformedBytes) {
    for _ in 0..<(try reader.readCount()) {
      let name = try reader.readString()
      let version = try reader.readString()
      let install = try reader.readString()
      let program = SystemProgram(name: name, version: version, install: install, searchPath: try reader.readStrings())
      programs[program] = try reader.readFingerprint()
    }
    for _ in 0..<(try reader.readCount()) {
      let search = ProgramSearch(names: try reader.readStrings(), folders: try reader.readStrings(), probe: try reader.readStrings())
      searches[search] = try reader.readFingerprint()
    }
  }
}
