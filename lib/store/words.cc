// SPDX-License-Identifier: GPL-2.0-or-later
#include "store/words.h"

#include "base/text.h"
#include "store/dialect.h"

namespace hotline::store {

namespace {

size_t octets_of(char lead) {
  auto octet = static_cast<unsigned char>(lead);
  return octet < 0xc0 ? 1 : octet < 0xe0 ? 2 : octet < 0xf0 ? 3 : 4;
}

bool is_ascii(std::string_view character) { return static_cast<unsigned char>(character[0]) < 0x80; }

/// Punctuation beyond ASCII that parts words: U+2000 to 206F, 3000 to 3003, 3008 to 301F, and the wide ASCII marks.
bool is_mark(std::string_view c) {
  if (c.size() != 3) return false;
  if (c.starts_with("\xe2\x80") || c.starts_with("\xe2\x81")) return true;
  if (c.starts_with("\xe3\x80")) {
    auto last = static_cast<unsigned char>(c[2]);
    return last <= 0x83 || (last >= 0x88 && last <= 0x9f);
  }
  if (!c.starts_with("\xef\xbc") && !c.starts_with("\xef\xbd")) return false;
  auto last = static_cast<unsigned char>(c[2]);
  return c[1] == '\xbc' ? (last >= 0x81 && last <= 0x8f) || (last >= 0x9a && last <= 0xa0) || last >= 0xbb
                        : last <= 0x80 || last >= 0x9b;
}

/// "Ａ３": what an input method writes as wide letters and digits means the narrow ones.
std::string narrow(std::string_view c) {
  if (c.size() == 3 && c[0] == '\xef' && (c[1] == '\xbc' || c[1] == '\xbd')) {
    int code = ((c[1] & 0x3f) << 6) | (c[2] & 0x3f);  // U+FF01 is 0xf01 less its lead octet
    code -= 0xf00;
    if (code >= 0x01 && code <= 0x5e) return std::string(1, char(code + 0x20));
  }
  return std::string(c);
}

/// A run: letters and digits of ASCII, or characters beyond it.
struct Run {
  bool ascii = true;
  std::vector<std::string> characters;
};

std::vector<Run> runs_of(std::string_view text) {
  std::vector<Run> runs;
  bool open = false;
  for (size_t at = 0; at < text.size();) {
    size_t size = std::min(octets_of(text[at]), text.size() - at);
    bool mark = is_mark(text.substr(at, size));
    std::string character = narrow(text.substr(at, size));
    at += size;
    bool ascii = is_ascii(character);
    if (mark || (ascii && !std::isalnum(static_cast<unsigned char>(character[0])))) {
      open = false;
      continue;
    }
    if (ascii) character[0] = char(std::tolower(static_cast<unsigned char>(character[0])));
    if (!open || runs.back().ascii != ascii) runs.push_back({ascii, {}});
    runs.back().characters.push_back(std::move(character));
    open = true;
  }
  return runs;
}

/// The words of a run; the last character alone only where another run follows or `whole` says so.
void add_words(const Run& run, bool last_alone, std::vector<std::string>& words) {
  if (run.ascii) {
    words.push_back(join(run.characters, ""));
    return;
  }
  for (size_t i = 0; i + 1 < run.characters.size(); ++i) words.push_back(run.characters[i] + run.characters[i + 1]);
  if (last_alone || run.characters.size() == 1) words.push_back(run.characters.back());
}

/// One unbroken text as a phrase of the index: its last run may be the beginning of something longer.
Phrase phrase_of(const std::string& text, char column) {
  Phrase phrase;
  phrase.column = column;
  auto runs = runs_of(text);
  for (size_t i = 0; i < runs.size(); ++i) add_words(runs[i], i + 1 < runs.size(), phrase.words);
  if (!runs.empty()) phrase.beginning = runs.back().ascii || runs.back().characters.size() == 1;
  return phrase;
}

}  // namespace

std::string bigrams(std::string_view text) {
  std::vector<std::string> words;
  for (const auto& run : runs_of(text)) add_words(run, true, words);
  return join(words, " ");
}

Result<void> index_words(Connection& connection, const std::string& index, int64_t id, const Words& words) {
  return connection.run(index_sql(connection.kind(), index),
                        {id, bigrams(words.a), bigrams(words.b), bigrams(words.c)});
}

Result<void> unindex_words(Connection& connection, const std::string& index, int64_t id, const Words& was) {
  return connection.run(unindex_sql(connection.kind(), index), {id, bigrams(was.a), bigrams(was.b), bigrams(was.c)});
}

Result<WordQuery> word_query(const Connection& connection, const std::string& index, const std::vector<Sought>& sought,
                             size_t place) {
  std::vector<Phrase> phrases;
  for (const auto& one : sought)
    for (const auto& text : split(one.text, ' '))
      if (auto phrase = phrase_of(text, one.column); !phrase.words.empty()) phrases.push_back(std::move(phrase));
  if (phrases.empty()) return Error{Errc::usage, "nothing to search by: give letters, digits or characters"};
  return WordQuery{search_sql(connection.kind(), index, place), phrase_text(connection.kind(), phrases)};
}

Result<std::vector<int64_t>> find_words(Connection& connection, const std::string& index,
                                        const std::vector<Sought>& sought, int64_t rows_max) {
  auto query = word_query(connection, index, sought, 1);
  if (!query) return query.error();
  std::vector<int64_t> found;
  auto asked = connection.query(query->sql + " ORDER BY rowid DESC LIMIT $2", {query->value, rows_max},
                                [&](const Row& row) { found.push_back(row.integer(0)); });
  if (!asked) return asked.error();
  return found;
}

}  // namespace hotline::store
