// Asking the store: whole waves of actions in one read transaction, and what is written once an action has run.

internal import Execution
internal import Fingerprints
internal import Host
internal import Store

extension Run {
  /// Finds out for every action of `lookUps` whether its result is kept.
  mutating func lookUpWave() {
    let wave = lookUps
    lookUps = []
    makeFirstKeys(wave)
    let records = readRecords(of: wave)
    let gone = Set(scheduler.store.missingBlobs(among: records.flatMap { $0?.result.blobs ?? [] }))
    var entries: [Store.Entry] = []
    for (id, record) in zip(wave, records) {
      let planned = plan[id]
      guard let key = keys[Int(id)] else {  // `.never`: no key is made
        if !states[Int(id)].lookedUp(.miss) { enqueue(id) }
        continue
      }
      let whole = record.flatMap { isWhole($0.result, planned, gone) ? $0 : nil }
      // Something that was kept is gone, whoever took it.
      if record != nil, whole == nil { entries.append(scheduler.store.newGeneration) }
      if let record = whole {
        answer(id, planned.action, key, record, &entries)
      } else if let leader = leader(of: id, key) {
        join(id, leader)
      } else if key.exact == nil && planned.action.cache == .results {
        _ = states[Int(id)].lookedUp(.unknownSets)
        leaders[key.first] = id
        enqueue(id)
      } else {
        _ = states[Int(id)].lookedUp(.miss)
        leaders[key.first] = id
        if let exact = key.exact { leaders[exact] = id }
        enqueue(id)
      }
    }
    if !entries.isEmpty { scheduler.store.put(batch: entries) }
  }

  func readHistories(of new: Range<Int>) -> [History?] {
    let secret = scheduler.context.secret
    var asked: [Fingerprint] = []
    var places: [Int] = []
    for index in new where plan.actions[index].action.subject != "" {
      asked.append(History.key(of: plan.actions[index].action.subject, secret))
      places.append(index - new.lowerBound)
    }
    var histories = [History?](repeating: nil, count: new.count)
    for (place, bytes) in zip(places, scheduler.store.get(.history, keys: asked)) { histories[place] = bytes.flatMap(History.init) }
    return histories
  }

  /// What has been found for an action, and under which exact key.
  private struct Found {
    let result: ActionResult
    let attempts: Int
    let exact: Fingerprint
  }

  /// Keys of those that have none yet, made on all cores: hashing is most of what an unchanged plan costs.
  private mutating func makeFirstKeys(_ wave: [ActionID]) {
    let wanted = wave.filter { keys[Int($0)] == nil && plan[$0].action.cache != .never }
    guard !wanted.isEmpty else { return }
    var made = [Key?](repeating: nil, count: wanted.count)
    let (actions, outcomes, context) = (plan.actions, outcomes, scheduler.context)
    made.withUnsafeMutableBufferPointer { buffer in
      nonisolated(unsafe) let slots = buffer  // each index is written by the one thread that has its chunk, and read after all have ended
      Workers.forEachChunk(of: wanted.count) { range in
        var firstLevel = FirstLevelKeys(context)
        for index in range {
          let action = actions[Int(wanted[index])].action
          let key = firstLevel.key(of: action) { outcomes[Int($0)]?.result?.outputs ?? [] }
          slots[index] = Key(first: key, exact: action.hasSets ? nil : key)
        }
      }
    }
    for (id, key) in zip(wanted, made) { keys[Int(id)] = key }
  }

  private mutating func readRecords(of wave: [ActionID]) -> [Found?] {
    let (keys, plan) = (keys, plan)
    return scheduler.store.withReader { reader in
      wave.map { id -> Found? in
        guard plan[id].action.cache == .results, let key = keys[Int(id)] else { return nil }
        let asked = key.exact ?? key.first
        var exact = asked
        var record = reader.withBytes(.actions, asked) { ActionRecord($0) } ?? nil
        if case .alias(let target)? = record {
          exact = target
          record = reader.withBytes(.actions, target) { ActionRecord($0) } ?? nil
        }
        guard case .result(let result, let attempts)? = record else { return nil }
        return Found(result: result, attempts: attempts, exact: exact)
      }
    }
  }

  /// Whether everything the result names is still there; where the caller will use the bytes, whether they read back whole.
  private func isWhole(_ result: ActionResult, _ planned: PlannedAction, _ gone: Set<Fingerprint>) -> Bool {
    let blobs = result.blobs
    if !gone.isEmpty && blobs.contains(where: gone.contains) { return false }
    return !planned.outputsAreUsed || blobs.allSatisfy { scheduler.store.blob($0) != nil }
  }

  private mutating func answer(_ id: ActionID, _ action: Action, _ key: Key, _ found: Found, _ entries: inout [Store.Entry]) {
    let isSuccess = action.isSuccess(found.result.ending)
    keys[Int(id)]?.exact = found.exact
    if key.first != found.exact && key.exact != nil {
      entries.append(Store.Entry(.actions, key.first, ActionRecord.alias(found.exact).bytes))
    }
    if histories[Int(id)]?.key != found.exact {
      remember(id, History(key: found.exact, seconds: found.result.usage.wall, wasSuccess: isSuccess), &entries)
    }
    guard states[Int(id)].lookedUp(.hit(succeeded: isSuccess)) else { return }
    // Who follows this one because of its first-level key is told by `complete`.
    complete(id, Outcome(how: .hit, result: found.result, key: found.exact, isSuccess: isSuccess, attempts: found.attempts))
  }

  private func leader(of id: ActionID, _ key: Key) -> ActionID? {
    for candidate in [leaders[key.first], key.exact.flatMap { leaders[$0] }] {
      if let candidate, candidate != id { return candidate }
    }
    return nil
  }

  private mutating func join(_ id: ActionID, _ leader: ActionID) {
    _ = states[Int(id)].lookedUp(.sameAs(leader))
    guard case .done(let ending) = states[Int(leader)].phase, let outcome = outcomes[Int(leader)] else {
      follow(leader, by: id)
      return
    }
    let own = outcome.followed(by: plan[id].action, leader: leader)
    let state: ActionState.Ending = ending == .cancelled ? .cancelled : own.isSuccess ? .succeeded : .failed
    if states[Int(id)].leaderFinished(state) { complete(id, own) }
  }

  private func remember(_ id: ActionID, _ history: History, _ entries: inout [Store.Entry]) {
    let subject = plan[id].action.subject
    guard subject != "" else { return }
    entries.append(Store.Entry(.history, History.key(of: subject, scheduler.context.secret), history.bytes))
  }

  /// Writes what an action that ran leaves behind: its history always, its manifest if it has a key, its result if that may be kept.
  mutating func keep(_ id: ActionID, _ performance: Performance, attempts: Int) {
    let action = plan[id].action
    var entries: [Store.Entry] = []
    switch performance.result.ending {
    case .exited, .signalled, .timedOut, .missingOutputs:
      let key = performance.sealed?.key ?? histories[Int(id)]?.key ?? .absent
      let seconds = performance.result.usage.wall
      remember(id, History(key: key, seconds: seconds, wasSuccess: action.isSuccess(performance.result.ending)), &entries)
    case .cancelled, .inputsChanged, .missingInputs, .notStarted: break
    }
    if let sealed = performance.sealed, !entries.isEmpty {
      scheduler.store.withReader { reader in
        for (fingerprint, bytes) in sealed.manifest.records where !reader.contains(.manifests, fingerprint) {
          entries.append(Store.Entry(.manifests, fingerprint, bytes))
        }
      }
    }
    if let sealed = performance.sealed, action.keeps(performance.result.ending) {
      if scheduler.store.withReader({ $0.contains(.actions, sealed.key) }) { entries.append(scheduler.store.newGeneration) }
      entries.append(Store.Entry(.actions, sealed.key, ActionRecord.result(performance.result, attempts: attempts).bytes))
      // Renewed inputs: the first-level key was made of other bytes than the result.
      if let first = keys[Int(id)]?.first, first != sealed.key, performance.renewed.isEmpty {
        entries.append(Store.Entry(.actions, first, ActionRecord.alias(sealed.key).bytes))
      }
    }
    if !entries.isEmpty { scheduler.store.put(batch: entries) }
  }
}

extension Action {
  var hasSets: Bool { inputs.contains { if case .set = $0 { true } else { false } } }
}
