// SPDX-License-Identifier: GPL-2.0-or-later
#include "isdn/pcap.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "base/log.h"

namespace hotline::isdn {

namespace {

constexpr uint64_t kBytesMax = 256u << 20;
constexpr size_t kFrameMax = 1024;
constexpr size_t kLapdHead = 16;

struct FileHead {
  uint32_t magic = 0xA1B2C3D4;  // this machine's order, microseconds
  uint16_t major = 2, minor = 4;
  int32_t zone = 0;
  uint32_t accuracy = 0, longest = kFrameMax + kLapdHead, link_type = 177;
};
static_assert(sizeof(FileHead) == 24);

struct RecordHead {
  uint32_t seconds, microseconds, kept, length;
};

}  // namespace

Result<std::unique_ptr<Pcap>> Pcap::open(const std::string& path, bool network_side) {
  const std::string what = "cannot write capture '" + path + "'";
  Fd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0640));
  if (!fd) return errno_error(what, errno);
  struct stat info {};
  if (fstat(fd.get(), &info) != 0) return errno_error(what, errno);
  const FileHead head;
  if (info.st_size == 0) {
    auto written = write_all(fd.get(), {reinterpret_cast<const char*>(&head), sizeof head});
    if (!written) return written.error().within(what);
    info.st_size = sizeof head;
  } else {
    FileHead found;
    if (pread(fd.get(), &found, sizeof found, 0) != sizeof found || std::memcmp(&found, &head, sizeof head) != 0) {
      return Error{Errc::bad_data, what + ": the file is there and is no capture of a D channel; name another"};
    }
  }
  return std::unique_ptr<Pcap>(new Pcap(std::move(fd), path, network_side, static_cast<uint64_t>(info.st_size)));
}

void Pcap::write(std::span<const uint8_t> frame, bool outgoing, Utc time) {
  if (ended_ || frame.size() > kFrameMax) return;
  std::array<uint8_t, sizeof(RecordHead) + kLapdHead + kFrameMax> record{};
  const auto length = static_cast<uint32_t>(kLapdHead + frame.size());
  const RecordHead head{static_cast<uint32_t>(to_us(time) / 1'000'000), static_cast<uint32_t>(to_us(time) % 1'000'000),
                        length, length};
  std::memcpy(record.data(), &head, sizeof head);
  uint8_t* lapd = record.data() + sizeof head;  // a "cooked" header: direction, sender, protocol
  lapd[1] = outgoing ? 4 : 0;
  lapd[2] = 0x20;
  lapd[3] = 0xFD;
  lapd[5] = 1;
  lapd[6] = network_side_ ? 1 : 0;
  lapd[15] = 0x30;
  std::memcpy(lapd + kLapdHead, frame.data(), frame.size());
  const size_t size = sizeof head + length;
  if (bytes_ + size > kBytesMax) {
    ended_ = true;
    log_warning("capture '" + path_ + "' is full (256 MiB) and ends here; move it away and restart to begin another");
    return;
  }
  if (::write(fd_.get(), record.data(), size) != static_cast<ssize_t>(size)) {
    ended_ = true;  // half a record would spoil all that follows
    log_warning(errno_error("capture '" + path_ + "' ends", errno).text);
    return;
  }
  bytes_ += size;
}

}  // namespace hotline::isdn
