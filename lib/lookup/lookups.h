// SPDX-License-Identifier: GPL-2.0-or-later
// Room lookup: asks the outside world by name: a database, a program, a host by HTTP, TCP or UDP, a PIN. Knows
// definitions (cclookups(5)), their bounds, encodings and time-outs; curl, RE2 and argon2id. Refuses to know flows,
// calls and what an answer means.
//
// Nothing here waits: sockets and pipes do not block, statements and hashes run in threads of their look-up, names of
// hosts are resolved by a process beforehand. Each look-up has its own connections, threads and queue, so that one
// which hangs delays itself alone.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/loop.h"
#include "lookup/definition.h"
#include "lookup/outcome.h"

namespace hotline::lookup {

/// One more that waits for the same look-up is `busy` at once.
inline constexpr size_t kWaitingMax = 512;

struct Options {
  bool show_stderr = false;  ///< of programs; for tools, since it may hold what a log must not
};

/// The look-ups of a process. On the loop's thread alone. SIGPIPE is ignored from the first one on: a program or host
/// that hangs up must not end us.
class Lookups {
 public:
  using Answered = std::function<void(const Outcome&)>;

  /// A question that is open. Going out of scope cancels it: `answered` is not called any more, the source is left.
  class Handle {
   public:
    Handle() = default;
    Handle(Handle&& other) noexcept = default;
    Handle& operator=(Handle&& other) noexcept;
    ~Handle() { cancel(); }
    void cancel();

   private:
    friend class Lookups;
    struct Open;
    explicit Handle(std::shared_ptr<Open> open) : open_(std::move(open)) {}
    std::shared_ptr<Open> open_;
  };

  Lookups(Loop& loop, const Definitions& definitions, Options options = {});
  /// Cancels what is open; waits for a thread that is in the middle of a hash or a row.
  ~Lookups();
  Lookups(const Lookups&) = delete;
  Lookups& operator=(const Lookups&) = delete;

  /// Asks look-up `name`. `answered` is called once, from the loop and never from within ask(), at the latest when the
  /// look-up's time-out is over. It may ask, cancel and replace, and must not destroy this object. A missing or unknown
  /// parameter, or one with a wrong value, is failed: bad-parameter.
  [[nodiscard]] Handle ask(const std::string& name, const Fields& parameters, Answered answered);
  /// Whether its source could be asked: found or failed. Outside of the bounds and the circuit; for `check --try`.
  [[nodiscard]] Handle reach(const std::string& name, Answered answered);

  /// After a reload: look-ups that are the same keep connections and circuits; questions under way end with the old.
  void replace(const Definitions& definitions);

  const Definitions& definitions() const;
  /// Questions that run or wait, all look-ups together.
  size_t open() const;

 private:
  struct State;
  class Line;
  std::shared_ptr<State> state_;
};

}  // namespace hotline::lookup
