room    := speech
uses    := base
sources := en.cc speech.cc zh.cc
libs    :=
