// SPDX-License-Identifier: GPL-2.0-or-later
#include "search.h"

#include <filesystem>

#include "base/id.h"
#include "base/user.h"
#include "conf/mailbox.h"
#include "service/service.h"
#include "store/messages.h"

namespace hotline::ccrec {

cli::Listing recordings_listing() {
  return cli::Listing({{"started", "STARTED"},
                       {"ms", "LENGTH", true},
                       {"caller", "CALLER"},
                       {"called", "CALLED"},
                       {"queue", "QUEUE"},
                       {"agent", "AGENT"},
                       {"call", ""},
                       {"segment", "SEGMENT"},
                       {"gap_ms", ""},
                       {"bytes", ""},
                       {"sha256", ""},
                       {"file", ""}});
}

Result<std::unique_ptr<store::Connection>> open_store(const conf::Instance& instance) {
  auto location = instance.store_location();
  if (!location) return location.error();
  auto opened = store::Connection::open(*location, instance.share() + "/sql", store::Access::read);
  if (opened || opened.error().code != Errc::no_input) return opened;
  return Error{Errc::no_input, opened.error().text + "; has ccjournal run in this instance?"};
}

Result<store::RecordingFilter> filter_of(const SearchOptions& options, Utc now) {
  store::RecordingFilter filter;
  filter.agent = options.agent;
  filter.caller = options.caller;
  filter.called = options.called;
  filter.queue = options.queue;
  filter.call = options.call;
  if (options.call && !is_id(*options.call)) return Error{Errc::usage, "--call: '" + *options.call + "' is no call"};
  if (options.since) {
    auto since = parse_moment(*options.since, now);
    if (!since) return since.error().within("--since");
    filter.since_us = to_us(*since);
  }
  if (options.until) {
    auto until = parse_moment(*options.until, now, true);
    if (!until) return until.error().within("--until");
    filter.until_us = to_us(*until);
  }
  return filter;
}

Result<std::set<std::string>> hidden_segments(const conf::Instance& instance, store::Connection& store) {
  std::set<std::string> hidden;
  std::error_code failed;
  if (!std::filesystem::exists(instance.config_file(), failed)) return hidden;  // a store that was carried elsewhere
  conf::Mailboxes mailboxes;
  auto read = service::load_config("", [&](conf::Table& root) { mailboxes = conf::read_mailboxes(root); });
  if (!read) return read.error();
  store::MessageFilter filter;
  filter.mailboxes.emplace();
  filter.deleted = true;
  for (const auto& [name, mailbox] : mailboxes)
    if (!conf::may_open(mailbox, unix_uid())) filter.mailboxes->push_back(name);
  if (filter.mailboxes->empty()) return hidden;
  auto found = store::find_messages(store, filter, [&](const store::MessageRow& row) {
    hidden.insert(std::filesystem::path(row.file).stem().string());
  });
  if (!found) return found.error();
  return hidden;
}

Result<std::vector<std::string>> files_of(const conf::Instance& instance, const std::string& call_or_segment) {
  auto dash = call_or_segment.find('-');
  if (!is_id(call_or_segment.substr(0, dash)))
    return Error{Errc::usage, "'" + call_or_segment + "' is neither a call nor a segment; ccrec find lists them"};
  auto store = open_store(instance);
  if (!store) return store.error();
  store::RecordingFilter filter;
  (dash == std::string::npos ? filter.call : filter.segment) = call_or_segment;
  auto hidden = hidden_segments(instance, **store);
  if (!hidden) return hidden.error();
  std::vector<std::string> files;
  auto found = store::find_recordings(**store, filter, [&](const store::Recording& row) {
    if (!hidden->count(row.segment)) files.push_back(instance.recordings_dir() + "/" + row.file);
  });
  if (!found) return found.error();
  if (files.empty()) return Error{Errc::no, "no recording of '" + call_or_segment + "'"};
  return files;
}

}  // namespace hotline::ccrec
