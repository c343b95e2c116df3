// SPDX-License-Identifier: GPL-2.0-or-later
#include "audio/sox.h"

#include <fcntl.h>
#include <sox.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>

#include "base/fd.h"
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

Result<int64_t> sync_and_size(const std::string& path, int64_t bytes_min) {
  Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat status;
  if (!fd || ::fsync(fd.get()) != 0 || ::fstat(fd.get(), &status) != 0)
    return errno_error("cannot sync '" + path + "'", errno);
  if (status.st_size < bytes_min) return errno_error("cannot write '" + path + "'", ENOSPC);
  return status.st_size;
}

namespace {

/// The end of a chain of effects: what comes out, up to a bound.
struct Catch {
  std::vector<int32_t> samples;
  size_t most = 0;
  bool full = false;
};

int catch_samples(sox_effect_t* effect, const sox_sample_t* in, sox_sample_t*, size_t* in_count, size_t* out_count) {
  Catch& into = **static_cast<Catch**>(effect->priv);
  *out_count = 0;
  into.full = into.full || into.samples.size() + *in_count > into.most;
  if (into.full) return SOX_EOF;
  into.samples.insert(into.samples.end(), in, in + *in_count);
  return SOX_SUCCESS;
}

const sox_effect_handler_t* catching() {
  static const sox_effect_handler_t kHandler = [] {
    sox_effect_handler_t handler{};
    handler.name = "catch";
    handler.flags = SOX_EFF_MCHAN;
    handler.flow = catch_samples;
    handler.priv_size = sizeof(Catch*);
    return handler;
  }();
  return &kHandler;
}

class Chain {
 public:
  explicit Chain(sox_format_t* in) : in_(in), signal_(in->signal), chain_(sox_create_effects_chain(&in->encoding, nullptr)) {}
  ~Chain() { sox_delete_effects_chain(chain_); }
  Chain(const Chain&) = delete;
  Chain& operator=(const Chain&) = delete;

  bool add(const char* name, std::vector<const char*> words, const sox_signalinfo_t& out) {
    auto* effect = sox_create_effect(sox_find_effect(name));
    if (!effect) return false;
    std::vector<char*> arguments;
    for (const char* word : words) arguments.push_back(const_cast<char*>(word));  // libsox only reads them
    bool good = sox_effect_options(effect, static_cast<int>(arguments.size()), arguments.data()) == SOX_SUCCESS;
    return put(effect, good, out);
  }
  bool add_catch(Catch& into, const sox_signalinfo_t& out) {
    auto* effect = sox_create_effect(catching());
    if (!effect) return false;
    *static_cast<Catch**>(effect->priv) = &into;
    return put(effect, true, out);
  }
  bool add_input() { return add("input", {reinterpret_cast<const char*>(in_)}, in_->signal); }
  const sox_signalinfo_t& signal() const { return signal_; }
  void flow() { sox_flow_effects(chain_, nullptr, nullptr); }

 private:
  bool put(sox_effect_t* effect, bool good, const sox_signalinfo_t& out) {
    sox_signalinfo_t wanted = out;
    good = good && sox_add_effect(chain_, effect, &signal_, &wanted) == SOX_SUCCESS;
    std::free(effect);  // the chain has a copy
    return good;
  }

  sox_format_t* in_;
  sox_signalinfo_t signal_;
  sox_effects_chain_t* chain_;
};

}  // namespace

Result<std::vector<int32_t>> sox_resample(std::string_view file, double rate, size_t samples_max) {
  sox_signalinfo_t signal{};
  signal.length = SOX_IGNORE_LENGTH;
  std::string octets(file);  // libsox wants to write there
  sox_format_t* format =
      octets.empty() ? nullptr : sox_open_mem_read(octets.data(), octets.size(), &signal, nullptr, "wav");
  if (!format) {
    size_t cause = g_said.rfind("': ");  // behind the name of a file, which it has not
    return Error{Errc::bad_data, "it is no WAV" + (cause == g_said.npos ? "" : ": " + g_said.substr(cause + 3))};
  }
  SoxReader closes(format);
  sox_signalinfo_t wanted = format->signal;
  wanted.rate = rate;
  wanted.channels = 1;
  std::string hertz = std::to_string(static_cast<int>(rate));
  Catch caught;
  caught.most = samples_max;
  Chain chain(format);
  // The gain leaves room for what resampling overshoots.
  bool good = chain.add_input() && chain.add("gain", {"-3"}, format->signal) &&
              (format->signal.channels == 1 || chain.add("channels", {"1"}, wanted)) &&
              (format->signal.rate == rate || chain.add("rate", {"-h", hertz.c_str()}, wanted)) &&
              chain.add_catch(caught, wanted);
  if (!good) return Error{Errc::bad_data, "it cannot be converted: " + g_said};
  chain.flow();
  if (caught.full)
    return Error{Errc::bad_data, "it lasts longer than " + std::to_string(samples_max / static_cast<size_t>(rate)) + " s"};
  return std::move(caught.samples);
}

bool sox_can_write(const std::string& type) { return sox_write_handler(nullptr, type.c_str(), nullptr) != nullptr; }

}  // namespace hotline::audio
