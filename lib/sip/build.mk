room    := sip
uses    := base
sources := agent.cc bucket.cc dialog.cc digest.cc guard.cc invite_in.cc invite_out.cc nonce.cc prack.cc refer.cc register.cc registrar.cc reinvite.cc replaces.cc sdp.cc sdp_crypto.cc sdp_fax.cc target.cc timers.cc
libs    := -lsofia-sip-ua -lsodium
cflags  := -isystem /usr/include/sofia-sip-1.12
