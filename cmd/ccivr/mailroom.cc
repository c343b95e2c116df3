// SPDX-License-Identifier: GPL-2.0-or-later
#include "mailroom.h"

#include <random>

#include "base/log.h"
#include "base/text.h"
#include "base/user.h"
#include "journal/journal.h"
#include "store/messages.h"
#include "store/position.h"

namespace hotline::ccivr {

namespace {

/// A caller who recorded something and left it nowhere has hung up long since.
constexpr seconds kForgottenAfter(24 * 3600);
/// Messages whose time is over are looked for so often, which is daily enough after any restart.
constexpr seconds kTidyEvery(3600);
/// So many are removed at once, and the next a second later: callers do not wait for that.
constexpr size_t kExpireMax = 200;
constexpr seconds kExpireMore(1);
/// The journal is synced every 50 ms.
constexpr milliseconds kSafeEvery(50);
/// Of the newest messages that were deleted, a file may be there still: we were killed just then.
constexpr int64_t kDeletedLook = 1000;
constexpr size_t kByMax = 64;

uint32_t draw(uint32_t below) {
  static std::random_device device;
  return std::uniform_int_distribution<uint32_t>(0, below - 1)(device);
}

}  // namespace

Mailroom::Mailroom(service::Service& service, conf::Mailboxes mailboxes, Lamps::Ask ask_switch)
    : service_(service),
      mailboxes_(std::move(mailboxes)),
      files_(service.instance().var()),
      book_(draw),
      lamps_(std::move(ask_switch), [this](microseconds span, std::function<void()> due) {
        return service_.loop().after(span, std::move(due));
      }) {
  load();
  service_.on_command(
      [this](const std::string& verb, const wire::Json& body, int uid) { return obey(verb, body, uid); });
  tidy_timer_ = service_.loop().every(kTidyEvery, [this] { tidy(); });
  tidy();
  light();
}

void Mailroom::use(conf::Mailboxes mailboxes) {
  mailboxes_ = std::move(mailboxes);
  tidy();
  light();
}

// ---- what there is

/// The store has what ccjournal folded, our journal the rest: a moment's worth, or all of it where there is no store.
void Mailroom::load() {
  int64_t folded = load_store();
  auto on_entry = [this](const journal::Entry& entry) {
    book_.apply(entry.event);
    if (entry.event.name == "message.deleted") files_.remove(wire::text(entry.event.fields, "file"));
    return true;
  };
  auto read = journal::read(service_.instance().journal_dir(), "ccivr", folded + 1, on_entry,
                            [](const std::string& damage) { log_warning("journal.damaged text='" + damage + "'"); });
  if (!read) log_error("messages.unknown text='" + read.error().text + "'");
  log_info("messages count=" + std::to_string(book_.size()) + " folded=" + std::to_string(folded));
}

/// The number of our last event that it has; 0 when it cannot be had, and then nothing was taken from it.
int64_t Mailroom::load_store() {
  const auto& instance = service_.instance();
  auto store = store::Connection::open(instance.store_file(), instance.share() + "/sql", store::Access::read);
  if (!store) return 0;
  auto tx = (*store)->tx_read();
  auto position = store::position(**store, "ccivr");
  if (!tx || !position) return 0;
  std::vector<Message> messages;
  auto found = store::find_messages(**store, {}, [&](const store::MessageRow& row) {
    messages.push_back({row.file, row.number, row.mailbox, row.call, row.left_us, row.state});
  });
  store::MessageFilter gone;
  gone.state = "deleted";
  gone.deleted = true;
  gone.rows_max = kDeletedLook;
  std::vector<std::string> removed;
  if (found) found = store::find_messages(**store, gone, [&](const auto& row) { removed.push_back(row.file); });
  if (!found) return 0;
  for (auto& message : messages) book_.add(std::move(message));
  for (const auto& file : removed) files_.remove(file);
  return position->number;
}

void Mailroom::tidy() {
  files_.sweep(kForgottenAfter, [this](const std::string& segment) { return book_.has_segment(segment); });
  expire();
}

void Mailroom::expire() {
  bool more = false;
  for (const auto& [name, mailbox] : mailboxes_) {
    auto old = book_.left_before(name, utc_now() - mailbox.keep, kExpireMax);
    for (const auto& message : old) change(message, "deleted", "keep");
    more = more || old.size() == kExpireMax;
  }
  more_timer_ = more ? service_.loop().after(kExpireMore, [this] { expire(); }) : Loop::Handle();
}

void Mailroom::light() {
  std::map<std::string, MessageBook::Count> counts;
  for (const auto& [name, mailbox] : mailboxes_) {
    if (mailbox.phones.empty()) continue;
    auto count = book_.count(name);
    for (const auto& phone : mailbox.phones) {
      counts[phone].fresh += count.fresh;
      counts[phone].old += count.old;
    }
  }
  lamps_.show(std::move(counts));
}

// ---- what happens

Result<std::string> Mailroom::deposit(const std::string& file, const std::string& mailbox) {
  auto box = mailboxes_.find(mailbox);
  return files_.deposit(file, mailbox, box == mailboxes_.end() ? "" : box->second.group);
}

void Mailroom::left(wire::Event event) {
  std::string file = wire::text(event.fields, "file");
  if (book_.of_file(file)) return;
  emit(std::move(event));
  light();
}

/// Its first name outlives the event that tells of its second.
void Mailroom::drop(const std::string& file) {
  once_safe(service_.last_number(), [this, file] { files_.drop(file); });
}

int64_t Mailroom::emit(wire::Event event) {
  event.time = utc_now();
  book_.apply(event);
  return service_.emit(std::move(event));
}

void Mailroom::change(const Message& message, const std::string& state, const std::string& by) {
  wire::Event event;
  event.name = "message." + state;
  event.call = message.call;
  event.fields = {{"mailbox", message.mailbox}, {"number", message.number}, {"file", message.file}, {"by", by}};
  std::string file = message.file;  // the message goes with the event
  int64_t number = emit(std::move(event));
  if (state == "deleted") once_safe(number, [this, file] { files_.remove(file); });
  light();
}

wire::Reply Mailroom::obey(const std::string& verb, const wire::Json& body, int uid) {
  static const std::map<std::string, std::string, std::less<>> kStates = {
      {"message-heard", "heard"}, {"message-answered", "answered"}, {"message-delete", "deleted"}};
  auto state = kStates.find(verb);
  if (state == kStates.end()) return wire::Reply::no(wire::code::kUnknownVerb, "ccivr knows no '" + verb + "'");
  std::string id = wire::text(body, "number"), by = wire::text(body, "by", unix_user(uid));
  if (id.empty()) return wire::Reply::no(wire::code::kBadRequest, "'number' is missing");
  if (by.size() > kByMax || !is_one_field(by))
    return wire::Reply::no(wire::code::kBadRequest, "'by' is longer than 64 octets or no text of one line");
  const Message* found = book_.find(id);
  auto box = found ? mailboxes_.find(found->mailbox) : mailboxes_.end();
  if (box == mailboxes_.end() || !conf::may_open(box->second, uid))
    return wire::Reply::no(wire::code::kNotFound, "there is no message '" + id + "'");
  Message message = *found;
  bool answered = message.state == "answered" && state->second == "heard";
  if (message.state != state->second && !answered) {
    change(message, state->second, by);
    message.state = state->second;
  }
  return wire::Reply::yes({{"number", message.number}, {"state", message.state}});
}

// ---- what waits for the disk

void Mailroom::once_safe(int64_t number, std::function<void()> act) {
  waiting_.push_back({number, std::move(act)});
  if (!safe_timer_) safe_timer_ = service_.loop().every(kSafeEvery, [this] { act_on_safe(); });
}

void Mailroom::act_on_safe() {
  int64_t safe = service_.synced_number();
  while (!waiting_.empty() && waiting_.front().number <= safe) {
    waiting_.front().act();
    waiting_.pop_front();
  }
  if (waiting_.empty()) safe_timer_.cancel();
}

}  // namespace hotline::ccivr
