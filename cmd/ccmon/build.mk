program := ccmon
uses    := bus cli conf
sources := main.cc live.cc page.cc page_parts.cc source.cc
