room    := service
uses    := base cli conf wire bus journal
sources := config.cc service.cc
libs    :=
