// Floats as decimal text with a given number of digits, through the C library's exact conversion.

internal import Glibc

private func printed(_ format: String, _ precision: Int, _ number: Double) -> String {
  // 310 digits before the point are the most a double has.
  let capacity = 400 + precision
  return String(unsafeUninitializedCapacity: capacity) { buffer in
    let count = withVaList([Int32(truncatingIfNeeded: precision), number]) { arguments in
      buffer.withMemoryRebound(to: CChar.self) { vsnprintf($0.baseAddress, capacity, format, arguments) }
    }
    return max(0, min(Int(count), capacity - 1))
  }
}

func fixed(_ number: Double, _ precision: Int) throws -> String {
  if precision > 1000 { throw EvaluationError("a float has no \(precision) digits to show") }
  return number.isFinite ? printed("%.*f", precision, number) : special(number)
}

func exponential(_ number: Double, _ precision: Int, _ isUpper: Bool) -> String {
  number.isFinite ? printed(isUpper ? "%.*E" : "%.*e", min(precision, 1000), number) : special(number)
}

func general(_ number: Double, _ precision: Int, _ isUpper: Bool) throws -> String {
  number.isFinite ? printed(isUpper ? "%.*G" : "%.*g", min(precision, 1000), number) : special(number)
}

private func special(_ number: Double) -> String { number.isNaN ? "nan" : number < 0 ? "-inf" : "inf" }
