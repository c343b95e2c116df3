// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/fd.h"
#include "base/time.h"
#include "media/media.h"
#include "media/queues.h"
#include "media/silence.h"

namespace hotline::media {

struct Group;
struct Port;

/// One recording on its way from the tick to the disk: a ring of two seconds that the media thread fills and the writer
/// thread empties. While the disk takes nothing the ring holds what it can; what does not fit is a gap, counted.
/// Whenever it is empty it is filled from its beginning again: with a disk that is fast enough a tenth of it is ever
/// touched.
class Recording : public Note {
 public:
  Recording(uint64_t id, RecordSpec spec);

  // The media thread.
  void add(const uint8_t* left, const uint8_t* right, int samples);
  /// The media thread lets go of it. After that the writer owns it, and it comes back as a note.
  void end(const char* reason);

  // The writer thread. Writes what is there; `refresh`: the sizes in the head too. True when it has ended and all is
  // said.
  bool write(Instant now, bool refresh);

  RecordDone done() const;

  const uint64_t id;
  const RecordSpec spec;
  Port* left = nullptr;
  Port* right = nullptr;
  Group* group = nullptr;  ///< the bridge that it follows, whoever joins and leaves

  // Of one port alone.
  bool alone() const { return spec.right == 0; }
  bool ends_with(char pressed) const { return alone() && spec.keys.find(pressed) != std::string::npos; }
  int beep_left = 0;  ///< samples
  int64_t taken = 0;  ///< samples
  char key = 0;
  SilenceWatch silence;
  size_t index = 0;  // in the core's list

 private:
  static constexpr size_t kRing = 32768;  // octets: 2.048 s of two channels
  bool open();
  bool flush();
  bool fail(int number, Instant now);
  void close();

  std::unique_ptr<uint8_t[]> ring_;
  // Octets so far. Octet n of all lies at n - begun_: the media thread moves that on only when all is written, and
  // tells it with the next added_.
  std::atomic<uint64_t> added_{0}, begun_{0};
  alignas(64) std::atomic<uint64_t> written_{0};
  std::atomic<int64_t> gap_samples_{0};
  std::atomic<const char*> ended_{nullptr};
  Fd file_;
  int error_ = 0;
  int64_t gap_at_error_ = 0;
  Instant retry_{};
};

/// The writer thread: every 100 ms it brings all recordings to the disk.
class Writer {
 public:
  Writer(NoteQueue& notes, std::function<void()> wake) : notes_(notes), wake_(std::move(wake)) {}
  ~Writer() { stop(); }
  void start();
  /// Writes out and closes what has ended, then stops the thread.
  void stop();
  void add(Recording* recording);  ///< signalling thread; before the media thread knows of it
  /// One round; the thread's work, and what tests call instead of it.
  void write_all(Instant now);
  pthread_t thread() { return thread_.native_handle(); }
  bool running() const { return thread_.joinable(); }

 private:
  void run();
  NoteQueue& notes_;
  std::function<void()> wake_;
  std::condition_variable called_;
  std::mutex lock_;  // of added_ and stopping_; never taken by the media thread
  std::vector<Recording*> added_;
  bool stopping_ = false;
  std::vector<Recording*> recordings_;
  Instant refreshed_{};
  std::thread thread_;
};

}  // namespace hotline::media
