// SPDX-License-Identifier: GPL-2.0-or-later
// How threads of the media plane hand things over without locks and, on the tick's side, without allocation.
#pragma once

#include <atomic>
#include <cstddef>
#include <vector>

namespace hotline::media {

/// A bounded queue of one producer and one consumer.
template <typename T>
class SpscRing {
 public:
  /// `capacity` is a power of two.
  explicit SpscRing(size_t capacity) : slots_(capacity), mask_(capacity - 1) {}

  /// The producer's question.
  bool full() const { return tail_.load(std::memory_order_relaxed) - head_.load(std::memory_order_acquire) > mask_; }

  bool push(T value) {
    size_t tail = tail_.load(std::memory_order_relaxed);
    if (tail - head_.load(std::memory_order_acquire) > mask_) return false;
    slots_[tail & mask_] = value;
    tail_.store(tail + 1, std::memory_order_release);
    return true;
  }

  bool pop(T& value) {
    size_t head = head_.load(std::memory_order_relaxed);
    if (head == tail_.load(std::memory_order_acquire)) return false;
    value = slots_[head & mask_];
    head_.store(head + 1, std::memory_order_release);
    return true;
  }

 private:
  std::vector<T> slots_;
  const size_t mask_;
  alignas(64) std::atomic<size_t> head_{0};
  alignas(64) std::atomic<size_t> tail_{0};
};

/// Something that the signalling thread owns in the end: a finished play, a closed port, a used command, a digit. The
/// thread that is done with it puts it into the NoteQueue; it is told from there, in order, and freed.
struct Note {
  enum class Kind { trash, play, announcement, recording, digit, frame, span_state, far_end, port, span, tap };
  explicit Note(Kind kind = Kind::trash) : kind(kind) {}
  virtual ~Note() = default;
  Kind kind;
  std::atomic<Note*> next{nullptr};
};

/// Many producers, one consumer, in order, without a bound of its own: what it holds was allocated elsewhere. Vyukov's
/// intrusive queue: push is one exchange and one store, so it never waits.
class NoteQueue {
 public:
  void push(Note* note) {
    note->next.store(nullptr, std::memory_order_relaxed);
    Note* before = newest_.exchange(note, std::memory_order_acq_rel);
    before->next.store(note, std::memory_order_release);
  }

  /// Any thread; true may be old news.
  bool empty() const { return newest_.load(std::memory_order_acquire) == &stub_; }

  /// Null when it is empty, or when a producer is between its two steps: then its wake-up is still to come.
  Note* pop() {
    Note* oldest = oldest_;
    Note* next = oldest->next.load(std::memory_order_acquire);
    if (oldest == &stub_) {
      if (!next) return nullptr;
      oldest_ = oldest = next;
      next = oldest->next.load(std::memory_order_acquire);
    }
    if (!next) {
      if (oldest != newest_.load(std::memory_order_acquire)) return nullptr;
      push(&stub_);
      next = oldest->next.load(std::memory_order_acquire);
      if (!next) return nullptr;
    }
    oldest_ = next;
    return oldest;
  }

 private:
  Note stub_;
  alignas(64) std::atomic<Note*> newest_{&stub_};
  alignas(64) Note* oldest_ = &stub_;
};

}  // namespace hotline::media
