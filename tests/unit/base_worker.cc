// SPDX-License-Identifier: GPL-2.0-or-later
#include <doctest/doctest.h>

#include <future>
#include <thread>

#include "base/worker.h"

using namespace hotline;

TEST_CASE("work is done on another thread in its order, and told on the loop's") {
  Loop loop;
  Worker worker(loop, 10);
  std::string done;
  std::thread::id worked[3];
  for (int i = 0; i < 3; ++i)
    CHECK(worker.run([&worked, i] { worked[i] = std::this_thread::get_id(); },
                     [&, i] {
                       done += static_cast<char>('a' + i);
                       if (i == 2) loop.stop();
                     }));
  loop.run();
  CHECK(done == "abc");
  CHECK(worked[0] == worked[2]);
  CHECK(worked[0] != std::this_thread::get_id());
}

TEST_CASE("a worker takes so many jobs and no more") {
  Loop loop;
  std::promise<void> begun, gate;
  int done = 0;
  Worker worker(loop, 2);
  REQUIRE(worker.run(
      [&] {
        begun.set_value();
        gate.get_future().wait();
      },
      [&] { ++done; }));
  begun.get_future().wait();
  CHECK(worker.run([] {}, [&] { ++done; }));
  CHECK(worker.run([] {},
                   [&] {
                     ++done;
                     loop.stop();
                   }));
  CHECK_FALSE(worker.run([] { FAIL("not taken"); }, [] { FAIL("not taken"); }));
  gate.set_value();
  loop.run();
  CHECK(done == 3);
}

TEST_CASE("a worker that goes ends the job on its way, forgets the rest and calls nobody") {
  Loop loop;
  std::promise<void> begun, gate;
  bool first = false, told = false;
  std::thread opener;
  {
    Worker worker(loop, 10);
    REQUIRE(worker.run(
        [&] {
          begun.set_value();
          gate.get_future().wait();
          first = true;
        },
        [&] { told = true; }));
    REQUIRE(worker.run([] {}, [&] { told = true; }));
    begun.get_future().wait();
    opener = std::thread([&] { gate.set_value(); });
  }
  opener.join();
  CHECK(first);
  loop.step(milliseconds(0));
  CHECK_FALSE(told);
}
