room    := tdm
uses    := base
sources := ces_packet.cc cesopsn.cc g704.cc hdlc.cc jitter_buffer.cc pseudowire.cc satop.cc
libs    := -lspandsp
