// SPDX-License-Identifier: GPL-2.0-or-later
// The only place that knows DAHDI's header. Without it there is no driver.
#include "tdm/dahdi_driver.h"

#if __has_include(<dahdi/user.h>)

#include <dahdi/user.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>

namespace hotline::tdm {

namespace {

constexpr const char* kDevice = "/dev/dahdi/channel";
constexpr int kBuffers = 32;  // the most that the driver allows: what a stall of ours may cost
constexpr int kFrameBuffer = 1024;

class SystemDriver : public DahdiDriver {
 public:
  explicit SystemDriver(const DahdiCalls& calls) : calls_(calls) {}

  Result<Fd> open(int channel) override {
    const std::string what = "cannot open channel " + std::to_string(channel) + " at '" + kDevice + "'";
    Fd fd(calls_.open(kDevice, O_RDWR | O_NONBLOCK | O_CLOEXEC));
    if (!fd) {
      Error error = errno_error(what, errno);
      if (errno == ENOENT || errno == ENXIO) error.text += "; load the card's driver and run dahdi_cfg";
      return error;
    }
    if (calls_.ioctl(fd.get(), DAHDI_SPECIFY, &channel) != 0) {
      Error error = errno_error(what, errno);
      if (errno == EBUSY) error.text += "; another program has it";
      if (errno == ENXIO || errno == EINVAL) error.text += "; dahdi_cfg -vv lists the channels there are";
      return error;
    }
    return fd;
  }

  Result<Channel> about(int fd) override {
    dahdi_params params{};
    if (calls_.ioctl(fd, DAHDI_GET_PARAMS, &params) != 0) return errno_error("cannot be asked what it is", errno);
    const int kind = params.sigtype;
    return Channel{params.spanno, params.chanpos, kind == DAHDI_SIG_CLEAR,
                   kind == DAHDI_SIG_HDLCFCS || kind == DAHDI_SIG_HARDHDLC};
  }

  Result<void> make_audio(int fd, int block_octets) override {
    int on = 1, law = DAHDI_LAW_ALAW;
    if (calls_.ioctl(fd, DAHDI_AUDIOMODE, &on) != 0) return errno_error("cannot be made audio", errno);
    if (calls_.ioctl(fd, DAHDI_SETLAW, &law) != 0) return errno_error("cannot be made A-law", errno);
    return set_buffers(fd, block_octets);
  }

  Result<void> make_frames(int fd) override { return set_buffers(fd, kFrameBuffer); }

  ssize_t read(int fd, std::span<uint8_t> octets) override {
    return result_of(calls_.read(fd, octets.data(), octets.size()));
  }
  ssize_t write(int fd, std::span<const uint8_t> octets) override {
    return result_of(calls_.write(fd, octets.data(), octets.size()));
  }

  Event event(int fd) override {
    int what = DAHDI_EVENT_NONE;
    if (calls_.ioctl(fd, DAHDI_GETEVENT, &what) != 0) return errno == ENODEV ? Event::removed : Event::none;
    switch (what) {
      case DAHDI_EVENT_NONE:
        return Event::none;
      case DAHDI_EVENT_ALARM:
      case DAHDI_EVENT_NOALARM:
        return Event::alarm;
      case DAHDI_EVENT_REMOVED:
        return Event::removed;
      case DAHDI_EVENT_ABORT:
      case DAHDI_EVENT_OVERRUN:
      case DAHDI_EVENT_BADFCS:
        return Event::bad_frame;
      default:
        return Event::other;
    }
  }

  Alarms alarms(int fd, int span) override {
    dahdi_spaninfo info{};
    info.spanno = span;
    if (calls_.ioctl(fd, DAHDI_SPANSTAT, &info) != 0) return {.loss = true};
    const int what = info.alarms;
    return {(what & (DAHDI_ALARM_RED | DAHDI_ALARM_RECOVER | DAHDI_ALARM_NOTOPEN)) != 0, (what & DAHDI_ALARM_BLUE) != 0,
            (what & DAHDI_ALARM_YELLOW) != 0};
  }

 private:
  Result<void> set_buffers(int fd, int octets) {
    dahdi_bufferinfo info{};
    info.txbufpolicy = info.rxbufpolicy = DAHDI_POLICY_IMMEDIATE;
    info.numbufs = kBuffers;
    info.bufsize = octets;
    if (calls_.ioctl(fd, DAHDI_SET_BUFINFO, &info) != 0) return errno_error("its buffers cannot be set", errno);
    return {};
  }

  static ssize_t result_of(ssize_t result) {
    if (result >= 0) return result;
    if (errno == EAGAIN || errno == EINTR) return kNothing;
    return errno == ELAST ? kEvent : kGone;
  }

  const DahdiCalls calls_;
};

}  // namespace

std::unique_ptr<DahdiDriver> make_dahdi_driver(const DahdiCalls& calls) { return std::make_unique<SystemDriver>(calls); }

std::unique_ptr<DahdiDriver> make_dahdi_driver() {
  return make_dahdi_driver({[](const char* path, int flags) { return ::open(path, flags); },
                            [](int fd, unsigned long request, void* argument) { return ::ioctl(fd, request, argument); },
                            ::read, ::write});
}

}  // namespace hotline::tdm

#else

namespace hotline::tdm {

std::unique_ptr<DahdiDriver> make_dahdi_driver(const DahdiCalls&) { return nullptr; }
std::unique_ptr<DahdiDriver> make_dahdi_driver() { return nullptr; }

}  // namespace hotline::tdm

#endif
