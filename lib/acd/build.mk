room    := acd
uses    := base
sources := agents.cc calls.cc dispatch.cc estimate.cc input.cc lines.cc rules.cc saved.cc states.cc text.cc why.cc
libs    :=
