// SPDX-License-Identifier: GPL-2.0-or-later
#include "file_plays.h"

#include "switch.h"

namespace hotline::ccswitchd {

using wire::Reply;

namespace {

const char* code_of(const Error& error) {
  if (error.code == Errc::no_input) return wire::code::kNotFound;
  if (error.code == Errc::bad_data) return wire::code::kBadRequest;
  return kFailed;
}

std::string place_of(const FileItem& item) { return "items[" + std::to_string(item.place) + "]: "; }

}  // namespace

FilePlays::FilePlays(Switch& hub, Loop& loop, std::string var_dir)
    : switch_(hub), loop_(loop), files_(std::move(var_dir), kRememberedBytes), worker_(loop, kWaitingMax) {}

FilePlays::Loaded FilePlays::load_all(SoundFiles& files, const std::vector<FileItem>& wanted) {
  Loaded loaded;
  size_t bytes = 0;
  for (const auto& item : wanted) {
    auto sound = files.load(item.name);
    if (!sound) {
      loaded.refused = Reply::no(code_of(sound.error()), place_of(item) + sound.error().text);
      return loaded;
    }
    bytes += (*sound)->alaw.size();
    if (bytes > kPlayBytesMax) {
      loaded.refused = Reply::no(wire::code::kBadRequest, place_of(item) + "the files are longer than " +
                                                              std::to_string(kPlayBytesMax / 8000 / 60) + " minutes");
      return loaded;
    }
    loaded.sounds.push_back(std::move(*sound));
  }
  return loaded;
}

std::optional<Reply> FilePlays::load(PlayWish wish, Relay::Later later) {
  uint64_t id = ++last_id_;
  std::string leg = wish.leg;
  auto result = std::make_shared<Loaded>();
  bool taken = worker_.run([this, wanted = wish.files, result] { *result = load_all(files_, wanted); },
                           [this, leg, id, result] { loaded(leg, id, *result); });
  if (!taken) return Reply::no(wire::code::kBusy, std::to_string(kWaitingMax) + " plays wait for the disk");
  auto& one = waiting_[leg];
  one.id = id;
  one.wish = std::move(wish);
  one.later = std::move(later);
  one.timer = loop_.after(
      kLoadMax, [this, leg] { refuse(leg, Reply::no(kFailed, "the disk did not give the files within 1 s")); });
  return std::nullopt;
}

void FilePlays::refuse(const std::string& leg, const Reply& reply) {
  auto one = waiting_.extract(leg);
  if (!one.empty()) one.mapped().later(reply);
}

void FilePlays::replace(const std::string& leg, const std::string& by) {
  if (waiting_.count(leg)) refuse(leg, Reply::no(kReplaced, "nothing was played to leg '" + leg + "': " + by));
}

void FilePlays::loaded(const std::string& leg, uint64_t id, const Loaded& loaded) {
  auto found = waiting_.find(leg);
  if (found == waiting_.end() || found->second.id != id) return;  // it has been answered
  if (loaded.refused) return refuse(leg, *loaded.refused);
  auto one = waiting_.extract(found);
  auto& wish = one.mapped().wish;
  for (size_t i = 0; i < wish.files.size(); ++i) wish.items[wish.files[i].place].sound = loaded.sounds[i];
  one.mapped().later(switch_.begin_play(std::move(wish)));
}

}  // namespace hotline::ccswitchd
