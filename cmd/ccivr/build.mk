program := ccivr
uses    := base cli conf wire bus journal service flow
sources := main.cc calls.cc check.cc expect.cc graph.cc prompts.cc run.cc script.cc settings.cc try.cc
libs    :=
