// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <sys/types.h>

#include <memory>

#include "tdm/dahdi.h"

namespace hotline::tdm {

/// The system calls that the driver is made of; a test gives its own.
struct DahdiCalls {
  int (*open)(const char* path, int flags);
  int (*ioctl)(int fd, unsigned long request, void* argument);
  ssize_t (*read)(int fd, void* octets, size_t count);
  ssize_t (*write)(int fd, const void* octets, size_t count);
};

/// Null without dahdi/user.h.
std::unique_ptr<DahdiDriver> make_dahdi_driver(const DahdiCalls& calls);

}  // namespace hotline::tdm
