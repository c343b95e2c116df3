room    := base
uses    :=
sources := causes.cc check_digit.cc fd.cc id.cc log.cc loop.cc result.cc text.cc time.cc user.cc worker.cc
libs    :=
