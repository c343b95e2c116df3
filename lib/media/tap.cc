// SPDX-License-Identifier: GPL-2.0-or-later
#include "media/tap.h"

#include <sys/socket.h>

#include <cerrno>

namespace hotline::media {

static constexpr int kSendBuffer = 64 * 1024;  // about 1.5 s, as the kernel counts packets of that size

Tap::Tap(TapId id, PortId target, Fd socket)
    : Note(Kind::tap), id(id), target_id(target), socket_(std::move(socket)) {
  (void)::setsockopt(socket_.get(), SOL_SOCKET, SO_SNDBUF, &kSendBuffer, sizeof kSendBuffer);
}

bool Tap::add(const uint8_t* left, const uint8_t* right, int samples) {
  for (int i = 0; i < samples; ++i) {
    packet_[filled_++] = left[i];
    packet_[filled_++] = right[i];
    if (filled_ == packet_.size() && !send()) return false;
  }
  return true;
}

bool Tap::send() {
  filled_ = 0;
  ssize_t put = ::send(socket_.get(), packet_.data(), packet_.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  if (put >= 0) {
    samples_ += kPacketSamples;
    return true;
  }
  if (errno != EAGAIN && errno != ENOBUFS && errno != EINTR) return false;
  gap_samples_ += kPacketSamples;
  return true;
}

}  // namespace hotline::media
