// SPDX-License-Identifier: GPL-2.0-or-later
#include "lookup/sql_source.h"

#include <sys/stat.h>

namespace hotline::lookup {

namespace {

class JobRun final : public Run {
 public:
  explicit JobRun(std::shared_ptr<Job> job) : job_(std::move(job)) {}
  ~JobRun() override { job_->abandoned = true; }

 private:
  std::shared_ptr<Job> job_;
};

Outcome answer_sql(const Definition& definition, Workers::Desk& desk, const Job& job) {
  auto answer = run_query(desk, definition.sql, job.parameters, job.stop());
  if (!answer) return failed_query(answer.error(), job);
  if (answer->columns.empty()) return answer->changed > 0 ? Outcome::found({}) : Outcome::none();
  if (answer->rows.empty()) return Outcome::none();
  // Which of several accounts' balance is told must not be chance.
  if (answer->rows.size() > 1)
    return Outcome::failed(Reason::bad_answer, "the query gives more than one row; it may need LIMIT 1");
  auto picked = pick(fields_of(*answer), definition.results);
  return picked ? Outcome::found(*picked) : Outcome::failed(Reason::bad_answer, picked.error().text);
}

}  // namespace

std::unique_ptr<Run> ThreadedSource::give(const Answer& answer, const Fields& parameters, microseconds left,
                                          Done done) {
  auto job = std::make_shared<Job>();
  job->parameters = parameters;
  job->deadline = monotonic_now() + left;
  job->done = std::move(done);
  workers_.submit([this, job, &answer](Workers::Desk& desk) {
    if (job->abandoned) return;
    auto outcome = std::make_shared<Outcome>(answer(desk, *job));
    loop_.post([job, outcome] {
      if (!job->abandoned) job->done(*outcome);
    });
  });
  return std::make_unique<JobRun>(job);
}

std::unique_ptr<Run> ThreadedSource::ask(const Fields& parameters, microseconds left, Done done) {
  return give(answer_, parameters, left, std::move(done));
}

std::unique_ptr<Run> ThreadedSource::reach(microseconds left, Done done) {
  return give(reach_, {}, left, std::move(done));
}

Result<store::SiteDatabase*> site_database(Workers::Desk& desk, const SqlPart& sql) {
  struct stat now {};
  // An import may put a new file in the place of the old one, which we would go on reading.
  bool there = ::stat(sql.database.c_str(), &now) == 0;
  if (!there || now.st_ino != desk.inode || now.st_dev != desk.device) desk.database.reset();
  if (desk.database) return desk.database.get();
  auto opened = store::SiteDatabase::open(sql.database, sql.write);
  if (!opened) return Error{Errc::no_input, opened.error().text};
  desk.database = std::move(*opened);
  desk.inode = now.st_ino;
  desk.device = now.st_dev;
  return desk.database.get();
}

Result<store::SiteAnswer> run_query(Workers::Desk& desk, const SqlPart& sql, const Fields& parameters,
                                    const store::SiteStop& stop) {
  auto database = site_database(desk, sql);
  if (!database) return database.error();
  std::map<std::string, std::string> values;
  for (const auto& [name, value] : parameters) values[to_symbol(name)] = value;
  auto answer = (*database)->ask(sql.query, values, 2, stop);
  if (!answer && answer.error().code != Errc::again) desk.database.reset();  // the next one begins afresh
  return answer;
}

Outcome failed_query(const Error& error, const Job& job) {
  if (error.code == Errc::no_input) return Outcome::failed(Reason::unavailable, error.text);
  if (error.code == Errc::again && job.stop().now())
    return Outcome::failed(Reason::timeout, "the database did not answer in time");
  return Outcome::failed(Reason::failed, "the database says: " + error.text);
}

Fields fields_of(const store::SiteAnswer& answer) {
  Fields fields;
  const auto& row = answer.rows.front();
  for (size_t i = 0; i < answer.columns.size() && i < row.size(); ++i) fields[from_symbol(answer.columns[i])] = row[i];
  return fields;
}

Outcome reach_database(Workers::Desk& desk, const SqlPart& sql, const Job& job) {
  auto database = site_database(desk, sql);
  if (!database) return failed_query(database.error(), job);
  auto shape = (*database)->shape(sql.query);
  if (!shape) return failed_query(shape.error(), job);
  auto outcome = Outcome::found({});
  outcome.text = "opened, the statement is good";
  return outcome;
}

std::unique_ptr<Source> make_sql_source(Loop& loop, const Definition& definition) {
  return std::make_unique<ThreadedSource>(
      loop, static_cast<size_t>(definition.concurrency),
      [definition](Workers::Desk& desk, const Job& job) { return answer_sql(definition, desk, job); },
      [sql = definition.sql](Workers::Desk& desk, const Job& job) { return reach_database(desk, sql, job); });
}

}  // namespace hotline::lookup
