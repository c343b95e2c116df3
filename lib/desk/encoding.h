// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace hotline::desk {

struct Decoded {
  std::string text;  ///< UTF-8
  std::string from;  ///< "UTF-8" or "GB18030" (which GBK and GB2312 are part of)
};
/// What office programs write: UTF-8, with or without its mark, else GBK. `bad_data` names the line that is neither.
Result<Decoded> to_utf8(std::string_view octets);

}  // namespace hotline::desk
