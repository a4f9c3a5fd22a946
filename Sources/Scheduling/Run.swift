// One plan being worked through. Everything here belongs to the coordinating thread; workers get values and answer into the inbox.

internal import Events
internal import Execution
internal import Fingerprints
internal import Host
internal import Store

struct Run {
  let scheduler: Scheduler
  var plan: Plan
  var states: [ActionState] = []
  var outcomes: [Outcome?] = []
  /// What is known of each action's key: as far as its look-up has got.
  var keys: [Key?] = []
  var histories: [History?] = []
  /// Actions that have been started, or found, under a key: others that want it follow.
  var leaders: [Fingerprint: ActionID] = [:]
  var lookUps: [ActionID] = []
  private var dependents: [[ActionID]] = []
  private var followers: [ActionID: [ActionID]] = [:]
  private var criticalPaths: [Double] = []
  private var queue = ReadyQueue()
  private var finished: [ActionID] = []
  private var announced: [Bool] = []
  /// Those that have waited once for lost bytes to be made again.
  private var repaired: Set<ActionID> = []
  private var freeCPUs: Int
  /// Numbers that no running action has.
  private var freeSlots: Set<Int> = []
  private var slotOf: [ActionID: Int] = [:]
  private var freeMemory: Int64
  private var underWay = 0
  private var isCancelled = false
  private let inbox = Monitor<[Message]>([])

  struct Key {
    /// Over symbolic sets.
    var first: Fingerprint
    /// Over every file; nil while sets are not expanded.
    var exact: Fingerprint?
  }

  /// A worker's answer.
  enum Message: Sendable {
    case expanded(ActionID, Result<Fingerprint, Unusable>)
    case ran(ActionID, Performance)
  }

  /// Longer than anything measured: an action of unknown duration goes first.
  private static let unknownSeconds = 1e6

  init(_ scheduler: Scheduler, _ plan: Plan) {
    self.scheduler = scheduler
    self.plan = plan
    freeCPUs = scheduler.slots.cpus
    freeMemory = scheduler.slots.memory
  }

  mutating func finish(calling onFinish: (ActionID, Outcome, inout Plan) -> Void) -> [Outcome] {
    absorb()
    while true {
      if scheduler.cancellation.isCancelled { cancel() }
      if announce(onFinish) { continue }
      if !lookUps.isEmpty {
        lookUpWave()
        continue
      }
      dispatch()
      if !finished.isEmpty { continue }
      if underWay == 0 { break }
      let messages = inbox.wait { messages -> [Message]? in
        if messages.isEmpty { return nil }
        defer { messages = [] }
        return messages
      }
      for message in messages ?? [] { receive(message) }
    }
    return outcomes.map { $0 ?? Outcome(how: .cancelled) }
  }

  // MARK: Growth

  /// Takes in what the plan has grown by.
  private mutating func absorb() {
    let new = states.count..<plan.count
    guard !new.isEmpty else { return }
    histories += readHistories(of: new)
    keys += [Key?](repeating: nil, count: new.count)
    outcomes += [Outcome?](repeating: nil, count: new.count)
    announced += [Bool](repeating: false, count: new.count)
    dependents += [[ActionID]](repeating: [], count: new.count)
    var blocked: [(ActionID, root: ActionID)] = []
    var unknown: [ActionID] = []
    for index in new {
      let planned = plan.actions[index]
      let id = ActionID(index)
      var missing = 0
      for dependency in planned.dependencies {
        guard dependency >= 0, dependency < id else {
          unknown.append(id)
          break
        }
        dependents[Int(dependency)].append(id)
        guard case .done(let ending) = states[Int(dependency)].phase else {
          missing += 1
          continue
        }
        switch ending {
        case .succeeded: break
        case .skipped(let root): blocked.append((id, root))
        case .failed, .cancelled: blocked.append((id, dependency))
        }
      }
      states.append(ActionState(dependencies: missing, attempts: planned.attempts))
    }
    measure(new)
    scheduler.report(.planned(actions: plan.count))
    for id in unknown { refuse(id, "it needs the output of an action that is not planned before it") }
    for (id, root) in blocked { skip(id, root: root) }
    for index in new where states[index].phase == .waiting { proceed(ActionID(index), states[index].begin()) }
  }

  /// Critical paths of what is new. Older actions keep theirs: what was appended behind them was not known when they were planned.
  private mutating func measure(_ new: Range<Int>) {
    criticalPaths += [Double](repeating: 0, count: new.count)
    for index in new.reversed() {
      let longest = dependents[index].lazy.map { [criticalPaths] in criticalPaths[Int($0)] }.max() ?? 0
      criticalPaths[index] = longest + (histories[index]?.seconds ?? Run.unknownSeconds)
    }
  }

  private mutating func announce(_ onFinish: (ActionID, Outcome, inout Plan) -> Void) -> Bool {
    guard !finished.isEmpty else { return false }
    let batch = finished
    finished = []
    for id in batch where !announced[Int(id)] {
      guard let outcome = outcomes[Int(id)] else { continue }
      announced[Int(id)] = true
      onFinish(id, outcome, &plan)
    }
    absorb()
    return true
  }

  // MARK: Transitions

  private mutating func proceed(_ id: ActionID, _ readiness: ActionState.Readiness) {
    switch readiness {
    case .notYet, .nothing: break
    case .lookUp: lookUps.append(id)
    case .run: enqueue(id)
    }
  }

  mutating func enqueue(_ id: ActionID) {
    queue.push(ReadyQueue.Element(criticalPath: criticalPaths[Int(id)], hint: plan[id].priorityHint, id: id))
  }

  mutating func follow(_ leader: ActionID, by id: ActionID) { followers[leader, default: []].append(id) }

  /// `id` is done: its outcome is known and its state says so. Tells all who wait for it.
  mutating func complete(_ id: ActionID, _ outcome: Outcome) {
    var pending = [(id, outcome)]
    while let (id, outcome) = pending.popLast() {
      outcomes[Int(id)] = outcome
      finished.append(id)
      scheduler.report(
        .finished(action: id, label: plan[id].action.label, how: outcome.eventEnding, seconds: outcome.seconds))
      guard case .done(let ending) = states[Int(id)].phase else { continue }
      let root: ActionID = if case .skipped(let root) = ending { root } else { id }
      for dependent in dependents[Int(id)] {
        if ending == .succeeded {
          proceed(dependent, states[Int(dependent)].dependencySucceeded())
        } else if states[Int(dependent)].dependencyFailed(root: root) {
          pending.append((dependent, Outcome(how: .skipped(because: root))))
        }
      }
      for follower in followers.removeValue(forKey: id) ?? [] {
        let action = plan[follower].action
        let isSuccess = outcome.result.map { action.isSuccess($0.ending) } ?? false
        let own: ActionState.Ending = ending == .cancelled ? .cancelled : isSuccess ? .succeeded : .failed
        guard states[Int(follower)].leaderFinished(own) else { continue }
        pending.append((follower, outcome.followed(by: action, leader: id)))
      }
    }
  }

  private mutating func skip(_ id: ActionID, root: ActionID) {
    if states[Int(id)].dependencyFailed(root: root) { complete(id, Outcome(how: .skipped(because: root))) }
  }

  /// Ends an action that cannot be started at all.
  mutating func refuse(_ id: ActionID, _ why: String) {
    states[Int(id)].fail()
    complete(id, Outcome(how: .ran, result: ActionResult(ending: .notStarted(why))))
  }

  private mutating func cancel() {
    if isCancelled && states.count == plan.count && lookUps.isEmpty && queue.first == nil { return }
    isCancelled = true
    lookUps = []
    queue = ReadyQueue()
    for index in states.indices where states[index].cancel() { complete(ActionID(index), Outcome(how: .cancelled)) }
  }

  // MARK: Workers

  /// The lowest number that no running action has: every running action takes a processor, so there are at most as many.
  private mutating func takeSlot(_ id: ActionID) -> Int {
    let slot = freeSlots.min() ?? slotOf.count
    freeSlots.remove(slot)
    slotOf[id] = slot
    return slot
  }

  /// Starts what there is room for. Strictly in order: an action that wants many processors is not overtaken for ever.
  private mutating func dispatch() {
    while let next = queue.first {
      let index = Int(next.id)
      let action = plan.actions[index].action
      let isExpansion = states[index].phase == .lookingUp(expanding: true)
      let share = isExpansion ? (cpus: 1, memory: 0) : scheduler.share(of: action)
      guard share.cpus <= freeCPUs, share.memory <= freeMemory || scheduler.slots.memory == 0 else { return }
      queue.pop()
      let produced = produced(for: action)
      let inbox = inbox
      let (scheduler, id) = (scheduler, next.id)
      if isExpansion {
        Crew.shared.submit {
          let key = scheduler.exactKey(of: action, produced: produced)
          inbox.change { $0.append(.expanded(id, key)) }
        }
      } else {
        guard states[index].start() else { continue }
        scheduler.report(.started(action: id, label: action.label))
        let last = histories[index]?.key
        let slot = takeSlot(id)
        Crew.shared.submit {
          let performance = scheduler.perform(action, id: id, cpus: share.cpus, slot: slot, produced: produced, last: last)
          inbox.change { $0.append(.ran(id, performance)) }
        }
      }
      freeCPUs -= share.cpus
      freeMemory -= share.memory
      underWay += 1
    }
  }

  /// The outputs of what `action` depends on.
  func produced(for action: Action) -> [ActionID: [ProducedFile]] {
    var produced: [ActionID: [ProducedFile]] = [:]
    for case .output(let id, _, _) in action.inputs where id >= 0 && id < outcomes.count {
      produced[id] = outcomes[Int(id)]?.result?.outputs ?? []
    }
    return produced
  }

  private mutating func receive(_ message: Message) {
    underWay -= 1
    switch message {
    case .expanded(let id, let answer):
      freeCPUs += 1
      guard states[Int(id)].phase == .lookingUp(expanding: true) else { return }  // cancelled meanwhile
      switch answer {
      case .success(let exact):
        keys[Int(id)]?.exact = exact
        lookUps.append(id)
      case .failure(let error): refuse(id, error.sentence)
      }
    case .ran(let id, let performance):
      let share = scheduler.share(of: plan[id].action)
      if let slot = slotOf.removeValue(forKey: id) { freeSlots.insert(slot) }
      freeCPUs += share.cpus
      freeMemory += share.memory
      ended(id, performance)
    }
  }

  private mutating func ended(_ id: ActionID, _ performance: Performance) {
    let index = Int(id)
    let action = plan.actions[index].action
    let ending = performance.result.ending
    if case .missingInputs = ending, !isCancelled, runAgainWhatIsLost(for: id, action) { return }
    let isSuccess = action.isSuccess(ending)
    let state: ActionState.Ending = ending == .cancelled ? .cancelled : isSuccess ? .succeeded : .failed
    switch states[index].finished(state, mayRetry: ending.mayBeCuredByRetrying && !scheduler.cancellation.isCancelled) {
    case .ignored: return
    case .retry: enqueue(id)
    case .done:
      let attempts = Int(states[index].attempt)
      if !scheduler.cancellation.isCancelled { keep(id, performance, attempts: attempts) }
      complete(
        id,
        Outcome(
          how: ending == .cancelled ? .cancelled : .ran, result: performance.result, key: performance.sealed?.key,
          isSuccess: isSuccess, attempts: attempts, changes: performance.changes, isFirstRun: performance.isFirstRun,
          renewed: performance.renewed))
    }
  }

  /// Bytes that `id` wanted are not in the store any more: those who made them run again, and it waits.
  private mutating func runAgainWhatIsLost(for id: ActionID, _ action: Action) -> Bool {
    guard repaired.insert(id).inserted else { return false }
    let dependencies = plan[id].dependencies
    for dependency in dependencies where !states[Int(dependency)].mustRun {
      guard let result = outcomes[Int(dependency)]?.result else { continue }
      guard !scheduler.store.missingBlobs(among: result.outputs.map(\.fingerprint)).isEmpty else { continue }
      guard states[Int(dependency)].outputsLost() else { continue }
      for dependent in dependents[Int(dependency)] { states[Int(dependent)].dependencyLost() }
      enqueue(dependency)
    }
    // Another consumer may have sent the producer back already, and it may even be done again.
    guard dependencies.contains(where: { states[Int($0)].mustRun }) else { return false }
    states[Int(id)].wait(for: dependencies.count { !states[Int($0)].isDone })
    proceed(id, states[Int(id)].begin())
    keys[Int(id)] = nil
    return true
  }
}
