// SPDX-License-Identifier: GPL-2.0-or-later
extern "C" {
#include <spandsp.h>
}

#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "base/text.h"
#include "fax/document.h"
#include "fax/fax.h"

namespace hotline::fax {

namespace {

constexpr int kSamplesPerMs = 8;
constexpr int64_t kFileLookEvery = 8000;  // samples: a second

struct AudioCloser {
  void operator()(fax_state_t* fax) const {
    fax_release(fax);
    fax_free(fax);
  }
};
struct T38Closer {
  void operator()(t38_terminal_state_t* t38) const {
    t38_terminal_release(t38);
    t38_terminal_free(t38);
  }
};

/// The modems of ITU-T T.30 (09/2005) table 2 that go no faster.
int modems_up_to(int speed) {
  int modems = T30_SUPPORT_V27TER;
  if (speed > 4800) modems |= T30_SUPPORT_V29;
  if (speed > 9600) modems |= T30_SUPPORT_V17;
  return modems;
}

int per_inch(int per_metre) { return static_cast<int>(std::lround(per_metre * 0.0254)); }

const char* name_of_encoding(int encoding) {
  switch (encoding) {
    case T4_COMPRESSION_ITU_T4_1D:
      return "T.4 1-D";
    case T4_COMPRESSION_ITU_T4_2D:
      return "T.4 2-D";
    case T4_COMPRESSION_ITU_T6:
      return "T.6";
    default:
      return "";
  }
}

class SessionImpl : public Session {
 public:
  SessionImpl(const Job& job, Told told) : job_(job), told_(std::move(told)) {}

  Result<void> open() {
    audio_.reset(fax_init(nullptr, sends()));
    if (!audio_) return Error{Errc::io, "there is no memory for a fax"};
    fax_set_transmit_on_idle(audio_.get(), TRUE);
    set_up(fax_get_t30_state(audio_.get()));
    return {};
  }

  void audio(std::span<const uint8_t> heard, std::span<uint8_t> said) override {
    static constexpr size_t kChunk = 160;
    std::array<int16_t, kChunk> linear;
    for (size_t done = 0; done < heard.size();) {
      size_t part = std::min(kChunk, heard.size() - done);
      for (size_t i = 0; i < part; ++i) linear[i] = alaw_to_linear(heard[done + i]);
      if (audio_) fax_rx(audio_.get(), linear.data(), static_cast<int>(part));
      int made = audio_ ? fax_tx(audio_.get(), linear.data(), static_cast<int>(part)) : 0;
      for (size_t i = 0; i < part; ++i)
        said[done + i] = linear_to_alaw(static_cast<int>(i) < made ? linear[i] : 0);
      done += part;
      pass(static_cast<int64_t>(part));
    }
  }

  bool change_to_t38(const T38Terms& terms, SendPacket send) override {
    if (t38_ || begun_ || over_) return false;
    std::unique_ptr<t38_terminal_state_t, T38Closer> t38(
        t38_terminal_init(nullptr, sends(), &SessionImpl::on_packet, this));
    if (!t38) return false;
    send_ = std::move(send);
    t38_ = std::move(t38);
    audio_.reset();
    clock_ = 0;
    t38_core_state_t* core = t38_terminal_get_t38_core_state(t38_.get());
    t38_set_t38_version(core, std::clamp(terms.version, 0, 3));
    t38_set_data_rate_management_method(
        core, terms.local_tcf ? T38_DATA_RATE_MANAGEMENT_LOCAL_TCF : T38_DATA_RATE_MANAGEMENT_TRANSFERRED_TCF);
    if (terms.max_datagram > 0) t38_set_max_datagram_size(core, terms.max_datagram);
    t38_set_fill_bit_removal(core, terms.fill_bit_removal);
    t38_set_sequence_number_handling(core, TRUE);
    t38_terminal_set_fill_bit_removal(t38_.get(), terms.fill_bit_removal);
    int rate = std::clamp(terms.max_bit_rate, 2400, 14400);
    t38_set_fastest_image_data_rate(core, rate);
    speed_ = std::min(job_.speed_max, rate);
    set_up(t38_terminal_get_t30_state(t38_.get()));
    return true;
  }

  void packet(std::span<const uint8_t> packet, uint16_t number) override {
    if (!t38_) return;
    t38_core_rx_ifp_packet(t38_terminal_get_t38_core_state(t38_.get()), packet.data(), static_cast<int>(packet.size()),
                           number);
  }

  void elapse(milliseconds time) override {
    auto samples = static_cast<int>(std::clamp<int64_t>(time.count(), 0, 1000) * kSamplesPerMs);
    if (t38_) t38_terminal_send_timeout(t38_.get(), samples);
    pass(samples);
  }

  void stop() override { end_now(""); }
  bool over() const override { return over_; }

  Outcome outcome() const override {
    Outcome outcome;
    outcome.code = code_;
    outcome.text = t30_completion_code_to_str(code_);
    outcome.timer = timer_;
    outcome.facts = facts_;
    return outcome;
  }

 private:
  bool sends() const { return job_.direction == Direction::send; }

  void set_up(t30_state_t* t30) {
    t30_ = t30;
    if (!job_.station.empty()) t30_set_tx_ident(t30, job_.station.c_str());
    if (!job_.header.empty()) t30_set_tx_page_header_info(t30, job_.header.c_str());
    t30_set_ecm_capability(t30, job_.ecm);
    t30_set_supported_modems(t30, modems_up_to(speed_));
    t30_set_supported_compressions(
        t30, T30_SUPPORT_T4_1D_COMPRESSION | T30_SUPPORT_T4_2D_COMPRESSION | T30_SUPPORT_T6_COMPRESSION);
    t30_set_supported_resolutions(t30, T30_SUPPORT_STANDARD_RESOLUTION | T30_SUPPORT_FINE_RESOLUTION |
                                           T30_SUPPORT_SUPERFINE_RESOLUTION | T30_SUPPORT_R8_RESOLUTION |
                                           T30_SUPPORT_R16_RESOLUTION | T30_SUPPORT_300_300_RESOLUTION |
                                           T30_SUPPORT_400_400_RESOLUTION);
    t30_set_supported_image_sizes(t30, T30_SUPPORT_215MM_WIDTH | T30_SUPPORT_255MM_WIDTH | T30_SUPPORT_303MM_WIDTH |
                                           T30_SUPPORT_UNLIMITED_LENGTH | T30_SUPPORT_A4_LENGTH | T30_SUPPORT_B4_LENGTH);
    t30_set_rx_encoding(t30, T4_COMPRESSION_ITU_T6);
    if (sends())
      t30_set_tx_file(t30, job_.file.c_str(), -1, -1);
    else
      t30_set_rx_file(t30, part_of(job_.file).c_str(), -1);
    t30_set_phase_b_handler(t30, &SessionImpl::on_agreed, this);
    t30_set_phase_d_handler(t30, &SessionImpl::on_page, this);
    t30_set_phase_e_handler(t30, &SessionImpl::on_end, this);
    t30_set_real_time_frame_handler(t30, &SessionImpl::on_frame, this);
    wait("begin", job_.bounds.begin_max);
  }

  /// The time until something has to happen begins now.
  void wait(const char* timer, milliseconds longest) {
    waits_ = timer;
    deadline_ = clock_ + longest.count() * kSamplesPerMs;
  }

  void pass(int64_t samples) {
    clock_ += samples;
    total_ += samples;
    if (over_) return;
    if (!t30_call_active(t30_)) return finish(status());
    if (pages_over_) return end_now("pages");
    if (clock_ >= deadline_) return end_now(waits_);
    if (total_ >= job_.bounds.total_max.count() * kSamplesPerMs) return end_now("total");
    if (!sends() && total_ / kFileLookEvery != (total_ - samples) / kFileLookEvery && too_big()) end_now("bytes");
  }

  bool too_big() const {
    struct stat file{};
    return ::stat(part_of(job_.file).c_str(), &file) == 0 && file.st_size > job_.bounds.bytes_max;
  }

  int status() {
    t30_stats_t stats{};
    t30_get_transfer_statistics(t30_, &stats);
    return stats.current_status;
  }

  void end_now(const std::string& timer) {
    if (over_) return;
    timer_ = timer;
    t30_terminate(t30_);  // on_end() comes, unless T.30 thinks that it is over
    if (!over_) finish(T30_ERR_CALLDROPPED);
  }

  void finish(int code) {
    if (over_) return;
    look();
    over_ = true;
    code_ = code;
  }

  void look() {
    t30_stats_t stats{};
    t30_get_transfer_statistics(t30_, &stats);
    facts_.pages = sends() ? stats.pages_tx : stats.pages_rx;
    if (begun_) {
      facts_.rate = stats.bit_rate;
      facts_.ecm = stats.error_correcting_mode;
      facts_.compression = name_of_encoding(stats.encoding);
      facts_.x_dpi = per_inch(stats.x_resolution);
      facts_.y_dpi = per_inch(stats.y_resolution);
      facts_.width = stats.width;
      if (stats.length > 0) facts_.length = stats.length;
      facts_.bad_rows = stats.bad_rows;
      facts_.repeats = stats.error_correcting_mode_retries;
    }
    // What a stranger calls himself: of a foreign encoding, and with the padding of T.30 §5.3.6.2.4.
    if (const char* ident = t30_get_rx_ident(t30_)) {
      std::string text(ident);
      std::replace_if(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }, ' ');
      facts_.station = valid_utf8(trim(text));
    }
  }

  static SessionImpl& self(void* user) { return *static_cast<SessionImpl*>(user); }

  /// A DIS, DTC or DCS: the last one of them says how pages go.
  static int on_agreed(t30_state_t*, void* user, int frame) {
    SessionImpl& session = self(user);
    // A receiver is told of the sender's DCS here; a sender of the receiver's DIS, and chooses then: see on_frame().
    bool is_dcs = (frame & 0xFE) == T30_DCS;
    session.begun_ = session.begun_ || session.sends() || is_dcs;
    if (!session.sends() && is_dcs) session.agreed();
    return T30_ERR_OK;
  }

  void agreed() {
    wait("page", job_.bounds.page_max);
    look();
    if (told_.agreed) told_.agreed(facts_);
  }

  static int on_page(t30_state_t*, void* user, int) {
    SessionImpl& session = self(user);
    int before = session.facts_.pages;
    session.look();
    if (session.facts_.pages == before) return T30_ERR_OK;
    if (session.told_.page) session.told_.page(session.facts_);
    if (session.waits_ != std::string("end")) session.wait("page", session.job_.bounds.page_max);
    if (session.facts_.pages >= session.job_.bounds.pages_max && session.waits_ == std::string("page"))
      session.pages_over_ = true;
    return T30_ERR_OK;
  }

  static void on_end(t30_state_t*, void* user, int code) { self(user).finish(code); }

  /// Every frame of both sides, for the sign that the last page is over: EOP, or PPS-EOP where errors are corrected.
  static void on_frame(t30_state_t*, void* user, int incoming, const uint8_t frame[], int length) {
    if (length < 3) return;
    SessionImpl& session = self(user);
    int kind = frame[2] & 0xFE, after = kind == (T30_PPS & 0xFE) && length > 3 ? frame[3] & 0xFE : -1;
    bool ends = kind == T30_EOP || kind == (T30_PRI_EOP & 0xFE) || after == T30_EOP;
    bool goes_on = kind == T30_MPS || kind == T30_EOM || kind == T30_PPR || kind == T30_RTN || kind == T30_CTC ||
                   (after >= 0 && after != T30_EOP);
    const Bounds& bounds = session.job_.bounds;
    if (session.sends() && !incoming && kind == T30_DCS) session.agreed();
    if (ends && session.waits_ != std::string("end")) session.wait("end", bounds.end_max);
    if (goes_on && session.waits_ == std::string("end")) session.wait("page", bounds.page_max);
  }

  static int on_packet(t38_core_state_t*, void* user, const uint8_t* packet, int length, int count) {
    SessionImpl& session = self(user);
    if (length > 0) session.send_({packet, static_cast<size_t>(length)}, count);
    return 0;
  }

  const Job job_;
  const Told told_;
  std::unique_ptr<fax_state_t, AudioCloser> audio_;
  std::unique_ptr<t38_terminal_state_t, T38Closer> t38_;
  SendPacket send_;
  t30_state_t* t30_ = nullptr;  // of one of them
  int speed_ = job_.speed_max;
  int64_t clock_ = 0, total_ = 0, deadline_ = 0;  // samples
  const char* waits_ = "begin";
  bool begun_ = false, over_ = false, pages_over_ = false;
  int code_ = T30_ERR_OK;
  std::string timer_;
  Facts facts_;
};

}  // namespace

Result<std::unique_ptr<Session>> Session::begin(const Job& job, Told told) {
  auto session = std::make_unique<SessionImpl>(job, std::move(told));
  if (auto opened = session->open(); !opened) return opened.error();
  return std::unique_ptr<Session>(std::move(session));
}

}  // namespace hotline::fax
