program := ccqueue
uses    := service acd speech
sources := main.cc adopt.cc agents.cc command.cc config.cc counters.cc doctor.cc joining.cc mind.cc past.cc perform.cc replies.cc \
           status.cc sync.cc view.cc
