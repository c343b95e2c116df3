room    := trunk
uses    := base conf tdm isdn media
sources := config.cc trunk.cc
libs    :=
