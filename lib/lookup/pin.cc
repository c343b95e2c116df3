// SPDX-License-Identifier: GPL-2.0-or-later
#include "lookup/pin.h"

#include <sodium.h>

#include <array>

#include "lookup/values.h"

namespace hotline::lookup {

namespace {

std::string argon2id(const std::string& pin) {
  require(sodium_init() >= 0);
  std::array<char, crypto_pwhash_STRBYTES> text{};
  // Fails for want of memory alone.
  if (crypto_pwhash_str_alg(text.data(), pin.data(), pin.size(), crypto_pwhash_OPSLIMIT_INTERACTIVE,
                            crypto_pwhash_MEMLIMIT_INTERACTIVE, crypto_pwhash_ALG_ARGON2ID13) != 0)
    return "";
  return text.data();
}

/// What a PIN is held against when its number has none.
const std::string& nobodys() {
  static const std::string text = argon2id("nobody");
  return text;
}

bool same(const std::string& stored, const std::string& pin) {
  require(sodium_init() >= 0);
  // Hashes are of one length; the key keeps them from being chosen.
  std::array<unsigned char, crypto_generichash_KEYBYTES> key;
  std::array<unsigned char, crypto_generichash_BYTES> left, right;
  randombytes_buf(key.data(), key.size());
  auto hash = [&](const std::string& text, auto& into) {
    crypto_generichash(into.data(), into.size(), reinterpret_cast<const unsigned char*>(text.data()), text.size(),
                       key.data(), key.size());
  };
  hash(stored, left);
  hash(pin, right);
  return sodium_memcmp(left.data(), right.data(), left.size()) == 0;
}

}  // namespace

Result<std::string> hash_pin(const std::string& pin) {
  if (pin.empty()) return Error{Errc::bad_data, "the PIN is empty"};
  if (auto why = wrong_value(pin); !why.empty()) return Error{Errc::bad_data, "the PIN " + why};
  auto text = argon2id(pin);
  if (text.empty()) return Error{Errc::again, "not enough memory for argon2id (64 MiB)"};
  return text;
}

bool is_pin(PinStored how, const std::string& stored, const std::string& pin) {
  if (how == PinStored::plain) return same(stored, pin) && !stored.empty();
  const auto& against = stored.empty() ? nobodys() : stored;
  return crypto_pwhash_str_verify(against.c_str(), pin.data(), pin.size()) == 0 && !stored.empty();
}

std::string counted_number(const std::string& number) {
  size_t first = number.find_first_not_of('0');
  return first == std::string::npos ? "0" : number.substr(first);
}

}  // namespace hotline::lookup
