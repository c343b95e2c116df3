// SPDX-License-Identifier: GPL-2.0-or-later
#include "verbs.h"

namespace hotline::cccust {

void add_options(cli::Verb& verb, Fields& fields) {
  verb.option("--name", fields.name, "the name")
      .option("--kind", fields.kind, "person, company or prospect")
      .option("--id-number", fields.id_number, "of a paper")
      .option("--note", fields.note, "the whole note")
      .option("--address", fields.address, "the first address, to which things are sent")
      .option("--area", fields.area, "the area of the first address")
      .option("--more-address", fields.more_addresses, "a further address, AREA|ADDRESS (several times)")
      .option("--tag", fields.tags, "a tag (several times)");
}

int add(const std::string& as, const AddOptions& options, cli::Listing& list) {
  desk::Customer wanted;
  const auto& fields = options.fields;
  wanted.code = options.code;
  wanted.name = fields.name.value_or("");
  wanted.kind = fields.kind.value_or("");
  wanted.id_number = fields.id_number.value_or("");
  wanted.note = fields.note.value_or("");
  wanted.tags = fields.tags;
  if (fields.address || fields.area || !fields.more_addresses.empty())
    wanted.addresses.push_back({fields.area.value_or(""), fields.address.value_or("")});
  for (const auto& more : fields.more_addresses) {
    auto bar = more.find('|');
    if (bar == std::string::npos) return cli::fail(Errc::usage, "'" + more + "' is not AREA|ADDRESS");
    wanted.addresses.push_back({more.substr(0, bar), more.substr(bar + 1)});
  }
  for (const auto& number : options.numbers) wanted.numbers.push_back(number_of(number));
  auto desk = open(as);
  if (!desk) return cli::fail(desk.error());
  auto added = desk::add_customer(*desk->session, wanted);
  if (!added) return cli::fail(added.error());
  print(*added, list);
  return list.finish();
}

}  // namespace hotline::cccust
