// SPDX-License-Identifier: GPL-2.0-or-later
// Pages for the tests of faxes: TIFF files of mostly white pages, no two alike, and their comparison dot by dot.
#pragma once

#include <tiffio.h>

#include <cstdio>
#include <string>
#include <vector>

namespace hotline::fax_pages {

inline constexpr uint32_t kWidth = 1728;
inline constexpr int kFineRows = 1078;  // half an A4 page at 196 lines an inch

using Row = std::vector<uint8_t>;
struct Page {
  uint32_t width = 0;
  std::vector<Row> rows;
};

/// A frame, the page's number as bars, and in its middle a band of text-like dots.
inline Row row_of(int page, int y, int height) {
  Row row(kWidth / 8, 0);
  auto black = [&](uint32_t from, uint32_t to) {
    for (uint32_t x = from; x < to; ++x) row[x / 8] |= static_cast<uint8_t>(0x80 >> x % 8);
  };
  if (y < 8 || y >= height - 8) black(40, kWidth - 40);
  black(40, 48);
  black(kWidth - 48, kWidth - 40);
  if (y >= 40 && y < 80)
    for (int bar = 0; bar <= page; ++bar) black(static_cast<uint32_t>(100 + bar * 60), static_cast<uint32_t>(130 + bar * 60));
  if (y >= height / 2 && y < height / 2 + 60)
    for (uint32_t x = 100; x < kWidth - 100; x += 12)
      if ((x * 7919 + static_cast<uint32_t>(y / 6) * 104729 + static_cast<uint32_t>(page) * 1299709) % 17 < 5) black(x, x + 7);
  return row;
}

inline int make(const char* path, int pages, int height) {
  TIFF* tiff = TIFFOpen(path, "w");
  if (!tiff) return 74;
  for (int page = 0; page < pages; ++page) {
    TIFFSetField(tiff, TIFFTAG_SUBFILETYPE, FILETYPE_PAGE);
    TIFFSetField(tiff, TIFFTAG_IMAGEWIDTH, kWidth);
    TIFFSetField(tiff, TIFFTAG_IMAGELENGTH, static_cast<uint32_t>(height));
    TIFFSetField(tiff, TIFFTAG_BITSPERSAMPLE, 1);
    TIFFSetField(tiff, TIFFTAG_SAMPLESPERPIXEL, 1);
    TIFFSetField(tiff, TIFFTAG_COMPRESSION, COMPRESSION_CCITT_T6);
    TIFFSetField(tiff, TIFFTAG_PHOTOMETRIC, PHOTOMETRIC_MINISWHITE);
    TIFFSetField(tiff, TIFFTAG_PLANARCONFIG, PLANARCONFIG_CONTIG);
    TIFFSetField(tiff, TIFFTAG_FILLORDER, FILLORDER_LSB2MSB);
    TIFFSetField(tiff, TIFFTAG_ROWSPERSTRIP, static_cast<uint32_t>(height));
    TIFFSetField(tiff, TIFFTAG_XRESOLUTION, 204.0);
    TIFFSetField(tiff, TIFFTAG_YRESOLUTION, 196.0);
    TIFFSetField(tiff, TIFFTAG_RESOLUTIONUNIT, RESUNIT_INCH);
    TIFFSetField(tiff, TIFFTAG_PAGENUMBER, page, pages);
    for (int y = 0; y < height; ++y) {
      Row row = row_of(page, y, height);
      if (TIFFWriteScanline(tiff, row.data(), static_cast<uint32_t>(y), 0) < 0) return 74;
    }
    TIFFWriteDirectory(tiff);
  }
  TIFFClose(tiff);
  return 0;
}

/// Every page with one bit a dot, 1 is black.
inline std::vector<Page> read(const char* path) {
  std::vector<Page> pages;
  TIFF* tiff = TIFFOpen(path, "r");
  if (!tiff) return pages;
  do {
    Page page;
    uint32_t height = 0;
    uint16_t photometric = PHOTOMETRIC_MINISWHITE;
    TIFFGetField(tiff, TIFFTAG_IMAGEWIDTH, &page.width);
    TIFFGetField(tiff, TIFFTAG_IMAGELENGTH, &height);
    TIFFGetField(tiff, TIFFTAG_PHOTOMETRIC, &photometric);
    for (uint32_t y = 0; y < height; ++y) {
      Row row(static_cast<size_t>(TIFFScanlineSize(tiff)));
      if (TIFFReadScanline(tiff, row.data(), y, 0) < 0) break;
      if (photometric == PHOTOMETRIC_MINISBLACK)
        for (auto& octet : row) octet = static_cast<uint8_t>(~octet);
      page.rows.push_back(std::move(row));
    }
    pages.push_back(std::move(page));
  } while (TIFFReadDirectory(tiff));
  TIFFClose(tiff);
  return pages;
}

/// "" when both have the same dots, else where the first one differs.
inline std::string difference(const char* one, const char* other) {
  auto a = read(one), b = read(other);
  if (a.empty() || a.size() != b.size()) return std::to_string(a.size()) + " pages and " + std::to_string(b.size());
  for (size_t page = 0; page < a.size(); ++page) {
    std::string place = "page " + std::to_string(page + 1) + ": ";
    if (a[page].width != b[page].width || a[page].rows.size() != b[page].rows.size())
      return place + std::to_string(a[page].rows.size()) + " rows and " + std::to_string(b[page].rows.size());
    for (size_t y = 0; y < a[page].rows.size(); ++y)
      if (a[page].rows[y] != b[page].rows[y]) return place + "row " + std::to_string(y);
  }
  return "";
}

}  // namespace hotline::fax_pages
