// SPDX-License-Identifier: GPL-2.0-or-later
// Customers from files and to them.
#include "desk/exchange.h"

#include <cstdio>
#include <iostream>
#include <iterator>

#include "base/fd.h"
#include "desk/encoding.h"
#include "verbs.h"

namespace hotline::cccust {

constexpr size_t kFileMax = 256u << 20;

static Result<std::string> read_input(const std::string& file) {
  if (file != "-") return read_file(file, kFileMax);
  std::string text;
  char piece[65536];
  while (size_t octets = std::fread(piece, 1, sizeof piece, stdin)) {
    text.append(piece, octets);
    if (text.size() > kFileMax) return Error{Errc::bad_data, "standard input is longer than 256 MiB"};
  }
  return text;
}

cli::Listing import_listing() { return cli::Listing({{"line", "LINE", true}, {"fault", "FAULT"}}); }

int import_file(const std::string& as, const ImportOptions& options, cli::Listing& list) {
  auto octets = read_input(options.file);
  if (!octets) return cli::fail(octets.error());
  const std::string file = options.file == "-" ? "standard input" : "'" + options.file + "'";
  auto decoded = desk::to_utf8(*octets);
  if (!decoded) return cli::fail(decoded.error().within(file));
  bool vcard = options.vcard || decoded->text.starts_with("BEGIN:VCARD");
  auto records = vcard ? desk::read_vcards(decoded->text) : desk::read_csv(decoded->text);
  if (!records) return cli::fail(records.error().within(file));
  auto desk = open(as);
  if (!desk) return cli::fail(desk.error());
  auto import = desk::import_customers(*desk->session, *records, {options.dry_run, options.skip_bad});
  if (!import) return cli::fail(import.error().within(file));
  for (const auto& bad : import->bad) list.row({bad.line, bad.text});
  (void)list.finish();
  const bool written = !options.dry_run && (import->bad.empty() || options.skip_bad);
  std::fprintf(stderr, "cccust: %s (%s): %lld added, %lld changed, %lld the same, %zu bad%s\n", file.c_str(),
               decoded->from.c_str(), static_cast<long long>(import->added), static_cast<long long>(import->changed),
               static_cast<long long>(import->same), import->bad.size(),
               written           ? ""
               : options.dry_run ? "; nothing was written (dry run)"
                                 : "; nothing was written, --skip-bad writes the others");
  return import->bad.empty() ? 0 : static_cast<int>(Errc::bad_data);
}

int export_file(const std::string& as, bool vcard) {
  auto desk = open(as);
  if (!desk) return cli::fail(desk.error());
  bool begun = false;
  auto put = [](const std::string& text) { std::fwrite(text.data(), 1, text.size(), stdout); };
  auto written = desk::export_customers(*desk->session, [&](const desk::Customer& customer) {
    if (!vcard && !std::exchange(begun, true)) put(desk::csv_head());
    put(vcard ? desk::vcard_of(customer) : desk::csv_of(customer));
  });
  if (!written) return cli::fail(written.error());
  if (!vcard && !begun) put(desk::csv_head());
  if (std::fflush(stdout) != 0) return cli::fail(Errc::io, "cannot write to standard output");
  return *written > 0 ? 0 : static_cast<int>(Errc::no);
}

}  // namespace hotline::cccust
