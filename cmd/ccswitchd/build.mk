program := ccswitchd
uses    := service media sip trunk
sources := main.cc actions.cc calls.cc commands.cc commands_call.cc commands_leg.cc config.cc controllers.cc direct.cc \
           endpoints.cc fields.cc quality.cc recovery.cc routes.cc snapshot.cc states.cc switch.cc upkeep.cc
