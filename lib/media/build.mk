room    := media
uses    := base tdm
sources := core.cc core_commands.cc engine.cc engine_thread.cc g711.cc jitter.cc keys.cc line.cc prompts.cc recording.cc rtp.cc \
           rtp_stream.cc spool.cc telephone_event.cc tones.cc wav.cc
libs    := -lspandsp -ltiff
