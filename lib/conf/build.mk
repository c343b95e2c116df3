room    := conf
uses    := base
sources := calendar.cc conf.cc instance.cc mailbox.cc zone.cc
libs    := -ltomlplusplus
cflags  := -DTOML_HEADER_ONLY=0
