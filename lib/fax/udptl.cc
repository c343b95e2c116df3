// SPDX-License-Identifier: GPL-2.0-or-later
#include "fax/udptl.h"

#include <algorithm>
#include <optional>

namespace hotline::fax {

namespace {

constexpr size_t kShortMax = 127, kLengthMax = 16383;
constexpr size_t kRepeatsMax = 16;  // that are read; more are none of a fax's

using Octets = std::span<const uint8_t>;

void put_length(std::vector<uint8_t>& into, size_t length) {
  if (length > kShortMax) into.push_back(static_cast<uint8_t>(0x80 | length >> 8));
  into.push_back(static_cast<uint8_t>(length));
}

void put(std::vector<uint8_t>& into, Octets packet) {
  put_length(into, packet.size());
  into.insert(into.end(), packet.begin(), packet.end());
}

size_t size_of(Octets packet) { return packet.size() + (packet.size() > kShortMax ? 2 : 1); }

std::optional<size_t> take_length(Octets& from) {
  if (from.empty()) return std::nullopt;
  size_t length = from[0], octets = 1;
  if (length > kShortMax) {
    // 0xC0 begins a fragment of 16384 octets and more: no datagram has that.
    if (length >= 0xC0 || from.size() < 2) return std::nullopt;
    length = (length & 0x3F) << 8 | from[1];
    octets = 2;
  }
  from = from.subspan(octets);
  return length;
}

std::optional<Octets> take_packet(Octets& from) {
  auto length = take_length(from);
  if (!length || *length > from.size()) return std::nullopt;
  Octets packet = from.first(*length);
  from = from.subspan(*length);
  return packet;
}

}  // namespace

UdptlSender::UdptlSender(int repeats, size_t datagram_max)
    : repeats_(static_cast<size_t>(std::clamp(repeats, 0, 8))),
      datagram_max_(std::clamp<size_t>(datagram_max, 64, kDatagramMax)) {}

std::vector<uint8_t> UdptlSender::next(Octets packet) {
  static constexpr size_t kFrame = 2 + 1 + 1;  // number, kind of recovery, count
  if (packet.size() > kLengthMax || size_of(packet) + kFrame > datagram_max_) return {};
  std::vector<uint8_t> datagram = {static_cast<uint8_t>(number_ >> 8), static_cast<uint8_t>(number_)};
  ++number_;
  put(datagram, packet);
  datagram.push_back(0);
  size_t room = datagram_max_ - datagram.size() - 1, count = 0;
  while (count < before_.size() && size_of(before_[count]) <= room) room -= size_of(before_[count++]);
  put_length(datagram, count);
  for (size_t i = 0; i < count; ++i) put(datagram, before_[i]);
  before_.insert(before_.begin(), std::vector<uint8_t>(packet.begin(), packet.end()));
  if (before_.size() > repeats_) before_.resize(repeats_);
  return datagram;
}

bool UdptlReceiver::take(Octets datagram, const Packet& packet) {
  if (datagram.size() < 4) return false;
  auto number = static_cast<uint16_t>(datagram[0] << 8 | datagram[1]);
  Octets rest = datagram.subspan(2);
  auto primary = take_packet(rest);
  if (!primary || rest.empty()) return false;
  bool parity = rest[0] & 0x80;
  rest = rest.subspan(1);
  std::vector<Octets> before;
  if (!parity) {
    auto count = take_length(rest);
    if (!count || *count > kRepeatsMax) return false;
    for (size_t i = 0; i < *count; ++i) {
      auto one = take_packet(rest);
      if (!one) return false;
      before.push_back(*one);
    }
  }
  // The first one may have been lost: a fax's numbers begin with 0.
  if (!begun_) next_ = number <= before.size() ? 0 : number;
  begun_ = true;
  auto ahead = static_cast<int16_t>(number - next_);
  if (ahead < 0) return true;  // known already
  // The oldest first; one that is shorter than an octet was no packet.
  for (size_t i = std::min(before.size(), static_cast<size_t>(ahead)); i-- > 0;) {
    auto its = static_cast<uint16_t>(number - 1 - i);
    lost_ += static_cast<uint16_t>(its - next_);
    next_ = static_cast<uint16_t>(its + 1);
    ++recovered_;
    if (!before[i].empty()) packet(before[i], its);
  }
  lost_ += static_cast<uint16_t>(number - next_);
  next_ = static_cast<uint16_t>(number + 1);
  if (!primary->empty()) packet(*primary, number);
  return true;
}

}  // namespace hotline::fax
