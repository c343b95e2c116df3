program := ccswitchd
uses    := service media route sip trunk
sources := main.cc actions.cc arrivals.cc calls.cc calls_moves.cc commands.cc commands_call.cc commands_leg.cc commands_mix.cc \
           commands_route.cc commands_sound.cc commands_span.cc commands_spy.cc commands_transfer.cc config.cc \
           config_trunks.cc controllers.cc direct.cc endpoints.cc fields.cc keeper.cc lamps.cc mailboxes.cc ports.cc \
           quality.cc reach.cc recovery.cc route_program.cc sip_lines.cc snapshot.cc spans.cc states.cc switch.cc \
           transfer.cc upkeep.cc
