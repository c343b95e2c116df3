room    := flow
uses    := base conf speech
sources := arrive.cc check.cc check_words.cc circles.cc condition.cc graph.cc link.cc parse.cc parse_nodes.cc step.cc walk.cc words.cc
libs    :=
