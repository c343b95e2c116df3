room    := wire
uses    := base
sources := wire.cc
libs    :=
