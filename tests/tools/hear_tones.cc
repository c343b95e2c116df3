// SPDX-License-Identifier: GPL-2.0-or-later
// uses: base media
// hear_tones FILE CHANNEL STEP_MS HERTZ…: which of these tones are in one channel (from 1) of an A-law or 16-bit WAV, a line
// for each step, louder than -36 dB of full scale; an empty line for none. One run instead of a hundred of sox.
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "base/fd.h"
#include "media/g711.h"
#include "media/wav.h"

using namespace hotline;

static std::vector<double> channel_of(const media::WavView& wav, size_t channel) {
  std::vector<double> samples;
  auto channels = static_cast<size_t>(wav.channels), width = static_cast<size_t>(wav.bits / 8);
  for (size_t at = (channel - 1) * width; at + width <= wav.data.size(); at += channels * width) {
    auto low = static_cast<uint8_t>(wav.data[at]);
    if (wav.format == 6) {
      samples.push_back(media::kAlawToLinear[low]);
    } else {
      samples.push_back(static_cast<int16_t>(low | static_cast<uint8_t>(wav.data[at + 1]) << 8));
    }
  }
  return samples;
}

static double level_db(const std::vector<double>& samples, size_t from, size_t count, double hertz) {
  double real = 0, imaginary = 0;
  for (size_t i = 0; i < count; ++i) {
    double angle = 2 * M_PI * hertz * static_cast<double>(i) / media::kSampleRate;
    real += samples[from + i] * std::cos(angle);
    imaginary += samples[from + i] * std::sin(angle);
  }
  return 20 * std::log10(std::max(2 * std::hypot(real, imaginary) / static_cast<double>(count), 1e-3) / 32768);
}

int main(int argc, char** argv) {
  if (argc < 5) return 64;
  auto file = read_file(argv[1]);
  auto wav = file ? media::parse_wav(*file) : Result<media::WavView>(file.error());
  if (!wav) {
    std::fprintf(stderr, "hear_tones: %s\n", wav.error().text.c_str());
    return 66;
  }
  auto samples = channel_of(*wav, static_cast<size_t>(std::atoi(argv[2])));
  auto step = static_cast<size_t>(std::atoi(argv[3]) * media::kSampleRate / 1000);
  for (size_t at = 0; at + step <= samples.size(); at += step) {
    std::string line;
    for (int i = 4; i < argc; ++i)
      if (level_db(samples, at, step, std::atof(argv[i])) > -36) line += (line.empty() ? "" : " ") + std::string(argv[i]);
    std::puts(line.c_str());
  }
}
