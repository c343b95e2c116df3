// SPDX-License-Identifier: GPL-2.0-or-later
#include "message_book.h"

#include <algorithm>

#include "base/check_digit.h"

namespace hotline::ccivr {

namespace {

/// Numbers begin with 1 to 9: a zero in front is what people leave away.
constexpr uint32_t kNumberFirst = 10'000'000, kNumbers = 90'000'000;

/// Later states have higher ones; 0 is none of ours.
int rank(const std::string& state) { return state == "new" ? 1 : state == "heard" ? 2 : state == "answered" ? 3 : 0; }

}  // namespace

std::string segment_of(const std::string& file) {
  std::string name = file.substr(file.rfind('/') + 1);
  return name.substr(0, name.rfind('.'));
}

void MessageBook::add(Message message) {
  if (message.number == next_number_) next_number_.clear();
  if (!message.number.empty()) numbers_[message.number] = message.file;
  segments_[segment_of(message.file)] = message.file;
  std::string file = message.file;
  messages_[file] = std::move(message);
}

void MessageBook::forget(const std::string& file) {
  auto found = messages_.find(file);
  if (found == messages_.end()) return;
  numbers_.erase(found->second.number);
  segments_.erase(segment_of(file));
  messages_.erase(found);
}

void MessageBook::apply(const wire::Event& event) {
  std::string file = wire::text(event.fields, "file");
  if (event.name == "voicemail.left")
    return add(
        {file, wire::text(event.fields, "number"), wire::text(event.fields, "mailbox"), event.call, to_us(event.time)});
  if (event.name == "message.deleted") return forget(file);
  if (!event.name.starts_with("message.")) return;
  std::string state = event.name.substr(event.name.find('.') + 1);
  auto found = messages_.find(file);
  if (found != messages_.end() && rank(state) > rank(found->second.state)) found->second.state = state;
}

const Message* MessageBook::of_file(const std::string& file) const {
  auto found = messages_.find(file);
  return found == messages_.end() ? nullptr : &found->second;
}

const Message* MessageBook::find(const std::string& id) const {
  for (const auto* index : {&numbers_, &segments_})
    if (auto found = index->find(id); found != index->end()) return of_file(found->second);
  return nullptr;
}

std::string MessageBook::number_for(const std::string& file) {
  if (auto known = segments_.find(segment_of(file)); known != segments_.end()) return of_file(known->second)->number;
  // Ninety million numbers, of which some thousands are taken: the first is free, as a rule.
  while (next_number_.empty() || numbers_.count(next_number_))
    next_number_ = with_check_digit(std::to_string(kNumberFirst + draw_(kNumbers)));
  return next_number_;
}

MessageBook::Count MessageBook::count(const std::string& mailbox) const {
  Count count;
  for (const auto& [file, message] : messages_)
    if (message.mailbox == mailbox) ++(message.state == "new" ? count.fresh : count.old);
  return count;
}

std::vector<Message> MessageBook::left_before(const std::string& mailbox, Utc then, size_t most) const {
  std::vector<Message> old;
  for (const auto& [file, message] : messages_)
    if (message.mailbox == mailbox && message.left_us < to_us(then)) old.push_back(message);
  std::sort(old.begin(), old.end(), [](const Message& a, const Message& b) { return a.left_us < b.left_us; });
  if (old.size() > most) old.resize(most);
  return old;
}

}  // namespace hotline::ccivr
