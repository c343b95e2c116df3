program := ccreport
uses    := base cli conf store report service
sources := main.cc load.cc size.cc day.cc figures.cc page.cc explain.cc
libs    :=
