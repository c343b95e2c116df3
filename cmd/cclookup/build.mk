program := cclookup
uses    := base cli conf store lookup
sources := main.cc ask.cc check.cc list.cc pins.cc
libs    :=
