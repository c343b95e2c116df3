room    := lookup
uses    := base conf store wire
sources := answer.cc child.cc circuit.cc definition.cc definition_kinds.cc host.cc http_source.cc lookups.cc outcome.cc pin.cc \
           pin_source.cc program_source.cc socket_source.cc sql_source.cc template.cc values.cc workers.cc
libs    := -lcurl -lre2 -lsodium
