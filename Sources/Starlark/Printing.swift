// Values as text: `repr`, as in source, and `str`, as for people.

/// The value as it would be written in source where that is possible.
package func repr(_ value: Value) -> String {
  var printer = Printer()
  printer.write(value)
  return printer.text
}

/// The value for people: text as it is, anything else as `repr`.
package func str(_ value: Value) -> String {
  if case .string(let object) = value { return object.text }
  if case .bytes(let object) = value { return String(decoding: object.bytes, as: UTF8.self) }
  return repr(value)
}

private struct Printer {
  var text = ""
  /// The containers being printed, so that one that holds itself ends in `...`.
  var open: [AnyObject] = []

  mutating func write(_ value: Value) {
    switch value {
    case .none: text += "None"
    case .bool(let truth): text += truth ? "True" : "False"
    case .int(let number): text += String(number)
    case .float(let number): text += printed(float: number)
    case .string(let object): text += quoted(object.text)
    case .bytes(let object): text += "b" + quoted(bytes: object.bytes)
    case .list(let object): nested(object, "[", "]") { printer in printer.write(list: object.elements) }
    case .tuple(let object):
      nested(object, "(", object.elements.count == 1 ? ",)" : ")") { printer in printer.write(list: object.elements) }
    case .dict(let object):
      nested(object, "{", "}") { printer in
        for (i, (key, value)) in object.table.entries.enumerated() {
          if i > 0 { printer.text += ", " }
          printer.write(key)
          printer.text += ": "
          printer.write(value)
        }
      }
    case .set(let object): nested(object, "set([", "])") { printer in printer.write(list: object.table.keys) }
    case .range(let object):
      let stop = object.start &+ object.count &* object.step
      text += object.step == 1 ? "range(\(object.start), \(stop))" : "range(\(object.start), \(stop), \(object.step))"
    case .function(let object): text += "<function \(object.name)>"
    case .builtin(let object):
      text += object.receiver.map { "<built-in method \(object.name) of \($0.typeName) value>" } ?? "<built-in function \(object.name)>"
    case .structure(let object):
      nested(object, "struct(", ")") { printer in
        for i in object.names.indices {
          if i > 0 { printer.text += ", " }
          printer.text += object.names[i].text + " = "
          printer.write(object.values[i])
        }
      }
    case .host(let object): text += object.repr
    case .hidden, .unbound: text += "<unbound>"
    }
  }

  private mutating func write(list elements: [Value]) {
    for (i, element) in elements.enumerated() {
      if i > 0 { text += ", " }
      write(element)
    }
  }

  private mutating func nested(_ object: AnyObject, _ left: String, _ right: String, _ body: (inout Printer) -> Void) {
    text += left
    if open.count >= nestingLimit || open.contains(where: { $0 === object }) {
      text += "..."
    } else {
      open.append(object)
      body(&self)
      open.removeLast()
    }
    text += right
  }
}

/// A float as the specification's `str` has it: always with a point or an exponent.
func printed(float number: Double) -> String {
  if number.isNaN { return "nan" }
  if number.isInfinite { return number < 0 ? "-inf" : "+inf" }
  var text = "\(number)"
  // Swift writes 1e+20 and 1e-07 as `1e+20` and `1e-07`, and whole numbers with `.0`, as the specification does.
  if !text.contains(where: { $0 == "." || $0 == "e" }) { text += ".0" }
  return text
}

func quoted(_ text: String) -> String {
  var result = "\""
  for scalar in text.unicodeScalars {
    switch scalar {
    case "\"": result += "\\\""
    case "\\": result += "\\\\"
    case "\n": result += "\\n"
    case "\r": result += "\\r"
    case "\t": result += "\\t"
    default:
      if scalar.value < 0x20 || scalar.value == 0x7F {
        result += "\\x" + hexadecimal(Int(scalar.value), width: 2)
      } else {
        result.unicodeScalars.append(scalar)
      }
    }
  }
  return result + "\""
}

func quoted(bytes: [UInt8]) -> String {
  var result = "\""
  for byte in bytes {
    switch byte {
    case UInt8(ascii: "\""): result += "\\\""
    case UInt8(ascii: "\\"): result += "\\\\"
    case 10: result += "\\n"
    case 13: result += "\\r"
    case 9: result += "\\t"
    case 0x20..<0x7F: result.unicodeScalars.append(Unicode.Scalar(byte))
    default: result += "\\x" + hexadecimal(Int(byte), width: 2)
    }
  }
  return result + "\""
}

func hexadecimal(_ number: Int, width: Int) -> String {
  let digits = String(number, radix: 16)
  return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
}
