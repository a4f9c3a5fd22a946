// What a goal says at its end, as values: who draws them decides on marks, colours and columns.

/// One thing a goal was asked about, and what became of it.
package struct ResultLine: Sendable, Equatable {
  package enum Mark: Sendable, Equatable { case good, bad, skipped, cancelled, changed }

  package enum Cost: Sendable, Equatable {
    case seconds(Double)
    case cached
    /// Nothing ran: the word says why (`skipped`, `cancelled`).
    case none(String)
  }

  package var mark: Mark
  package var name: String
  package var cost: Cost
  /// Runs until it passed; more than 1 is shown as flaky.
  package var attempts: Int
  /// A word behind the cost: `timed out after 60s`, `exit status 2`.
  package var remark: String
  /// What is shown beneath it, as it is: a linter's text, a test's output. Without a newline at its end.
  package var detail: String

  package init(_ mark: Mark, _ name: String, _ cost: Cost, attempts: Int = 1, remark: String = "", detail: String = "") {
    self.mark = mark
    self.name = name
    self.cost = cost
    self.attempts = attempts
    self.remark = remark
    self.detail = detail
  }
}

/// Why some of a goal's things were done again.
package enum RunReason: Sendable, Hashable {
  /// Changed, by path.
  case file(String)
  case option(String)
  case environment(String)
  case tool(String)
  case plugin(String)
  /// Something inside a closure or folder, named as the set is.
  case inside(String)
  /// Anything else that is in the key: `arguments`, `declared outputs`, …
  case other(String)
}

/// A goal's last line: `test: 2 passed (1 ran: a.py changed; 1 cached) in 0.83s`.
package struct GoalSummary: Sendable, Equatable {
  package struct Count: Sendable, Equatable {
    package let number: Int
    package let word: String

    package init(_ number: Int, _ word: String) {
      self.number = number
      self.word = word
    }
  }

  package var goal: String
  /// `2 passed`, `1 failed`, in this order; those of 0 are left out.
  package var counts: [Count]
  package var isGood: Bool
  package var ran: Int
  package var cached: Int
  /// Of those that ran: each reason once, in a stable order.
  package var reasons: [RunReason]
  package var seconds: Double

  package init(
    goal: String, counts: [Count], isGood: Bool, ran: Int, cached: Int, reasons: [RunReason] = [], seconds: Double
  ) {
    self.goal = goal
    self.counts = counts
    self.isGood = isGood
    self.ran = ran
    self.cached = cached
    self.reasons = reasons
    self.seconds = seconds
  }
}
