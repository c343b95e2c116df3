room    := acd
uses    := base
sources := agents.cc calls.cc dispatch.cc rules.cc states.cc text.cc
libs    :=
