room    := tdm
uses    := base
sources := back_end.cc ces_packet.cc cesopsn.cc dahdi.cc dahdi_driver.cc device_span.cc e1d_protocol.cc g704.cc hdlc.cc jitter_buffer.cc osmo_e1d.cc pseudowire.cc satop.cc
libs    := -lspandsp
