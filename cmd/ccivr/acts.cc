// SPDX-License-Identifier: GPL-2.0-or-later
// What a flow wants done, as commands to the switch, questions to others and events of our own.
#include <algorithm>

#include "base/log.h"
#include "base/text.h"
#include "calls.h"

namespace hotline::ccivr {

using flow::Action;
using wire::Json;

/// Ends of plays that may come before the reply which tells a play's number; older plays' ends are among them.
constexpr size_t kDoneEarlyMax = 8;

void Calls::bring(Call& call, const flow::Event& event) {
  flow::World world = doors_.world();
  world.queues = std::exchange(figures_, {});
  auto [state, actions] = flow::step(*call.flow, std::move(call.state), event, world, language_);
  call.state = std::move(state);
  for (const auto& action : actions) act(call, action);
}

void Calls::act(Call& call, const Action& action) {
  switch (action.what) {
    case Action::What::answer:
      call.answer_asked = true;
      return command("answer", {{"leg", call.leg}});
    case Action::What::entered:
      return report(call, "ivr.entered", {{"flow", call.flow->name}, {"version", call.flow->version}});
    case Action::What::node: {
      call.timer.cancel();
      call.work.reset();
      Json fields = {{"flow", call.flow->name}, {"node", action.name}};
      if (!action.text.empty()) fields[action.text.size() == 1 ? "key" : "by"] = action.text;
      return report(call, "ivr.node", std::move(fields));
    }
    case Action::What::tag:
      for (const auto& [key, value] : action.tags) call.state.tags[key] = value;
      return command("tag", {{"call", call.id}, {"set", action.tags}});
    case Action::What::untag:
      return command("tag", {{"call", call.id}, {"unset", Json::array({action.name})}});
    case Action::What::play:
      return play(call, action);
    case Action::What::timer:
      call.timer = doors_.after(action.span, [this, id = call.id] {
        if (Call* due = find(id)) bring(*due, {flow::Event::What::timer});
      });
      return;
    case Action::What::secret:
      return command("secret", {{"leg", call.leg}, {"on", action.on}});
    case Action::What::work:
      return begin_work(call, action);
    case Action::What::ask:
      return ask_queues(call, action);
    case Action::What::cancel:
      ++call.works;
      call.work.reset();
      return;
    case Action::What::vote:
      return report(
          call, "survey.answer",
          {{"survey", action.name}, {"question", action.tags.at("question")}, {"answer", action.tags.at("answer")}});
    case Action::What::deposit:
      return deposit(call, action);
    case Action::What::give_back:
      return give_back(call, action);
    case Action::What::fault:
      log_warning("flow.fault call=" + call.id + " flow=" + call.flow->name + " node=" + action.name + " text='" +
                  action.text + "'");
      return;
    case Action::What::handover:
      return hand_over(call, action);
    case Action::What::hangup:
      return command("hangup", {{"call", call.id}, {"cause", action.cause}});
    case Action::What::exit: {
      std::string reason = call.unknown_flow && action.text == "hangup" ? "error" : action.text;
      return report(call, "ivr.exit", {{"flow", call.flow->name}, {"node", action.name}, {"reason", reason}});
    }
  }
}

void Calls::report(const Call& call, const char* name, Json fields) {
  wire::Event event;
  event.name = name;
  event.call = call.id;
  event.fields = std::move(fields);
  doors_.emit(std::move(event));
}

// ---- work

Order Calls::order_of(const Call& call, const Action& action) const {
  auto caller = call.state.tags.find("caller");
  return {call.id,     call.leg,    call.flow->find(call.state.node),
          action.text, action.tags, caller == call.state.tags.end() ? "" : caller->second};
}

Work::Done Calls::done_of(const Call& call) {
  return [this, id = call.id, asked = call.works](const std::string& result, const flow::Tags& tags) {
    Call* due = find(id);
    if (!due || due->works != asked) return;
    due->work.reset();
    if (auto file = tags.find("recording"); file != tags.end()) due->kept.insert(file->second);
    bring(*due, {flow::Event::What::result, 0, result, tags});
  };
}

void Calls::begin_work(Call& call, const Action& action) {
  ++call.works;
  call.work = make_work(order_of(call, action), doors_, done_of(call));
  if (auto work = call.work) work->begin();
}

/// What a branch wants to know of queues; without an answer its time-out leads on.
void Calls::ask_queues(Call& call, const Action&) {
  ++call.works;
  if (!doors_.ask_queues) return;
  doors_.ask_queues("status", Json::object(), [this, id = call.id, asked = call.works](Result<wire::Reply> reply) {
    Call* due = find(id);
    if (!due || due->works != asked || !reply || !reply->ok) return;
    figures_.clear();
    for (const auto& queue : wire::member(reply->body, "queues")) {
      auto& figures = figures_[wire::text(queue, "queue")];
      for (const char* count : {"waiting", "staffed", "ready"}) figures[count] = wire::integer(queue, count);
      figures["longest-wait"] = wire::integer(queue, "longest_ms") * 1000;
      if (wire::member(queue, "expected_ms").is_number_integer())
        figures["expected-wait"] = wire::integer(queue, "expected_ms") * 1000;
    }
    bring(*due, {flow::Event::What::figures});
  });
}

void Calls::deposit(Call& call, const Action& action) {
  auto file = doors_.deposit ? doors_.deposit(action.text, action.name) : Result<std::string>(action.text);
  if (!file) {
    log_error("voicemail.lost call=" + call.id + " mailbox=" + action.name + " text='" + file.error().text + "'");
    return;
  }
  call.kept.insert(action.text);  // he may yet hear it by that name
  Json fields = {{"mailbox", action.name}, {"file", *file}, {"number", action.number}};
  for (const char* key : {"caller", "called"})
    if (auto tag = call.state.tags.find(key); tag != call.state.tags.end()) fields[key] = tag->second;
  Json form = Json::object();
  for (const auto& [key, value] : action.tags) {
    if (key == "ms")
      fields["ms"] = parse_int(value).value_or(0);
    else
      form[key] = value;
  }
  fields["form"] = form;
  report(call, "voicemail.left", std::move(fields));
}

/// One that nobody lent has nobody to go back to. He is again where he was before, for the next who has a question to
/// that.
void Calls::give_back(Call& call, const Action& action) {
  if (call.lender.empty()) return command("hangup", {{"call", call.id}, {"cause", 16}});
  flow::Tags tags = action.tags;
  if (auto before = call.state.tags.find("flow-before"); before != call.state.tags.end()) {
    size_t slash = before->second.find('/');
    tags["flow"] = before->second.substr(0, slash);
    tags["flow-node"] = before->second.substr(slash + 1);
  }
  call.ours = false;
  call.handed_over = ++asked_;
  command("tag", {{"call", call.id}, {"unset", {"flow-before", "flow-lender"}}});
  command("handover", {{"call", call.id}, {"to", std::exchange(call.lender, "")}, {"tags", tags}});
}

/// Keys that the switch keeps for us alone: no event has them.
void Calls::secret_keys(Call& call) {
  doors_.ask("keys", {{"leg", call.leg}}, [this, id = call.id](Result<wire::Reply> reply) {
    if (!reply || !reply->ok) return refused("keys", reply);
    for (char key : wire::text(reply->body, "keys"))
      if (Call* due = find(id); due && due->ours) bring(*due, {flow::Event::What::digit, key});
  });
}

// ---- play

void Calls::play(Call& call, const Action& action) {
  call.timer.cancel();
  call.playing = true;
  call.play = 0;
  call.done_early.clear();
  call.speaking.clear();
  ++call.plays_asked;
  bool spoken = std::any_of(action.prompts.begin(), action.prompts.end(),
                            [](const flow::Item& item) { return item.what == flow::Item::What::text; });
  if (spoken)
    speak(call, action);
  else
    send_play(call, action);
}

/// Texts become files; one that cannot be spoken is its prompt instead. Then it is played, unless another play came
/// first.
void Calls::speak(Call& call, const Action& action) {
  auto whole = std::make_shared<Action>(action);
  auto open = std::make_shared<size_t>(1);
  auto one_less = [this, id = call.id, asked = call.plays_asked, whole, open] {
    Call* due = find(id);
    if (--*open == 0 && due && due->plays_asked == asked) send_play(*due, *whole);
  };
  auto language = call.state.tags.find("lang");
  for (auto& item : whole->prompts) {
    if (item.what != flow::Item::What::text) continue;
    flow::Item instead(item.as);
    if (!doors_.speak || item.name.empty()) {
      item = instead;
      continue;
    }
    ++*open;
    auto text = item.name;
    call.speaking.push_back(
        doors_.speak(language == call.state.tags.end() || language->second.empty() ? language_ : language->second, text,
                     [&item, instead, one_less, whole](const Result<std::string>& file) {
                       item = file ? flow::Item(flow::Item::What::recording, *file) : instead;
                       one_less();
                     }));
  }
  one_less();
}

void Calls::send_play(Call& call, const Action& action) {
  Json items = Json::array();
  for (const auto& item : action.prompts)
    items.push_back({{item.what == flow::Item::What::recording ? "file" : "prompt", item.name}});
  doors_.ask("play", {{"leg", call.leg}, {"items", items}, {"barge", action.barge}, {"notice", action.notice}},
             [this, id = call.id, asked = call.plays_asked](Result<wire::Reply> reply) { played(id, asked, reply); });
}

/// The switch told the number of a play, or refused it; a later play may have taken its place meanwhile.
void Calls::played(const std::string& id, uint64_t asked, const Result<wire::Reply>& reply) {
  Call* call = find(id);
  if (!call || call->plays_asked != asked) return;
  if (!reply || !reply->ok) {
    call->playing = false;
    return refused("play", reply);
  }
  call->play = wire::integer(reply->body, "play");
  bool done = std::find(call->done_early.begin(), call->done_early.end(), call->play) != call->done_early.end();
  call->done_early.clear();
  if (!done) return;
  call->playing = false;
  bring(*call, {flow::Event::What::played});
}

void Calls::play_done(Call& call, const wire::Event& event) {
  int64_t number = wire::integer(event.fields, "play");
  // A caller who is gone goes nowhere any more; call.ended is on its way.
  if (!call.playing || wire::text(event.fields, "reason") == "gone") return;
  if (call.play == 0) {
    if (call.done_early.size() < kDoneEarlyMax) call.done_early.push_back(number);
    return;
  }
  if (number != call.play) return;
  call.playing = false;
  bring(call, {flow::Event::What::played});
}

/// When it is refused, the snapshot shows the call as ours still, and it takes the queue's branch for "failed".
void Calls::hand_over(Call& call, const Action& action) {
  call.ours = false;
  call.handed_over = ++asked_;
  command("handover", {{"call", call.id}, {"to", queues_}, {"tags", action.tags}});
}

void Calls::command(const std::string& verb, const Json& body) {
  doors_.ask(verb, body, [this, verb](Result<wire::Reply> reply) {
    if (!reply || !reply->ok) refused(verb, reply);
  });
}

/// Most often the caller is just gone. Whatever it is, the snapshot tells.
void Calls::refused(const std::string& verb, const Result<wire::Reply>& reply) {
  log_warning("refused verb=" + verb + " text='" + (reply ? wire::text(reply->body, "text") : reply.error().text) +
              "'");
  heal();
}

}  // namespace hotline::ccivr
