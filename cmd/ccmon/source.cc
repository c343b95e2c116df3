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
  line.asker->ask("snapshot", wire::Json::object(), [this, &line, &source](Result<wire::Reply> reply) {
    line.patience.cancel();
    line.open = false;
    source.answers = reply && reply->ok;
    if (source.answers) {
      source.snapshot = std::move(reply->body);
      source.taken = utc_now();
    }
    changed_();
  });
}

}  // namespace hotline::ccmon
