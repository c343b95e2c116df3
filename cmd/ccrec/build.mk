program := ccrec
uses    := base cli conf wire bus journal service store audio
sources := main.cc export.cc find.cc keep.cc listen.cc play.cc run.cc search.cc worker.cc
libs    :=
