/* SPDX-License-Identifier: MIT */
/* Settings that differ between the halves of a universal binary: there are none on this system. */
#ifndef PYMACCONFIG_H
#define PYMACCONFIG_H

#endif
