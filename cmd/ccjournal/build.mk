program := ccjournal
uses    := base cli conf wire journal store service
sources := main.cc fold.cc ending.cc folder.cc run.cc cat.cc verify.cc rebuild.cc status.cc
libs    :=
