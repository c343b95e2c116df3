program := ccadm
uses    := base cli conf store desk
sources := main.cc backup.cc log.cc passwd.cc role.cc user.cc
