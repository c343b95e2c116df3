room    := report
uses    := base
sources := erlang.cc figures.cc queue.cc agent.cc interval.cc
libs    :=
