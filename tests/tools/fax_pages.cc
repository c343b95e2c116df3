// SPDX-License-Identifier: GPL-2.0-or-later
// uses: fax
// Pages for faxes: `fax_pages make FILE PAGES [HEIGHT]` writes a TIFF of mostly white pages, no two alike;
// `fax_pages same A B` decodes both and says where the first dot differs; status 0 when none does.
#include "../unit/fax_pages.h"

#include <cstdlib>

using namespace hotline;

int main(int argc, char** argv) {
  std::string what = argc > 1 ? argv[1] : "";
  if (what == "make" && argc >= 4)
    return fax_pages::make(argv[2], std::atoi(argv[3]), argc > 4 ? std::atoi(argv[4]) : fax_pages::kFineRows);
  if (what == "same" && argc == 4) {
    std::string where = fax_pages::difference(argv[2], argv[3]);
    if (!where.empty()) std::printf("%s\n", where.c_str());
    return where.empty() ? 0 : 1;
  }
  std::fprintf(stderr, "usage: fax_pages make FILE PAGES [HEIGHT] | same A B\n");
  return 64;
}
