/* SPDX-License-Identifier: MIT */
#define Py_LIMITED_API 0x03070000
#define MODULE limited37
#include "limited.h"
