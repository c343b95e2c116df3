room    := isdn
uses    := base tdm
sources := dchannel.cc libpri_door.cc number.cc
libs    := -lpri
