// SPDX-License-Identifier: GPL-2.0-or-later
// uses: desk
//
// The screen of a call: who has this number? popup_p99_ms: customers_by_number(), rights asked and rows read, with
// 150,000 customers and 400,000 numbers; its floor is one look at the index alone. search_customers_p99_ms: any two
// characters of a name; its floor the same. On SQLite, and on PostgreSQL where it is installed. Wall clock, since the
// wait is what people feel. CUSTOMERS: how many. The customers are those of share/sites/water/sample-customers, with
// seed 7.
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include "../unit/store_server.h"
#include "base/fd.h"
#include "desk/exchange.h"

using namespace hotline;

namespace {

constexpr int kQuestions = 5000, kSearches = 500;

std::string customers_file(int64_t count) {
  auto* pipe = ::popen(("share/sites/water/sample-customers " + std::to_string(count) + " 7").c_str(), "r");
  require(pipe);
  std::string text;
  char piece[65536];
  while (size_t octets = std::fread(piece, 1, sizeof piece, pipe)) text.append(piece, octets);
  require(::pclose(pipe) == 0);
  return text;
}

template <typename F>
std::vector<double> times_ms(int rounds, F&& one) {
  std::vector<double> times;
  for (int i = 0; i < rounds; ++i) {
    auto begin = monotonic_now();
    one(i);
    times.push_back(std::chrono::duration<double, std::milli>(monotonic_now() - begin).count());
  }
  std::sort(times.begin(), times.end());
  return times;
}

double p99(const std::vector<double>& times) { return times[times.size() * 99 / 100]; }
double p50(const std::vector<double>& times) { return times[times.size() / 2]; }

void print(const std::string& name, const std::vector<double>& times, double floor, const std::string& how) {
  std::printf("%s\t%.3f\tms\t%.3f\t%.1f\t%s; p50 %.3f, max %.3f\n", name.c_str(), p99(times), floor, p99(times) / floor,
              how.c_str(), p50(times), times.back());
}

void measure(const std::string& engine, const std::string& location, const std::vector<desk::Record>& records) {
  auto store = store::Connection::open(location, "share/sql", store::Access::write);
  require(store);
  desk::Session session(**store, {"bench", std::nullopt, std::nullopt, desk::Rights::all()}, {});
  auto begin = monotonic_now();
  auto import = desk::import_customers(session, records, {});
  require(import && import->bad.empty());
  double seconds_taken = std::chrono::duration<double>(monotonic_now() - begin).count();

  // Every number is asked for as it came in, in an order that has nothing to do with that of the rows.
  size_t numbers = 0;
  for (const auto& record : records) numbers += record.customer.numbers.size();
  auto record_of = [&](int i) -> const desk::Customer& { return records[size_t(i) * 7919 % records.size()].customer; };
  auto look = times_ms(kQuestions, [&](int i) {
    const auto& wanted = record_of(i);
    auto found = desk::customers_by_number(session, wanted.numbers.back().number);
    require(found &&
            std::any_of(found->begin(), found->end(), [&](const auto& one) { return one.code == wanted.code; }));
  });
  auto floor = times_ms(kQuestions, [&](int i) {
    require((*store)->query("SELECT customer FROM customer_numbers WHERE number = $1",
                            {record_of(i).numbers.back().number}, [](const store::Row&) {}));
  });
  auto search = times_ms(kSearches, [&](int i) {
    auto found = desk::find_customers(session, {.words = {{record_of(i).name.substr(0, 6), 'a'}}, .rows_max = 20});
    require(found && !found->empty());
  });
  const std::string size = std::to_string(records.size()) + " customers, " + std::to_string(numbers) + " numbers";
  print("popup" + engine + "_p99_ms", look, p99(floor), size + "; aim 20; floor: the index alone");
  print("search_customers" + engine + "_p99_ms", search, p99(floor),
        size + "; aim 200; the newest 20 by two characters of a name");
  auto bytes = (*store)->bytes();
  require(bytes);
  std::printf("customers%s_mb\t%.1f\tMB\t-\t-\t%s with indices and history, imported in %.0f s\n", engine.c_str(),
              double(*bytes) / 1e6, size.c_str(), seconds_taken);
  std::fflush(stdout);
}

}  // namespace

int main() {
  const char* wanted = std::getenv("CUSTOMERS");
  auto records = desk::read_csv(customers_file(wanted ? std::atoll(wanted) : 150'000));
  require(records);
  char dir[] = "/tmp/hotline-popup-XXXXXX";
  require(::mkdtemp(dir));
  measure("", std::string(dir) + "/hotline.db", *records);
  std::filesystem::remove_all(dir);
  if (auto* server = PostgresServer::running()) measure("_postgresql", server->new_database(), *records);
  return 0;
}
