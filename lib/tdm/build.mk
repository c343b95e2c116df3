room    := tdm
uses    := base
sources := ces_packet.cc cesopsn.cc hdlc.cc jitter_buffer.cc pseudowire.cc
libs    := -lspandsp
