room    := desk
uses    := store base conf
sources := csv.cc customers.cc customers_merge.cc encoding.cc exchange.cc number.cc password.cc people.cc rights.cc \
           session.cc vcard.cc
libs    := -lsodium
