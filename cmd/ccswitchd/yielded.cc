// SPDX-License-Identifier: GPL-2.0-or-later
#include "yielded.h"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>

#include "base/log.h"

namespace hotline::ccswitchd {

using wire::Json;

Result<std::unique_ptr<Yielded>> Yielded::open(Loop& loop, const std::string& path, Hooks hooks) {
  std::unique_ptr<Yielded> yielded(new Yielded(loop, path, std::move(hooks)));
  auto listener = listen_link(path);
  if (!listener) return listener.error();
  yielded->listener_ = std::move(*listener);
  yielded->watch_ = loop.watch(yielded->listener_.get(), EPOLLIN, [raw = yielded.get()](uint32_t) { raw->accept(); });
  return yielded;
}

Yielded::~Yielded() { (void)::unlink(path_.c_str()); }

void Yielded::accept() {
  Fd fd(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
  if (!fd || face_) return;  // one face at a time
  sent_ = 0;
  taken_ = false;
  face_ = std::make_unique<Link>(
      loop_, std::move(fd), [this](const Json& message) { hear(message); },
      [this] {
        log_warning("yielded text='the ccswitchd that took over is gone; my calls go on, the next may take them'");
        face_.reset();
        taken_ = false;
        waiting_face_.reset();
        hooks_.calls(0);
      });
  face_->on_room([this] { tell_events(); });
}

void Yielded::ready(int64_t last) {
  last_ = last;
  ready_ = true;
  if (waiting_face_) take_over(*waiting_face_);
}

void Yielded::take_over(int64_t number) {
  if (!ready_) {
    waiting_face_ = number;
    return;
  }
  seen(number);
  Json estate = hooks_.estate();
  estate["lost_events"] = lost_;
  face_->send({{"estate", estate}});
  taken_ = true;
  tell_events();
  if (done_) face_->send({{"done", true}});
}

int64_t Yielded::take(wire::Event event) {
  event.number = ++last_;
  event.from = "ccswitchd";
  if (event.time == Utc{}) event.time = utc_now();
  std::string line = wire::encode(event);
  if (bytes_ + line.size() > kEventBytesMax) {
    if (lost_++ == 0) log_error("yielded text='no ccswitchd takes my events: they are lost from here on'");
    return last_;
  }
  bytes_ += line.size();
  events_.push_back({last_, std::move(line)});
  tell_events();
  return last_;
}

void Yielded::tell_events() {
  if (!face_ || !taken_) return;
  while (sent_ < events_.size() && face_->waiting() < Link::kWaitingHigh) {
    const Told& one = events_[sent_++];
    face_->send({{"event", one.line}, {"n", one.number}});
  }
}

void Yielded::seen(int64_t number) {
  while (!events_.empty() && events_.front().number <= number) {
    bytes_ -= events_.front().line.size();
    events_.pop_front();
    if (sent_ > 0) --sent_;
  }
}

void Yielded::hear(const Json& message) {
  if (message.contains("take")) return take_over(wire::integer(message, "seen"));
  if (!taken_) return;
  if (message.contains("seen")) return seen(wire::integer(message, "seen"));
  if (message.contains("hello")) return hooks_.hello(wire::text(message, "hello"));
  if (message.contains("phone")) return hooks_.phone(message);
  if (message.contains("calls"))
    return hooks_.calls(static_cast<size_t>(std::max<int64_t>(wire::integer(message, "calls"), 0)));
  if (message.contains("drain")) return hooks_.drain();
  if (!message.contains("ask")) return;
  auto answer = [this, ask = wire::integer(message, "ask")](const wire::Reply& reply) {
    if (face_) face_->send({{"answer", ask}, {"ok", reply.ok}, {"body", reply.body}});
  };
  if (auto reply = hooks_.command(wire::text(message, "verb"), wire::member(message, "body"), answer)) answer(*reply);
}

void Yielded::span_free(const std::string& span) {
  if (has_face()) face_->send({{"span", span}});
}

void Yielded::done() {
  done_ = true;
  if (has_face()) face_->send({{"done", true}});
}

}  // namespace hotline::ccswitchd
