room    := route
uses    := conf
sources := blacklist.cc config.cc forwards.cc number.cc outbound.cc plan.cc ring_group.cc routes.cc
