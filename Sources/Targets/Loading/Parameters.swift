// `parametrize`: one call of a BUILD file as several targets.

internal import Diagnostics

/// What of an address and of its fields differs between the variants of one call.
struct Variant {
  var parameters: [Address.Parameter]
  var fields: [NamedValue]
}

/// Why a call cannot be parametrized as it is written.
struct ParametrizeError: Error, Equatable {
  let reason: String
  /// The field to blame; nil for the call.
  var field: String?
}

enum Parameters {
  /// What an address would not read back.
  private static let separators: Set<Character> = [":", "#", "!", "@", "?", "=", ",", " "]

  /// Every combination of what `parametrize` lists: fields each by itself, groups (`**parametrize("name", …)`) as alternatives of one
  /// another. What a group lists may be parametrized again.
  /// - Parameters:
  ///   - given: the parameters there are already: of the generator, for its overrides. A field that is given plainly loses its own.
  ///   - prefix: of groups' names, inside of a group.
  static func variants(
    of fields: [NamedValue], given: [Address.Parameter] = [], prefix: String = ""
  ) throws(ParametrizeError) -> [Variant] {
    var plain: [NamedValue] = []
    var choices: [(field: String, values: [NamedValue])] = []
    var groups: [(name: String, fields: [NamedValue])] = []
    for field in fields {
      guard case .structure("parametrize", let entries) = field.value else {
        plain.append(field)
        continue
      }
      if field.name == parametrizeKeyPrefix {
        let group = try group(of: entries)
        if groups.contains(where: { $0.name == group.name }) {
          throw ParametrizeError(reason: "two groups of `**parametrize(…)` are called `\(group.name)`")
        }
        groups.append(group)
      } else {
        choices.append((field.name, try values(of: entries, field.name)))
      }
    }
    for group in groups {
      if let twice = choices.first(where: { choice in group.fields.contains { $0.name == choice.field } })?.field {
        throw ParametrizeError(reason: "`\(twice)` is parametrized by itself and in the group `\(group.name)`", field: twice)
      }
    }
    let kept = given.filter { parameter in !plain.contains { $0.name == parameter.key } }
    var variants = [Variant(parameters: kept, fields: plain)]
    for (field, values) in choices {
      variants = variants.flatMap { variant in
        values.map { choice in
          Variant(
            parameters: replacing(field, by: choice.name, in: variant.parameters),
            fields: variant.fields + [NamedValue(name: field, value: choice.value)])
        }
      }
    }
    if groups.isEmpty { return variants }
    var grouped: [Variant] = []
    for variant in variants {
      for group in groups {
        var parameters = replacing("parametrize", by: prefix + group.name, in: variant.parameters)
        // A parameter that the group decides is no parameter any more.
        parameters.removeAll { parameter in kept.contains(parameter) && group.fields.contains { $0.name == parameter.key } }
        for inner in try self.variants(of: group.fields, given: parameters, prefix: "\(prefix)\(group.name)-") {
          if let twice = choices.first(where: { choice in inner.fields.contains { $0.name == choice.field } })?.field {
            throw ParametrizeError(reason: "`\(twice)` is parametrized by itself and in the group `\(group.name)`", field: twice)
          }
          let outer = variant.fields.filter { field in !inner.fields.contains { $0.name == field.name } }
          grouped.append(Variant(parameters: inner.parameters, fields: outer + inner.fields))
        }
      }
    }
    return grouped
  }

  private static func replacing(_ key: String, by value: String, in parameters: [Address.Parameter]) -> [Address.Parameter] {
    parameters.filter { $0.key != key } + [Address.Parameter(key: key, value: value)]
  }

  /// The choices that a field has, by the names that stand for them in addresses.
  private static func values(of entries: [FieldValue.Entry], _ field: String) throws(ParametrizeError) -> [NamedValue] {
    var values: [NamedValue] = []
    for (index, entry) in entries.dropFirst().enumerated() {
      let name = entry.key.string ?? ""
      if values.contains(where: { $0.name == name }) {
        throw ParametrizeError(reason: "`parametrize` has two values called `\(name)`", field: field)
      }
      if index < entries.first?.value.int ?? 0, name.isEmpty || name.contains(where: separators.contains) {
        throw ParametrizeError(
          reason: "\"\(name)\" cannot stand in an address: give it a name, as in `parametrize(short_name = \"\(name)\")`", field: field)
      }
      values.append(NamedValue(name: name, value: entry.value))
    }
    return values
  }

  private static func group(of entries: [FieldValue.Entry]) throws(ParametrizeError) -> (name: String, fields: [NamedValue]) {
    let given = entries.dropFirst()
    guard let name = given.first?.key.string, entries.first?.value == .int(1) else {
      throw ParametrizeError(reason: "`**parametrize(…)` begins with one unnamed argument, the group's name")
    }
    if name.isEmpty || name.contains(where: separators.contains) {
      throw ParametrizeError(reason: "a group of `**parametrize(…)` cannot be called \"\(name)\": it stands in addresses")
    }
    let fields = given.dropFirst().map { entry in
      let key = entry.key.string ?? ""
      return NamedValue(name: key.hasPrefix(parametrizeKeyPrefix) ? parametrizeKeyPrefix : key, value: entry.value)
    }
    return (name, fields)
  }

  /// The name of a group; nil for other values.
  static func groupName(_ named: NamedValue) -> String? {
    guard named.name == parametrizeKeyPrefix, case .structure("parametrize", let entries) = named.value else { return nil }
    return entries.dropFirst().first?.key.string
  }
}
