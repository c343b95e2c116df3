program := ccswitchd
uses    := service media sip trunk
sources := main.cc actions.cc calls.cc commands.cc commands_call.cc commands_leg.cc config.cc config_trunks.cc controllers.cc direct.cc \
           endpoints.cc fields.cc lamps.cc mailboxes.cc recovery.cc routes.cc sip_lines.cc snapshot.cc states.cc switch.cc upkeep.cc
