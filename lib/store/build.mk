room    := store
uses    := base
sources := connection.cc dialect.cc sqlite.cc postgres.cc migrate.cc recordings.cc calls.cc legs.cc queues.cc agents.cc ivr.cc messages.cc \
           position.cc words.cc changes.cc people.cc customers.cc upkeep.cc pins.cc site.cc
libs    := -lsqlite3 -lpq
cflags  := -isystem /usr/include/postgresql
