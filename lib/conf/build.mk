room    := conf
uses    := base
sources := conf.cc instance.cc
libs    := -ltomlplusplus
cflags  := -DTOML_HEADER_ONLY=0
