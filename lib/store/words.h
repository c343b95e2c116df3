// SPDX-License-Identifier: GPL-2.0-or-later
// Finding text by any two characters of it, Chinese ones included. Owner of each index: that of the rows it is made
// from.
//
// No tokenizer of either engine finds 停水 inside a sentence, so that a text is indexed as what stands side by side in
// it: every two neighbours of a run of characters beyond ASCII, its last one alone too, and runs of ASCII letters and
// digits as they are, in lower case. An index of migration token {{fts NAME}} has three columns, a, b and c.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "store/store.h"

namespace hotline::store {

/// "停水通知A3" is "停水 水通 通知 知 a3".
std::string bigrams(std::string_view text);

/// What an index is told of a row.
struct Words {
  std::string a, b, c;
  bool operator==(const Words&) const = default;
};

/// Within the transaction that writes the row. `was` is what the index was told before; wrong words there leave traces.
Result<void> index_words(Connection& connection, const std::string& index, int64_t id, const Words& words);
Result<void> unindex_words(Connection& connection, const std::string& index, int64_t id, const Words& was);

/// What is searched for; '\0' is any column.
struct Sought {
  std::string text;
  char column = 0;
};
/// The newest ids whose words have all that is sought, at most `rows_max`. Words of a text, parted by blanks, may stand
/// anywhere, each unbroken; of letters and digits a beginning is enough. `usage` when there is nothing to search by.
Result<std::vector<int64_t>> find_words(Connection& connection, const std::string& index,
                                        const std::vector<Sought>& sought, int64_t rows_max);

/// The same as a condition for a statement of this room: "SELECT rowid …" with one placeholder, and its value.
struct WordQuery {
  std::string sql;
  Value value;
};
Result<WordQuery> word_query(const Connection& connection, const std::string& index, const std::vector<Sought>& sought,
                             size_t place);

}  // namespace hotline::store
