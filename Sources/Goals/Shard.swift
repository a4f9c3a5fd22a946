// `--test-shard=k/N`: which share of the tests this run has. Every test is in exactly one share, whoever asks.

internal import Diagnostics
internal import Execution
internal import Formats
internal import Host
internal import Options
internal import Snapshots

/// The share `index` of `count`.
struct Shard: Equatable {
  let index: Int
  let count: Int

  /// - Returns: nil for the empty text: all tests.
  /// - Throws: for anything but `k/N` with 0 ≤ k < N.
  init?(parsing text: String) throws(UserError) {
    if text.isEmpty { return nil }
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count == 2, let index = Int(parts[0]), let count = Int(parts[1]), index >= 0, index < count else {
      throw UserError("`--test-shard` is `\(text)`", hint: "write `k/N` with k from 0 to N-1, for example `0/3`, `1/3` and `2/3`")
    }
    self.index = index
    self.count = count
  }

  /// The places of the names that are in this share.
  ///
  /// Longest first, each to the share that has least so far: shares of about equal duration. Without any durations the shares are equal in
  /// number. Only the names and the durations count, so that machines that are given the same ones agree.
  /// - Parameter seconds: of some names; the others count as their mean.
  func members(of names: [String], seconds: [String: Double]) -> Set<Int> {
    let order = names.indices.sorted { names[$0] < names[$1] }
    let known = names.compactMap { seconds[$0] }
    let mean = known.isEmpty ? 1 : max(known.reduce(0, +) / Double(known.count), 0.001)
    let weights = names.map { max(seconds[$0] ?? mean, 0.001) }
    let byWeight = known.isEmpty ? order : order.sorted { (weights[$0], names[$1]) > (weights[$1], names[$0]) }
    var loads = [Double](repeating: 0, count: count)
    var members: Set<Int> = []
    for place in byWeight {
      var least = 0
      for shard in loads.indices where loads[shard] < loads[least] { least = shard }
      loads[least] += weights[place]
      if least == index { members.insert(place) }
    }
    return members
  }
}

/// How long tests took, by address: a file of the workspace, so that all machines agree.
struct TestDurations {
  private(set) var seconds: [String: Double] = [:]

  /// - Throws: for a file that is no JSON object of numbers.
  init(reading path: String, in snapshot: Snapshot) throws {
    guard let id = snapshot.id(ofPath: path) else { return }
    do {
      guard case .object(let members) = try JSON.parse(try snapshot.read(id).bytes) else {
        throw UserError("`\(path)` is no JSON object of durations", hint: "`[test] record_durations` writes it anew")
      }
      for member in members {
        switch member.value {
        case .int(let value): seconds[member.name] = Double(value)
        case .double(let value): seconds[member.name] = value
        default: throw UserError("`\(path)`: the duration of `\(member.name)` is no number")
        }
      }
    } catch let error as FormatError {
      throw UserError("`\(path)`: \(error)")
    }
  }

  mutating func record(_ name: String, _ value: Double) { seconds[name] = (value * 1000).rounded() / 1000 }

  var bytes: [UInt8] {
    let members = seconds.sorted { $0.key < $1.key }.map { JSON.Member($0.key, .double($0.value)) }
    return JSONWriter.indented(.object(members), asciiOnly: false) + [UInt8(ascii: "\n")]
  }
}
