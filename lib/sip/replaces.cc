// SPDX-License-Identifier: GPL-2.0-or-later
// Replaces (RFC 3891): a new call takes the place of one that is known by its dialog.
#include "base/text.h"
#include "sip/agent.h"

namespace hotline::sip {

std::optional<ReplacesText> read_replaces(std::string_view text) {
  static constexpr size_t kTextMax = 512;
  if (text.size() > kTextMax) return std::nullopt;
  ReplacesText replaces;
  bool first = true;
  for (auto& part : split(text, ';')) {
    std::string word(trim(part));
    if (std::exchange(first, false))
      replaces.call_id = word;
    else if (word.starts_with("to-tag="))
      replaces.to_tag = word.substr(7);
    else if (word.starts_with("from-tag="))
      replaces.from_tag = word.substr(9);
    else if (word == "early-only")
      replaces.early_only = true;
  }
  if (replaces.call_id.empty() || replaces.to_tag.empty() || replaces.from_tag.empty()) return std::nullopt;
  return replaces;
}

static bool same(const char* tag, const std::string& text) { return tag && text == tag; }

/// §3: to-tag is ours, from-tag theirs. Closing ones are found, too: they are answered otherwise.
Dialog* Agent::named_by(const ReplacesText& replaces) {
  for (auto& [id, dialog] : dialogs_)
    if (dialog->call_id == replaces.call_id && same(nta_leg_get_tag(dialog->leg), replaces.to_tag) &&
        same(nta_leg_get_rtag(dialog->leg), replaces.from_tag))
      return dialog.get();
  return nullptr;
}

int Agent::may_replace(const sip_t* sip, const Phone& phone, DialogId& replaced) {
  const auto* header = sip->sip_replaces;
  if (!header->rp_call_id || !header->rp_to_tag || !header->rp_from_tag) return 400;
  Dialog* dialog = named_by({header->rp_call_id, header->rp_to_tag, header->rp_from_tag, false});
  if (!dialog) return 481;
  if (dialog->state == Dialog::State::closing) return 603;
  bool early = dialog->state == Dialog::State::calling;
  // §3: an early one only when we have called.
  if (!early && dialog->state != Dialog::State::up) return 481;
  if (!early && header->rp_early_only) return 486;
  const Phone* owner = registrar_.phone(dialog->phone);
  bool group = early && owner && !phone.pickup_group.empty() && owner->pickup_group == phone.pickup_group;
  // §5: who replaces must be the one who takes part, or one whom he lets. A stranger learns nothing, not even that
  // there is such a call.
  if (dialog->phone != phone.id && !group) return 481;
  replaced = dialog->id;
  return 0;
}

}  // namespace hotline::sip
