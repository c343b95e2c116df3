room    := tdm
uses    := base
sources := hdlc.cc
libs    := -lspandsp
