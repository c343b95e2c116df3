// SPDX-License-Identifier: GPL-2.0-or-later
// A customer as a line of a listing.
#include "base/text.h"
#include "verbs.h"

namespace hotline::cccust {

cli::Listing customers_listing() {
  return cli::Listing({{"code", "CODE"},
                       {"name", "NAME"},
                       {"kind", "KIND"},
                       {"numbers", "NUMBERS"},
                       {"area", "AREA"},
                       {"address", "ADDRESS"},
                       {"tags", "TAGS"},
                       {"note", "NOTE"},
                       {"id_number", ""},
                       {"more_addresses", ""},
                       {"state", "STATE"},
                       {"version", ""},
                       {"changed", ""},
                       {"changed_by", ""}});
}

static std::string state_of(const desk::Customer& customer) {
  if (customer.merged_into) return "merged";
  if (customer.closed_us) return "closed";
  return customer.audited_us ? "audited" : "open";
}

/// For people, as many numbers as fit a line, masked.
static std::string some_numbers(const desk::Customer& customer) {
  constexpr size_t kShown = 3;
  std::vector<std::string> numbers;
  for (const auto& one : customer.numbers)
    if (numbers.size() < kShown) numbers.push_back(mask_number(one.number));
  std::string text = join(numbers, " ");
  size_t more = customer.numbers.size() - numbers.size();
  return more ? text + " +" + std::to_string(more) : text;
}

void print(const desk::Customer& customer, cli::Listing& list) {
  std::vector<std::string> numbers, more;
  for (const auto& one : customer.numbers)
    numbers.push_back(one.kind.empty() ? one.number : one.kind + ":" + one.number);
  for (size_t i = 1; i < customer.addresses.size(); ++i)
    more.push_back(customer.addresses[i].area + "|" + customer.addresses[i].address);
  const auto first = customer.addresses.empty() ? store::CustomerAddress() : customer.addresses.front();
  auto field = [](const std::string& text) { return text.empty() ? cli::Field() : cli::Field(text); };
  std::vector<cli::Field> machines = {customer.code,
                                      customer.name,
                                      customer.kind,
                                      field(join(numbers, ";")),
                                      field(first.area),
                                      field(first.address),
                                      field(join(customer.tags, ";")),
                                      field(customer.note),
                                      field(customer.id_number),
                                      field(join(more, ";")),
                                      state_of(customer),
                                      customer.version,
                                      format_utc(from_us(customer.changed_us)),
                                      customer.changed_by};
  auto people = machines;
  people[3] = field(some_numbers(customer));
  list.row(machines, people);
}

store::CustomerNumber number_of(const std::string& text) {
  auto colon = text.find(':');
  return colon == std::string::npos ? store::CustomerNumber{text, "", ""}
                                    : store::CustomerNumber{text.substr(colon + 1), text.substr(0, colon), ""};
}

}  // namespace hotline::cccust
