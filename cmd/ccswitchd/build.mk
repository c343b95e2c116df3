program := ccswitchd
uses    := service media route sip trunk fax
sources := main.cc actions.cc arrivals.cc calls.cc calls_moves.cc commands.cc commands_call.cc commands_fax.cc commands_leg.cc \
           commands_mix.cc commands_route.cc commands_sound.cc commands_span.cc commands_spy.cc commands_transfer.cc \
           config.cc config_fax.cc config_trunks.cc controllers.cc direct.cc endpoints.cc faxes.cc fields.cc file_plays.cc keeper.cc lamps.cc link.cc \
           mailboxes.cc overload.cc ports.cc quality.cc reach.cc recovery.cc relay.cc ring_groups.cc route_program.cc sip_lines.cc \
           snapshot.cc sound_files.cc spans.cc states.cc succession.cc supervisor.cc switch.cc transfer.cc upkeep.cc yielded.cc
