// SPDX-License-Identifier: GPL-2.0-or-later
#include <doctest/doctest.h>
#include <grp.h>
#include <unistd.h>

#include "base/user.h"
#include "conf/mailbox.h"

using namespace hotline;
using namespace hotline::conf;

namespace {

struct Read {
  Mailboxes mailboxes;
  std::string complaints;
};

Read read(const std::string& text) {
  auto document = Document::parse("[[phone]]\nid = \"1001\"\n" + text, "hotline.toml").value();
  Table root = document.root();
  Read out{read_mailboxes(root), ""};
  if (auto verdict = document.verdict(); !verdict) out.complaints = verdict.error().text;
  return out;
}

std::string own_group() { return ::getgrgid(::getgid())->gr_name; }

}  // namespace

TEST_CASE("a mailbox has a name, and the rest by default") {
  auto one = read("[[mailbox]]\nname = \"service\"\n");
  CHECK(one.complaints.empty());
  CHECK(one.mailboxes.at("service").title == "service");
  CHECK(one.mailboxes.at("service").keep == std::chrono::days(400));
  auto full = read(
      "[[mailbox]]\nname = \"director\"\ntitle = \"Director\"\nphones = [\"1001\"]\ngroup = \"directors\"\nkeep = "
      "\"30d\"\n");
  CHECK(full.complaints.empty());
  CHECK(full.mailboxes.at("director").phones == std::vector<std::string>{"1001"});
  CHECK(full.mailboxes.at("director").keep == std::chrono::days(30));
}

TEST_CASE("what is wrong in a mailbox is told with its place") {
  const std::pair<const char*, const char*> cases[] = {
      {"[[mailbox]]\ntitle = \"x\"\n", "'name'"},
      {"[[mailbox]]\nname = \"new\"\n", "hotline.toml:4: 'name' in [[mailbox]]: 'new' is no mailbox"},
      {"[[mailbox]]\nname = \"../x\"\n", "is no mailbox"},
      {"[[mailbox]]\nname = \"a\"\nphones = [\"1002\"]\n", "there is no [[phone]] '1002'; did you mean '1001'?"},
      {"[[mailbox]]\nname = \"a\"\nkeep = \"0s\"\n", "'keep'"},
      {"[[mailbox]]\nname = \"a\"\n[[mailbox]]\nname = \"a\"\n", "there is a mailbox 'a' already"},
      {"[[mailbox]]\nname = \"a\"\ngruop = \"x\"\n", "did you mean 'group'?"},
  };
  for (const auto& [text, complaint] : cases) {
    INFO(text);
    CHECK(read(text).complaints.find(complaint) != std::string::npos);
  }
}

TEST_CASE("a mailbox with a group is open to its members, without one to everybody who is known") {
  Mailbox mine, all, nobodys;
  mine.group = own_group();
  nobodys.group = "there-is-no-such-group";
  CHECK(may_open(mine, unix_uid()));
  CHECK(may_open(all, unix_uid()));
  CHECK_FALSE(may_open(nobodys, unix_uid()));
  CHECK_FALSE(may_open(mine, -1));
  CHECK_FALSE(may_open(all, -1));
  CHECK(open_to({{"mine", mine}, {"nobodys", nobodys}}, unix_uid()) == std::vector<std::string>{"mine"});
}
