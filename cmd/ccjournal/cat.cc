// SPDX-License-Identifier: GPL-2.0-or-later
// Prints journal lines as they are: what they say is the truth, with numbers unmasked.
#include <cstdio>
#include <deque>

#include "base/id.h"
#include "journal/journal.h"
#include "verbs.h"

namespace hotline {

namespace {

constexpr int64_t kAhead = 256;  // events of a publisher held in memory

/// One publisher's events, one at a time.
class Source {
 public:
  Source(const std::string& dir, const std::string& publisher)
      : follower_(journal::Follower::open(dir, publisher, 1)) {}

  /// The next event, nullptr at the end.
  Result<const journal::Entry*> head() {
    if (ahead_.empty()) {
      auto polled = follower_->poll(
          [&](const journal::Entry& entry) { ahead_.push_back(entry); },
          [](const std::string& damage) { std::fprintf(stderr, "ccjournal: %s\n", damage.c_str()); }, kAhead);
      if (!polled) return polled.error();
    }
    return ahead_.empty() ? nullptr : &ahead_.front();
  }
  void pop() { ahead_.pop_front(); }

 private:
  std::unique_ptr<journal::Follower> follower_;
  std::deque<journal::Entry> ahead_;
};

}  // namespace

int cat(const CatOptions& options) {
  Utc since = Utc::min(), until = Utc::max();
  if (options.since) {
    auto when = parse_moment(*options.since, utc_now());
    if (!when) return cli::fail(when.error());
    since = *when;
  }
  if (options.until) {
    auto when = parse_moment(*options.until, utc_now(), true);
    if (!when) return cli::fail(when.error());
    until = *when;
  }
  if (options.call && !is_id(*options.call)) return cli::fail(Errc::usage, "'" + *options.call + "' is no call");

  auto instance = conf::Instance::from_environment();
  auto publishers = publishers_of(instance, options.from);
  if (!publishers) return cli::fail(publishers.error());
  std::vector<Source> sources;
  for (const auto& publisher : *publishers) sources.emplace_back(instance.journal_dir(), publisher);

  bool any = false;
  for (;;) {
    Source* next = nullptr;  // the earliest head; a publisher's own order stands even where its clock went back
    const journal::Entry* entry = nullptr;
    for (auto& source : sources) {
      auto head = source.head();
      if (!head) return cli::fail(head.error());
      if (*head && (!entry || (*head)->event.time < entry->event.time)) {
        next = &source;
        entry = *head;
      }
    }
    if (!next) break;
    const auto& event = entry->event;
    if (event.time >= since && event.time < until && (!options.call || event.call == *options.call) &&
        event.name.starts_with(options.event)) {
      std::printf("%s\n", entry->line.c_str());
      any = true;
    }
    next->pop();
  }
  return any ? 0 : static_cast<int>(Errc::no);
}

}  // namespace hotline
