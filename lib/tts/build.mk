room    := tts
uses    := base conf audio
sources := cache.cc engine.cc settings.cc speaker.cc
libs    :=
