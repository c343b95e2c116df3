// SPDX-License-Identifier: GPL-2.0-or-later
// uses: base fax
// What a page of a fax costs: CPU of two ccfax, one that sends to the other over pipes, a page of ten, V.17 at 14400 with
// error correction. The floor is SpanDSP's own T.30 at both ends, joined in memory.
extern "C" {
#include <spandsp.h>
}

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "../unit/fax_pages.h"

using namespace hotline;

namespace {

constexpr int kPages = 10, kRepeats = 3;

double cpu_ms(int who) {
  rusage usage{};
  ::getrusage(who, &usage);
  return static_cast<double>(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1e3 +
         static_cast<double>(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e3;
}

void set_code(t30_state_t*, void* user, int code) { *static_cast<int*>(user) = code; }

fax_state_t* end(bool sends, const std::string& file, int& code) {
  fax_state_t* fax = fax_init(nullptr, sends);
  fax_set_transmit_on_idle(fax, TRUE);
  t30_state_t* t30 = fax_get_t30_state(fax);
  t30_set_ecm_capability(t30, TRUE);
  t30_set_supported_modems(t30, T30_SUPPORT_V27TER | T30_SUPPORT_V29 | T30_SUPPORT_V17);
  t30_set_supported_compressions(
      t30, T30_SUPPORT_T4_1D_COMPRESSION | T30_SUPPORT_T4_2D_COMPRESSION | T30_SUPPORT_T6_COMPRESSION);
  t30_set_supported_resolutions(t30, T30_SUPPORT_STANDARD_RESOLUTION | T30_SUPPORT_FINE_RESOLUTION | T30_SUPPORT_R8_RESOLUTION);
  t30_set_supported_image_sizes(t30, T30_SUPPORT_215MM_WIDTH | T30_SUPPORT_UNLIMITED_LENGTH);
  t30_set_rx_encoding(t30, T4_COMPRESSION_ITU_T6);
  if (sends)
    t30_set_tx_file(t30, file.c_str(), -1, -1);
  else
    t30_set_rx_file(t30, file.c_str(), -1);
  t30_set_phase_e_handler(t30, set_code, &code);
  return fax;
}

/// CPU of SpanDSP alone, all pages; below 0 when the fax failed.
double floor_ms(const std::string& out, const std::string& in) {
  int sent = -1, received = -1;
  double before = cpu_ms(RUSAGE_SELF);
  fax_state_t *sender = end(true, out, sent), *receiver = end(false, in, received);
  std::array<int16_t, 160> there{}, back{};
  for (int i = 0; i < 50 * 600 && (sent < 0 || received < 0); ++i) {
    fax_rx(sender, back.data(), 160);
    std::fill(there.begin() + fax_tx(sender, there.data(), 160), there.end(), int16_t{0});
    fax_rx(receiver, there.data(), 160);
    std::fill(back.begin() + fax_tx(receiver, back.data(), 160), back.end(), int16_t{0});
  }
  fax_free(sender);
  fax_free(receiver);
  return sent == 0 && received == 0 ? cpu_ms(RUSAGE_SELF) - before : -1;
}

/// CPU of the two processes.
double ours_ms(const std::string& folder) {
  std::string line = "cd " + folder + " && rm -f in.tif back && mkfifo back && exec 2>/dev/null && ccfax send out.tif <back | ccfax receive in.tif >back";
  double before = cpu_ms(RUSAGE_CHILDREN);
  int status = std::system(line.c_str());
  return status == 0 ? cpu_ms(RUSAGE_CHILDREN) - before : -1;
}

}  // namespace

int main() {
  char name[] = "/tmp/fax-bench.XXXXXX";
  if (!::mkdtemp(name)) return 74;
  std::string folder = name, out = folder + "/out.tif";
  if (fax_pages::make(out.c_str(), kPages, fax_pages::kFineRows) != 0) return 74;
  double floor = 1e9, ours = 1e9;
  bool good = true;
  for (int i = 0; i < kRepeats; ++i) {
    double one = floor_ms(out, folder + "/floor.tif"), other = ours_ms(folder);
    good = good && one > 0 && other > 0;
    floor = std::min(floor, one);
    ours = std::min(ours, other);
  }
  good = good && fax_pages::difference(out.c_str(), (folder + "/in.tif").c_str()).empty();
  (void)!std::system(("rm -rf " + folder).c_str());
  if (!good) {
    std::fprintf(stderr, "fax_page: a fax failed\n");
    return 1;
  }
  std::printf("fax_page\t%.2f\tms\t%.2f\t%.2f\tCPU of both ends, half an A4 page by V.17 14400 with ECM, in processes of their own; floor: SpanDSP's T.30 in memory\n",
              ours / kPages, floor / kPages, ours / floor);
  return 0;
}
