room    := sip
uses    := base
sources := agent.cc bucket.cc causes.cc dialog.cc digest.cc guard.cc invite_in.cc invite_out.cc nonce.cc register.cc registrar.cc sdp.cc target.cc
libs    := -lsofia-sip-ua -lsodium
cflags  := -isystem /usr/include/sofia-sip-1.12
