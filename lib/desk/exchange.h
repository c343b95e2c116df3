// SPDX-License-Identifier: GPL-2.0-or-later
// Customers as files: CSV and vCard 3.0 (RFC 2426), in and out.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "desk/customers.h"

namespace hotline::desk {

/// One customer of a file, or what is wrong with his line.
struct Record {
  int64_t line = 0;
  Customer customer;
  std::string fault;
};
/// The first line names the columns, in any order, in English or Chinese; `name` there must be:
///
///     code 客户号, name 姓名, kind 类型, id_number 证件号, numbers 电话, area 区域, address 地址, tags 标签, note
///     备注, more_addresses 其他地址
///
/// Numbers and tags are parted by ';', a number may have its kind before it ("office:3331234"); further addresses are
/// lines "AREA|ADDRESS". `bad_data` for what is no CSV or has no such head.
Result<std::vector<Record>> read_csv(std::string_view text);
/// UID is the code, FN (or N, ORG) the name. Versions 2.1 (with quoted-printable) to 4.0, as telephones write them.
Result<std::vector<Record>> read_vcards(std::string_view text);

std::string csv_head();
std::string csv_of(const Customer& customer);
std::string vcard_of(const Customer& customer);

struct BadLine {
  int64_t line = 0;
  std::string text;
};
struct Import {
  int64_t added = 0, changed = 0, same = 0;
  std::vector<BadLine> bad;
};
/// Adds customers whose code is new or missing, and makes those that are there as the file says (with "modify"; what
/// the file's customer leaves empty stays). Every line is checked first: when one is bad nothing is written, unless
/// `skip_bad`. Written a few hundred at a time, so that others get their turn. `dry_run` writes nothing and says what
/// would become of the file.
struct ImportOptions {
  bool dry_run = false, skip_bad = false;
};
Result<Import> import_customers(Session& session, const std::vector<Record>& records, const ImportOptions& options);
/// Hands over each customer that is not closed, oldest first. Needs "print": the file leaves the house.
Result<int64_t> export_customers(Session& session, const std::function<void(const Customer&)>& on_customer);

}  // namespace hotline::desk
