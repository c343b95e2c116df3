room    := fax
uses    := base wire
sources := document.cc lines.cc process.cc session.cc tones.cc udptl.cc
libs    := -lspandsp -ltiff
