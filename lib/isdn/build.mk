room    := isdn
uses    := base tdm
sources := dchannel.cc libpri_door.cc number.cc pcap.cc setup.cc
libs    := -lpri
