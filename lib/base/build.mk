room    := base
uses    :=
sources := fd.cc id.cc log.cc loop.cc result.cc text.cc time.cc
libs    :=
