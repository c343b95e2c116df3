program := ccqueue
uses    := service acd sim report speech
sources := main.cc adopt.cc agents.cc book.cc calling_back.cc changes.cc checkpoint.cc command.cc config.cc counters.cc doctor.cc dry_run.cc \
           interval_rows.cc joining.cc mind.cc orders.cc past.cc perform.cc player.cc recording.cc replay.cc replies.cc scenario.cc \
           simulate.cc status.cc sync.cc view.cc waiting.cc watchdog.cc what_if.cc what_if_replay.cc why.cc
