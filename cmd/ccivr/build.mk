program := ccivr
uses    := base cli conf wire bus journal service flow speech store lookup tts
sources := main.cc acts.cc calls.cc check.cc expect.cc graph.cc heal.cc lamps.cc mailroom.cc message_book.cc message_verbs.cc messages.cc prompts.cc run.cc script.cc settings.cc shelf.cc try.cc versions.cc works.cc
libs    :=
