room    := flow
uses    := base conf
sources := check.cc graph.cc parse.cc step.cc walk.cc
libs    :=
