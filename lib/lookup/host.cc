// SPDX-License-Identifier: GPL-2.0-or-later
#include "lookup/host.h"

#include <netdb.h>

#include <cstring>

#include "base/text.h"

namespace hotline::lookup {

std::optional<Address> numeric_address(const std::string& host, const std::string& port) {
  addrinfo hints{};
  hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (::getaddrinfo(host.c_str(), port.c_str(), &hints, &found) != 0) return std::nullopt;
  Address address;
  address.length = found->ai_addrlen;
  std::memcpy(&address.storage, found->ai_addr, found->ai_addrlen);
  address.text = host;
  ::freeaddrinfo(found);
  return address;
}

Host::Host(Loop& loop, Reaper& reaper, std::string name, std::string port)
    : loop_(loop), reaper_(reaper), name_(std::move(name)), port_(std::move(port)) {
  address_ = numeric_address(name_, port_);
  asked_ = address_.has_value();
  if (!address_) resolve();
}

void Host::when_asked(const void* key, std::function<void()> known) {
  if (asked_) return known();
  waiting_[key] = std::move(known);
}

void Host::resolve() {
  static constexpr size_t kOutputMax = 16 << 10;
  auto child = Child::start(loop_, reaper_, {{"getent", "ahosts", "--", name_}, "/", "", kOutputMax, false},
                            [this](const Child::End& end) { learn(end.output); });
  child_ = child ? std::move(*child) : nullptr;
  timer_ = loop_.after(child_ ? kAnswerMax : seconds(0), [this] {
    child_.reset();
    learn("");
  });
}

/// "10.0.0.1  STREAM billing.example" a line, the best first. What is known stays when nothing better is.
void Host::learn(const std::string& output) {
  auto words = split(output, ' ');
  auto address = numeric_address(words.front(), port_);
  if (address) address_ = address;
  asked_ = true;
  timer_ = loop_.after(address ? kRefresh : kRetry, [this] { resolve(); });
  for (auto& [key, known] : std::exchange(waiting_, {})) known();
}

}  // namespace hotline::lookup
