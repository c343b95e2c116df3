// SPDX-License-Identifier: GPL-2.0-or-later
#include "media/socket_stream.h"

#include <sys/socket.h>

#include <algorithm>

namespace hotline::media {

SocketStream::SocketStream(Fd socket) : socket_(std::move(socket)) {
  said_.fill(kAlawSilence);
  heard_.fill(kAlawSilence);
}

void SocketStream::pull() {
  for (int i = 0; i < kReadsMax; ++i) {
    Packet packet;
    packet.fill(kAlawSilence);  // a short one is filled up
    if (::recv(socket_.get(), packet.data(), packet.size(), MSG_DONTWAIT) <= 0) break;
    if (count_ == kWaitingMax) {
      first_ = (first_ + 1) % kWaitingMax;
      --count_;
      ++books_.dropped;
    }
    waiting_[(first_ + count_++) % kWaitingMax] = packet;
  }
  if (count_ == 0) {
    if (begun_) ++books_.missing;
    said_.fill(kAlawSilence);
    return;
  }
  begun_ = true;
  said_ = waiting_[first_];
  first_ = (first_ + 1) % kWaitingMax;
  --count_;
}

void SocketStream::push() {
  if (::send(socket_.get(), heard_.data(), heard_.size(), MSG_DONTWAIT | MSG_NOSIGNAL) < 0) ++books_.lost;
}

}  // namespace hotline::media
