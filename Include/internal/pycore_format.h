/* SPDX-License-Identifier: MIT */
/* Flags of the format mini-language. */
#ifndef Py_INTERNAL_FORMAT_H
#define Py_INTERNAL_FORMAT_H

#ifndef Py_BUILD_CORE
#error "for the runtime itself: define Py_BUILD_CORE"
#endif

#ifdef __cplusplus
extern "C" {
#endif

#define F_LJUST (1<<0)
#define F_SIGN (1<<1)
#define F_BLANK (1<<2)
#define F_ALT (1<<3)
#define F_ZERO (1<<4)
#define F_NO_NEG_0 (1<<5)

#ifdef __cplusplus
}
#endif

#endif
