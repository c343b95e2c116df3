room    := trunk
uses    := base conf tdm isdn media
sources := audit.cc channels.cc config.cc e1.cc lines.cc rules.cc
libs    :=
