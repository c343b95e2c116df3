// SPDX-License-Identifier: GPL-2.0-or-later
#include "desk/exchange.h"

#include <algorithm>
#include <array>
#include <set>

#include "base/text.h"
#include "desk/csv.h"
#include "desk/customers_rows.h"

namespace hotline::desk {

namespace {

constexpr size_t kBatch = 200;   // customers a transaction
constexpr int64_t kPiece = 500;  // ids read at a time

enum Field { kCode, kName, kKind, kIdNumber, kNumbers, kArea, kAddress, kTags, kNote, kMoreAddresses, kFields };
struct FieldName {
  const char *english, *chinese;
};
constexpr std::array<FieldName, kFields> kNames = {{{"code", "客户号"},
                                                    {"name", "姓名"},
                                                    {"kind", "类型"},
                                                    {"id_number", "证件号"},
                                                    {"numbers", "电话"},
                                                    {"area", "区域"},
                                                    {"address", "地址"},
                                                    {"tags", "标签"},
                                                    {"note", "备注"},
                                                    {"more_addresses", "其他地址"}}};
using Columns = std::array<int, kFields>;  // -1: not in the file

Result<Columns> columns_of(const std::vector<std::string>& head) {
  Columns columns;
  columns.fill(-1);
  for (size_t i = 0; i < head.size(); ++i) {
    std::string name(trim(head[i]));
    auto known = std::find_if(kNames.begin(), kNames.end(),
                              [&](const FieldName& one) { return name == one.english || name == one.chinese; });
    if (known == kNames.end()) {
      std::vector<std::string> words;
      for (const auto& one : kNames) words.emplace_back(one.english);
      return Error{Errc::bad_data, "line 1: '" + name + "' is no column of customers" + did_you_mean(name, words)};
    }
    if (std::exchange(columns[size_t(known - kNames.begin())], int(i)) >= 0)
      return Error{Errc::bad_data, "line 1: column '" + name + "' stands there twice"};
  }
  if (columns[kName] < 0) return Error{Errc::bad_data, "line 1 names the columns, and 'name' (姓名) is not among them"};
  return columns;
}

std::vector<std::string> parts_of(const std::string& text, char separator) {
  std::vector<std::string> parts;
  for (const auto& part : split(text, separator))
    if (auto trimmed = trim(part); !trimmed.empty()) parts.emplace_back(trimmed);
  return parts;
}

store::CustomerNumber number_of(const std::string& text) {
  auto colon = text.find(':');
  if (colon == std::string::npos) return {text, "", ""};
  return {text.substr(colon + 1), text.substr(0, colon), ""};
}

Customer customer_of(const Columns& columns, const std::vector<std::string>& fields) {
  auto field = [&](Field which) { return columns[which] < 0 ? std::string() : fields[size_t(columns[which])]; };
  Customer customer;
  customer.code = trim(field(kCode));
  customer.name = field(kName);
  customer.kind = trim(field(kKind));
  customer.id_number = trim(field(kIdNumber));
  customer.note = field(kNote);
  for (const auto& one : parts_of(field(kNumbers), ';')) customer.numbers.push_back(number_of(one));
  if (!field(kAddress).empty() || !field(kArea).empty()) customer.addresses.push_back({field(kArea), field(kAddress)});
  for (const auto& one : parts_of(field(kMoreAddresses), '\n')) {
    auto bar = one.find('|');
    customer.addresses.push_back(bar == std::string::npos
                                     ? store::CustomerAddress{"", one}
                                     : store::CustomerAddress{one.substr(0, bar), one.substr(bar + 1)});
  }
  customer.tags = parts_of(field(kTags), ';');
  return customer;
}

/// The customer that is there, made as the file says; what the file leaves empty stays.
Customer overlaid(Customer is, const Customer& wanted) {
  auto set = [](auto& to, const auto& from) {
    if (!from.empty()) to = from;
  };
  set(is.name, wanted.name);
  set(is.kind, wanted.kind);
  set(is.id_number, wanted.id_number);
  set(is.note, wanted.note);
  set(is.addresses, wanted.addresses);
  set(is.tags, wanted.tags);
  for (const auto& one : wanted.numbers) {
    auto same =
        std::find_if(is.numbers.begin(), is.numbers.end(), [&](const auto& had) { return had.number == one.number; });
    if (same == is.numbers.end())
      is.numbers.push_back(one);
    else if (!one.kind.empty())
      same->kind = one.kind;
  }
  return is;
}

enum class Fate { added, changed, same };

/// What becomes of one record; `write`: it does become that.
Result<Fate> settle(Session& session, const Record& record, bool write) {
  if (!record.fault.empty()) return Error{Errc::bad_data, record.fault};
  Customer wanted = record.customer;
  if (auto good = tidy(session.settings(), wanted); !good) return good.error();
  if (record.customer.kind.empty()) wanted.kind.clear();
  std::optional<Customer> there;
  if (!wanted.code.empty()) {
    auto found = store::customer_by_code(session.store(), wanted.code);
    if (!found) return found.error();
    there = std::move(*found);
  }
  if (!there) {
    if (write)
      if (auto added = insert_in_transaction(session, wanted); !added) return added.error();
    return Fate::added;
  }
  if (!session.actor().rights.has("customers", Right::modify))
    return Error{Errc::denied, "customer '" + wanted.code + "' is there already, and you may not modify"};
  if (auto free = check_frozen(*there); !free) return free.error();
  Customer now = overlaid(*there, wanted);
  if (auto good = tidy(session.settings(), now); !good) return good.error();
  if (now == *there) return Fate::same;
  if (write)
    if (auto changed = update_in_transaction(session, *there, now); !changed) return changed.error();
  return Fate::changed;
}

void count(Import& import, Fate fate) {
  ++(fate == Fate::added ? import.added : fate == Fate::changed ? import.changed : import.same);
}

bool is_line_fault(const Error& error) {
  return error.code != Errc::again && error.code != Errc::io && error.code != Errc::unavailable &&
         error.code != Errc::bug;
}

/// The look before anything is written; a code that stands twice in the file is a fault of its second line.
Result<Import> survey(Session& session, const std::vector<Record>& records) {
  Import import;
  std::set<std::string> codes;
  for (const auto& record : records) {
    if (!record.customer.code.empty() && !codes.insert(record.customer.code).second) {
      import.bad.push_back({record.line, "code '" + record.customer.code + "' stands in the file twice"});
      continue;
    }
    auto fate = settle(session, record, false);
    if (fate)
      count(import, *fate);
    else if (is_line_fault(fate.error()))
      import.bad.push_back({record.line, fate.error().text});
    else
      return fate.error();
  }
  return import;
}

Result<void> write_batch(Session& session, const std::vector<const Record*>& batch, Import& import) {
  auto tx = session.store().tx_write();
  if (!tx) return tx.error();
  Import done;
  for (const auto* record : batch) {
    auto settled = session.store().attempt([&]() -> Result<void> {
      auto fate = settle(session, *record, true);
      if (!fate) return fate.error();
      count(done, *fate);
      return {};
    });
    if (!settled && !is_line_fault(settled.error())) return settled;
    if (!settled) done.bad.push_back({record->line, settled.error().text});
  }
  if (auto committed = tx->commit(); !committed) return committed;
  import.added += done.added;
  import.changed += done.changed;
  import.same += done.same;
  import.bad.insert(import.bad.end(), done.bad.begin(), done.bad.end());
  return {};
}

}  // namespace

Result<std::vector<Record>> read_csv(std::string_view text) {
  auto rows = parse_csv(text);
  if (!rows) return rows.error();
  if (rows->empty()) return Error{Errc::bad_data, "the file is empty"};
  auto columns = columns_of(rows->front().fields);
  if (!columns) return columns.error();
  std::vector<Record> records;
  for (size_t i = 1; i < rows->size(); ++i) {
    const auto& row = (*rows)[i];
    if (row.fields.size() == rows->front().fields.size())
      records.push_back({row.line, customer_of(*columns, row.fields), ""});
    else
      records.push_back({row.line,
                         {},
                         std::to_string(row.fields.size()) + " fields where the first line names " +
                             std::to_string(rows->front().fields.size())});
  }
  return records;
}

std::string csv_head() {
  std::vector<std::string> names;
  for (const auto& one : kNames) names.emplace_back(one.english);
  return csv_line(names);
}

std::string csv_of(const Customer& customer) {
  std::vector<std::string> numbers, more;
  for (const auto& one : customer.numbers)
    numbers.push_back(one.kind.empty() ? one.number : one.kind + ":" + one.number);
  for (size_t i = 1; i < customer.addresses.size(); ++i)
    more.push_back(customer.addresses[i].area + "|" + customer.addresses[i].address);
  const auto first = customer.addresses.empty() ? store::CustomerAddress() : customer.addresses.front();
  return csv_line({customer.code, customer.name, customer.kind, customer.id_number, join(numbers, ";"), first.area,
                   first.address, join(customer.tags, ";"), customer.note, join(more, "\n")});
}

Result<Import> import_customers(Session& session, const std::vector<Record>& records, const ImportOptions& options) {
  if (auto may = session.need("customers", Right::add, "import"); !may) return may.error();
  auto expected = survey(session, records);
  if (!expected) return expected.error();
  if (options.dry_run || (!expected->bad.empty() && !options.skip_bad)) return expected;
  std::set<int64_t> bad;
  for (const auto& one : expected->bad) bad.insert(one.line);
  Import import;
  import.bad = expected->bad;
  std::vector<const Record*> batch;
  for (const auto& record : records) {
    if (!bad.contains(record.line)) batch.push_back(&record);
    if (batch.size() < kBatch && &record != &records.back()) continue;
    if (auto written = write_batch(session, batch, import); !written)
      return written.error().within("after " + std::to_string(import.added + import.changed) +
                                    " customers were written");
    batch.clear();
  }
  return import;
}

Result<int64_t> export_customers(Session& session, const std::function<void(const Customer&)>& on_customer) {
  if (auto may = session.need("customers", Right::print, "export"); !may) return may.error();
  int64_t rows = 0, last = 0;
  for (;;) {
    auto ids = store::customer_ids(session.store(), last, kPiece);
    if (!ids) return ids.error();
    if (ids->empty()) return rows;
    for (auto id : *ids) {
      auto customer = store::customer_by_id(session.store(), id);
      if (!customer) return customer.error();
      last = id;
      if (!*customer || (*customer)->closed_us) continue;
      on_customer(**customer);
      ++rows;
    }
  }
}

}  // namespace hotline::desk
