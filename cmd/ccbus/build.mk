program := ccbus
uses    := base cli conf wire bus journal
sources := main.cc ask.cc follow.cc
libs    :=
