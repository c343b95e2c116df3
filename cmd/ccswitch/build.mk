program := ccswitch
uses    := cli conf bus route
sources := main.cc ask.cc blacklist.cc bridge.cc calls.cc channels.cc dial.cc fax.cc forward.cc gain.cc hangup.cc night.cc phones.cc ports.cc \
           route.cc spans.cc spy.cc trunks.cc
