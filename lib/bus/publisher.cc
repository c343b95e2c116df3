// SPDX-License-Identifier: GPL-2.0-or-later
#include "bus/bus.h"
#include "bus/socket.h"

namespace hotline::bus {

namespace {

class PubPublisher : public Publisher {
 public:
  PubPublisher() : socket_(Socket::Kind::pub) {}
  Result<void> bind(const std::string& endpoint) { return socket_.bind(endpoint); }
  void publish(const std::string& topic, int64_t number, const std::string& line) override {
    (void)socket_.send({topic, std::to_string(number), line});  // PUB drops for slow readers and never refuses
  }

 private:
  Socket socket_;
};

}  // namespace

Result<std::unique_ptr<Publisher>> Publisher::bind(const std::string& endpoint) {
  auto publisher = std::make_unique<PubPublisher>();
  if (auto bound = publisher->bind(endpoint); !bound) return bound.error();
  return std::unique_ptr<Publisher>(std::move(publisher));
}

}  // namespace hotline::bus
