room    := audio
uses    := base
sources := hash.cc recording.cc sox.cc spool.cc
libs    := -lsox -lsodium
