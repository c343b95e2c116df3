// SPDX-License-Identifier: GPL-2.0-or-later
#include "desk/customers.h"

#include <algorithm>

#include "base/text.h"
#include "desk/customers_rows.h"
#include "desk/number.h"

namespace hotline::desk {

namespace {

constexpr const char* kBlock = "customers";

Result<void> check_text(const char* what, std::string& text, size_t octets_max) {
  text = std::string(trim(text));
  if (text.size() > octets_max)
    return Error{Errc::usage, std::string(what) + " is longer than " + std::to_string(octets_max) + " octets"};
  if (text.find('\0') != std::string::npos || valid_utf8(text) != text)
    return Error{Errc::usage, std::string(what) + " is not text in UTF-8"};
  return {};
}

Result<void> tidy_numbers(const Settings& settings, Customer& customer) {
  for (auto& one : customer.numbers) {
    std::string number = canonical_number(one.number, settings.area_code);
    if (number.empty()) return Error{Errc::usage, "'" + one.number + "' is no telephone number"};
    one.number = number;
    if (auto good = check_text("a number's note", one.note, kNameMax); !good) return good;
    if (auto good = check_text("a number's kind", one.kind, kNameMax); !good) return good;
  }
  auto by_number = [](const auto& a, const auto& b) { return a.number < b.number; };
  std::stable_sort(customer.numbers.begin(), customer.numbers.end(), by_number);
  auto same = [](const auto& a, const auto& b) { return a.number == b.number; };
  customer.numbers.erase(std::unique(customer.numbers.begin(), customer.numbers.end(), same), customer.numbers.end());
  if (customer.numbers.size() > kNumbersMax)
    return Error{Errc::usage, "a customer has at most " + std::to_string(kNumbersMax) + " numbers"};
  return {};
}

Result<void> tidy_addresses(Customer& customer) {
  for (auto& one : customer.addresses) {
    if (auto good = check_text("an address", one.address, kTextMax); !good) return good;
    if (auto good = check_text("an area", one.area, kNameMax); !good) return good;
  }
  std::erase_if(customer.addresses, [](const auto& one) { return one.address.empty() && one.area.empty(); });
  if (customer.addresses.size() > kAddressesMax)
    return Error{Errc::usage, "a customer has at most " + std::to_string(kAddressesMax) + " addresses"};
  return {};
}

Result<void> tidy_tags(Customer& customer) {
  for (auto& tag : customer.tags) {
    if (auto good = check_text("a tag", tag, kNameMax); !good) return good;
    if (tag.empty() || tag.find_first_of(",;\t\n\r ") != std::string::npos)
      return Error{Errc::usage, "'" + tag + "' is no tag: one word without comma or semicolon"};
  }
  std::sort(customer.tags.begin(), customer.tags.end());
  customer.tags.erase(std::unique(customer.tags.begin(), customer.tags.end()), customer.tags.end());
  if (customer.tags.size() > kTagsMax)
    return Error{Errc::usage, "a customer has at most " + std::to_string(kTagsMax) + " tags"};
  return {};
}

Result<std::string> next_code(Session& session) {
  auto number = store::next_number(session.store(), "customer", 1);
  if (!number) return number.error();
  std::string digits = std::to_string(*number);
  return std::string(digits.size() < 8 ? 8 - digits.size() : 0, '0') + digits;
}

}  // namespace

Result<void> tidy(const Settings& settings, Customer& customer) {
  if (auto good = check_text("a name", customer.name, kNameMax); !good) return good;
  if (customer.name.empty()) return Error{Errc::usage, "a customer has a name"};
  if (auto good = check_text("a code", customer.code, kNameMax); !good) return good;
  if (customer.code.find_first_of(" \t\n\r,;") != std::string::npos)
    return Error{Errc::usage, "'" + customer.code + "' is no code: one word without comma or semicolon"};
  if (auto good = check_text("an ID number", customer.id_number, kNameMax); !good) return good;
  if (auto good = check_text("a note", customer.note, kTextMax); !good) return good;
  if (customer.kind.empty()) customer.kind = "person";
  if (customer.kind != "person" && customer.kind != "company" && customer.kind != "prospect")
    return Error{Errc::usage, "'" + customer.kind + "' is no kind of customer: person, company, prospect"};
  if (auto good = tidy_numbers(settings, customer); !good) return good;
  if (auto good = tidy_addresses(customer); !good) return good;
  return tidy_tags(customer);
}

Result<Customer> insert_in_transaction(Session& session, Customer customer) {
  if (auto good = tidy(session.settings(), customer); !good) return good.error();
  if (customer.code.empty()) {
    auto code = next_code(session);
    if (!code) return code.error();
    customer.code = *code;
  }
  auto there = store::customer_by_code(session.store(), customer.code);
  if (!there) return there.error();
  if (*there) return Error{Errc::bad_data, "there is a customer '" + customer.code + "' already"};
  customer.id = session.new_id();
  customer.made_us = customer.changed_us = to_us(session.now());
  customer.changed_by = session.actor().name;
  customer.version = 1;
  if (auto done = store::insert_customer(session.store(), customer); !done) {
    if (session.store().trouble() == store::Trouble::constraint)
      return Error{Errc::bad_data, "there is a customer '" + customer.code + "' already"};
    return done.error();
  }
  if (auto told = tell_difference(session, Customer(), customer); !told) return told.error();
  return customer;
}

Result<void> tell_difference(Session& session, const Customer& was, const Customer& now) {
  auto told = [&](const std::string& field, const std::string& before, const std::string& after) {
    auto maybe = [](const std::string& text) { return text.empty() ? std::nullopt : std::optional(text); };
    return session.tell(kBlock, now.id, field, maybe(before), maybe(after));
  };
  auto mark = [](const std::optional<int64_t>& time) { return time ? format_utc(from_us(*time)) : std::string(); };
  const std::pair<const char*, std::pair<std::string, std::string>> fields[] = {
      {"code", {was.code, now.code}},
      {"name", {was.name, now.name}},
      {"kind", {was.kind, now.kind}},
      {"id_number", {was.id_number, now.id_number}},
      {"note", {was.note, now.note}},
      {"tags", {join(was.tags, " "), join(now.tags, " ")}},
      {"closed", {mark(was.closed_us), mark(now.closed_us)}},
      {"audited", {mark(was.audited_us), mark(now.audited_us)}}};
  for (const auto& [field, values] : fields)
    if (auto done = told(field, values.first, values.second); !done) return done;
  auto text = [](const store::CustomerNumber& one) {
    return one.kind + (one.note.empty() ? "" : " " + one.note) + " " + one.number;
  };
  for (const auto& one : was.numbers)
    if (std::find(now.numbers.begin(), now.numbers.end(), one) == now.numbers.end())
      if (auto done = told("number", text(one), ""); !done) return done;
  for (const auto& one : now.numbers)
    if (std::find(was.numbers.begin(), was.numbers.end(), one) == was.numbers.end())
      if (auto done = told("number", "", text(one)); !done) return done;
  for (size_t i = 0; i < std::max(was.addresses.size(), now.addresses.size()); ++i) {
    auto at = [i](const Customer& c) {
      return i < c.addresses.size() ? c.addresses[i].area + " " + c.addresses[i].address : std::string();
    };
    if (auto done = told("address " + std::to_string(i + 1), at(was), at(now)); !done) return done;
  }
  return {};
}

Result<Customer> find_row(Session& session, const std::string& code) {
  auto found = store::customer_by_code(session.store(), code);
  if (!found) return found.error();
  if (!*found) return Error{Errc::no, "there is no customer '" + code + "'"};
  return std::move(**found);
}

Result<void> check_frozen(const Customer& customer) {
  if (customer.closed_us)
    return Error{Errc::denied, "customer '" + customer.code + "' is closed; his history stays as it is"};
  if (customer.audited_us)
    return Error{Errc::denied, "customer '" + customer.code + "' is audited and so frozen; 'cccust unaudit' frees him"};
  return {};
}

Error changed_meanwhile(const Customer& customer, std::optional<int64_t> version) {
  return {Errc::again, "customer '" + customer.code + "' was changed by " + customer.changed_by + " at " +
                           format_local(from_us(customer.changed_us)) + ", version " +
                           std::to_string(customer.version) +
                           (version ? ", yours is " + std::to_string(*version) : "") + "; read it again"};
}

Result<Customer> update_in_transaction(Session& session, const Customer& was, Customer now) {
  if (auto good = tidy(session.settings(), now); !good) return good.error();
  if (now == was) return was;
  now.changed_by = session.actor().name;
  now.changed_us = to_us(session.now());
  auto written = store::update_customer(session.store(), was, now);
  if (!written) return written.error();
  if (!*written) {
    auto other = find_row(session, was.code);
    if (!other) return other.error();
    return changed_meanwhile(*other, was.version);
  }
  now.version = was.version + 1;
  if (auto told = tell_difference(session, was, now); !told) return told.error();
  return now;
}

Result<Customer> add_customer(Session& session, const Customer& wanted) {
  if (auto may = session.need(kBlock, Right::add, wanted.code); !may) return may.error();
  auto tx = session.store().tx_write();
  if (!tx) return tx.error();
  auto added = insert_in_transaction(session, wanted);
  if (!added) return added.error();
  if (auto done = tx->commit(); !done) return done.error();
  return added;
}

/// One change of one customer in a transaction of its own, whoever may.
static Result<Customer> change_row(Session& session, const std::string& code, std::optional<int64_t> version,
                                   const Edit& edit) {
  auto tx = session.store().tx_write();
  if (!tx) return tx.error();
  auto was = find_row(session, code);
  if (!was) return was.error();
  if (version && *version != was->version) return changed_meanwhile(*was, version);
  Customer now = *was;
  if (auto edited = edit(now); !edited) return edited.error();
  auto changed = update_in_transaction(session, *was, std::move(now));
  if (!changed) return changed.error();
  if (auto done = tx->commit(); !done) return done.error();
  return changed;
}

Result<Customer> change_customer(Session& session, const std::string& code, std::optional<int64_t> version,
                                 const Edit& edit) {
  if (auto may = session.need(kBlock, Right::modify, code); !may) return may.error();
  return change_row(session, code, version, [&](Customer& now) -> Result<void> {
    if (auto free = check_frozen(now); !free) return free;
    return edit(now);
  });
}

Result<void> close_customer(Session& session, const std::string& code, std::optional<int64_t> version) {
  if (auto may = session.need(kBlock, Right::remove, code); !may) return may;
  auto closed = change_row(session, code, version, [&](Customer& now) -> Result<void> {
    if (auto free = check_frozen(now); !free) return free;
    now.closed_us = to_us(session.now());
    return {};
  });
  if (!closed) return closed.error();
  return {};
}

static Result<void> freeze(Session& session, const std::string& code, Right right) {
  if (auto may = session.need(kBlock, right, code); !may) return may;
  auto frozen = change_row(session, code, std::nullopt, [&](Customer& now) -> Result<void> {
    bool audited = right == Right::audit;
    if (now.audited_us.has_value() != audited)
      now.audited_us = audited ? std::optional(to_us(session.now())) : std::nullopt;
    return {};
  });
  if (!frozen) return frozen.error();
  return {};
}

Result<void> audit_customer(Session& session, const std::string& code) { return freeze(session, code, Right::audit); }
Result<void> unaudit_customer(Session& session, const std::string& code) {
  return freeze(session, code, Right::unaudit);
}

Result<Customer> customer(Session& session, const std::string& code) {
  if (auto may = session.need(kBlock, Right::query, code); !may) return may.error();
  return find_row(session, code);
}

/// The form in which numbers are kept; a number that is none finds nobody.
static Result<void> settle_filter(Session& session, store::CustomerFilter& filter) {
  if (filter.number.empty()) return {};
  std::string number = canonical_number(filter.number, session.settings().area_code);
  if (number.empty()) return Error{Errc::usage, "'" + filter.number + "' is no telephone number"};
  filter.number = number;
  return {};
}

Result<std::vector<Customer>> customers_by_number(Session& session, const std::string& number) {
  store::CustomerFilter filter;
  filter.number = number;
  return find_customers(session, filter);
}

Result<std::vector<Customer>> find_customers(Session& session, store::CustomerFilter filter) {
  if (auto may = session.need(kBlock, Right::query, "find"); !may) return may.error();
  if (auto settled = settle_filter(session, filter); !settled) return settled.error();
  return store::find_customers(session.store(), filter);
}

Result<int64_t> count_customers(Session& session, store::CustomerFilter filter) {
  if (auto may = session.need(kBlock, Right::query, "count"); !may) return may.error();
  if (auto settled = settle_filter(session, filter); !settled) return settled.error();
  return store::count_customers(session.store(), filter);
}

Result<std::vector<store::ChangeRow>> customer_history(Session& session, const std::string& code) {
  auto row = customer(session, code);
  if (!row) return row.error();
  std::vector<store::ChangeRow> all;
  auto asked =
      store::changes_of(session.store(), kBlock, row->id, [&](const store::ChangeRow& one) { all.push_back(one); });
  if (!asked) return asked.error();
  return all;
}

}  // namespace hotline::desk
