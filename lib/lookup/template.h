// SPDX-License-Identifier: GPL-2.0-or-later
// Text with {name} where a parameter's value goes, each value encoded so that it cannot become anything but a value.
// Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "lookup/values.h"

namespace hotline::lookup {

/// How a value is made harmless where it stands.
enum class Encoding {
  percent,  ///< all but letters, digits and "-._~" as %XX (RFC 3986, 2.1 and 2.3): URLs and forms
  json,     ///< as within the quotes of a JSON string (RFC 8259, 7)
  plain,    ///< as it is, and refused unless it is letters, digits, non-ASCII, blanks and "+-._*#": what separates
            ///< nothing
};

class Template {
 public:
  /// `config` for a {name} that is none of `parameters`; braces around anything but a name are ordinary text.
  static Result<Template> parse(std::string_view text, const std::vector<std::string>& parameters);

  /// `bad_data`, naming the parameter and not its value, for what Encoding::plain refuses.
  Result<std::string> fill(const Fields& values, Encoding encoding) const;
  /// As fill(), each value the text `sample`, unencoded: to see where values stand.
  std::string sample(std::string_view sample) const;
  bool has_values() const;
  /// The parameters it has, each once.
  std::vector<std::string> used() const;

 private:
  struct Part {
    std::string text;  ///< or, of a value, the parameter's name
    bool value = false;
  };
  std::vector<Part> parts_;
};

std::string encoded(std::string_view value, Encoding encoding);

}  // namespace hotline::lookup
