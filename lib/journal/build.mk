room    := journal
uses    := wire base
sources := chain.cc files.cc follower.cc reader.cc verify.cc writer.cc
libs    := -lsodium
