program := ccswitch
uses    := cli conf bus
sources := main.cc ask.cc bridge.cc calls.cc dial.cc gain.cc hangup.cc phones.cc ports.cc spans.cc spy.cc
