room    := sip
uses    := base
sources := agent.cc bindings.cc bucket.cc connections.cc dialog.cc digest.cc diversion.cc fork.cc guard.cc header.cc invite_in.cc \
           invite_out.cc nonce.cc port_relay.cc prack.cc qualify.cc refer.cc register.cc registrar.cc reinvite.cc \
           replaces.cc requests.cc sdp.cc sdp_crypto.cc sdp_fax.cc shared_port.cc subscribe.cc succession.cc target.cc \
           timers.cc tls.cc trunk.cc trunk_call.cc
libs    := -lsofia-sip-ua -lsodium -lssl -lcrypto
cflags  := -isystem /usr/include/sofia-sip-1.12
