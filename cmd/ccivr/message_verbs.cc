// SPDX-License-Identifier: GPL-2.0-or-later
// What people do with messages: the list is read from the store, which ccjournal folds; what is done is asked of the
// ccivr that runs, which says it in its journal. A message that the user has no right to does not exist.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>

#include "base/fd.h"
#include "base/text.h"
#include "base/user.h"
#include "bus/bus.h"
#include "conf/mailbox.h"
#include "store/messages.h"
#include "verbs.h"

namespace hotline::ccivr {

namespace {

using store::MessageRow;

/// The store, the mailboxes, and of them those that are open to the user.
struct Desk {
  conf::Instance instance = conf::Instance::from_environment();
  conf::Mailboxes mailboxes;
  std::unique_ptr<store::Connection> store;

  std::vector<std::string> open_ones() const { return conf::open_to(mailboxes, unix_uid()); }
};

Result<Desk> sit_down() {
  Desk desk;
  auto read = service::load_config("", [&](conf::Table& root) { desk.mailboxes = conf::read_mailboxes(root); });
  if (!read) return read.error();
  auto location = desk.instance.store_location();
  if (!location) return location.error();
  auto store = store::Connection::open(*location, desk.instance.share() + "/sql", store::Access::read);
  if (!store && store.error().code == Errc::no_input)
    return Error{Errc::no_input, store.error().text + "; has ccjournal run in this instance?"};
  if (!store) return store.error();
  desk.store = std::move(*store);
  return desk;
}

cli::Field field(const std::string& text) { return text.empty() ? cli::Field() : cli::Field(text); }
cli::Field field(const std::optional<int64_t>& value) { return value ? cli::Field(*value) : cli::Field(); }

std::string length_of(const MessageRow& row) { return row.ms ? clock_text(seconds((*row.ms + 500) / 1000)) : ""; }

void print(const char* name, const std::string& value) {
  if (!value.empty()) std::printf("%-9s %s\n", name, value.c_str());
}

int show(const Desk& desk, const MessageRow& row, bool whole_numbers) {
  auto number = [&](const std::string& text) { return whole_numbers ? text : mask_number(text); };
  auto box = desk.mailboxes.find(row.mailbox);
  print("message", row.number);
  print("mailbox", row.mailbox + (box->second.title == row.mailbox ? "" : " (" + box->second.title + ")"));
  print("left", format_local(from_us(row.left_us)));
  print("length", length_of(row));
  print("caller", number(row.caller));
  print("called", row.called);
  print("topic", row.topic);
  print("number", number(row.reply_to));
  print("reply", row.reply);
  std::string by = row.changed_by.empty() ? "" : " by " + row.changed_by;
  print("state", row.state + (row.changed_us ? by + " " + format_local(from_us(*row.changed_us)) : ""));
  print("call", row.call);
  print("file", row.file);
  return 0;
}

Result<void> copy_to_stdout(const std::string& path) {
  Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) return errno_error("cannot open '" + path + "'", errno);
  char block[65536];
  while (ssize_t got = ::read(fd.get(), block, sizeof block)) {
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return errno_error("cannot read '" + path + "'", errno);
    if (auto put = write_all(STDOUT_FILENO, {block, static_cast<size_t>(got)}); !put) return put;
  }
  return {};
}

Result<void> tell(const Desk& desk, const char* verb, const std::string& id) {
  auto reply = bus::ask(desk.instance.command_endpoint("ccivr"), verb, {{"number", id}});
  if (!reply) return reply.error();
  return reply->ok ? Result<void>() : Result<void>(wire::error_of(*reply));
}

/// It is heard all the same when the daemon that should note it is away.
int play(const Desk& desk, const MessageRow& row, const std::string& id, bool to_stdout) {
  std::string path = desk.instance.var() + "/" + row.file;
  if (::access(path.c_str(), R_OK) != 0) return cli::fail(errno_error("cannot play '" + path + "'", errno));
  if (to_stdout)
    if (auto copied = copy_to_stdout(path); !copied) return cli::fail(copied.error());
  if (auto told = tell(desk, "message-heard", id); !told)
    std::fprintf(stderr, "ccivr: not noted as heard: %s\n", told.error().text.c_str());
  if (to_stdout) return 0;
  ::execlp("play", "play", "-q", path.c_str(), nullptr);
  return cli::fail(Errc::unavailable, "cannot run 'play' of the package sox: " + errno_text(errno));
}

}  // namespace

cli::Listing messages_listing() {
  return cli::Listing({{"number", "NUMBER"},
                       {"left", "LEFT"},
                       {"mailbox", "MAILBOX"},
                       {"caller", "CALLER"},
                       {"called", ""},
                       {"ms", "LENGTH", true},
                       {"topic", "TOPIC"},
                       {"reply_to", "NUMBER LEFT"},
                       {"reply", "REPLY"},
                       {"state", "STATE"},
                       {"by", "BY"},
                       {"changed", ""},
                       {"call", ""},
                       {"file", ""}});
}

int list_messages(const MessagesOptions& options, cli::Listing& list) {
  store::MessageFilter filter;
  if (options.only_new) filter.state = "new";
  if (options.since) {
    auto since = parse_moment(*options.since, utc_now());
    if (!since) return cli::fail(since.error().within("--since"));
    filter.since_us = to_us(*since);
  }
  auto desk = sit_down();
  if (!desk) return cli::fail(desk.error());
  filter.mailboxes = desk->open_ones();
  if (options.mailbox) std::erase_if(*filter.mailboxes, [&](const auto& name) { return name != *options.mailbox; });
  auto found = store::find_messages(*desk->store, filter, [&](const MessageRow& row) {
    Utc left = from_us(row.left_us);
    auto changed = row.changed_us ? format_utc(from_us(*row.changed_us)) : "";
    std::vector<cli::Field> machines = {field(row.number), format_utc(left), row.mailbox,           field(row.caller),
                                        field(row.called), field(row.ms),    field(row.topic),      field(row.reply_to),
                                        field(row.reply),  row.state,        field(row.changed_by), field(changed),
                                        row.call,          row.file};
    auto people = machines;
    people[1] = format_local(left);
    people[3] = field(mask_number(row.caller));
    people[5] = field(length_of(row));
    people[7] = field(mask_number(row.reply_to));
    list.row(machines, people);
  });
  if (!found) return cli::fail(found.error());
  return list.finish();
}

int one_message(const MessageOptions& options) {
  static const std::vector<std::string> kWhat = {"show", "play", "answer", "delete"};
  if (std::find(kWhat.begin(), kWhat.end(), options.what) == kWhat.end())
    return cli::fail(Errc::usage, "a message cannot be '" + options.what + "'" + did_you_mean(options.what, kWhat) +
                                      " (show, play, answer, delete)");
  auto desk = sit_down();
  if (!desk) return cli::fail(desk.error());
  store::MessageFilter filter;
  filter.mailboxes = desk->open_ones();
  filter.id = options.id;
  std::optional<MessageRow> message;
  auto found = store::find_messages(*desk->store, filter, [&](const MessageRow& row) { message = row; });
  if (!found) return cli::fail(found.error());
  if (!message) return cli::fail(Errc::no, "no message '" + options.id + "'");
  if (options.what == "show") return show(*desk, *message, options.whole_numbers);
  if (options.what == "play") return play(*desk, *message, options.id, options.to_stdout);
  auto told = tell(*desk, options.what == "answer" ? "message-answered" : "message-delete", options.id);
  return told ? 0 : cli::fail(told.error());
}

}  // namespace hotline::ccivr
