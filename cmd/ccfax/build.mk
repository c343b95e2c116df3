program := ccfax
uses    := base cli wire fax
sources := main.cc check.cc line.cc pipe.cc
libs    :=
