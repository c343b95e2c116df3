// SPDX-License-Identifier: GPL-2.0-or-later
// The mailboxes of the instance: joins what lies in them (message_book.h) to its files (messages.h), to ccivr's
// journal, to the lamps of telephones, and to those who hear, answer and delete. An event is the truth: what is done to
// a file for it is done once the event is safe on the disk, and done again at the next start if we are killed in
// between.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <string>

#include "conf/mailbox.h"
#include "lamps.h"
#include "message_book.h"
#include "messages.h"
#include "service/service.h"

namespace hotline::ccivr {

class Mailroom {
 public:
  Mailroom(service::Service& service, conf::Mailboxes mailboxes, Lamps::Ask ask_switch);

  /// After a reload.
  void use(conf::Mailboxes mailboxes);

  /// See Messages.
  Result<std::string> keep(const std::string& spool_file) { return files_.keep(spool_file); }
  void drop(const std::string& file);
  Result<std::string> deposit(const std::string& file, const std::string& mailbox);
  std::string number_for(const std::string& file) { return book_.number_for(file); }
  /// voicemail.left of what deposit() gave; none of one that was told of before we were killed.
  void left(wire::Event event);

 private:
  void load();
  int64_t load_store();
  void tidy();
  void expire();
  void light();
  wire::Reply obey(const std::string& verb, const wire::Json& body, int uid);
  void change(const Message& message, const std::string& state, const std::string& by);
  int64_t emit(wire::Event event);
  void once_safe(int64_t number, std::function<void()> act);
  void act_on_safe();

  service::Service& service_;
  conf::Mailboxes mailboxes_;
  Messages files_;
  MessageBook book_;
  Lamps lamps_;
  struct Waiting {
    int64_t number;
    std::function<void()> act;
  };
  std::deque<Waiting> waiting_;  ///< by number
  Loop::Handle safe_timer_, tidy_timer_, more_timer_;
};

}  // namespace hotline::ccivr
