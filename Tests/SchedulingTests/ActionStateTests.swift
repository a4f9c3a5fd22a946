// An action's life, without a thread.

import Scheduling
import Testing

@Suite struct ActionStateTests {
  @Test func aChainFromWaitingToDone() {
    var state = ActionState(dependencies: 2, attempts: 1)
    #expect(state.begin() == .notYet)
    #expect(state.dependencySucceeded() == .notYet)
    #expect(state.dependencySucceeded() == .lookUp)
    #expect(state.lookedUp(.unknownSets) == false)
    #expect(state.phase == .lookingUp(expanding: true))
    #expect(state.lookedUp(.miss) == false)
    #expect(state.start() == true)
    #expect(state.finished(.succeeded, mayRetry: true) == .done)
    #expect(state.phase == .done(.succeeded))
  }

  @Test func aHitIsDoneWithoutRunning() {
    var state = ActionState(dependencies: 0, attempts: 1)
    #expect(state.begin() == .lookUp)
    #expect(state.lookedUp(.hit(succeeded: false)) == true)
    #expect(state.phase == .done(.failed))
    #expect(state.start() == false)
  }

  @Test func failuresAreRetriedAsOftenAsAllowed() {
    var state = ActionState(dependencies: 0, attempts: 3)
    _ = state.begin()
    _ = state.lookedUp(.miss)
    for expected: ActionState.Finish in [.retry, .retry, .done] {
      #expect(state.start() == true)
      #expect(state.finished(.failed, mayRetry: true) == expected)
    }
    #expect(state.attempt == 3)
  }

  @Test func whatCannotBeCuredIsNotRetried() {
    var state = ActionState(dependencies: 0, attempts: 3)
    _ = state.begin()
    _ = state.lookedUp(.miss)
    _ = state.start()
    #expect(state.finished(.failed, mayRetry: false) == .done)
  }

  @Test func cancellingEndsAllButWhatRuns() {
    var running = ActionState(dependencies: 0, attempts: 1)
    _ = running.begin()
    _ = running.lookedUp(.miss)
    #expect(running.start() == true)
    var waiting = ActionState(dependencies: 1, attempts: 1)
    #expect(waiting.cancel() == true)
    let isEnded = running.cancel()
    #expect(!isEnded)
    #expect(running.finished(.cancelled, mayRetry: true) == .done)
    #expect(waiting.dependencySucceeded() == .nothing)
  }

  @Test func aFollowerTakesItsLeadersEnd() {
    var state = ActionState(dependencies: 0, attempts: 1)
    _ = state.begin()
    #expect(state.lookedUp(.sameAs(7)) == false)
    #expect(state.phase == .following(7))
    #expect(state.leaderFinished(.succeeded) == true)
  }

  @Test func lostOutputsSendTheProducerBackAndTheConsumerWaits() {
    var producer = ActionState(dependencies: 0, attempts: 1)
    _ = producer.begin()
    _ = producer.lookedUp(.hit(succeeded: true))
    var consumer = ActionState(dependencies: 1, attempts: 1)
    _ = consumer.dependencySucceeded()
    _ = consumer.lookedUp(.miss)
    _ = consumer.start()
    #expect(producer.outputsLost() == true)
    #expect(producer.phase == .ready)
    consumer.wait(for: 1)
    #expect(consumer.phase == .waiting)
    #expect(consumer.attempt == 0)
    #expect(producer.start() == true)
    #expect(producer.finished(.succeeded, mayRetry: true) == .done)
    #expect(consumer.dependencySucceeded() == .lookUp)
  }

  @Test func aWaitingActionCountsADependencyThatIsLostAgain() {
    var state = ActionState(dependencies: 2, attempts: 1)
    _ = state.dependencySucceeded()
    state.dependencyLost()
    #expect(state.dependencySucceeded() == .notYet)
    #expect(state.dependencySucceeded() == .lookUp)
  }
}
