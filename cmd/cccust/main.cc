// SPDX-License-Identifier: GPL-2.0-or-later
#include "verbs.h"

using namespace hotline;

namespace {

void add_lookup(cli::App& app, const std::string& as) {
  static cccust::FindOptions wanted;
  static auto found = cccust::customers_listing();
  auto& find = app.verb("find", "find customers", [&] { return cccust::find(as, wanted, found); });
  find.arguments("TEXT", wanted.words, "words of name, code, address, note or tag; two characters are enough")
      .option("--number", wanted.number, "who has this telephone number, however it is written")
      .option("--name", wanted.name, "words of name or code")
      .option("--address", wanted.address, "words of an address")
      .option("--note", wanted.note, "words of note or tags")
      .option("--tag", wanted.tag, "who has this tag")
      .option("--area", wanted.area, "who has an address in this area or a part of it")
      .option("--id-number", wanted.id_number, "the whole ID number")
      .flag("--closed", wanted.closed, "closed ones too")
      .flag("--count", wanted.count, "print how many they are, not who")
      .option("--limit", wanted.limit, "as many at most, the newest (100)");
  found.add_options(find);

  static std::string code;
  static auto shown = cccust::customers_listing();
  auto& show = app.verb("show", "show a customer", [&] { return cccust::show(as, code, shown); });
  show.argument("CODE", code, "whom");
  shown.add_options(show);
  static auto changes = cccust::history_listing();
  auto& history =
      app.verb("history", "list what was changed, by whom", [&] { return cccust::history(as, code, changes); });
  history.argument("CODE", code, "of whom");
  changes.add_options(history);
}

void add_changes(cli::App& app, const std::string& as) {
  static auto list = cccust::customers_listing();
  static cccust::AddOptions adding;
  auto& add = app.verb("add", "add a customer", [&] { return cccust::add(as, adding, list); });
  add.option("--code", adding.code, "the card's number; the next one when not given")
      .option("--number", adding.numbers, "a telephone number, perhaps with its kind: office:3331234 (several times)");
  cccust::add_options(add, adding.fields);
  list.add_options(add);

  static cccust::SetOptions setting;
  auto& set = app.verb("set", "change a customer", [&] { return cccust::set(as, setting, list); });
  set.argument("CODE", setting.code, "whom").option("--no-tag", setting.no_tags, "take this tag away");
  cccust::add_options(set, setting.fields);
  set.option("--version", setting.version, "only if this is still his version");
  list.add_options(set);

  static cccust::NumberOptions numbers;
  auto& number =
      app.verb("number", "add and remove telephone numbers", [&] { return cccust::number(as, numbers, list); });
  number.argument("CODE", numbers.code, "whose")
      .option("--add", numbers.add, "add this one, perhaps with its kind: office:3331234")
      .option("--remove", numbers.remove, "take this one away")
      .option("--note", numbers.note, "a note to those that are added")
      .option("--version", numbers.version, "only if this is still his version");
  list.add_options(number);

  static cccust::NoteOptions noting;
  app.verb("note", "add a line to a customer's note", [&] { return cccust::note(as, noting); })
      .argument("CODE", noting.code, "whose")
      .argument("TEXT", noting.text, "the line; date and name are put before it");
}

void add_endings(cli::App& app, const std::string& as) {
  static cccust::CodeOptions one;
  app.verb("close", "close a customer; his history stays", [&] { return cccust::close(as, one); })
      .argument("CODE", one.code, "whom")
      .option("--version", one.version, "only if this is still his version");
  app.verb("audit", "freeze a customer as checked", [&] { return cccust::audit(as, one, true); })
      .argument("CODE", one.code, "whom");
  app.verb("unaudit", "free an audited customer for changes", [&] { return cccust::audit(as, one, false); })
      .argument("CODE", one.code, "whom");
  static auto merged = cccust::customers_listing();
  auto& merge =
      app.verb("merge", "make one of two customers who are one", [&] { return cccust::merge(as, one, merged); });
  merge.argument("CODE", one.code, "who is closed")
      .argument("INTO", one.into, "who stays, and gets what the other had");
  merged.add_options(merge);
}

void add_exchange(cli::App& app, const std::string& as) {
  static cccust::ImportOptions importing;
  static auto bad = cccust::import_listing();
  auto& import =
      app.verb("import", "read customers from CSV or vCards", [&] { return cccust::import_file(as, importing, bad); });
  import.optional_argument("FILE", importing.file, "which; standard input when not given or '-'")
      .flag("--dry-run", importing.dry_run, "write nothing, say what would become of it")
      .flag("--skip-bad", importing.skip_bad, "write the good lines though there are bad ones")
      .flag("--vcard", importing.vcard, "vCards, whatever it looks like");
  bad.add_options(import);
  static bool vcard = false;
  app.verb("export", "write all customers as CSV or vCards", [&] { return cccust::export_file(as, vcard); })
      .flag("--vcard", vcard, "vCard 3.0 instead of CSV");
}

}  // namespace

int main(int argc, char** argv) {
  cli::App app("cccust", "customers: find, add, change, import, export");
  std::string as;
  app.root().option("--as", as, "act for this user (operators alone)");
  add_lookup(app, as);
  add_changes(app, as);
  add_endings(app, as);
  add_exchange(app, as);
  return app.run(argc, argv);
}
