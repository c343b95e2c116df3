// SPDX-License-Identifier: GPL-2.0-or-later
// The TIFF file of a fax: whether one can be sent, and how one that was received gets its name.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"

namespace hotline::fax {

struct Document {
  int pages = 0;
  int width = 0, length = 0;  ///< of the first page, in dots
  int x_dpi = 0, y_dpi = 0;
  int64_t bytes = 0;
};

/// Reads every page's directory. `no_input` when there is no such file, `bad_data` when it is no TIFF, or one that no fax
/// machine could print, with the remedy: a page of one bit a dot, 1728, 2048 or 2432 wide (or the same of another
/// resolution that T.30 has).
Result<Document> check_document(const std::string& path, int pages_max, int64_t bytes_max);

/// Under this name a fax is received: hidden, in the same folder.
std::string part_of(const std::string& path);

/// Gives what was received its name when there is a whole page: synced, checked, renamed, the folder synced. The number
/// of its pages; 0, and the part removed, when there is none. `again` when the name is taken: the part stays.
Result<int> deliver(const std::string& path);

/// Removes a part that nobody will deliver.
void discard(const std::string& path);

}  // namespace hotline::fax
