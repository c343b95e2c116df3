program := cccust
uses    := base cli conf store desk
sources := main.cc add.cc exchange.cc find.cc rows.cc set.cc
