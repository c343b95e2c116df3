room    := audio
uses    := base
sources := hash.cc recording.cc sox.cc speech.cc spool.cc
libs    := -lsox -lsodium
