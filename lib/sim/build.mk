room    := sim
uses    := base acd
sources := random.cc world.cc
libs    :=
