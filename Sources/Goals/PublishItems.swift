// Files on their way to a place, and what becomes of each.

internal import Events
internal import Execution
internal import Plugins
internal import Targets

/// One package of one target, for one place.
struct Upload {
  enum State: Equatable {
    case waiting
    /// The place has the very same file.
    case present
    /// A run that was interrupted has uploaded it.
    case earlier
    case published
    /// There is another file of this name, or the interrupted run has published another.
    case conflict
    /// The place, or who uploads to it, said no.
    case refused
    /// The place did not answer or broke off, and has nothing of it; or nothing could be started.
    case failed
    /// Nobody can say whether it has arrived.
    case unknown
    /// Not tried.
    case held
  }

  let target: TargetID
  let address: String
  let publisher: PublisherDeclaration
  let place: Place
  var file: PublishedFile
  /// Its content, in the store.
  let content: ProducedFile
  var state = State.waiting
  /// Why it is in this state.
  var remark = ""
  /// What was said about it.
  var detail = ""
  /// Of the upload.
  var seconds = 0.0
  /// Of who uploaded; nil where nobody did.
  var status: Int32?
  /// Whether it was refused for a mistake in the configuration.
  var isMisconfigured = false
  /// Under the dist folder.
  var signature: ProducedFile?

  mutating func become(_ state: State, _ remark: String = "", detail: String = "") {
    (self.state, self.remark, self.detail) = (state, remark, detail)
  }

  /// Whether the place has it now.
  var isThere: Bool { [.present, .earlier, .published].contains(state) }

  /// As Pants says it.
  var statusText: String {
    switch state {
    case .waiting: "would be published to \(place.shown)"
    case .present: "skipped (\(place.shown) has it already)"
    case .earlier, .published: "published to \(place.shown)"
    case .conflict, .refused, .failed: "failed for \(place.shown)"
    case .unknown: "perhaps published to \(place.shown)"
    case .held: "not published to \(place.shown)"
    }
  }

  var line: ResultLine {
    let mark: ResultLine.Mark
    switch state {
    case .waiting: mark = .changed
    case .present, .held: mark = .skipped
    case .earlier, .published: mark = .good
    case .conflict, .refused, .failed, .unknown: mark = .bad
    }
    let cost: ResultLine.Cost = state == .earlier ? .none("earlier") : status == nil ? .none("") : .seconds(seconds)
    return ResultLine(mark, "\(file.name) \(statusText).", cost, remark: remark, detail: detail)
  }

  /// What this means for the run's exit code.
  var exitCode: Int32 {
    switch state {
    case .waiting, .present, .earlier, .published, .held: 0
    case .refused: isMisconfigured ? 2 : 1
    case .conflict: 1
    case .failed, .unknown: 3
    }
  }
}

/// Where packages go. What only its owner should know of an address is neither shown nor kept, and known to the process alone.
struct Place: Hashable {
  /// As the target has it.
  let text: String
  let shown: String

  init(_ text: String) {
    self.text = text
    guard let scheme = text.firstRange(of: "://") else {
      shown = text
      return
    }
    let rest = text[scheme.upperBound...]
    let authority = rest.prefix { !"/?#".contains($0) }
    shown = authority.lastIndex(of: "@").map { "\(text[..<scheme.upperBound])***\(rest[$0...])" } ?? text
  }
}

/// A package that goes nowhere, and why.
struct LeftOut {
  let name: String
  let address: String
  let publisher: String
  let reason: String

  var statusText: String { "skipped \(reason)" }
  var line: ResultLine { ResultLine(.skipped, "\(name) \(statusText).", .none("")) }
}

/// Targets with those first that others need.
/// - Parameter needs: what a target needs, itself perhaps included; others than `targets` are passed over.
func inOrderOfNeed(_ targets: [TargetID], needs: (TargetID) throws -> [TargetID]) rethrows -> [TargetID] {
  let own = Set(targets)
  var done: Set<TargetID> = []
  var order: [TargetID] = []
  func visit(_ id: TargetID) throws {
    guard own.contains(id), done.insert(id).inserted else { return }
    for other in try needs(id).sorted() where other != id { try visit(other) }
    order.append(id)
  }
  for id in targets { try visit(id) }
  return order
}
