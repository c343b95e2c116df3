room    := store
uses    := base
sources := sqlite.cc migrate.cc recordings.cc calls.cc legs.cc queues.cc agents.cc ivr.cc position.cc pins.cc site.cc
libs    := -lsqlite3
