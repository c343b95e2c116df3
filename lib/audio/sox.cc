// SPDX-License-Identifier: GPL-2.0-or-later
#include "audio/sox.h"

#include <sox.h>
#include <unistd.h>

#include <cerrno>
#include <cstdarg>
#include <cstdio>

#include "base/require.h"

namespace hotline::audio {

// What libsox said last; it is process-global like the rest of it, hence read under the turn only.
static std::string g_said;

static void remember_message(unsigned level, const char*, const char* format, va_list arguments) {
  if (level > 1) return;
  char text[512];
  std::vsnprintf(text, sizeof text, format, arguments);
  g_said = text;
}

std::unique_lock<std::mutex> sox_turn() {
  static std::mutex turn;
  std::unique_lock lock(turn);
  static bool ready = false;
  if (!ready) {
    require(sox_init() == SOX_SUCCESS);
    sox_globals.output_message_handler = remember_message;
    ready = true;
  }
  g_said.clear();
  errno = 0;
  return lock;
}

static sox_format_t* format_of(void* format) { return static_cast<sox_format_t*>(format); }

Result<SoxReader> SoxReader::open(const std::string& path, bool ignore_length) {
  if (::access(path.c_str(), R_OK) != 0) {
    auto error = errno_error("cannot open '" + path + "'", errno);
    return errno == ENOENT ? Error{Errc::no_input, error.text} : error;
  }
  sox_signalinfo_t signal{};
  signal.length = SOX_IGNORE_LENGTH;
  auto* format = sox_open_read(path.c_str(), ignore_length ? &signal : nullptr, nullptr, nullptr);
  if (!format)
    return Error{Errc::bad_data, "'" + path + "' is no audio file: " + (g_said.empty() ? "unknown format" : g_said)};
  return SoxReader(format);
}

SoxReader::~SoxReader() {
  if (format_) sox_close(format_of(format_));
}

int SoxReader::channels() const { return static_cast<int>(format_of(format_)->signal.channels); }
double SoxReader::rate() const { return format_of(format_)->signal.rate; }

size_t SoxReader::read(std::vector<int32_t>& buffer) {
  size_t got = sox_read(format_of(format_), buffer.data(), buffer.size());
  return got - got % static_cast<size_t>(channels());
}

Result<SoxWriter> SoxWriter::open(const std::string& path, const std::string& type, double rate, int channels) {
  sox_signalinfo_t signal{};
  signal.rate = rate;
  signal.channels = static_cast<unsigned>(channels);
  signal.precision = 16;  // else a compressing format takes 8 bits, less than A-law holds
  sox_encodinginfo_t encoding{};
  encoding.encoding = SOX_ENCODING_ALAW;
  encoding.bits_per_sample = 8;
  encoding.reverse_bytes = encoding.reverse_nibbles = encoding.reverse_bits = sox_option_default;
  errno = 0;
  auto* format =
      sox_open_write(path.c_str(), &signal, type == "wav" ? &encoding : nullptr, type.c_str(), nullptr, nullptr);
  if (!format) {
    int cause = errno;
    std::string text = "cannot write '" + path + "'";
    return Error{cause == EACCES ? Errc::denied : Errc::io, text + ": " + (cause ? errno_text(cause) : g_said)};
  }
  return SoxWriter(path, format);
}

SoxWriter::~SoxWriter() {
  if (format_) sox_close(format_of(format_));
}

Result<void> SoxWriter::write(const std::vector<int32_t>& samples, size_t count) {
  errno = 0;
  if (sox_write(format_of(format_), samples.data(), count) == count) return {};
  return errno_error("cannot write '" + path_ + "'", errno ? errno : EIO);
}

Result<void> SoxWriter::close() {
  errno = 0;
  auto* format = format_of(format_);
  format_ = nullptr;
  if (sox_close(format) == SOX_SUCCESS) return {};
  return errno_error("cannot finish '" + path_ + "'", errno ? errno : EIO);
}

bool sox_can_write(const std::string& type) { return sox_write_handler(nullptr, type.c_str(), nullptr) != nullptr; }

}  // namespace hotline::audio
