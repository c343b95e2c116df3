// SPDX-License-Identifier: GPL-2.0-or-later
// uses: base conf
// Any text as a configuration: it is read, or complained of with a place, and no getter minds what it meets.
#include <cstddef>
#include <cstdint>
#include <string>

#include "base/require.h"
#include "conf/conf.h"

using namespace hotline;
using namespace hotline::conf;

namespace {

constexpr char kName[] = "fuzz.toml";

void read_all(Table table, int depth) {
  for (const char* key : {"name", "called", "listen"}) (void)table.string(key);
  (void)table.needed("id");
  auto number = table.integer("calls_max", 5, 1, 100);
  require(number >= 1 && number <= 100);
  auto share = table.number("share", 0.5, 0, 1);
  require(share >= 0 && share <= 1);
  (void)table.boolean("outside", true);
  auto wait = table.duration("drain", seconds(3), seconds(0), seconds(60));
  require(wait >= seconds(0) && wait <= seconds(60));
  (void)table.strings("prompts");
  auto tick = table.choice("tick", "5ms", {"1ms", "5ms"});
  require(tick == "1ms" || tick == "5ms");
  if (depth > 0) {
    read_all(table.table("sip"), depth - 1);
    for (auto& one : table.tables("phone")) read_all(one, depth - 1);
    for (auto& [name, one] : table.named_tables()) read_all(one, depth - 1);
  }
  table.close();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string text(reinterpret_cast<const char*>(data), size);
  if (text.find("include") != text.npos) return 0;  // the disk is not what is tried here
  auto document = Document::parse(text, kName);
  if (!document) {
    require(document.error().code == Errc::config);
    return 0;
  }
  read_all(document->root(), 2);
  auto verdict = document->verdict();
  require(static_cast<bool>(verdict) == document->complaints().empty());
  for (const auto& complaint : document->complaints()) require(complaint.starts_with(kName));
  return 0;
}
