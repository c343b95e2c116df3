// SPDX-License-Identifier: GPL-2.0-or-later
#include "ear.h"

#include <unistd.h>

#include "base/fd.h"
#include "media/media.h"

namespace hotline::pstn {

namespace {

void put(std::string& out, uint32_t value, int octets) {
  for (int i = 0; i < octets; i++) out += static_cast<char>(value >> (8 * i));
}

// RIFF WAVE, format 6 (A-law), with the "fact" chunk that formats other than PCM need.
std::string wav_head(uint32_t samples) {
  std::string head = "RIFF";
  put(head, 50 + samples + samples % 2, 4);
  head += "WAVEfmt ";
  put(head, 18, 4);
  put(head, 6, 2);
  put(head, 1, 2);
  put(head, 8000, 4);
  put(head, 8000, 4);
  put(head, 1, 2);
  put(head, 8, 2);
  put(head, 0, 2);
  head += "fact";
  put(head, 4, 4);
  put(head, samples, 4);
  head += "data";
  put(head, samples, 4);
  return head;
}

}  // namespace

Result<int64_t> keep_heard(const std::string& recording, const std::string& path) {
  auto head = media::read_spool_head(recording);
  if (!head) return head.error();
  auto file = read_file(recording);
  if (!file) return file.error();
  const auto samples = static_cast<size_t>(head->samples);
  std::string wav = wav_head(static_cast<uint32_t>(samples));
  for (size_t i = 0; i < samples; i++) wav += (*file)[media::kSpoolHeadBytes + 2 * i];
  if (samples % 2) wav += '\0';
  if (auto written = replace_file(path, wav); !written) return written.error();
  ::unlink(recording.c_str());
  return head->samples;
}

}  // namespace hotline::pstn
