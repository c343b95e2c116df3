program := ccswitchd
uses    := service media sip trunk
sources := main.cc actions.cc calls.cc calls_moves.cc commands.cc commands_call.cc commands_leg.cc commands_mix.cc \
           commands_sound.cc commands_span.cc commands_spy.cc commands_transfer.cc config.cc config_trunks.cc \
           controllers.cc direct.cc endpoints.cc fields.cc lamps.cc mailboxes.cc quality.cc recovery.cc routes.cc \
           sip_lines.cc snapshot.cc spans.cc states.cc switch.cc transfer.cc upkeep.cc
