// SPDX-License-Identifier: GPL-2.0-or-later
#include "source.h"

namespace hotline::ccmon {

Asking::Asking(Loop& loop, const conf::Instance& instance, Model& model, std::function<void()> changed)
    : loop_(loop), model_(model), changed_(std::move(changed)) {
  line_.asker = bus::Asker::connect(loop, instance.command_endpoint("ccswitchd"));
  queue_.asker = bus::Asker::connect(loop, instance.command_endpoint("ccqueue"));
}

void Asking::ask() {
  ask(line_, model_.line);
  ask(queue_, model_.queue);
}

void Asking::ask(Line& line, Source& source) {
  if (line.open) return;
  line.open = true;
  line.patience = loop_.after(kPatience, [this, &line, &source] {
    line.open = source.answers = false;  // the question stays with the asker; its answer is welcome later
    changed_();
  });
  ask_part(line, source, wire::Json::object());
}

/// A long snapshot comes in parts; the model gets it whole.
void Asking::ask_part(Line& line, Source& source, wire::Json before) {
  wire::Json question = wire::Json::object();
  if (!before.empty()) question["after"] = wire::text(before["calls"].back(), "call");
  line.asker->ask("snapshot", question,
                  [this, &line, &source, before = std::move(before)](Result<wire::Reply> reply) mutable {
                    bool good = reply && reply->ok;
                    const auto& calls = wire::member(good ? reply->body : before, "calls");
                    bool more = good && wire::boolean(reply->body, "more") && !calls.empty();
                    if (good && before.empty())
                      before = reply->body;
                    else if (good)
                      before["calls"].insert(before["calls"].end(), calls.begin(), calls.end());
                    if (more) return ask_part(line, source, std::move(before));
                    line.patience.cancel();
                    line.open = false;
                    source.answers = good;
                    if (good) {
                      source.snapshot = std::move(before);
                      source.taken = utc_now();
                    }
                    changed_();
                  });
}

}  // namespace hotline::ccmon
