program := cctts
uses    := base cli conf audio tts
sources := main.cc check.cc speak.cc
libs    :=
