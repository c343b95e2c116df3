// SPDX-License-Identifier: GPL-2.0-or-later
// What the tones of the countries are, each row with where it is written. The only place that knows.
//
// A tone is a list of parts that goes round: frequencies and after the colon how many milliseconds; without a colon it
// never stops. "350+440" is both at once with equal power, "400x25" is 400 Hz modulated by 25 Hz, "-" a pause.
//
//     OB 781    ITU Operational Bulletin 781 (1.II.2003), annex "Various tones used in national networks", which
//               replaces the list of ITU-T E.180 Supplement 2 (01/94)
//     E.180 §n  ITU-T E.180 (03/98): what it recommends, for a country whose list says nothing else
#include "media/tone_plans.h"

#include <cstdlib>

namespace hotline::media {

static constexpr const char* kSpecial = "950:330 1400:330 1800:330 -:1000";

static constexpr ToneRow kRows[] = {
    {"CN", Tone::dial, "450", "GB/T 3380-1982 table 1; OB 781 China"},
    {"CN", Tone::ringback, "450:1000 -:4000", "GB/T 3380-1982 table 1; OB 781 China"},
    {"CN", Tone::busy, "450:350 -:350", "GB/T 3380-1982 table 1; OB 781 China"},
    {"CN", Tone::congestion, "450:700 -:700", "GB/T 3380-1982 table 1; OB 781 China"},
    {"CN", Tone::special, kSpecial, "E.180 §7"},
    {"CN", Tone::waiting, "450:400 -:4000", "GB/T 3380-1982 table 1; OB 781 China"},
    {"CN", Tone::unobtainable, "450:100 -:100 450:100 -:100 450:100 -:100 450:400 -:400",
     "GB/T 3380-1982 table 1; OB 781 China"},

    {"HK", Tone::dial, "350+440", "OB 781 Hong Kong, China"},
    {"HK", Tone::ringback, "440+480:400 -:200 440+480:400 -:3000", "OB 781 Hong Kong, China"},
    {"HK", Tone::busy, "480+620:500 -:500", "OB 781 Hong Kong, China"},
    {"HK", Tone::congestion, "480+620:250 -:250", "OB 781 Hong Kong, China"},
    {"HK", Tone::special, kSpecial, "E.180 §7"},
    {"HK", Tone::waiting, "440:300 -:10000", "OB 781 Hong Kong, China"},
    {"HK", Tone::unobtainable, "480+620", "OB 781 Hong Kong, China"},

    {"TW", Tone::dial, "350+440", "OB 781 Taiwan, China"},
    {"TW", Tone::ringback, "440+480:1000 -:2000", "OB 781 Taiwan, China"},
    {"TW", Tone::busy, "480+620:500 -:500", "OB 781 Taiwan, China"},
    {"TW", Tone::congestion, "480+620:250 -:250", "OB 781 Taiwan, China"},
    {"TW", Tone::special, kSpecial, "E.180 §7"},
    {"TW", Tone::waiting, "350+440:250 -:250 350+440:250 -:3250", "OB 781 Taiwan, China"},
    {"TW", Tone::unobtainable, kSpecial, "E.180 §7"},

    {"SG", Tone::dial, "425", "OB 781 Singapore"},
    {"SG", Tone::ringback, "425x24:400 -:200 425x24:400 -:2000", "OB 781 Singapore"},
    {"SG", Tone::busy, "425:750 -:750", "OB 781 Singapore"},
    {"SG", Tone::congestion, "425:250 -:250", "OB 781 Singapore"},
    {"SG", Tone::special, kSpecial, "OB 781 Singapore"},
    {"SG", Tone::waiting, "425x24:300 -:200 425x24:300 -:3200", "OB 781 Singapore"},
    {"SG", Tone::unobtainable, "425:2500 -:500", "OB 781 Singapore"},

    {"JP", Tone::dial, "400", "OB 781 Japan"},
    {"JP", Tone::ringback, "400x16:1000 -:2000", "OB 781 Japan: modulated by 15 to 20 Hz"},
    {"JP", Tone::busy, "400:500 -:500", "OB 781 Japan"},
    {"JP", Tone::congestion, "400:500 -:500", "OB 781 Japan: the busy tone"},
    {"JP", Tone::special, kSpecial, "E.180 §7"},
    {"JP", Tone::waiting, "400x16:500 -:4000", "OB 781 Japan"},
    {"JP", Tone::unobtainable, kSpecial, "E.180 §7"},

    {"US", Tone::dial, "350+440", "ANSI T1.401 §6; OB 781 United States"},
    {"US", Tone::ringback, "440+480:2000 -:4000", "ANSI T1.401 §6; OB 781 United States"},
    {"US", Tone::busy, "480+620:500 -:500", "ANSI T1.401 §6; OB 781 United States"},
    {"US", Tone::congestion, "480+620:250 -:250", "ANSI T1.401 §6; OB 781 United States"},
    {"US", Tone::special, kSpecial, "E.180 §7"},
    {"US", Tone::waiting, "440:300 -:10000", "OB 781 United States"},
    {"US", Tone::unobtainable, kSpecial, "E.180 §7"},

    {"GB", Tone::dial, "350+440", "BT SIN 350; OB 781 United Kingdom"},
    {"GB", Tone::ringback, "400+450:400 -:200 400+450:400 -:2000", "BT SIN 350; OB 781 United Kingdom"},
    {"GB", Tone::busy, "400:375 -:375", "BT SIN 350; OB 781 United Kingdom"},
    {"GB", Tone::congestion, "400:400 -:350 400:225 -:525", "BT SIN 350; OB 781 United Kingdom"},
    {"GB", Tone::special, kSpecial, "BT SIN 350; E.180 §7"},
    {"GB", Tone::waiting, "400:100 -:4000", "OB 781 United Kingdom"},
    {"GB", Tone::unobtainable, "400", "BT SIN 350; OB 781 United Kingdom"},

    {"FR", Tone::dial, "440", "OB 781 France"},
    {"FR", Tone::ringback, "440:1500 -:3500", "OB 781 France"},
    {"FR", Tone::busy, "440:500 -:500", "OB 781 France"},
    {"FR", Tone::congestion, "440:250 -:250", "OB 781 France"},
    {"FR", Tone::special, "950:300 1400:300 1800:300 -:1000", "OB 781 France"},
    {"FR", Tone::waiting, "440:300 -:10000", "OB 781 France"},
    {"FR", Tone::unobtainable, "950:300 1400:300 1800:300 -:1000", "OB 781 France: the special information tone"},

    {"DE", Tone::dial, "425", "OB 781 Germany"},
    {"DE", Tone::ringback, "425:1000 -:4000", "OB 781 Germany"},
    {"DE", Tone::busy, "425:480 -:480", "OB 781 Germany"},
    {"DE", Tone::congestion, "425:240 -:240", "OB 781 Germany"},
    {"DE", Tone::special, kSpecial, "OB 781 Germany"},
    {"DE", Tone::waiting, "425:200 -:200 425:200 -:5000", "OB 781 Germany"},
    {"DE", Tone::unobtainable, kSpecial, "OB 781 Germany: the special information tone"},

    {"RU", Tone::dial, "425", "OB 781 Russian Federation"},
    {"RU", Tone::ringback, "425:1000 -:4000", "OB 781 Russian Federation"},
    {"RU", Tone::busy, "425:350 -:350", "OB 781 Russian Federation"},
    {"RU", Tone::congestion, "425:175 -:175", "OB 781 Russian Federation"},
    {"RU", Tone::special, kSpecial, "OB 781 Russian Federation"},
    {"RU", Tone::waiting, "425:200 -:5000", "OB 781 Russian Federation"},
    {"RU", Tone::unobtainable, kSpecial, "OB 781 Russian Federation: the special information tone"},

    {"IN", Tone::dial, "400x25", "OB 781 India"},
    {"IN", Tone::ringback, "400x25:400 -:200 400x25:400 -:2000", "OB 781 India"},
    {"IN", Tone::busy, "400:750 -:750", "OB 781 India"},
    {"IN", Tone::congestion, "400:250 -:250", "OB 781 India"},
    {"IN", Tone::special, kSpecial, "E.180 §7"},
    {"IN", Tone::waiting, "400:200 -:100 400:200 -:7500", "OB 781 India"},
    {"IN", Tone::unobtainable, "400:2500 -:500", "OB 781 India"},

    {"AU", Tone::dial, "413+438", "OB 781 Australia: 425 x 25, made of its two sidebands"},
    {"AU", Tone::ringback, "413+438:400 -:200 413+438:400 -:2000", "OB 781 Australia, made likewise"},
    {"AU", Tone::busy, "425:375 -:375", "OB 781 Australia"},
    {"AU", Tone::congestion, "425:375 -:375", "OB 781 Australia; every other burst may be 10 dB lower, ours is not"},
    {"AU", Tone::special, kSpecial, "E.180 §7"},
    {"AU", Tone::waiting, "425:200 -:200 425:200 -:4400", "OB 781 Australia"},
    {"AU", Tone::unobtainable, "425:2500 -:500", "OB 781 Australia"},
};

std::span<const ToneRow> tone_rows() { return kRows; }

std::vector<int> busy_hertz(const std::string& country) {
  std::vector<int> hertz;
  for (const auto& row : kRows) {
    if (row.country != country || row.tone != Tone::busy) continue;
    for (const char* at = row.parts;; ++at) {
      hertz.push_back(static_cast<int>(std::strtol(at, const_cast<char**>(&at), 10)));
      if (*at != '+') break;
    }
  }
  return hertz;
}

}  // namespace hotline::media
