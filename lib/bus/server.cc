// SPDX-License-Identifier: GPL-2.0-or-later
#include <deque>
#include <exception>
#include <map>
#include <memory>
#include <set>

#include "base/log.h"
#include "bus/bus.h"
#include "bus/socket.h"

namespace hotline::bus {

namespace {

constexpr size_t kRepliesMax = 1024, kReplyBytesMax = 8u << 20;
constexpr size_t kPendingMax = 1024;
constexpr int kCommandsAtOnce = 256;  // then the loop's other work has its turn

bool is_id(std::string_view text) {
  return !text.empty() && text.size() <= 36 &&
         text.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-") ==
             std::string_view::npos;
}

/// The last replies by (sender, id), so that a repeated command has one effect.
class Replies {
 public:
  struct Kept {
    std::string status, body;
  };
  const Kept* find(const std::string& key) const {
    auto found = kept_.find(key);
    return found != kept_.end() ? &found->second : nullptr;
  }
  void keep(const std::string& key, const std::string& status, const std::string& body) {
    bytes_ += body.size();
    kept_[key] = {status, body};
    order_.push_back(key);
    while (order_.size() > kRepliesMax || (bytes_ > kReplyBytesMax && order_.size() > 1)) {
      auto oldest = kept_.find(order_.front());
      bytes_ -= oldest->second.body.size();
      kept_.erase(oldest);
      order_.pop_front();
    }
  }

 private:
  std::map<std::string, Kept> kept_;
  std::deque<std::string> order_;
  size_t bytes_ = 0;
};

class RouterServer : public Server {
 public:
  RouterServer(Loop& loop, SlowHandler handler)
      : loop_(loop), handler_(std::move(handler)), socket_(Socket::Kind::router) {}

  Result<void> bind(const std::string& endpoint) {
    if (auto bound = socket_.bind(endpoint); !bound) return bound;
    watch_ = loop_.watch(socket_.fd(), EPOLLIN, [this](uint32_t) { drain(); });
    return {};
  }

  int64_t dropped() const override { return dropped_; }

 private:
  void drain() {
    Message message;
    for (int i = 0; i < kCommandsAtOnce; ++i) {
      if (!socket_.receive(message)) return;
      take(message);
    }
    more_ = loop_.after(microseconds(0), [this] { drain(); });
  }

  void take(const Message& message) {
    const auto& frames = message.frames;  // [sender] signature id verb body
    bool ours = frames.size() >= 3 && frames[1].rfind("cc-wire/", 0) == 0 && is_id(frames[2]);
    if (!ours || (frames[1] == wire::kSignature && message.count != 5)) {
      ++dropped_;
      return;
    }
    const std::string &sender = frames[0], &id = frames[2];
    if (frames[1] != wire::kSignature) {
      ++dropped_;
      answer(sender, id,
             wire::Reply::no(wire::code::kBadRequest, "this daemon speaks " + std::string(wire::kSignature)));
      return;
    }
    std::string key = sender + '/' + id;
    if (const auto* kept = replies_.find(key)) {
      (void)socket_.send({sender, wire::kSignature, id, kept->status, kept->body});
      return;
    }
    if (pending_.count(key)) return;
    if (pending_.size() >= kPendingMax) {
      (void)answer(sender, id, wire::Reply::no(wire::code::kBusy, "1024 commands wait for their answers already"));
      return;
    }
    pending_.insert(key);
    auto later = [this, alive = std::weak_ptr(alive_), sender, id](const wire::Reply& reply) {
      if (!alive.expired()) settle(sender, id, reply);
    };
    if (auto reply = obey(frames[3], frames[4], message.peer_uid, later)) settle(sender, id, *reply);
  }

  void settle(const std::string& sender, const std::string& id, const wire::Reply& reply) {
    std::string key = sender + '/' + id;
    if (pending_.erase(key) == 0) return;  // answered before
    auto [status, body] = answer(sender, id, reply);
    replies_.keep(key, status, body);
  }

  std::optional<wire::Reply> obey(const std::string& verb, const std::string& text, int peer_uid, Later later) {
    if (!wire::is_verb(verb)) return wire::Reply::no(wire::code::kBadRequest, "the verb is no verb");
    auto body = wire::parse(text);
    if (!body) return wire::Reply::no(wire::code::kBadRequest, body.error().text);
    if (!body->is_object()) return wire::Reply::no(wire::code::kBadRequest, "the body is no JSON object");
    try {
      return handler_(verb, *body, peer_uid, std::move(later));
    } catch (const wire::Json::exception& error) {  // a handler that reached for a field of another type
      return wire::Reply::no(wire::code::kBadRequest, error.what());
    } catch (const std::exception& error) {
      log_error("bus verb=" + verb + " fault=\"" + error.what() + "\"");
      return wire::Reply::no(wire::code::kInternal, error.what());
    }
  }

  /// Sends the reply and returns status and body as sent. To a sender that has gone it is dropped.
  std::pair<std::string, std::string> answer(const std::string& sender, const std::string& id,
                                             const wire::Reply& reply) {
    std::string status = reply.ok ? "ok" : "error", body = wire::dump(reply.body);
    if (body.size() > wire::kMessageBytesMax) {
      status = "error";
      body = wire::dump(wire::Reply::no(wire::code::kInternal, "the reply of " + std::to_string(body.size()) +
                                                                   " bytes is too long for one message")
                            .body);
    }
    (void)socket_.send({sender, wire::kSignature, id, status, body});
    return {status, body};
  }

  Loop& loop_;
  SlowHandler handler_;
  Socket socket_;
  Loop::Handle watch_, more_;
  Replies replies_;
  std::set<std::string> pending_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
  int64_t dropped_ = 0;
};

}  // namespace

Result<std::unique_ptr<Server>> Server::bind(Loop& loop, const std::string& endpoint, Handler handler) {
  return bind_slow(loop, endpoint,
                   [handler = std::move(handler)](const std::string& verb, const wire::Json& body, int peer_uid, Later) {
                     return std::optional(handler(verb, body, peer_uid));
                   });
}

Result<std::unique_ptr<Server>> Server::bind_slow(Loop& loop, const std::string& endpoint, SlowHandler handler) {
  auto server = std::make_unique<RouterServer>(loop, std::move(handler));
  if (auto bound = server->bind(endpoint); !bound) return bound.error();
  return std::unique_ptr<Server>(std::move(server));
}

}  // namespace hotline::bus
