room    := media
uses    := base tdm
sources := clearing.cc concealer.cc core.cc core_commands.cc core_graph.cc engine.cc engine_thread.cc g711.cc gain.cc graph.cc \
           jitter.cc key_detector.cc keys.cc line.cc mix.cc prompts.cc recording.cc rtcp.cc rtp.cc rtp_control.cc \
           rtp_stream.cc silence.cc socket_stream.cc spool.cc srtp.cc tap.cc telephone_event.cc tone_plans.cc tones.cc \
           wav.cc
libs    := -lspandsp -ltiff -lcrypto
# The loops over a tick's octets are short and many: this makes vectors of them, which -O2 alone does not.
cflags  := -ftree-vectorize $(if $(findstring clang,$(CXX)),,-fvect-cost-model=dynamic)
