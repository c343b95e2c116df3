// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "base/require.h"

namespace hotline {

/// Kinds of expected failure. The number is the exit status a tool ends with, sysexits(3);
/// `no` is the answer "none" of a good question, as grep has it.
enum class Errc {
  no = 1,
  usage = 64,
  bad_data = 65,
  no_input = 66,
  unavailable = 69,
  bug = 70,
  io = 74,
  again = 75,  ///< temporary: the same call may succeed later
  denied = 77,
  config = 78,  ///< permanent until somebody edits the configuration
};

/// An expected failure: what went wrong, said once by the layer that knows it, in lower case, subject in quotes,
/// cause last, no full stop.
struct Error {
  Errc code = Errc::bug;
  std::string text;

  /// The same failure, with what the caller alone knows put before it: "cannot open store '…': " + text.
  Error within(std::string_view context) const {
    std::string whole(context);  // not by operator+: GCC 12 sees an overrun there that is none
    whole.append(": ").append(text);
    return {code, std::move(whole)};
  }
};

/// "cause" of errno `number`, as text, thread-safe.
std::string errno_text(int number);

/// An io Error: "<context>: <strerror>"; EACCES and EPERM become `denied`, EAGAIN and EBUSY `again`.
Error errno_error(std::string_view context, int number);

/// A value or an expected failure. An answer ("nobody is ready") is an ordinary value, not an Error.
template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::move(value)) {}      // NOLINT: implicit by design, `return value;`
  Result(Error error) : state_(std::move(error)) {}  // NOLINT: `return Error{…};`

  explicit operator bool() const { return std::holds_alternative<T>(state_); }
  T& value() & {
    require(*this);
    return std::get<T>(state_);
  }
  const T& value() const& {
    require(*this);
    return std::get<T>(state_);
  }
  T&& value() && {
    require(*this);
    return std::get<T>(std::move(state_));
  }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }
  const Error& error() const {
    require(!*this);
    return std::get<Error>(state_);
  }

 private:
  std::variant<T, Error> state_;
};

/// Success without a value, or an expected failure.
template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Error error) : error_(std::move(error)) {}  // NOLINT: `return Error{…};`

  explicit operator bool() const { return !error_; }
  const Error& error() const {
    require(error_);
    return *error_;
  }

 private:
  std::optional<Error> error_;
};

}  // namespace hotline
