// SPDX-License-Identifier: GPL-2.0-or-later
#include <doctest/doctest.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <filesystem>

#include <thread>

#include "base/loop.h"

using namespace hotline;

TEST_CASE("timers fire in the order of their moments, once, and a cancelled one never") {
  Loop loop;
  std::string order;
  auto late = loop.after(milliseconds(20), [&] { order += 'c'; loop.stop(); });
  auto early = loop.after(milliseconds(1), [&] { order += 'a'; });
  auto gone = loop.after(milliseconds(5), [&] { order += 'x'; });
  auto middle = loop.after(milliseconds(10), [&] { order += 'b'; });
  gone.cancel();
  loop.run();
  CHECK(order == "abc");
}

TEST_CASE("a periodic timer goes on until its handle is gone, and may cancel itself") {
  Loop loop;
  int count = 0;
  Loop::Handle tick = loop.every(milliseconds(1), [&] {
    if (++count == 5) {
      tick.cancel();
      loop.stop();
    }
  });
  loop.run();
  CHECK(count == 5);
}

TEST_CASE("a watch is called while there is something to read and may end itself") {
  Loop loop;
  int ends[2];
  REQUIRE(::pipe2(ends, O_NONBLOCK) == 0);
  Fd reader(ends[0]), writer(ends[1]);
  std::string got;
  Loop::Handle watch = loop.watch(reader.get(), EPOLLIN, [&](uint32_t) {
    char c;
    if (::read(reader.get(), &c, 1) == 1) got += c;
    if (got == "hi") {
      watch.cancel();
      loop.stop();
    }
  });
  REQUIRE(write_all(writer.get(), "hi!"));
  loop.run();
  CHECK(got == "hi");
}

TEST_CASE("work posted by another thread runs on the loop's") {
  Loop loop;
  std::thread::id where;
  std::thread other([&] { loop.post([&] { where = std::this_thread::get_id(); loop.stop(); }); });
  loop.run();
  other.join();
  CHECK(where == std::this_thread::get_id());
}

TEST_CASE("a signal arrives as a callback") {
  Loop loop;
  bool caught = false;
  auto handle = loop.on_signal(SIGUSR1, [&] { caught = true; loop.stop(); });
  ::raise(SIGUSR1);
  loop.run();
  CHECK(caught);
}

TEST_CASE("a foreign loop can drive this one by its descriptor") {
  Loop inner, outer;
  int fired = 0;
  auto timer = inner.after(milliseconds(2), [&] { ++fired; outer.stop(); });
  auto watch = outer.watch(inner.fd(), EPOLLIN, [&](uint32_t) { inner.step(milliseconds(0)); });
  outer.run();
  CHECK(fired == 1);
}

TEST_CASE("a lock is held by one, and a file is replaced as one step") {
  char dir[] = "/tmp/hl-base.XXXXXX";
  REQUIRE(::mkdtemp(dir));
  std::string path = std::string(dir) + "/a/b";
  REQUIRE(make_directories(path));
  {
    auto first = lock_file(path + "/lock");
    REQUIRE(first);
    auto second = lock_file(path + "/lock");
    REQUIRE_FALSE(second);
    CHECK(second.error().code == Errc::again);
  }
  CHECK(lock_file(path + "/lock"));
  REQUIRE(replace_file(path + "/file", "one"));
  REQUIRE(replace_file(path + "/file", "two"));
  CHECK(*read_file(path + "/file") == "two");
  CHECK(read_file(path + "/file", 2).error().code == Errc::bad_data);
  CHECK(read_file(path + "/none").error().code == Errc::no_input);
  std::filesystem::remove_all(dir);
}
