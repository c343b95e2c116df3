// SPDX-License-Identifier: GPL-2.0-or-later
#include "desk/password.h"

#include <sodium.h>

namespace hotline::desk {

constexpr size_t kCharactersMin = 8, kOctetsMax = 200;

static size_t characters_of(const std::string& text) {
  size_t characters = 0;
  for (char c : text) characters += (c & 0xc0) != 0x80;
  return characters;
}

Result<void> check_password_rules(const std::string& password, const std::string& user) {
  if (characters_of(password) < kCharactersMin)
    return Error{Errc::usage, "a password has at least " + std::to_string(kCharactersMin) + " characters"};
  if (password.size() > kOctetsMax)
    return Error{Errc::usage, "a password has at most " + std::to_string(kOctetsMax) + " octets"};
  if (password == user || password.find_first_not_of(password[0]) == std::string::npos)
    return Error{Errc::usage, "a password is neither the user's name nor one character again and again"};
  return {};
}

Result<std::string> hash_password(const std::string& password) {
  require(sodium_init() >= 0);
  char kept[crypto_pwhash_STRBYTES];
  if (crypto_pwhash_str(kept, password.data(), password.size(), crypto_pwhash_OPSLIMIT_INTERACTIVE,
                        crypto_pwhash_MEMLIMIT_INTERACTIVE) != 0)
    return Error{Errc::again, "cannot make a password: 64 MiB of memory are missing"};
  return std::string(kept);
}

bool password_fits(const std::string& kept, const std::string& password) {
  require(sodium_init() >= 0);
  return crypto_pwhash_str_verify(kept.c_str(), password.data(), password.size()) == 0;
}

}  // namespace hotline::desk
