// SPDX-License-Identifier: GPL-2.0-or-later
// What look-ups that ask a database share. Inside the room only.
#pragma once

#include <atomic>
#include <memory>

#include "lookup/source.h"
#include "lookup/workers.h"
#include "store/site.h"

namespace hotline::lookup {

/// A question that a worker has or will have. The worker reads all but `done`, which belongs to the loop's thread.
struct Job {
  Fields parameters;
  Instant deadline;
  std::atomic<bool> abandoned{false};
  Source::Done done;
  store::SiteStop stop() const { return {deadline, &abandoned}; }
};

/// A source whose questions are answered by `answer` in threads of its own.
class ThreadedSource : public Source {
 public:
  using Answer = std::function<Outcome(Workers::Desk&, const Job&)>;
  ThreadedSource(Loop& loop, size_t threads_max, Answer answer, Answer reach)
      : loop_(loop), answer_(std::move(answer)), reach_(std::move(reach)), workers_(threads_max) {}
  std::unique_ptr<Run> ask(const Fields& parameters, microseconds left, Done done) override;
  std::unique_ptr<Run> reach(microseconds left, Done done) override;

 private:
  std::unique_ptr<Run> give(const Answer& answer, const Fields& parameters, microseconds left, Done done);

  Loop& loop_;
  const Answer answer_, reach_;
  Workers workers_;  // last: its threads use the rest
};

/// The database of this thread, opened anew when its file has been replaced.
Result<store::SiteDatabase*> site_database(Workers::Desk& desk, const SqlPart& sql);
/// Runs the query with those of the job's parameters that it names; at most two rows, to see that there is but one.
Result<store::SiteAnswer> run_query(Workers::Desk& desk, const SqlPart& sql, const Fields& parameters,
                                    const store::SiteStop& stop);
/// The outcome that goes with an error of these two.
Outcome failed_query(const Error& error, const Job& job);
/// The fields of the only row.
Fields fields_of(const store::SiteAnswer& answer);
/// Whether the database can be opened and the statement means something there.
Outcome reach_database(Workers::Desk& desk, const SqlPart& sql, const Job& job);

}  // namespace hotline::lookup
