room    := store
uses    := base
sources := sqlite.cc migrate.cc recordings.cc
libs    := -lsqlite3
