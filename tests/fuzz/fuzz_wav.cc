// SPDX-License-Identifier: GPL-2.0-or-later
// uses: base tdm media
//
// Files as somebody may put them into a prompt folder or leave them in the spool: read or refused, never past their
// end.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/require.h"
#include "media/wav.h"

using namespace hotline::media;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view file(reinterpret_cast<const char*>(data), size);
  auto inside = [&](std::string_view part) {
    return part.empty() || (part.data() >= file.data() && part.data() + part.size() <= file.data() + file.size());
  };
  if (auto wav = parse_wav(file)) require(inside(wav->data) && inside(wav->note));
  auto alaw = wav_to_alaw(file, "fuzz.wav");
  if (alaw) {
    require(alaw->size() <= size);
  } else {
    require(alaw.error().text.find("'fuzz.wav'") != std::string::npos);
  }
  return 0;
}
