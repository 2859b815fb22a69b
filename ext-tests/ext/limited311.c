/* SPDX-License-Identifier: MIT */
#define Py_LIMITED_API 0x030b0000
#define MODULE limited311
#define WITH_BUFFERS
#include "limited.h"
