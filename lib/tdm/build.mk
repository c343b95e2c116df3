room    := tdm
uses    := base
sources := ces_packet.cc cesopsn.cc device_span.cc e1d_protocol.cc g704.cc hdlc.cc jitter_buffer.cc osmo_e1d.cc pseudowire.cc satop.cc
libs    := -lspandsp
