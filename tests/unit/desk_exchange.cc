// SPDX-License-Identifier: GPL-2.0-or-later
// Numbers, encodings, CSV and vCards.
#include <doctest/doctest.h>

#include <set>

#include "desk/csv.h"
#include "desk/encoding.h"
#include "desk/exchange.h"
#include "desk/number.h"
#include "desk_fixture.h"

using namespace hotline;
using namespace hotline::desk;

TEST_CASE("a number has one form") {
  const std::pair<const char*, const char*> cases[] = {{"+86 138 0013 8000", "13800138000"},
                                                       {"013800138000", "13800138000"},
                                                       {"008613800138000", "13800138000"},
                                                       {"13800138000", "13800138000"},
                                                       {"(0756) 333-1234", "07563331234"},
                                                       {"0086-756-3331234", "07563331234"},
                                                       {"+86 756 3331234", "07563331234"},
                                                       {"3331234", "07563331234"},
                                                       {"010-12345678", "01012345678"},
                                                       {"+86 10 12345678", "01012345678"},
                                                       {"96116", "96116"},
                                                       {"12315", "12315"},
                                                       {"1001", "1001"},
                                                       {"4008123123", "4008123123"},
                                                       {"+86 4008123123", "4008123123"},
                                                       {"+44 20 7946 0000", "+442079460000"},
                                                       {"0044 20 7946 0000", "+442079460000"},
                                                       {"none", ""},
                                                       {"", ""}};
  for (auto [written, form] : cases) {
    CAPTURE(written);
    CHECK(canonical_number(written, "0756") == form);
    CHECK(canonical_number(canonical_number(written, "0756"), "0756") == form);
  }
  CHECK(canonical_number("3331234", "") == "3331234");
  CHECK(canonical_number(std::string(33, '1'), "") == "");
}

TEST_CASE("UTF-8 and GBK are told apart, and what is neither is refused with its line") {
  CHECK(to_utf8("\xef\xbb\xbf"
                "王,1\n")
            ->text == "王,1\n");
  CHECK(to_utf8("王,1\n")->from == "UTF-8");
  auto gbk = to_utf8("a,b\n\xcd\xf5\xd0\xa1\xc3\xf7,1\n");
  CHECK(gbk->from == "GB18030");
  CHECK(gbk->text == "a,b\n王小明,1\n");
  CHECK(to_utf8("a\nb\n\xcd\xf5\xff\xff\n").error().text == "line 3 is neither UTF-8 nor GBK");
}

TEST_CASE("CSV: quotes, line ends within them, and lines counted") {
  auto rows = parse_csv("a,b\r\n\"x,\"\"y\"\"\r\nz\",2\n\n3,");
  REQUIRE(rows);
  REQUIRE(rows->size() == 3);
  CHECK((*rows)[1].fields == std::vector<std::string>{"x,\"y\"\r\nz", "2"});
  CHECK((*rows)[1].line == 2);
  CHECK((*rows)[2].line == 5);
  CHECK((*rows)[2].fields == std::vector<std::string>{"3", ""});
  CHECK(parse_csv("a\n\"b").error().text == "line 2: a quote is not closed");
  CHECK(parse_csv("\"a\"b").error().text == "line 1: a quote ends before its field");
  CHECK(csv_line({"a", "b,c", "d\"e", ""}) == "a,\"b,c\",\"d\"\"e\",\r\n");
  CHECK(parse_csv(csv_line({"a", "b,c", "d\"e", "f\ng"}))->front().fields ==
        std::vector<std::string>{"a", "b,c", "d\"e", "f\ng"});
}

TEST_CASE("a file's head names its columns, in two languages, and a wrong one is refused") {
  auto records = read_csv("电话,姓名,客户号\noffice:3331234;13800138000,王小明,K1\n1,2\n");
  REQUIRE(records);
  CHECK((*records)[0].customer.name == "王小明");
  CHECK((*records)[0].customer.numbers[0] == store::CustomerNumber{"3331234", "office", ""});
  CHECK((*records)[1].fault == "2 fields where the first line names 3");
  CHECK(read_csv("nam,code\n").error().text == "line 1: 'nam' is no column of customers; did you mean 'name'?");
  CHECK(read_csv("code\n1\n").error().code == Errc::bad_data);
  CHECK(read_csv("name,name\n").error().code == Errc::bad_data);
  CHECK(read_csv("").error().code == Errc::bad_data);
}

TEST_CASE("a customer comes back from CSV as he went out, and from a vCard with what it holds") {
  DeskFixture desk;
  auto boss = desk.boss();
  auto wang = desk.wang();
  wang.note = "一行\n\"两行\", 三";
  wang.numbers.push_back({"3331234", "office", ""});
  wang.addresses.push_back({"0202", "人民路;3号"});
  auto added = add_customer(boss, wang);
  REQUIRE(added);
  auto csv = read_csv(csv_head() + csv_of(*added));
  auto card = read_vcards(vcard_of(*added));
  REQUIRE(csv);
  REQUIRE(card);
  auto back = (*csv)[0].customer, from_card = (*card)[0].customer;
  for (const auto* one : {&back, &from_card}) {
    CHECK(one->code == added->code);
    CHECK(one->name == added->name);
    CHECK(one->note == added->note);
    CHECK(one->tags == added->tags);
    CHECK(one->numbers == added->numbers);
  }
  CHECK(back.addresses == added->addresses);
  CHECK(from_card.addresses[1].address == "人民路;3号");
}

TEST_CASE("vCards of telephones: folded lines, quoted-printable, groups; broken ones are told with their line") {
  auto cards = read_vcards(
      "BEGIN:VCARD\r\nVERSION:2.1\r\nN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=E7=8E=8B;=E5=B0=8F=\r\n=E6=98=8E;;;\r\n"
      "TEL;CELL:138-0013-8000\r\nEND:VCARD\r\n\r\nBEGIN:VCARD\nVERSION:4.0\nFN:Li\n  "
      "Ming\nitem1.TEL;TYPE=work:tel:3331234\nnonsense\nEND:VCARD\n");
  REQUIRE(cards);
  CHECK((*cards)[0].customer.name == "王小明");
  CHECK((*cards)[0].customer.numbers[0] == store::CustomerNumber{"138-0013-8000", "mobile", ""});
  CHECK((*cards)[1].customer.name == "Li Ming");
  CHECK((*cards)[1].customer.numbers[0] == store::CustomerNumber{"3331234", "office", ""});
  CHECK((*cards)[1].fault == "line 13 has no colon");
  CHECK(read_vcards("BEGIN:VCARD\nFN:x\n").error().code == Errc::bad_data);
  CHECK(read_vcards("FN:x\n").error().code == Errc::bad_data);
  CHECK(read_vcards("").error().code == Errc::bad_data);
}

TEST_CASE("an import with a bad line writes nothing, or all the others, and tells each bad line") {
  DeskFixture desk;
  auto boss = desk.boss();
  auto records = read_csv("code,name,numbers\nA,王,1380013800x\nB,,1\nC,李,none\nA,赵,1\nD,孙,3331234\n").value();
  for (bool dry : {true, false}) {
    auto import = import_customers(boss, records, {dry, false});
    REQUIRE(import);
    CHECK(import->bad.size() == 3);
    CHECK(count_customers(boss, {}).value() == 0);
  }
  auto import = import_customers(boss, records, {false, true});
  REQUIRE(import);
  CHECK(import->added == 2);
  CHECK(import->bad[0].line == 3);
  CHECK(import->bad[0].text == "a customer has a name");
  CHECK(import->bad[1].text == "'none' is no telephone number");
  CHECK(import->bad[2].text == "code 'A' stands in the file twice");
  CHECK(count_customers(boss, {}).value() == 2);
}

TEST_CASE("a second import changes what is different, keeps what the file leaves empty, and a third nothing") {
  DeskFixture desk;
  auto boss = desk.boss();
  REQUIRE(import_customers(boss, read_csv("code,name,numbers,note\nA,王,mobile:13800138000,原注\n").value(), {}));
  auto records = read_csv("code,name,numbers,note\nA,王大,3331234,\n").value();
  CHECK(import_customers(boss, records, {})->changed == 1);
  auto now = customer(boss, "A");
  CHECK(now->name == "王大");
  CHECK(now->note == "原注");
  CHECK(now->numbers.size() == 2);
  CHECK(import_customers(boss, records, {})->same == 1);
  auto adder = desk.with("customers", "add");
  auto refused = import_customers(adder, records, {});
  CHECK(refused->bad[0].text == "customer 'A' is there already, and you may not modify");
  auto reader = desk.with("customers", "query");
  CHECK(import_customers(reader, records, {}).error().code == Errc::denied);
  CHECK(export_customers(reader, [](const Customer&) {}).error().code == Errc::denied);
}

TEST_CASE("an export has every open customer once, however many") {
  DeskFixture desk;
  auto boss = desk.boss();
  std::string file = "name\n";
  for (int i = 0; i < 1203; ++i) file += "n" + std::to_string(i) + "\n";
  CHECK(import_customers(boss, read_csv(file).value(), {})->added == 1203);
  REQUIRE(close_customer(boss, "00000007", std::nullopt));
  std::set<std::string> codes;
  CHECK(export_customers(boss, [&](const Customer& one) { codes.insert(one.code); }).value() == 1202);
  CHECK(codes.size() == 1202);
}
