program := ccpstn
uses    := base cli conf wire bus journal service isdn media trunk fax
sources := main.cc act.cc answering.cc batch.cc call.cc ear.cc exchange.cc faxing.cc load.cc run.cc spans.cc take.cc verbs.cc watch.cc
libs    :=
