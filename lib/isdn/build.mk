room    := isdn
uses    := base tdm
sources := dchannel.cc dchannel_events.cc dchannel_link.cc frame.cc libpri_door.cc number.cc pcap.cc setup.cc
libs    := -lpri
