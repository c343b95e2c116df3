// SPDX-License-Identifier: GPL-2.0-or-later
#include "lookup/answer.h"

#include <re2/re2.h>

#include "base/text.h"
#include "wire/wire.h"

namespace hotline::lookup {

using wire::Json;

namespace {

constexpr int64_t kPatternBytesMax = 1 << 20;  // of a compiled pattern

std::unique_ptr<re2::RE2> compiled(const std::string& pattern) {
  re2::RE2::Options options(re2::RE2::Quiet);
  options.set_max_mem(kPatternBytesMax);
  return std::make_unique<re2::RE2>(pattern, options);
}

Outcome bad(const std::string& text) { return Outcome::failed(Reason::bad_answer, text); }

/// What a flow gets of a JSON value; no arrays or objects.
Result<std::string> text_of(const std::string& name, const Json& value) {
  if (value.is_null()) return std::string();
  if (value.is_string()) return value.get<std::string>();
  if (value.is_structured()) return Error{Errc::bad_data, "'" + name + "' of the answer is no single value"};
  return wire::dump(value);
}

const Json* at(const Json& whole, const std::string& pointer) {
  try {
    const Json::json_pointer where(pointer);
    return whole.contains(where) ? &whole.at(where) : nullptr;
  } catch (const Json::exception&) {  // an index beyond all arrays
    return nullptr;
  }
}

std::string wrong_pointer(const std::string& pointer) {
  try {
    (void)Json::json_pointer(pointer);
    return "";
  } catch (const Json::exception&) {
    return "'" + pointer + "' is no JSON pointer; it is \"\" or begins with '/' (RFC 6901)";
  }
}

}  // namespace

struct AnswerReader::State {
  AnswerForm form;
  std::unique_ptr<re2::RE2> pattern, none_pattern;

  Result<Fields> by_pattern(std::string_view text) const {
    int groups = pattern->NumberOfCapturingGroups() + 1;
    std::vector<re2::StringPiece> found(static_cast<size_t>(groups));
    if (!pattern->Match(re2::StringPiece(text.data(), text.size()), 0, text.size(), re2::RE2::UNANCHORED, found.data(),
                        groups))
      return Error{Errc::bad_data, "the answer does not match 'pattern'"};
    Fields fields;
    for (const auto& [group, number] : pattern->NamedCapturingGroups()) {
      const auto& piece = found[static_cast<size_t>(number)];
      fields[from_symbol(group)] = std::string(piece.data() ? piece.data() : "", piece.size());
    }
    return fields;
  }

  Outcome by_pointers(std::string_view text) const {
    auto whole = wire::parse(text);
    if (!whole) return bad("the answer is no JSON");
    if (!form.found_pointer.empty()) {
      const auto* said = at(*whole, form.found_pointer);
      if (!said || said->is_null() || *said == Json(false)) return Outcome::none();
    }
    Fields fields;
    for (const auto& [name, pointer] : form.pointers) {
      const auto* value = at(*whole, pointer);
      if (!value) continue;
      auto text = text_of(name, *value);
      if (!text) return bad(text.error().text);
      fields[name] = *text;
    }
    return picked(fields);
  }

  Outcome picked(const Fields& fields) const {
    auto wanted = pick(fields, form.results);
    return wanted ? Outcome::found(*wanted) : bad(wanted.error().text);
  }
};

AnswerReader::AnswerReader(std::unique_ptr<State> state) : state_(std::move(state)) {}
AnswerReader::~AnswerReader() = default;
AnswerReader::AnswerReader(AnswerReader&&) noexcept = default;

Result<AnswerReader> AnswerReader::make(const AnswerForm& form) {
  auto state = std::make_unique<State>();
  state->form = form;
  auto compile = [](const std::string& pattern, std::unique_ptr<re2::RE2>& into) -> Result<void> {
    if (pattern.empty()) return {};
    into = compiled(pattern);
    if (!into->ok()) return Error{Errc::config, "'" + pattern + "': " + into->error()};
    return {};
  };
  if (auto done = compile(form.pattern, state->pattern); !done) return done.error();
  if (auto done = compile(form.none_pattern, state->none_pattern); !done) return done.error();
  for (const auto& [name, pointer] : form.pointers)
    if (auto why = wrong_pointer(pointer); !why.empty()) return Error{Errc::config, why};
  if (auto why = wrong_pointer(form.found_pointer); !why.empty()) return Error{Errc::config, why};
  for (const auto& name : form.results) {
    if (state->pattern && !state->pattern->NamedCapturingGroups().count(to_symbol(name)))
      return Error{Errc::config, "there is no group (?P<" + to_symbol(name) + ">…) for the result '" + name + "'"};
    if (!form.pointers.empty() && !form.pointers.count(name))
      return Error{Errc::config, "there is no JSON pointer for the result '" + name + "'"};
  }
  return AnswerReader(std::move(state));
}

Outcome AnswerReader::read(std::string_view text) const {
  if (text.size() > kAnswerBytesMax) return bad("the answer is longer than 64 KiB");
  if (state_->none_pattern && re2::RE2::PartialMatch(re2::StringPiece(text.data(), text.size()), *state_->none_pattern))
    return Outcome::none();
  if (!state_->form.pointers.empty() || !state_->form.found_pointer.empty()) return state_->by_pointers(text);
  auto fields = state_->pattern ? state_->by_pattern(text) : parse_lines(text);
  if (!fields) return bad(fields.error().text);
  return state_->picked(*fields);
}

}  // namespace hotline::lookup
