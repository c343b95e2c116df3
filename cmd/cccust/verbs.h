// SPDX-License-Identifier: GPL-2.0-or-later
// cccust: customers. One file a verb or two.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/user.h"
#include "cli/output.h"
#include "desk/customers.h"

namespace hotline::cccust {

inline Result<desk::Desk> open(const std::string& as) {
  return desk::open_desk(conf::Instance::from_environment(), unix_user(), as);
}

cli::Listing customers_listing();
void print(const desk::Customer& customer, cli::Listing& list);
/// "office:3331234" or a number alone.
store::CustomerNumber number_of(const std::string& text);

struct FindOptions {
  std::vector<std::string> words;
  std::string number, name, address, note, tag, area, id_number;
  bool closed = false, count = false;
  int64_t limit = 100;
};
int find(const std::string& as, const FindOptions& options, cli::Listing& list);
int show(const std::string& as, const std::string& code, cli::Listing& list);
cli::Listing history_listing();
int history(const std::string& as, const std::string& code, cli::Listing& list);

/// What add and set have in common; what is not given stays.
struct Fields {
  std::optional<std::string> name, kind, id_number, note, address, area;
  std::vector<std::string> tags, more_addresses;
};
void add_options(cli::Verb& verb, Fields& fields);

struct AddOptions {
  std::string code;
  Fields fields;
  std::vector<std::string> numbers;
};
int add(const std::string& as, const AddOptions& options, cli::Listing& list);

struct SetOptions {
  std::string code;
  Fields fields;
  std::vector<std::string> no_tags;
  int64_t version = 0;
};
int set(const std::string& as, const SetOptions& options, cli::Listing& list);

struct NumberOptions {
  std::string code, note;
  std::vector<std::string> add, remove;
  int64_t version = 0;
};
int number(const std::string& as, const NumberOptions& options, cli::Listing& list);

struct NoteOptions {
  std::string code, text;
};
int note(const std::string& as, const NoteOptions& options);

struct CodeOptions {
  std::string code, into;
  int64_t version = 0;
};
int close(const std::string& as, const CodeOptions& options);
int audit(const std::string& as, const CodeOptions& options, bool frozen);
int merge(const std::string& as, const CodeOptions& options, cli::Listing& list);

struct ImportOptions {
  std::string file = "-";
  bool dry_run = false, skip_bad = false, vcard = false;
};
cli::Listing import_listing();
int import_file(const std::string& as, const ImportOptions& options, cli::Listing& list);
int export_file(const std::string& as, bool vcard);

}  // namespace hotline::cccust
