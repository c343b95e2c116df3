// SPDX-License-Identifier: GPL-2.0-or-later
#include "fax/document.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <tiffio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cmath>
#include <cstdarg>
#include <cstdio>
#include <memory>

#include "base/fd.h"

namespace hotline::fax {

namespace {

constexpr const char* kRemedy =
    "; make one with: gs -q -dNOPAUSE -dBATCH -sDEVICE=tiffg4 -r204x196 -dFIXEDMEDIA -sPAPERSIZE=a4 -o FILE.tif FILE.pdf";

// ITU-T T.30 (09/2005) table 2 and T.4 §2.1: dots a line of A4, B4 and A3, by the resolution across in dots an inch.
struct Raster {
  int dpi;
  std::array<int, 3> widths;
};
constexpr std::array kRasters = {Raster{102, {864, 1024, 1216}}, Raster{204, {1728, 2048, 2432}},
                                 Raster{200, {1728, 2048, 2432}}, Raster{300, {2592, 3072, 3648}},
                                 Raster{408, {3456, 4096, 4864}}, Raster{400, {3456, 4096, 4864}}};

struct Closer {
  void operator()(TIFF* tiff) const { TIFFClose(tiff); }
};
using Tiff = std::unique_ptr<TIFF, Closer>;

// libtiff tells by two handlers of the process; a process of this room does one fax at a time.
std::string last_error;

void note_error(const char*, const char* format, va_list arguments) {
  char text[256];
  std::vsnprintf(text, sizeof text, format, arguments);
  last_error = text;
}

Tiff open_tiff(const std::string& path) {
  TIFFSetWarningHandler(nullptr);
  TIFFSetErrorHandler(note_error);
  last_error.clear();
  return Tiff(TIFFOpen(path.c_str(), "rm"));  // m: read(2), so that a file cut short meanwhile is an error and no SIGBUS
}

struct Page {
  uint32_t width = 0, length = 0;
  uint16_t bits = 1, samples = 1, unit = RESUNIT_INCH;
  float x = 0, y = 0;
  int dpi(float resolution) const {
    float inch = unit == RESUNIT_CENTIMETER ? resolution * 2.54F : resolution;
    return std::isfinite(inch) && inch > 0 && inch < 10000 ? static_cast<int>(std::lround(inch)) : 0;
  }
};

/// Every strip is where the file has octets.
bool is_whole(TIFF* tiff, int64_t bytes) {
  uint32_t strips = TIFFIsTiled(tiff) ? TIFFNumberOfTiles(tiff) : TIFFNumberOfStrips(tiff);
  for (uint32_t i = 0; i < strips; ++i) {
    uint64_t offset = TIFFGetStrileOffset(tiff, i), count = TIFFGetStrileByteCount(tiff, i);
    if (count == 0 || offset > static_cast<uint64_t>(bytes) || count > static_cast<uint64_t>(bytes) - offset) return false;
  }
  return strips > 0;
}

Page read_page(TIFF* tiff) {
  Page page;
  TIFFGetField(tiff, TIFFTAG_IMAGEWIDTH, &page.width);
  TIFFGetField(tiff, TIFFTAG_IMAGELENGTH, &page.length);
  TIFFGetFieldDefaulted(tiff, TIFFTAG_BITSPERSAMPLE, &page.bits);
  TIFFGetFieldDefaulted(tiff, TIFFTAG_SAMPLESPERPIXEL, &page.samples);
  TIFFGetFieldDefaulted(tiff, TIFFTAG_RESOLUTIONUNIT, &page.unit);
  TIFFGetField(tiff, TIFFTAG_XRESOLUTION, &page.x);
  TIFFGetField(tiff, TIFFTAG_YRESOLUTION, &page.y);
  return page;
}

/// Why no fax machine could print the page, or "".
std::string complaint(const Page& page) {
  static constexpr uint32_t kLengthMax = 40000;  // four A4 pages at the finest resolution
  if (page.bits != 1 || page.samples != 1) return "has colours or shades";
  if (page.length == 0 || page.length > kLengthMax) return "has " + std::to_string(page.length) + " rows";
  int x = page.dpi(page.x);
  for (const auto& raster : kRasters)
    if (std::abs(raster.dpi - x) <= 2 &&
        std::find(raster.widths.begin(), raster.widths.end(), page.width) != raster.widths.end())
      return "";
  return "is " + std::to_string(page.width) + " dots wide at " + std::to_string(x) + " an inch; a fax page is 1728 at 204";
}

Result<void> sync(const std::string& path, int flags) {
  Fd fd(::open(path.c_str(), flags | O_CLOEXEC));
  if (!fd || ::fsync(fd.get()) != 0) return errno_error("cannot sync '" + path + "'", errno);
  return {};
}

std::string folder_of(const std::string& path) {
  size_t slash = path.rfind('/');
  return slash == std::string::npos ? "." : path.substr(0, slash + 1);
}

}  // namespace

Result<Document> check_document(const std::string& path, int pages_max, int64_t bytes_max) {
  struct stat file{};
  if (::stat(path.c_str(), &file) != 0) {
    if (errno == ENOENT || errno == ENOTDIR) return Error{Errc::no_input, "there is no file '" + path + "'"};
    return errno_error("cannot read '" + path + "'", errno);
  }
  if (!S_ISREG(file.st_mode)) return Error{Errc::bad_data, "'" + path + "' is no file"};
  if (::access(path.c_str(), R_OK) != 0) return errno_error("cannot read '" + path + "'", errno);
  if (file.st_size > bytes_max)
    return Error{Errc::bad_data, "'" + path + "' has " + std::to_string(file.st_size) + " octets; " +
                                     std::to_string(bytes_max) + " may be sent"};
  Tiff tiff = open_tiff(path);
  if (!tiff) return Error{Errc::bad_data, "'" + path + "' is no TIFF file" + kRemedy};
  Document document;
  document.bytes = file.st_size;
  do {
    Page page = read_page(tiff.get());
    if (++document.pages > pages_max)
      return Error{Errc::bad_data, "'" + path + "' has more than the " + std::to_string(pages_max) + " pages that may be sent"};
    if (auto wrong = complaint(page); !wrong.empty())
      return Error{Errc::bad_data, "page " + std::to_string(document.pages) + " of '" + path + "' " + wrong + kRemedy};
    if (!is_whole(tiff.get(), file.st_size))
      return Error{Errc::bad_data, "page " + std::to_string(document.pages) + " of '" + path + "' is not whole: the file was cut off"};
    if (document.pages > 1) continue;
    document.width = static_cast<int>(page.width);
    document.length = static_cast<int>(page.length);
    document.x_dpi = page.dpi(page.x);
    document.y_dpi = page.dpi(page.y);
  } while (TIFFReadDirectory(tiff.get()));
  if (!last_error.empty()) return Error{Errc::bad_data, "'" + path + "' is a damaged TIFF file: " + last_error};
  return document;
}

std::string part_of(const std::string& path) {
  size_t slash = path.rfind('/');
  size_t name = slash == std::string::npos ? 0 : slash + 1;
  return path.substr(0, name) + "." + path.substr(name) + ".part";
}

Result<int> deliver(const std::string& path) {
  std::string part = part_of(path);
  int pages = 0;
  if (Tiff tiff = open_tiff(part)) do {
      if (read_page(tiff.get()).length > 0) ++pages;
    } while (TIFFReadDirectory(tiff.get()));
  if (pages == 0) {
    discard(path);
    return 0;
  }
  if (auto synced = sync(part, O_RDONLY); !synced) return synced.error();
  // link(2) and not rename(2): what has that name already is somebody's fax.
  if (::link(part.c_str(), path.c_str()) != 0)
    return errno == EEXIST ? Error{Errc::again, "there is a file '" + path + "' already"}
                           : errno_error("cannot name '" + path + "'", errno);
  ::unlink(part.c_str());
  if (auto synced = sync(folder_of(path), O_RDONLY | O_DIRECTORY); !synced) return synced.error();
  return pages;
}

void discard(const std::string& path) { ::unlink(part_of(path).c_str()); }

}  // namespace hotline::fax
