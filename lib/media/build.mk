room    := media
uses    := base tdm
sources := core.cc core_commands.cc engine.cc engine_thread.cc g711.cc jitter.cc key_detector.cc keys.cc line.cc prompts.cc recording.cc rtcp.cc rtp.cc \
           rtp_control.cc rtp_stream.cc spool.cc srtp.cc telephone_event.cc tones.cc wav.cc
libs    := -lcrypto
# The loops over a tick's octets are short and many: this makes vectors of them, which -O2 alone does not.
cflags  := -ftree-vectorize $(if $(findstring clang,$(CXX)),,-fvect-cost-model=dynamic)
