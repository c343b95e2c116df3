// SPDX-License-Identifier: GPL-2.0-or-later
#include "media/wav.h"

#include <algorithm>
#include <filesystem>

#include "base/fd.h"
#include "media/g711.h"
#include "media/media.h"

namespace hotline::media {

static constexpr int kPcm = 1, kAlaw = 6, kUlaw = 7, kExtensible = 0xFFFE;

static uint32_t little(std::string_view text, size_t at, size_t octets) {
  uint32_t value = 0;
  for (size_t i = octets; i-- > 0;) value = value << 8 | static_cast<uint8_t>(text[at + i]);
  return value;
}

static Result<void> read_format(std::string_view chunk, WavView& wav) {
  if (chunk.size() < 16) return Error{Errc::bad_data, "its 'fmt ' chunk is too short"};
  wav.format = static_cast<int>(little(chunk, 0, 2));
  wav.channels = static_cast<int>(little(chunk, 2, 2));
  wav.rate = static_cast<int>(little(chunk, 4, 4));
  wav.bits = static_cast<int>(little(chunk, 14, 2));
  // The first two octets of the sub-format GUID are the old code.
  if (wav.format == kExtensible && chunk.size() >= 26) wav.format = static_cast<int>(little(chunk, 24, 2));
  return {};
}

Result<WavView> parse_wav(std::string_view file) {
  if (file.size() < 12 || file.substr(0, 4) != "RIFF" || file.substr(8, 4) != "WAVE") {
    return Error{Errc::bad_data, "it is not a RIFF WAVE file"};
  }
  WavView wav;
  bool data = false;
  for (size_t at = 12; at + 8 <= file.size() && !data;) {
    auto name = file.substr(at, 4);
    size_t size = little(file, at + 4, 4);
    auto chunk = file.substr(at + 8, size);
    if (name == "fmt ") {
      if (auto read = read_format(chunk, wav); !read) return read.error();
    } else if (name == "note") {
      wav.note = chunk;
    } else if (name == "data") {
      wav.data = chunk;
      data = true;
    }
    at += 8 + size + (size & 1);
  }
  if (wav.channels == 0) return Error{Errc::bad_data, "it has no 'fmt ' chunk before its audio"};
  if (!data) return Error{Errc::bad_data, "it has no 'data' chunk"};
  return wav;
}

static Error wrong_form(const std::string& path) {
  return {Errc::bad_data, "'" + path + "' must be 8 kHz mono A-law, mu-law or 16-bit PCM; convert it with: sox '" +
                              path + "' -r 8000 -c 1 -e a-law out.wav"};
}

Result<std::vector<uint8_t>> wav_to_alaw(std::string_view file, const std::string& path) {
  auto parsed = parse_wav(file);
  if (!parsed) return parsed.error().within("cannot use '" + path + "'");
  const WavView& wav = *parsed;
  if (wav.rate != kSampleRate || wav.channels != 1) return wrong_form(path);
  std::vector<uint8_t> alaw;
  if (wav.format == kAlaw && wav.bits == 8) {
    alaw.assign(wav.data.begin(), wav.data.end());
  } else if (wav.format == kUlaw && wav.bits == 8) {
    alaw.resize(wav.data.size());
    std::transform(wav.data.begin(), wav.data.end(), alaw.begin(),
                   [](char octet) { return kUlawToAlaw[static_cast<uint8_t>(octet)]; });
  } else if (wav.format == kPcm && wav.bits == 16) {
    alaw.resize(wav.data.size() / 2);
    for (size_t i = 0; i < alaw.size(); ++i) {
      alaw[i] = alaw_encode(static_cast<int16_t>(little(wav.data, i * 2, 2)));
    }
  } else {
    return wrong_form(path);
  }
  return alaw;
}

Result<SoundPtr> load_sound(const std::string& path) {
  auto file = read_file(path);
  if (!file) {
    std::error_code ignored;
    bool missing = !std::filesystem::exists(path, ignored);
    return Error{missing ? Errc::no_input : file.error().code, file.error().text};
  }
  auto alaw = wav_to_alaw(*file, path);
  if (!alaw) return alaw.error();
  return SoundPtr(std::make_shared<const Sound>(Sound{std::move(*alaw)}));
}

}  // namespace hotline::media
