// SPDX-License-Identifier: GPL-2.0-or-later
#include "sip/bindings.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "base/fd.h"
#include "base/log.h"
#include "base/text.h"

namespace hotline::sip {
namespace {

constexpr size_t kBytesMax = 16u << 20;

}  // namespace

Result<void> replace_unsynced(const std::string& path, const std::string& text) {
  std::string fresh = path + ".new";
  Fd fd(::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  if (!fd) return errno_error("cannot write '" + fresh + "'", errno);
  if (auto written = write_all(fd.get(), text); !written) return written.error().within("cannot write '" + fresh + "'");
  fd.reset();
  if (::rename(fresh.c_str(), path.c_str()) != 0) return errno_error("cannot replace '" + path + "'", errno);
  return {};
}

std::vector<KeptBinding> read_bindings(const std::string& path, Utc now) {
  std::vector<KeptBinding> list;
  auto text = read_file(path, kBytesMax);
  if (!text) return list;
  for (const auto& line : split(*text, '\n')) {
    auto fields = split(line, '\t');
    if (fields.size() != 7 || list.size() == kBindingsMax) continue;
    auto expires = parse_utc(fields[1]);
    auto cseq = parse_int(fields[5]), q = parse_int(fields[6]);
    bool sip = fields[2].starts_with("sip:") && fields[3].starts_with("sip:") && fields[2].size() <= 256;
    if (!expires || *expires <= now || !cseq || *cseq < 0 || *cseq > UINT32_MAX || !q || *q < 0 || *q > 1000 || !sip)
      continue;
    KeptBinding kept;
    kept.phone = fields[0];
    kept.binding.target = {fields[2], fields[3]};
    kept.binding.call_id = fields[4];
    kept.binding.cseq = static_cast<uint32_t>(*cseq);
    kept.binding.q_thousandths = static_cast<int>(*q);
    kept.left = std::chrono::duration_cast<seconds>(*expires - now);
    list.push_back(std::move(kept));
  }
  return list;
}

void write_bindings(const std::string& path, const std::vector<KeptBinding>& bindings, Utc now) {
  static bool complained = false;
  std::string text;
  size_t count = 0;
  // They come newest first and are bound again one after the other.
  for (auto kept = bindings.rbegin(); kept != bindings.rend() && count < kBindingsMax; ++kept, ++count) {
    const auto& one = kept->binding;
    if (!is_one_field(one.target.uri) || !is_one_field(one.call_id)) continue;
    text += kept->phone + "\t" + format_utc(now + kept->left) + "\t" + one.target.uri + "\t" + one.target.hop + "\t" +
            one.call_id + "\t" + std::to_string(one.cseq) + "\t" + std::to_string(one.q_thousandths) + "\n";
  }
  auto done = replace_unsynced(path, text);
  if (!done && !complained)
    log_warning("sip.contacts-not-kept text='" + done.error().text +
                "; after a restart telephones are there when they register again'");
  complained = !done;
}

}  // namespace hotline::sip
