// A query over the graph: parsed, then evaluated over dense sets.

package import Diagnostics
internal import Snapshots

/// A query, ready to be asked.
package struct Query: Sendable {
  /// The name errors give to a query's text.
  private static let file = "query"

  private let text: String
  private let tree: QueryNode

  /// - Throws: with the place in the text.
  package init(parsing text: String) throws(UserError) {
    self.text = text
    do throws(QueryError) { tree = try QueryParser.parse(text) } catch { throw UserError([Query.diagnostic(error, text)]) }
  }

  /// What a query answers.
  package enum Answer: Equatable, Sendable {
    /// In the order in which they are told: of addresses, or of the way that was asked for.
    case targets([TargetID])
    /// Paths from the root, sorted.
    case files([String])
  }

  /// What evaluation needs to know beyond the graph.
  package struct Ground {
    package let graph: Graph
    /// Compiles a pattern; its answer says whether the pattern is found in a text. Throws why it is none.
    package let pattern: (String) throws(PatternError) -> (String) -> Bool
    /// Whether `test` would run targets of a type.
    package let isTest: (_ type: String) -> Bool

    package init(
      graph: Graph, pattern: @escaping (String) throws(PatternError) -> (String) -> Bool, isTest: @escaping (_ type: String) -> Bool
    ) {
      self.graph = graph
      self.pattern = pattern
      self.isTest = isTest
    }
  }

  package struct PatternError: Error {
    let reason: String
    package init(_ reason: String) { self.reason = reason }
  }

  package func answer(over ground: Ground) throws(UserError) -> Answer {
    var evaluation = QueryEvaluation(ground)
    do throws(QueryError) {
      switch try evaluation.value(of: tree) {
      case .targets(let set, let order): return .targets(order ?? set.ids)
      case .files(let files): return .files(files.sorted(by: precedes))
      }
    } catch {
      throw UserError([Query.diagnostic(error, text)])
    }
  }

  private static func diagnostic(_ error: QueryError, _ text: String) -> Diagnostic {
    let bytes = Array(text.utf8)
    let before = bytes[..<min(error.range.lowerBound, bytes.count)]
    let line = before.count { $0 == 0x0A } + 1
    let column = before.count - (before.lastIndex(of: 0x0A).map { $0 + 1 } ?? 0) + 1
    let place = SourceLocation(
      file: file, position: SourcePosition(line: Int32(line), column: Int32(clamping: column)), length: Int32(clamping: error.range.count))
    return Diagnostic(.error, error.message, at: place, sourceLine: sourceLine(line, of: bytes), hint: error.hint, notes: error.notes)
  }
}
