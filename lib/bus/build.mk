room    := bus
uses    := wire base
sources := asker.cc follower.cc publisher.cc server.cc socket.cc
libs    := -lzmq
