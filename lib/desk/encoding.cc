// SPDX-License-Identifier: GPL-2.0-or-later
#include "desk/encoding.h"

#include <iconv.h>

#include <algorithm>
#include <memory>

#include "base/text.h"

namespace hotline::desk {

namespace {

struct Converter {
  iconv_t handle = ::iconv_open("UTF-8", "GB18030");
  ~Converter() {
    if (handle != iconv_t(-1)) ::iconv_close(handle);
  }
};

}  // namespace

Result<Decoded> to_utf8(std::string_view octets) {
  if (octets.starts_with("\xef\xbb\xbf")) octets.remove_prefix(3);
  if (valid_utf8(octets) == octets) return Decoded{std::string(octets), "UTF-8"};
  Converter converter;
  if (converter.handle == iconv_t(-1))
    return Error{Errc::config, "this system cannot read GB18030 (package libc-bin: gconv modules)"};
  std::string text(octets.size() * 2 + 16, '\0');  // two octets become three, four become four
  char* in = const_cast<char*>(octets.data());
  char* out = text.data();
  size_t left = octets.size(), room = text.size();
  if (::iconv(converter.handle, &in, &left, &out, &room) == size_t(-1)) {
    auto line = 1 + std::count(octets.begin(), octets.begin() + long(octets.size() - left), '\n');
    return Error{Errc::bad_data, "line " + std::to_string(line) + " is neither UTF-8 nor GBK"};
  }
  text.resize(text.size() - room);
  return Decoded{std::move(text), "GB18030"};
}

}  // namespace hotline::desk
