room    := speech
uses    := base
sources := en.cc say.cc speech.cc zh.cc
libs    :=
