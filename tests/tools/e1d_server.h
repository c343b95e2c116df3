// SPDX-License-Identifier: GPL-2.0-or-later
// A double of osmo-e1d at its socket seam: a virtual pair of interfaces, 0 and 1, of one line each; what is written to one
// is read from the other. Clocked by step().
#pragma once

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "base/fd.h"
#include "base/require.h"
#include "tdm/e1d_protocol.h"
#include "tdm/hdlc.h"
#include "tdm/span.h"

namespace hotline::tdm {

class E1dServer {
 public:
  explicit E1dServer(const std::string& path) : path_(path) {
    ::unlink(path.c_str());
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    require(path.size() < sizeof address.sun_path);
    std::copy(path.begin(), path.end(), address.sun_path);
    listener_ = Fd(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    require(::bind(listener_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    require(::listen(listener_.get(), 8) == 0);
  }
  ~E1dServer() { ::unlink(path_.c_str()); }

  // How it misbehaves.
  int refused_slot = -1;        ///< answered without a body, as the real one does
  bool no_descriptor = false;   ///< opened, but the descriptor is forgotten
  bool silent = false;          ///< hears and never answers
  int other_version = 1;

  /// Takes new clients and answers what they ask.
  void serve() {
    for (int fd; (fd = ::accept4(listener_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0;) {
      clients_.emplace_back(fd);
    }
    for (auto& client : clients_) {
      std::array<uint8_t, kE1dMessageMax> message;
      ssize_t got;
      while (client && (got = ::recv(client.get(), message.data(), message.size(), MSG_DONTWAIT)) >= 0) {
        auto asked = got > 0 ? parse_e1d({message.data(), static_cast<size_t>(got)}) : std::nullopt;
        if (!asked) {
          client.reset();
        } else if (!silent) {
          answer(client.get(), *asked);
        }
      }
    }
    std::erase_if(clients_, [](const Fd& client) { return !client; });
  }

  void event(uint8_t type, uint8_t interface) {
    for (auto& client : clients_) reply(client.get(), {type, interface, 0, 0xFF, {}}, -1);
  }

  /// The daemon is gone, its sockets closed; serve() takes clients again.
  void drop_all() {
    clients_.clear();
    for (auto& line : lines_) line = Line();
  }
  void drop_line(int interface) { lines_[static_cast<size_t>(interface)] = Line(); }

  /// So many frames go from each line to the other.
  void step(int frames) {
    std::vector<uint8_t> a(static_cast<size_t>(frames * kTimeslots), 0xFF), b(a);
    lines_[0].collect(a, frames);
    lines_[1].collect(b, frames);
    lines_[0].deliver(b, frames);
    lines_[1].deliver(a, frames);
  }
  int open_slots(int interface) const {
    int count = 0;
    for (const auto& slot : lines_[static_cast<size_t>(interface)].slots) count += static_cast<bool>(slot.fd);
    return count;
  }
  uint64_t underflows() const { return lines_[0].underflows + lines_[1].underflows; }

 private:
  struct Slot {
    Fd fd;
    size_t unit = 0;
    bool started = false;
    std::vector<uint8_t> collected;
    std::unique_ptr<Hdlc> hdlc;
  };
  struct Line {
    bool superchannel = false;
    std::array<Slot, 33> slots;  // the last is the superchannel
    uint64_t underflows = 0;

    void collect(std::vector<uint8_t>& block, int frames) {
      std::vector<uint8_t> octets(static_cast<size_t>(frames) * 31);
      for (int at = superchannel ? 32 : 1; at < (superchannel ? 33 : 32); at++) {
        Slot& slot = slots[static_cast<size_t>(at)];
        if (!slot.fd) continue;
        const int first = superchannel ? 1 : at, width = superchannel ? 31 : 1;
        const auto wanted = static_cast<size_t>(frames * width);
        size_t got = wanted;
        if (slot.hdlc) {
          ssize_t length;
          while ((length = ::recv(slot.fd.get(), octets.data(), octets.size(), MSG_DONTWAIT)) > 0) {
            slot.hdlc->send({octets.data(), static_cast<size_t>(length)});
          }
          slot.hdlc->transmit({octets.data(), wanted});
        } else {
          const ssize_t length = ::recv(slot.fd.get(), octets.data(), wanted, MSG_DONTWAIT);
          got = length > 0 ? static_cast<size_t>(length) : 0;
          if (got > 0) slot.started = true;
          if (slot.started && got < wanted) underflows++;
        }
        for (size_t i = 0; i < got; i++) {
          block[(i / static_cast<size_t>(width)) * kTimeslots + static_cast<size_t>(first) + i % static_cast<size_t>(width)] =
              octets[i];
        }
      }
    }

    void deliver(const std::vector<uint8_t>& block, int frames) {
      for (int at = superchannel ? 32 : 1; at < (superchannel ? 33 : 32); at++) {
        Slot& slot = slots[static_cast<size_t>(at)];
        if (!slot.fd) continue;
        std::vector<uint8_t> octets;
        for (int i = 0; i < frames; i++) {
          const uint8_t* frame = &block[static_cast<size_t>(i) * kTimeslots];
          if (superchannel) {
            octets.insert(octets.end(), frame + 1, frame + kTimeslots);
          } else {
            octets.push_back(frame[at]);
          }
        }
        if (slot.hdlc) {
          slot.hdlc->receive(octets);
          continue;
        }
        for (uint8_t octet : octets) {
          slot.collected.push_back(octet);
          if (slot.collected.size() < slot.unit) continue;
          (void)!::send(slot.fd.get(), slot.collected.data(), slot.unit, MSG_DONTWAIT | MSG_NOSIGNAL);
          slot.collected.clear();
        }
      }
    }
  };

  void reply(int client, const E1dMessage& message, int descriptor) {
    std::array<uint8_t, kE1dMessageMax> octets;
    size_t length = write_e1d(octets.data(), message);
    octets[1] = static_cast<uint8_t>(other_version);
    iovec part{octets.data(), length};
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
    msghdr head{};
    head.msg_iov = &part;
    head.msg_iovlen = 1;
    if (descriptor >= 0) {
      head.msg_control = control.data();
      head.msg_controllen = control.size();
      cmsghdr* one = CMSG_FIRSTHDR(&head);
      one->cmsg_level = SOL_SOCKET;
      one->cmsg_type = SCM_RIGHTS;
      one->cmsg_len = CMSG_LEN(sizeof(int));
      std::memcpy(CMSG_DATA(one), &descriptor, sizeof descriptor);
    }
    (void)!::sendmsg(client, &head, MSG_NOSIGNAL);
  }

  void answer(int client, const E1dMessage& asked) {
    E1dMessage answer{static_cast<uint8_t>(asked.type | kE1dAnswer), 0, 0, 0, {}};
    const bool known = asked.interface < lines_.size() && asked.line == 0 && !asked.body.empty();
    if (asked.type == kE1dLineConfig && known) {
      lines_[asked.interface].superchannel = asked.body[0] == kE1dSuperchannel;
      const std::array<uint8_t, 3> info{asked.line, asked.body[0], 0};
      answer.body = info;
      return reply(client, answer, -1);
    }
    if (asked.type != kE1dOpen || !known || asked.body.size() != 4 || asked.slot == refused_slot) {
      return reply(client, answer, -1);
    }
    Slot& slot = lines_[asked.interface].slots[asked.slot == kE1dWholeLine ? 32 : asked.slot % 32];
    const bool hdlc = asked.body[0] == kE1dHdlc;
    int pair[2];
    require(::socketpair(AF_UNIX, (hdlc ? SOCK_SEQPACKET : SOCK_STREAM) | SOCK_CLOEXEC, 0, pair) == 0);
    slot = Slot();
    slot.fd = Fd(pair[0]);
    Fd theirs(pair[1]);
    uint16_t unit;
    std::memcpy(&unit, &asked.body[2], sizeof unit);
    slot.unit = unit;
    if (hdlc) {
      slot.hdlc = std::make_unique<Hdlc>([fd = pair[0]](std::span<const uint8_t> frame) {
        (void)!::send(fd, frame.data(), frame.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
      });
    }
    const std::array<uint8_t, 6> info{asked.slot, asked.body[0], 0, asked.body[2], asked.body[3], 0xA5};
    answer.body = info;
    reply(client, answer, no_descriptor ? -1 : theirs.get());
  }

  const std::string path_;
  Fd listener_;
  std::vector<Fd> clients_;
  std::array<Line, 2> lines_;
};

}  // namespace hotline::tdm
