room    := cli
uses    := base
sources := app.cc output.cc
libs    :=
