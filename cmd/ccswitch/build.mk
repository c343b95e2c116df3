program := ccswitch
uses    := cli conf bus
sources := main.cc ask.cc calls.cc dial.cc hangup.cc phones.cc ports.cc spans.cc trunks.cc
