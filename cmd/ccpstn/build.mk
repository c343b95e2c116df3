program := ccpstn
uses    := base cli conf wire bus journal service isdn media trunk
sources := main.cc act.cc answering.cc batch.cc call.cc ear.cc exchange.cc load.cc run.cc spans.cc take.cc verbs.cc watch.cc
libs    :=
